"""Ruin and recreate on gangs and limits: what it answers fits, gains no less, and repeats."""

from dataclasses import replace

import numpy as np
import pytest

from allocator import clearing
from allocator.engine import greedy, improve
from allocator.engine.effort import Effort, never
from allocator.engine.flat import flatten, price_sums
from allocator.engine.improve import Awards
from allocator.engine.lattice import Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS
from allocator.outcome import ClearingRules
from allocator.problem import Budget, Cap, Problem
from tests.allocator.small_markets import MICRO
from tests.allocator.test_parts import islands
from tests.allocator.test_raising import busy

WORK = 20_000


def limited() -> Problem:
    """Gangs across two pools; one team with little money, one with little room."""
    budget, cap = Budget("t1", 9 * MICRO), Cap("t2", "east", (3,) * 16)
    return replace(busy(), budgets=(budget,), caps=(cap,))


def packed(lattice: Lattice, found: Awards) -> Packing:
    """The awards placed one by one, each asked for its room; the points must be what they gain."""
    packing = Packing(lattice)
    for option, start in found.award[found.award[:, 0] >= 0].tolist():
        assert packing.fits(option, start)
        assert packing.affordable(option)
        gain = int(lattice.value[option]) - lattice.reserve_cost(option, start)
        packing.place(option, start, gain)
    assert packing.surplus == found.points
    return packing


@pytest.mark.parametrize("problem", [busy(), limited()], ids=["gangs", "limits"])
def test_a_search_keeps_every_limit_and_never_ends_below_its_start(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    flat = flatten(lattice)
    assert flat.per_point == 1
    guide = improve.guide_of(
        flat, price_sums(flat, lattice, lattice.reserve_ucr.astype(np.float64) + 1e5)
    )
    begun = improve.filled(flat, guide, greedy.wanted(lattice, ()))
    packed(lattice, begun)

    def searched(seed: int) -> Awards:
        effort = Effort(WORK, never)
        return improve.ruin_and_recreate(flat, guide, begun, seed, effort, 10**18)

    found = searched(3)
    packed(lattice, found)
    assert found.points > begun.points
    assert searched(3).award.tolist() == found.award.tolist()


def test_a_search_ends_at_once_where_it_has_enough_or_no_effort() -> None:
    lattice = compile_problem(busy(), 1)
    flat = flatten(lattice)
    guide = improve.guide_of(
        flat, price_sums(flat, lattice, lattice.reserve_ucr.astype(np.float64))
    )
    begun = improve.filled(flat, guide, greedy.wanted(lattice, ()))
    full, none = Effort(WORK, never), Effort(0, never)
    assert improve.ruin_and_recreate(flat, guide, begun, 1, full, begun.points) is begun
    assert full.spent == 0
    assert improve.ruin_and_recreate(flat, guide, begun, 1, none, 10**18) is begun


def test_where_no_option_has_hope_nothing_is_tried() -> None:
    lattice = compile_problem(busy(), 1)
    flat = flatten(lattice)
    hopeless = replace(PARAMS, hopeful_ratio=1e12)
    sums = price_sums(flat, lattice, lattice.reserve_ucr.astype(np.float64))
    guide = improve.guide_of(flat, sums, hopeless)
    begun = improve.filled(flat, guide, greedy.wanted(lattice, ()))
    effort = Effort(WORK, never)
    assert improve.ruin_and_recreate(flat, guide, begun, 1, effort, 10**18) is begun
    assert effort.spent == 0


def test_winners_move_to_the_cheapest_start_that_is_free_and_gain_no_less() -> None:
    lattice = compile_problem(busy(), 1)
    flat = flatten(lattice)
    guide = improve.guide_of(
        flat, price_sums(flat, lattice, lattice.reserve_ucr.astype(np.float64))
    )
    begun = improve.filled(flat, guide, greedy.wanted(lattice, ()))
    rising = np.cumsum(np.ones(flat.reserve.shape, dtype=np.int64), axis=1) ** 2
    moved = improve.brought_forward(flat, begun, rising, lattice.rank)
    packed(lattice, moved)
    assert moved.points >= begun.points
    both = (begun.award[:, 0] == moved.award[:, 0]) & (begun.award[:, 0] >= 0)
    assert (moved.award[both, 1] <= begun.award[both, 1]).all()


@pytest.mark.parametrize("problem", [busy(), limited()], ids=["gangs", "limits"])
def test_the_simplest_orders_fit_and_the_best_of_them_counts(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    flat = flatten(lattice)
    orders = [
        improve.simplest(flat, replace(PARAMS, simple_powers=(power,)))
        for power in PARAMS.simple_powers
    ]
    best = improve.simplest(flat)
    assert best.points == max(each.points for each in orders)
    packed(lattice, best)


def test_no_clearing_is_worth_less_than_the_simplest_orders_give() -> None:
    """With hardly any work, on bids for many things at once."""
    for seed in range(3):
        problem = islands(12, 900, seed)
        lattice = compile_problem(problem, 1)
        simplest = packed(lattice, improve.simplest(flatten(lattice))).surplus
        found = clearing.clear(problem, ClearingRules(work=1))
        assert found.surplus_ucr * lattice.per_ucr >= simplest - lattice.per_ucr
