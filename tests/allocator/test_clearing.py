"""Clearings keep the market's promises, whatever is bid (`§7.1-3, 6-8`)."""

import hashlib
import random
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from allocator import clearing
from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.engine.params import PARAMS
from allocator.outcome import (
    Award,
    ClearingRules,
    Engine,
    Outcome,
    PaymentRule,
    Reason,
    UnsoundOutcome,
)
from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, Exhaustive, crowd, market, markets
from tests.examples import examples

RULES = ClearingRules(work=20_000)
PLAIN = replace(RULES, engine="greedy")
FEW = examples(40)


def one_pool(capacity: int, *values: int, slots: int = 1, quantity: int = 1) -> Problem:
    """Bids of these credits for the whole of one pool's horizon."""
    legs = (Leg("p", quantity, 0, slots),)
    bids = [
        Bid(f"b{i}", f"t{i}", (Option(value * MICRO, 0, 0, legs),))
        for i, value in enumerate(values)
    ]
    return market([Pool("p", "gpu", (capacity,) * slots, (0,) * slots)], bids)


def winners(outcome: Outcome) -> set[str]:
    return {award.bid for award in outcome.awards}


@FEW
@given(markets())
def test_a_clearing_is_sound_under_either_engine(problem: Problem) -> None:
    for rules in (RULES, PLAIN):
        outcome = clear(problem, rules)
        assert violations(problem, outcome) == []
        assert outcome.surplus_ucr <= outcome.bound_ucr, "§7.8"


@FEW
@given(markets())
def test_a_small_market_is_cleared_as_well_as_trying_everything(problem: Problem) -> None:
    outcome = clear(problem, RULES)
    assert outcome.surplus_ucr == Exhaustive(problem).best() // 60
    assert outcome.status == "optimal"


@FEW
@given(markets(), st.randoms(use_true_random=False))
def test_arrival_order_picks_no_winner(problem: Problem, chance: random.Random) -> None:
    """§7.6."""
    shuffled = Problem.of(
        start=problem.start,
        slot_minutes=problem.slot_minutes,
        slots=problem.slots,
        pools=chance.sample(problem.pools, len(problem.pools)),
        bids=chance.sample(problem.bids, len(problem.bids)),
        budgets=problem.budgets,
        caps=problem.caps,
    )
    assert clear(shuffled, RULES) == clear(problem, RULES)


@FEW
@given(markets())
def test_what_everybody_misses_adds_up_to_the_lost_opportunity(problem: Problem) -> None:
    """Lost opportunity = bound − surplus, counted bid by bid and slot by slot (§7.8)."""
    outcome = clear(problem, RULES)
    awards = {award.bid: award for award in outcome.awards}
    limits = {budget.team: budget.limit_ucr for budget in problem.budgets}
    lost = 0
    left = {pool.id: list(pool.capacity) for pool in problem.pools}
    for bid in problem.bids:
        best = 0
        for option in bid.options:
            if option.value_ucr <= limits.get(bid.team, option.value_ucr):
                for start in range(option.earliest_start, option.latest_start + 1):
                    best = max(best, _net(problem, outcome, option, start))
        lost += best
        if bid.id in awards:
            option, start = bid.options[awards[bid.id].option], awards[bid.id].start
            lost -= _net(problem, outcome, option, start)
            for leg in option.legs:
                for slot in range(start + leg.offset, start + leg.offset + leg.duration):
                    left[leg.pool][slot] -= leg.quantity
    for pool in problem.pools:
        prices = zip(outcome.prices_ucr[pool.id], pool.reserve_ucr, left[pool.id], strict=True)
        lost += sum((price - floor) * free for price, floor, free in prices) * problem.slot_minutes
    assert 0 <= 60 * outcome.lost_opportunity_ucr - lost < 120


def _net(problem: Problem, outcome: Outcome, option: Option, start: int) -> int:
    """Value less what the use costs at the published prices (µcr × 60)."""
    cost = sum(
        leg.quantity * sum(outcome.prices_ucr[leg.pool][start + leg.offset :][: leg.duration])
        for leg in option.legs
    )
    return option.value_ucr * 60 - cost * problem.slot_minutes


@FEW
@given(markets())
def test_no_linear_prices_lose_less(problem: Problem) -> None:
    """The bound is the value of the LP relaxation, solved here by another solver, whole."""
    limits = {budget.team: budget.limit_ucr for budget in problem.budgets}
    gains, uses = [], []
    place = {pool.id: i * problem.slots for i, pool in enumerate(problem.pools)}
    floors = np.concatenate([pool.reserve_ucr for pool in problem.pools]) / MICRO
    for b, bid in enumerate(problem.bids):
        for option in bid.options:
            if option.value_ucr > limits.get(bid.team, option.value_ucr):
                continue
            for start in range(option.earliest_start, option.latest_start + 1):
                use = np.zeros(len(floors) + len(problem.bids))
                for leg in option.legs:
                    begin = place[leg.pool] + start + leg.offset
                    use[begin : begin + leg.duration] += leg.quantity
                cost = use[: len(floors)] @ floors * problem.slot_minutes / 60
                use[len(floors) + b] = 1
                gains.append(option.value_ucr / MICRO - cost)
                uses.append(use)
    assume(gains)
    room = np.concatenate([*(pool.capacity for pool in problem.pools), [1] * len(problem.bids)])
    solved = linprog(-np.array(gains), A_ub=np.array(uses).T, b_ub=room)
    assert clear(problem, RULES).bound_ucr / MICRO == pytest.approx(-solved.fun, abs=1e-4)


