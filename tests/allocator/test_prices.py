"""Published prices, and the bound that they prove, by hand and against every allocation."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.engine.bounds import prices
from allocator.engine.bounds.relaxation import Relaxed
from allocator.engine.effort import Effort, never
from allocator.engine.lattice import Floats, Ints, Lattice, compile_problem
from allocator.engine.params import PARAMS
from allocator.problem import Bid, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, Exhaustive, market, markets
from tests.examples import examples

WORK = 10_000


def row(*prices_ucr: int) -> Ints:
    return np.array([prices_ucr], dtype=np.int64)


def unit_bids(capacity: int, *values: int) -> Problem:
    """One slot; bids for one unit each, in micro-credits."""
    bids = [
        Bid(f"b{i}", f"t{i}", (Option(value, 0, 0, (Leg("p", 1, 0, 1),)),))
        for i, value in enumerate(values)
    ]
    return market([Pool("p", "gpu", (capacity,), (0,))], bids)


def published(lattice: Lattice, found: Floats, *, exact: bool, effort: Effort) -> list[int]:
    relaxed = Relaxed(found, 0.0, exact, found)
    return [int(each) for each in prices.publish(lattice, relaxed, effort).ravel()]


def test_the_bound_is_what_bids_could_have_and_what_capacity_is_worth() -> None:
    """At 3: gains of 4 and 1, nothing for the bid of 2, and two units at 3."""
    lattice = compile_problem(unit_bids(2, 7, 4, 2), 1)
    assert prices.offered(lattice, row(3)) == 2 * 3 * lattice.per_ucr
    assert prices.bound(lattice, row(3)) == (4 + 1 + 2 * 3) * lattice.per_ucr


def test_capacity_at_the_reserve_adds_nothing_to_the_bound() -> None:
    problem = market([Pool("p", "gpu", (5, 5), (2, 0))], [])
    lattice = compile_problem(problem, 1)
    assert prices.bound(lattice, row(2, 0)) == 0
    assert prices.bound(lattice, row(3, 0)) == 5 * lattice.per_ucr


@examples(40)
@given(markets(), st.data())
def test_at_any_prices_no_allocation_exceeds_the_bound(
    problem: Problem, data: st.DataObject
) -> None:
    lattice = compile_problem(problem, 1)
    above = data.draw(
        st.lists(
            st.integers(0, 3 * MICRO),
            min_size=lattice.capacity.size,
            max_size=lattice.capacity.size,
        )
    )
    dearer = lattice.reserve_ucr + np.array(above, dtype=np.int64).reshape(lattice.capacity.shape)
    assert prices.bound(lattice, dearer) * 60 >= Exhaustive(problem).best() * lattice.per_ucr


def test_whole_prices_are_the_nearest_that_keep_the_reserve() -> None:
    lattice = compile_problem(market([Pool("p", "gpu", (1, 1, 1), (0, 5, 5))], []), 1)
    assert prices.whole(lattice, np.array([[1.4, 4.9, 6.6]])).tolist() == [[1, 5, 7]]


def test_of_prices_that_lose_the_least_the_buyers_end_is_published() -> None:
    """Any price from 6 to 8 loses nothing; 6 is published, from wherever the search begins."""
    lattice = compile_problem(unit_bids(2, 10, 8, 6), 1)
    for begun in (6.0, 7.3, 8.0):
        effort = Effort(WORK, never)
        assert published(lattice, np.array([[begun]]), exact=True, effort=effort) == [6]
        assert effort.spent > 0
    one_step_at_a_time = Effort(WORK, never)
    found = published(lattice, np.array([[7.6]]), exact=False, effort=one_step_at_a_time)
    assert found == [6]


def test_two_slots_that_can_share_a_price_give_the_lesser_to_the_first() -> None:
    """One bid of 10 lost for both slots: prices must add up to 10, and may be split at will."""
    both = (Leg("p", 1, 0, 2),)
    bids = [Bid(name, name, (Option(value, 0, 0, both),)) for name, value in (("a", 12), ("b", 10))]
    lattice = compile_problem(market([Pool("p", "gpu", (1, 1), (0, 0))], bids), 1)
    effort = Effort(WORK, never)
    assert published(lattice, np.array([[5.0, 5.0]]), exact=True, effort=effort) == [0, 10]


@pytest.mark.parametrize("effort", [Effort(0, never), Effort(WORK, lambda: True)])
def test_without_effort_or_time_the_prices_are_rounded_and_no_more(effort: Effort) -> None:
    lattice = compile_problem(unit_bids(2, 10, 8, 6), 1)
    assert published(lattice, np.array([[7.4]]), exact=False, effort=effort) == [7]


def test_large_faces_and_small_budgets_leave_prices_where_they_are() -> None:
    both = (Leg("p", 1, 0, 2),)
    bids = [Bid(name, name, (Option(value, 0, 0, both),)) for name, value in (("a", 12), ("b", 10))]
    lattice = compile_problem(market([Pool("p", "gpu", (1, 1), (0, 0))], bids), 1)
    found = np.array([[5.0, 5.0]])
    relaxed = Relaxed(found, 0.0, exact=True, guide_ucr=found)
    unpolished = replace(PARAMS, polish_columns=0)
    for few in (replace(unpolished, face_columns=1), replace(unpolished, face_cells=1)):
        kept = prices.publish(lattice, relaxed, Effort(WORK, never), few)
        assert kept.tolist() == [[5, 5]]
