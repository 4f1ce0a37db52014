"""Auctions of single units: CP-SAT and SCIP side by side, and one answer whoever is faster."""

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest

from allocator import clearing
from allocator.engine.effort import Effort, never
from allocator.engine.lattice import Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs import exact, proof, scip
from allocator.engine.proofs.exact import Column, Row, Solved
from allocator.engine.proofs.singles import Singles
from allocator.outcome import ClearingRules
from allocator.problem import Bid, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, market

WORK = 2_000_000


def auction(bids: int, goods: int, seed: int, most: int = 6) -> Problem:
    """Bids for two to four goods each, of whole credits: many choices gain the same."""
    draw = Random(seed)
    pools = [Pool(f"g{n:02d}", "good", (1,), (0,)) for n in range(goods)]
    found = []
    for n in range(bids):
        held = sorted(draw.sample(range(goods), draw.randint(2, 4)))
        legs = tuple(Leg(f"g{good:02d}", 1, 0, 1) for good in held)
        value = draw.randint(1, most) * MICRO
        found.append(Bid(f"b{n:03d}", f"t{n % 7}", (Option(value, 0, 0, legs),)))
    return market(pools, found)


Laid = tuple[Lattice, list[Column], list[Row]]


def laid_out(problem: Problem) -> Laid:
    lattice = compile_problem(problem, 1)
    columns = proof.worthwhile(lattice, 0, lattice.reserve_ucr)
    return lattice, columns, exact.rows(Packing(lattice), columns)


def decided(laid: Laid, effort: Effort | None = None, params: EngineParams = PARAMS) -> Solved:
    found = Singles(*laid, (), params).decided(effort or Effort(WORK, never))
    assert found is not None
    assert proof.packed(laid[0], [laid[1][i] for i in found.chosen]) is not None
    return found


def gain(laid: Laid, found: Solved) -> int:
    return sum(laid[1][i].gain for i in found.chosen)


@pytest.mark.parametrize("seed", range(5))
def test_the_choice_is_the_best_and_its_bound_a_hair_above(seed: int) -> None:
    laid = laid_out(auction(90, 24, seed))
    best = exact.select(Packing(laid[0]), laid[1], (), WORK)
    assert best is not None
    assert best.proven
    found = decided(laid)
    assert gain(laid, found) == best.bound
    assert best.bound < found.bound <= best.bound + best.bound // 10**6


def late(run: Callable[..., Any]) -> Callable[..., Any]:
    def after_a_while(*words: Any) -> Any:
        time.sleep(0.3)
        return run(*words)

    return after_a_while


@pytest.mark.parametrize("early_units", [10, PARAMS.early_units])
@pytest.mark.parametrize("seed", range(3))
def test_who_is_faster_does_not_change_the_answer(
    early_units: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = replace(PARAMS, early_units=early_units)
    laid = laid_out(auction(160, 40, seed, most=3))
    plain = decided(laid, params=params)
    with monkeypatch.context() as slow:
        slow.setattr(exact.CpSat, "run", late(exact.CpSat.run))
        assert same(laid, plain, params)
    with monkeypatch.context() as slow:
        slow.setattr(scip.Prover, "run", late(scip.Prover.run))
        assert same(laid, plain, params)


def same(laid: Laid, known: Solved, params: EngineParams) -> bool:
    found = decided(laid, params=params)
    return (found.chosen, found.bound) == (known.chosen, known.bound)


def test_one_that_fails_leaves_the_answer_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    laid = laid_out(auction(90, 24, 1))
    whole = decided(laid)
    for owner in (exact.CpSat, scip.Prover):
        with monkeypatch.context() as broken:
            broken.setattr(owner, "run", lambda *_: None)
            found = decided(laid)
            assert gain(laid, found) == gain(laid, whole)
            assert found.bound == whole.bound
    monkeypatch.setattr(exact.CpSat, "run", lambda *_: None)
    monkeypatch.setattr(scip.Prover, "run", lambda *_: None)
    assert Singles(*laid, ()).decided(Effort(WORK, never)) is None


def test_of_two_bounds_the_lower_counts_and_of_two_choices_the_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid = laid_out(auction(90, 24, 1))
    poor, good = sorted([0, 1], key=lambda i: laid[1][i].gain)
    for lower, upper in ((exact.CpSat, scip.Prover), (scip.Prover, exact.CpSat)):
        found = {
            lower: Solved((poor,), 10**9, proven=False, spent=1),
            upper: Solved((good,), 10**10, proven=False, spent=1),
        }
        for owner, solved in found.items():
            monkeypatch.setattr(owner, "run", lambda *_, solved=solved: solved)
        answer = decided(laid)
        assert (answer.chosen, answer.bound) == ((good,), 10**9)


def test_told_to_stop_it_ends_soon_with_a_choice_and_a_bound() -> None:
    laid = laid_out(auction(700, 90, 2, most=1000))
    asked = count()
    began = time.perf_counter()
    found = decided(laid, Effort(10**9, lambda: next(asked) > 60))
    assert time.perf_counter() - began < 20
    assert gain(laid, found) < found.bound


def test_only_single_units_and_enough_work_are_its_kind() -> None:
    _, columns, limits = laid_out(auction(90, 24, 1))
    assert scip.fits(columns, limits, PARAMS.scip_least_units)
    assert not scip.fits(columns, limits, PARAMS.scip_least_units - 1)
    assert not scip.fits(columns, [*limits, Row([0, 1, 2], [1, 1, 1], 2)], WORK)
    assert not scip.fits(columns * 100, limits, WORK)


def test_a_whole_clearing_of_a_large_auction_is_proven() -> None:
    problem = auction(500, 70, 4, most=40)
    laid = laid_out(problem)
    found = exact.select(Packing(laid[0]), laid[1], (), 10 * WORK)
    assert found is not None
    assert found.proven
    outcome = clearing.clear(problem, ClearingRules(work=WORK, seed=1))
    assert outcome.solver == scip.NAME
    assert outcome.solver_bound_ucr is not None
    assert outcome.status == "optimal"
    best = outcome.surplus_ucr
    assert best * laid[0].per_ucr == found.bound
    assert best <= outcome.solver_bound_ucr <= best + best // 10**6
    assert clearing.clear(problem, ClearingRules(work=WORK, seed=1)) == outcome


def test_scip_takes_small_auctions_of_single_units_and_no_wide_ones() -> None:
    """Its root of a wide one takes minutes, and neither nodes nor a word end it."""
    one = [Column(n, 0, MICRO) for n in range(30)]
    narrow = [Row(list(range(n, n + 4)), [1] * 4, 1) for n in range(20)]
    entries = sum(len(row.columns) for row in narrow)
    assert scip.fits(one, narrow, WORK, replace(PARAMS, scip_entries=entries))
    assert not scip.fits(one, narrow, WORK, replace(PARAMS, scip_entries=entries - 1))
    assert not scip.fits(one, [narrow[0]._replace(limit=2)], WORK)
    assert not scip.fits(one, narrow, PARAMS.scip_least_units - 1)
