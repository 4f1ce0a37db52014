"""Awards in the making: what fits, what is taken, and what every start gains."""

import numpy as np
import pytest
from hypothesis import given

from allocator.engine import lattice as columns
from allocator.engine.lattice import compile_problem
from allocator.engine.packing import NOT_AWARDED, Gains, Packing
from allocator.problem import Problem
from tests.allocator.small_markets import markets
from tests.examples import examples


def state(packing: Packing) -> tuple[object, ...]:
    return (
        [row.tolist() for row in packing.free],
        {key: row.tolist() for key, row in packing.caps.items()},
        dict(packing.purse),
        packing.option.tolist(),
        packing.start.tolist(),
        packing.surplus,
    )


@examples(60)
@given(markets())
def test_all_starts_at_once_say_what_each_says_alone(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    packing, gains = Packing(lattice), Gains(lattice, lattice.reserve_ucr.astype(np.float64))
    for option in range(lattice.options):
        starts = range(int(lattice.low[option]), int(lattice.high[option]) + 1)
        alone = [packing.fits(option, start) for start in starts]
        room = packing.room(option)
        assert (room.tolist() if room is not None else [False] * len(starts)) == alone
        if packing.option[lattice.bid_of[option]] == NOT_AWARDED:
            packing.insert(option, gains)


@examples(60)
@given(markets())
def test_what_is_placed_and_taken_back_leaves_no_trace(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    packing, gains = Packing(lattice), Gains(lattice, lattice.reserve_ucr.astype(np.float64))
    before = state(packing)
    for option in range(lattice.options):
        if packing.option[lattice.bid_of[option]] == NOT_AWARDED:
            packing.insert(option, gains)
    assert packing.surplus == sum(packing.gain.values())
    for bid in packing.awarded().tolist():
        packing.remove(bid)
    assert state(packing) == before


@examples(30)
@given(markets())
def test_gains_too_many_to_keep_are_the_same_computed_one_by_one(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    prices = lattice.reserve_ucr.astype(np.float64) + 1000
    kept = Gains(lattice, prices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "KEPT_COLUMNS", -1)
        patch.setattr(columns, "CHUNK_COLUMNS", 1)
        other = compile_problem(problem, 1)
        anew = Gains(other, prices)
        for option in range(lattice.options):
            for one, same in zip(kept.of(option), anew.of(option), strict=True):
                assert one.tolist() == same.tolist()
        assert other.kept == []
