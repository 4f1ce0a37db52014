"""What an outcome says of itself: its gap, and reasons that claim no more than is proven."""

from dataclasses import replace

import pytest

from allocator.outcome import NOT_FOUND, Reason
from tests.allocator.planted_faults import sound_case

FOUND = replace(
    sound_case()[1], status="feasible", surplus_ucr=990, bound_ucr=1000, solver_bound_ucr=None
)


@pytest.mark.parametrize(
    ("bound_ucr", "solver_bound_ucr", "gap"),
    [(1000, None, 0.01), (1100, 1000, 0.01), (1000, 1100, 0.01), (990, None, 0), (0, None, 0)],
)
def test_the_proven_gap_is_by_the_least_bound(
    bound_ucr: int, solver_bound_ucr: int | None, gap: float
) -> None:
    found = replace(FOUND, bound_ucr=bound_ucr, solver_bound_ucr=solver_bound_ucr)
    assert found.proven_gap == gap


def test_what_is_proven_optimal_has_no_gap() -> None:
    assert replace(FOUND, status="optimal").proven_gap == 0


def test_a_bid_is_unfit_only_where_that_is_proven() -> None:
    near = replace(FOUND, bound_ucr=994)
    assert near.told(Reason.UNFIT) == "unfit"
    assert FOUND.told(Reason.UNFIT) == NOT_FOUND
    assert FOUND.told(Reason.OUTBID) == "outbid"