@given(markets(limits=False))
@FEW
def test_raising_a_winning_bid_keeps_it_winning(problem: Problem) -> None:
    outcome = clear(problem, RULES)
    assume(outcome.awards)
    lucky = outcome.awards[0].bid
    dearer = [
        replace(bid, options=tuple(replace(o, value_ucr=2 * o.value_ucr) for o in bid.options))
        if bid.id == lucky
        else bid
        for bid in problem.bids
    ]
    assert lucky in winners(clear(replace(problem, bids=tuple(dearer)), RULES))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["full", "greedy"])
def test_a_crowded_market_clears_the_same_each_time_and_in_any_order(engine: Engine) -> None:
    """§7.6, §7.7, on a market whose search ends by its work limit."""
    problem = crowd(120, seed=3)
    rules = replace(RULES, engine=engine, work=10_000)
    turned = replace(
        Problem.of(
            start=problem.start,
            slot_minutes=problem.slot_minutes,
            slots=problem.slots,
            pools=problem.pools[::-1],
            bids=problem.bids[::-1],
        )
    )
    first = clear(problem, rules)
    assert first == clear(turned, rules), "a run of its own, and in another order"
    assert first.status == "feasible", "too easy to say anything"
    assert first.gap < 0.12


@pytest.mark.slow
def test_more_work_never_ends_below_the_plain_engine() -> None:
    for seed in range(2):
        problem = crowd(60, seed)
        full, plain = clear(problem, RULES), clear(problem, PLAIN)
        assert full.surplus_ucr >= plain.surplus_ucr
        assert full.bound_ucr <= plain.bound_ucr


def test_a_caller_who_stops_at_once_still_gets_a_sound_answer() -> None:
    problem = crowd(60, seed=5)
    asked = []

    def stop() -> bool:
        asked.append(1)
        return True

    outcome = clear(problem, RULES, stop)
    assert violations(problem, outcome) == []
    assert outcome.awards
    assert asked


def test_one_unit_of_work_is_enough_for_a_sound_answer() -> None:
    problem = crowd(60, seed=6)
    assert violations(problem, clear(problem, replace(RULES, work=1))) == []


@pytest.mark.parametrize("engine", ["full", "greedy"])
def test_a_market_without_bids_or_without_capacity_clears(engine: Engine) -> None:
    rules = replace(RULES, engine=engine)
    empty = clear(one_pool(4), rules)
    assert (empty.awards, empty.bound_ucr, empty.status) == ((), 0, "optimal")
    nothing = clear(one_pool(0, 10), rules)
    assert nothing.awards == ()
    assert nothing.rejections[0].bid == "b0"


def test_a_team_without_budget_wins_nothing_and_is_told_so() -> None:
    problem = replace(one_pool(1, 10), budgets=(Budget("t0", 0),))
    outcome = clear(problem, RULES)
    assert outcome.awards == ()
    assert outcome.bound_ucr == 0, "what takes no part is not in the bound"
    assert outcome.rejections[0].reason is Reason.BUDGET


def test_a_budget_bounds_what_a_team_can_win_together() -> None:
    problem = one_pool(3, 6, 5, 4)
    bids = tuple(replace(bid, team="ann") for bid in problem.bids)
    outcome = clear(replace(problem, bids=bids, budgets=(Budget("ann", 10 * MICRO),)), RULES)
    assert winners(outcome) == {"b0", "b2"}
    assert outcome.rejections[0].reason is Reason.BUDGET


def test_a_cap_leaves_units_to_others() -> None:
    problem = one_pool(2, 6, 5, 4)
    teams = ("ann", "ann", "bob")
    bids = tuple(replace(bid, team=team) for bid, team in zip(problem.bids, teams, strict=True))
    outcome = clear(replace(problem, bids=bids, caps=(Cap("ann", "p", (1,)),)), RULES)
    assert winners(outcome) == {"b0", "b2"}


def test_a_bid_worth_exactly_its_reserve_cost_is_served_where_there_is_room() -> None:
    problem = replace(one_pool(1, 3), pools=(Pool("p", "gpu", (1,), (3 * MICRO,)),))
    outcome = clear(problem, RULES)
    assert [(a.bid, a.payment_ucr) for a in outcome.awards] == [("b0", 3 * MICRO)]
    assert outcome.surplus_ucr == 0


