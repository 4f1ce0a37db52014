"""Columns that share nothing are decided part by part, and the answer is that of the whole."""

from dataclasses import replace
from random import Random

import pytest

from allocator.engine.effort import Effort, never
from allocator.engine.lattice import Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS
from allocator.engine.proofs import exact, proof
from allocator.engine.proofs.exact import Column, Row
from allocator.engine.proofs.parts import limits_of, parted
from allocator.problem import Bid, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, market

WORK = 400_000
APART = replace(PARAMS, part_columns=1, tied_columns=10)
TOGETHER = replace(PARAMS, tied_columns=10**6)


def islands(slots: int, bids: int, seed: int, *, across: bool = False) -> Problem:
    """Bids for a few of eight pools in one slot each; ``across``: one may take any slot."""
    draw = Random(seed)
    pools = [Pool(f"p{n}", "gpu", (1 + n % 2,) * slots, (0,) * slots) for n in range(8)]
    found = []
    for n in range(bids):
        legs = tuple(Leg(f"p{pool}", 1, 0, 1) for pool in sorted(draw.sample(range(8), 4)))
        value = draw.randint(MICRO, 9 * MICRO)
        first = 0 if across and n == 0 else n % slots
        last = slots - 1 if across and n == 0 else first
        found.append(Bid(f"b{n:03d}", f"t{n % 7}", (Option(value, first, last, legs),)))
    return market(pools, found)


def laid_out(problem: Problem) -> tuple[Lattice, list[Column], list[Row]]:
    lattice = compile_problem(problem, 1)
    columns = proof.worthwhile(lattice, 0, lattice.reserve_ucr)
    return lattice, columns, exact.rows(Packing(lattice), columns)


def test_bids_of_other_slots_are_other_parts() -> None:
    lattice, columns, limits = laid_out(islands(3, 30, 1))
    parts = parted(lattice, columns, limits, APART)
    assert sorted(place for part in parts for place in part) == list(range(len(columns)))
    assert [{columns[place].start for place in part} for part in parts] == [{0}, {1}, {2}]


def test_a_bid_that_could_take_any_slot_joins_all_parts() -> None:
    assert len(parted(*laid_out(islands(3, 30, 1, across=True)), APART)) == 1


def test_small_parts_are_put_together() -> None:
    assert len(parted(*laid_out(islands(3, 30, 1)), replace(APART, part_columns=20))) == 2


def test_the_limits_of_a_part_are_those_that_its_columns_have_alone() -> None:
    lattice, columns, limits = laid_out(islands(3, 30, 1))
    parts = parted(lattice, columns, limits, APART)
    for part, own in zip(parts, limits_of(parts, limits), strict=True):
        alone = exact.rows(Packing(lattice), [columns[place] for place in part])
        assert own == alone
        assert own


@pytest.mark.parametrize("seed", range(4))
def test_the_parts_optimum_is_the_whole_s(seed: int) -> None:
    lattice = compile_problem(islands(4, 60, seed), 1)
    apart, whole = (
        proof.prove(lattice, Packing(lattice), lattice.reserve_ucr, Effort(WORK, never), params)
        for params in (APART, TOGETHER)
    )
    assert apart.optimal
    assert whole.optimal
    assert apart.packing.surplus == whole.packing.surplus
    assert apart.bound == apart.packing.surplus


def test_what_is_known_is_never_lost_and_a_bound_needs_every_part() -> None:
    lattice = compile_problem(islands(4, 60, 1), 1)
    prices = lattice.reserve_ucr
    best = proof.prove(lattice, Packing(lattice), prices, Effort(WORK, never), TOGETHER).packing
    asked: list[bool] = []

    def soon() -> bool:
        asked.append(True)
        return len(asked) > 2

    found = proof.prove(lattice, best, prices, Effort(WORK, soon), APART)
    assert found.packing.surplus == best.surplus
    assert found.bound is None or found.bound >= best.surplus


def test_the_same_parts_are_decided_the_same_way_each_time() -> None:
    lattice = compile_problem(islands(4, 200, 3), 1)
    one, other = (
        proof.prove(lattice, Packing(lattice), lattice.reserve_ucr, Effort(9_000, never), APART)
        for _ in range(2)
    )
    assert one.packing.option.tolist() == other.packing.option.tolist()
    assert (one.bound, one.optimal) == (other.bound, other.optimal)
