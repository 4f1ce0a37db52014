"""Markets at the edge: odd sizes, extreme money, and solvers that fail."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given

from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.engine.bounds import master
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs import branching, exact
from allocator.outcome import ClearingRules, Outcome
from allocator.problem import Bid, Cap, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, Exhaustive, market, markets
from tests.examples import examples

RULES = ClearingRules(work=20_000)


def sound(problem: Problem, rules: ClearingRules = RULES, params: EngineParams = PARAMS) -> Outcome:
    outcome = clear(problem, rules, params=params)
    assert violations(problem, outcome) == []
    return outcome


def scattered(bids: int, slots: int, value: Callable[[random.Random], int]) -> Problem:
    """Bids for stretches of one pool, each in a window of its own."""
    draw = random.Random(7)
    made = []
    for i in range(bids):
        duration = draw.randint(1, min(8, slots))
        low = draw.randint(0, slots - duration)
        high = min(slots - duration, low + 10)
        legs = (Leg("p", draw.randint(1, 4), 0, duration),)
        made.append(Bid(f"b{i}", f"t{i % 7}", (Option(value(draw), low, high, legs),)))
    return market([Pool("p", "gpu", (8,) * slots, (0,) * slots)], made)


@pytest.mark.slow
@examples(30)
@given(markets())
def test_the_large_engine_keeps_every_rule_in_small_markets_too(problem: Problem) -> None:
    """Caps, budgets, gangs and sequences, by the compiled search; then tried in full."""
    large = replace(PARAMS, easy_columns=0, whole_lp_columns=0)
    outcome = sound(problem, params=large)
    assert outcome.surplus_ucr == Exhaustive(problem).best() // 60
    unproven = replace(large, provable_columns=0)
    searched = sound(problem, ClearingRules(work=2_000), unproven)
    assert searched.surplus_ucr <= outcome.surplus_ucr


def test_of_a_thousand_identical_bids_as_many_win_as_fit() -> None:
    legs = (Leg("p", 3, 0, 4),)
    bids = [Bid(f"b{i}", f"t{i}", (Option(5 * MICRO, 0, 8, legs),)) for i in range(1000)]
    outcome = sound(market([Pool("p", "gpu", (16,) * 12, (0,) * 12)], bids))
    assert len(outcome.awards) == 5 * 3
    assert outcome.status == "optimal"
    assert {award.payment_ucr for award in outcome.awards} == {5 * MICRO}


@pytest.mark.slow
@pytest.mark.parametrize("slots", [3_000, pytest.param(10_000, marks=pytest.mark.drill)])
def test_a_bid_of_thousands_of_options_takes_its_best(slots: int) -> None:
    """Each option is worth a little more than the one before; a rival holds the last tenth."""
    first = slots - slots // 10
    options = tuple(Option(MICRO + at, at, at, (Leg("p", 1, 0, 1),)) for at in range(slots))
    last = (Leg("p", 1, 0, slots - first),)
    rival = Bid("rival", "t1", (Option(10**6 * MICRO, first, first, last),))
    pool = Pool("p", "gpu", (1,) * slots, (0,) * slots)
    outcome = sound(market([pool], [Bid("many", "t0", options), rival]))
    found = {award.bid: award.option for award in outcome.awards}
    assert found == {"many": first - 1, "rival": 0}


def test_in_one_slot_the_best_offers_win_and_pay_the_best_losing_one() -> None:
    values = random.Random(3).sample(range(1, 10_000), 3_000)
    legs = (Leg("p", 1, 0, 1),)
    bids = [Bid(f"b{v}", f"t{v}", (Option(v * MICRO, 0, 0, legs),)) for v in values]
    outcome = sound(market([Pool("p", "gpu", (100,), (0,))], bids))
    best = sorted(values, reverse=True)
    assert {award.bid for award in outcome.awards} == {f"b{v}" for v in best[:100]}
    assert outcome.prices_ucr["p"] == (best[100] * MICRO,)


@pytest.mark.slow
@pytest.mark.parametrize("slots", [10_000, pytest.param(100_000, marks=pytest.mark.drill)])
def test_many_thousand_slots_are_cleared(slots: int) -> None:
    problem = scattered(300, slots, lambda draw: draw.randint(1, 50) * MICRO)
    outcome = sound(problem)
    assert outcome.status == "optimal"
    assert len(outcome.awards) + len(outcome.rejections) == 300


@pytest.mark.parametrize("bids", [40, 1_500])
def test_a_micro_credit_and_a_billion_credits_meet_in_one_file(bids: int) -> None:
    """The dear bids are never lost for the sake of the cheap ones, in a small file or a large."""

    def value(draw: random.Random) -> int:
        return int(10 ** draw.uniform(0, 15))

    problem = scattered(bids, 60, value)
    outcome = sound(problem)
    won = {award.bid for award in outcome.awards}
    dearest = max(problem.bids, key=lambda bid: bid.options[0].value_ucr)
    assert dearest.id in won
    assert outcome.gap < 0.1


def test_prices_at_the_edge_of_a_float_s_whole_numbers_stay_exact() -> None:
    """Above 2⁵³ micro-credits a float no longer tells one from the next; the books still do."""
    huge = 2**53 + 1
    legs = (Leg("p", 1, 0, 1),)
    bids = [Bid(f"b{i}", f"t{i}", (Option(huge + i, 0, 0, legs),)) for i in range(5)]
    outcome = sound(market([Pool("p", "gpu", (2,), (huge - 1,))], bids))
    assert {award.bid for award in outcome.awards} == {"b3", "b4"}
    assert outcome.surplus_ucr == (huge + 3) + (huge + 4) - 2 * (huge - 1)


def test_a_reserve_price_that_nobody_can_pay_sells_nothing() -> None:
    legs = (Leg("p", 1, 0, 1),)
    bids = [Bid(f"b{i}", "t", (Option(MICRO, 0, 0, legs),)) for i in range(3)]
    outcome = sound(market([Pool("p", "gpu", (2,), (10**18,))], bids))
    assert outcome.awards == ()
    assert {each.reason for each in outcome.rejections} == {"below-reserve"}


def test_a_cap_of_nothing_shuts_one_team_out_of_a_large_market() -> None:
    problem = scattered(800, 60, lambda draw: draw.randint(1, 50) * MICRO)
    capped = market(list(problem.pools), list(problem.bids), caps=[Cap("t0", "p", (0,) * 60)])
    outcome = sound(capped)
    team = {bid.id: bid.team for bid in capped.bids}
    assert outcome.awards
    assert "t0" not in {team[award.bid] for award in outcome.awards}


def _fails(*_words: Any, **_more: Any) -> Any:
    raise RuntimeError("the solver gave up")


@cache
def whole(bids: int) -> tuple[Problem, Outcome]:
    """A market, cleared while no solver fails."""
    problem = scattered(bids, 60, lambda draw: draw.randint(1, 50) * MICRO)
    return problem, sound(problem)


@pytest.mark.parametrize(
    "broken",
    [
        ((exact.CpSat, "run", _fails),),
        ((branching.Tree, "run", _fails),),
        ((exact.CpSat, "run", _fails), (branching.Tree, "run", _fails)),
        ((master.Master, "solve", lambda *_, **__: False),),
    ],
    ids=["cp-sat", "tree", "both", "glop"],
)
@pytest.mark.parametrize("bids", [30, 300])
def test_a_solver_that_fails_costs_surplus_and_never_soundness(
    broken: tuple[tuple[Any, str, Any], ...], bids: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, unbroken = whole(bids)
    for owner, name, failing in broken:
        monkeypatch.setattr(owner, name, failing)
    outcome = sound(problem)
    assert 0 < outcome.surplus_ucr <= min(unbroken.surplus_ucr * 1.02, outcome.bound_ucr)
    assert outcome.surplus_ucr >= 0.9 * unbroken.surplus_ucr