def test_values_beyond_64_bits_of_grains_are_cleared_exactly() -> None:
    """10^12 credits each: their sums in grains leave no room in an int64."""
    top = 10**6 * MICRO
    outcome = clear(one_pool(2, top, top - 1, top - 2, slots=3), replace(RULES, work=2_000))
    assert winners(outcome) == {"b0", "b1"}
    assert outcome.surplus_ucr == (2 * top - 1) * MICRO


def test_a_window_of_many_thousand_starts_is_searched() -> None:
    slots = 20_000
    pool = Pool("p", "gpu", (1,) * slots, (1_000,) * slots)
    legs = (Leg("p", 1, 0, slots // 2),)
    bids = [Bid(f"b{i}", "ann", (Option(50 * MICRO, 0, slots // 2, legs),)) for i in range(3)]
    outcome = clear(market([pool], bids), replace(RULES, work=5_000))
    assert len(outcome.awards) == 2


def test_in_a_long_horizon_the_price_is_at_the_buyers_end_too() -> None:
    """10 and 6 want the one unit of slot 0: any price from 6 to 10 loses nothing."""
    one = (Leg("p", 1, 0, 1),)
    bids = [
        Bid("high", "ann", (Option(10 * MICRO, 0, 0, one),)),
        Bid("low", "bob", (Option(6 * MICRO, 0, 0, one),)),
        Bid("free", "cyd", (Option(MICRO, 0, 2_999, one),)),
    ]
    outcome = clear(market([Pool("p", "gpu", (1,) * 3_000, (0,) * 3_000)], bids), RULES)
    assert outcome.prices_ucr["p"] == (6 * MICRO, *(0,) * 2_999)
    assert outcome.lost_opportunity_ucr == 0


@pytest.mark.parametrize("engine", ["full", "greedy"])
def test_of_bids_that_ask_for_the_same_the_first_in_tie_order_win(engine: Engine) -> None:
    """Eighty equal bids for forty places, among larger ones; SHA-256 of "seed/id" decides."""
    problem = crowd(40, seed=8)
    same = Option(4 * MICRO, 0, 40, (Leg("p0", 4, 0, 8),))
    twins = tuple(Bid(f"twin-{i}", f"t{i}", (same,)) for i in range(80))
    bids = tuple(sorted((*problem.bids, *twins), key=lambda bid: bid.id))
    outcome = clear(replace(problem, bids=bids), replace(RULES, engine=engine, seed=9))
    order = sorted(twins, key=lambda bid: hashlib.sha256(f"9/{bid.id}".encode()).digest())
    starts = {award.bid: award.start for award in outcome.awards}
    lucky = [bid.id for bid in order if bid.id in starts]
    assert 0 < len(lucky) < len(twins)
    assert lucky == [bid.id for bid in order][: len(lucky)]
    assert [starts[bid] for bid in lucky] == sorted(starts[bid] for bid in lucky)


@examples(25)
@given(markets())
def test_where_somebody_lost_the_auditor_objects_to_awarding_everybody(problem: Problem) -> None:
    outcome = clear(problem, RULES)
    assume(outcome.rejections)
    everybody = tuple(
        Award(bid.id, 0, bid.options[0].earliest_start, bid.options[0].value_ucr)
        for bid in problem.bids
    )
    assert violations(problem, replace(outcome, awards=everybody)) != []


@examples(25)
@given(markets(limits=False))
def test_who_pays_the_bid_pays_its_value(problem: Problem) -> None:
    outcome = clear(problem, replace(RULES, payment=PaymentRule.PAY_AS_BID))
    assert sum(award.payment_ucr for award in outcome.awards) == outcome.welfare_ucr


def test_an_answer_that_breaks_a_rule_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "violations", lambda *_: ["one", "two"])
    with pytest.raises(UnsoundOutcome, match="one; two") as refused:
        clear(market([Pool("p", "gpu", (1,), (0,))], []), ClearingRules(work=10))
    assert refused.value.faults == ["one", "two"]


def test_the_time_of_a_caller_who_has_a_clock_is_used_and_no_more() -> None:
    """Whatever the work counts: a search of so few units would end at once."""
    ticks, most = count(), 200
    unproven = replace(PARAMS, provable_columns=0, search_round_units=50)
    outcome = clear(
        crowd(300, 1),
        ClearingRules(work=5_000),
        params=unproven,
        pace=lambda: 1 - next(ticks) / most,
    )
    assert most <= next(ticks) < 1.2 * most
    assert violations(crowd(300, 1), outcome) == []


def test_who_listens_hears_of_the_best_and_the_bound_that_are_in_the_end() -> None:
    heard = list[tuple[int, int | None]]()
    outcome = clear(crowd(60, 1), RULES, hear=lambda best, bound: heard.append((best, bound)))
    assert heard == sorted(heard, key=lambda each: each[0])
    assert 0 < heard[-1][0] <= outcome.surplus_ucr
    assert heard[-1][1] == outcome.bound_ucr
