"""Prices by climbing and by linear programming: sound as bounds, however they are tuned."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.engine.bounds import relaxation
from allocator.engine.effort import Effort, never
from allocator.engine.flat import flatten
from allocator.engine.lattice import compile_problem
from allocator.engine.params import PARAMS, EngineParams
from allocator.outcome import ClearingRules
from allocator.problem import Problem
from tests.allocator.small_markets import Exhaustive, markets
from tests.allocator.test_raising import busy

LARGE = replace(PARAMS, easy_columns=0, whole_lp_columns=0)
COARSE = replace(LARGE, exact_lp_columns=0)


@pytest.mark.parametrize("params", [LARGE, COARSE], ids=["fine", "coarse"])
def test_the_bound_is_never_below_any_allocation(params: EngineParams) -> None:
    @settings(max_examples=40, deadline=None)
    @given(markets(limits=False))
    def tried(problem: Problem) -> None:
        lattice = compile_problem(problem, 1)
        effort = Effort(5_000, never)
        found = relaxation.priced(lattice, flatten(lattice), effort, params, exact=True)
        best = Exhaustive(problem).best() * lattice.per_ucr / 60
        assert found.bound >= best - 1e-6 * max(best, 1)
        assert (found.prices_ucr >= lattice.reserve_ucr - 1e-6).all()

    tried()


def test_prices_are_the_same_looked_at_by_one_thread_or_two() -> None:
    lattice = compile_problem(busy(), 1)
    flat = flatten(lattice)
    alone, shared = (
        relaxation.ascend(lattice, flat, Effort(2_000, never), replace(LARGE, shared_columns=n))
        for n in (10**9, 0)
    )
    assert alone.bound == shared.bound
    assert (alone.prices_ucr == shared.prices_ucr).all()


def test_an_exact_relaxation_loses_no_more_than_a_climb() -> None:
    lattice = compile_problem(busy(), 1)
    flat = flatten(lattice)
    climbed = relaxation.ascend(lattice, flat, Effort(2_000, never), LARGE)
    exact = relaxation.priced(lattice, flat, Effort(10**6, never), LARGE, exact=True)
    coarse = relaxation.priced(lattice, flat, Effort(10**6, never), COARSE, exact=True)
    whole = relaxation.priced(lattice, flat, Effort(10**6, never), PARAMS, exact=True)
    assert exact.exact
    assert whole.exact
    assert exact.bound == pytest.approx(whole.bound, rel=1e-6)
    assert whole.bound <= coarse.bound * (1 + 1e-9)
    assert exact.bound <= climbed.bound
    assert exact.plans
    assert coarse.plans


def test_a_coarse_clearing_is_as_sound_as_a_fine_one() -> None:
    problem = busy()
    for params in (LARGE, COARSE):
        outcome = clear(problem, ClearingRules(work=5_000), params=params)
        assert violations(problem, outcome) == []
