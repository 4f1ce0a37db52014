"""What would have won: every answer is held against a clearing of the changed problem."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count

import pytest

from allocator.answers.explain import explain
from allocator.answers.raising import Stopped, critical_value, remedy, win_elsewhere, winning_raise
from allocator.answers.whatif import ChangeRefused, Revalue, change
from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.outcome import ClearingRules, Outcome, PaymentRule, Reason
from allocator.problem import Bid, Budget, Cap, Leg, Option, Problem
from tests.allocator.small_markets import MICRO, market
from tests.allocator.test_explain import bid, pool

RULES = ClearingRules(work=1000)


def busy(bids: int = 80, slots: int = 16) -> Problem:
    """Twice as much demand as there is room, some of it flexible, in two pools or in sequence."""
    found = []
    for n in range(bids):
        duration = 1 + n * 5 % 4
        low = n * 11 % (slots - duration - 1)
        legs = (Leg(("east", "west")[n % 2], 2, 0, duration),)
        value_ucr = 2 * duration * (700_000 + n * 173_000 % 2_100_000)
        options: tuple[Option, ...] = (Option(value_ucr, low, low + (n % 5 == 0), legs),)
        if n % 12 == 0:
            swapped = (replace(legs[0], pool="west"),)
            options = (*options, replace(options[0], value_ucr=value_ucr * 9 // 10, legs=swapped))
        if n % 20 == 4 and low + duration + 1 < slots:
            gang = (*legs, Leg("west", 1, duration, 1))
            options = (Option(value_ucr * 3 // 2, low, low, gang),)
        found.append(Bid(f"b{n:03}", f"t{n % 7}", options))
    reserve_ucr = 100_000
    sale = [pool(name, *[8] * slots, reserve_ucr=reserve_ucr) for name in ("east", "west")]
    return market(sale, found)


@cache
def busy_day() -> tuple[Problem, Outcome]:
    """A crowded problem and its outcome."""
    problem = busy()
    return problem, clear(problem, RULES)


def raised(problem: Problem, name: str, values_ucr: dict[int, int]) -> Outcome:
    """The problem cleared with one bid's values changed, from scratch."""
    return clear(change(problem, [Revalue(name, values_ucr)]), RULES)


def winners(outcome: Outcome) -> set[str]:
    return {award.bid for award in outcome.awards}


@pytest.mark.slow
@pytest.mark.parametrize("many", [5, pytest.param(20, marks=pytest.mark.drill)])
def test_raising_each_of_many_losers_by_its_answer_wins_it(many: int) -> None:
    problem, outcome = busy_day()
    losers = [one.bid for one in outcome.rejections][:many]
    assert len(losers) == many
    for name in losers:
        found = winning_raise(problem, outcome, name, RULES)
        assert found.finished
        assert found.win is not None, name
        assert found.raise_ucr is not None
        assert found.raise_ucr > 0
        again = raised(problem, name, dict(found.win.values_ucr))
        assert name in winners(again)
        assert violations(change(problem, [Revalue(name, found.win.values_ucr)]), again) == []
        if found.lost_at_ucr is not None:
            near_ucr = max(found.raise_ucr // 100, 10_000)
            assert 0 < found.raise_ucr - found.lost_at_ucr <= near_ucr


def test_one_micro_credit_above_the_price_wins_where_prices_are_exact() -> None:
    problem = market(
        [pool("p", 1)],
        [bid("high", 9, Leg("p", 1, 0, 1)), bid("low", 4, Leg("p", 1, 0, 1), team="bob")],
    )
    outcome = clear(problem, RULES)
    seen = explain(problem, outcome, "low")
    found = winning_raise(problem, outcome, "low", RULES)
    assert found.win is not None
    assert found.raise_ucr is not None
    assert 5 * MICRO < found.raise_ucr <= 5 * MICRO + 50_000
    assert found.win.displaced == ("high",)
    assert found.clearings <= 8
    assert seen.best.lack_ucr == seen.shortfall_ucr
    assert found.win.award.payment_ucr <= 4 * MICRO + found.raise_ucr


def paradox() -> Problem:
    """A bid above its price that no packing takes: one unit of room is left, it needs two."""
    return market(
        [pool("p", 3)],
        [
            bid("big", 30, Leg("p", 2, 0, 1)),
            bid("odd", 11, Leg("p", 2, 0, 1), team="bob"),
        ],
    )


def test_a_paradoxically_rejected_bid_wins_by_its_answer_and_not_by_its_price() -> None:
    problem = paradox()
    outcome = clear(problem, RULES)
    low = replace(outcome, prices_ucr={"p": (5 * MICRO,)})
    seen = explain(problem, low, "odd")
    assert seen.best.lack_ucr < 0
    found = winning_raise(problem, low, "odd", RULES)
    assert found.raise_ucr is not None
    assert found.win is not None
    assert found.clearings <= 8
    assert 19 * MICRO <= found.raise_ucr <= 19 * MICRO + MICRO // 4
    assert "odd" in winners(raised(problem, "odd", dict(found.win.values_ucr)))


def test_a_gang_over_two_pools_wins_by_its_answer() -> None:
    problem = market(
        [pool("p", 2, 2), pool("q", 1, 1)],
        [
            bid("a", 8, Leg("p", 2, 0, 1)),
            bid("b", 7, Leg("q", 1, 0, 1), window=(1, 1)),
            bid("gang", 5, Leg("p", 1, 0, 1), Leg("q", 1, 1, 1), team="bob"),
        ],
    )
    outcome = clear(problem, RULES)
    found = winning_raise(problem, outcome, "gang", RULES)
    assert found.win is not None
    assert found.raise_ucr is not None
    assert 10 * MICRO < found.raise_ucr <= 10 * MICRO + MICRO // 5
    assert found.win.displaced == ("a", "b")


def test_where_one_option_is_enough_to_raise_the_others_stay() -> None:
    options = tuple(Option(2 * MICRO, 0, 0, (Leg(name, 1, 0, 1),)) for name in ("p", "q"))
    problem = market(
        [pool("p", 1), pool("q", 1)],
        [
            bid("a", 8, Leg("p", 1, 0, 1)),
            bid("b", 4, Leg("q", 1, 0, 1)),
            Bid("either", "bob", options),
        ],
    )
    outcome = clear(problem, RULES)
    found = winning_raise(problem, outcome, "either", RULES)
    assert found.win is not None
    assert set(found.win.values_ucr) == {1}


def limited() -> Problem:
    """Bids that no raise can win: too large, over a cap, over a budget, at the budget."""
    return market(
        [pool("p", 4, 4)],
        [
            bid("wins", 40, Leg("p", 4, 0, 1)),
            bid("huge", 9, Leg("p", 5, 0, 1), window=(1, 1)),
            bid("capped", 9, Leg("p", 3, 0, 1), team="bob", window=(1, 1)),
            bid("rich", 9, Leg("p", 1, 0, 1), team="cyd", window=(1, 1)),
            bid("short", 3, Leg("p", 4, 0, 1), team="dan"),
        ],
        budgets=[Budget("cyd", 5 * MICRO), Budget("dan", 20 * MICRO)],
        caps=[Cap("bob", "p", (2, 2))],
    )


@pytest.mark.parametrize(
    ("name", "never", "limits"),
    [
        ("huge", "capacity", {"capacity"}),
        ("capped", "cap", {"cap"}),
        ("rich", "budget", {"budget"}),
        ("short", None, {"capacity"}),
    ],
)
def test_where_no_raise_can_win_it_says_so_and_what_would(
    name: str, never: str | None, limits: set[str]
) -> None:
    problem = limited()
    outcome = clear(problem, RULES)
    found = winning_raise(problem, outcome, name, RULES)
    assert (found.raise_ucr, found.win, found.never) == (None, None, never)
    assert found.finished
    given = remedy(problem, outcome, name, RULES)
    assert given is not None
    assert given.win is not None
    assert {one.limit for one in given.lifted} == limits


def test_a_raise_stays_within_the_budget() -> None:
    problem = limited()
    found = winning_raise(problem, clear(problem, RULES), "short", RULES)
    assert found.lost_at_ucr == 17 * MICRO  # from 3 to the limit of 20


def test_a_bid_below_its_reserve_is_raised_to_its_price() -> None:
    problem = market([pool("p", 1, reserve_ucr=5 * MICRO)], [bid("b", 2, Leg("p", 1, 0, 1))])
    outcome = clear(problem, RULES)
    assert outcome.rejections[0].reason is Reason.BELOW_RESERVE
    found = winning_raise(problem, outcome, "b", RULES)
    assert found.raise_ucr == 3 * MICRO + 1


def test_a_cheaper_place_that_is_within_its_value_and_unsold_wins() -> None:
    problem = market(
        [pool("p", 1, 1)],
        [bid("a", 9, Leg("p", 1, 0, 1)), bid("b", 4, Leg("p", 1, 0, 1), team="bob")],
    )
    outcome = clear(problem, RULES)
    (place,) = explain(problem, outcome, "b").elsewhere
    assert place.free
    win = win_elsewhere(problem, outcome, "b", place, RULES)
    assert win is not None
    assert (win.award.start, win.displaced) == (1, ())


@pytest.mark.parametrize("rule", [PaymentRule.UNIFORM, PaymentRule.VCG])
def test_a_winners_critical_value_still_wins_and_a_little_less_loses(rule: PaymentRule) -> None:
    rules = replace(RULES, payment=rule)
    problem = market(
        [pool("p", 1)],
        [bid("high", 9, Leg("p", 1, 0, 1)), bid("low", 4, Leg("p", 1, 0, 1), team="bob")],
    )
    outcome = clear(problem, rules)
    found = critical_value(problem, outcome, "high", rules)
    assert found.finished
    assert 0 < found.loses_ucr - found.drop_ucr <= 50_000
    assert found.drop_ucr <= 5 * MICRO <= found.loses_ucr
    value_ucr = 9 * MICRO
    assert "high" in winners(raised(problem, "high", {0: value_ucr - found.drop_ucr}))
    assert "high" not in winners(raised(problem, "high", {0: value_ucr - found.loses_ucr}))


def test_critical_values_on_a_crowded_day_win_and_lose_as_told() -> None:
    problem, outcome = busy_day()
    for award in outcome.awards[:3]:
        found = critical_value(problem, outcome, award.bid, RULES)
        options = next(one for one in problem.bids if one.id == award.bid).options
        for drop_ucr, wins in ((found.drop_ucr, True), (found.loses_ucr, False)):
            values = {n: max(0, one.value_ucr - drop_ucr) for n, one in enumerate(options)}
            assert wins == (award.bid in winners(raised(problem, award.bid, values)))


def after(calls: int) -> Callable[[], bool]:
    """A stop that says yes from its so-manieth question on."""
    asked = count()
    return lambda: next(asked) >= calls


def test_a_search_that_is_stopped_says_so_and_claims_nothing() -> None:
    problem, outcome = busy_day()
    loser = outcome.rejections[0].bid
    found = winning_raise(problem, outcome, loser, RULES, after(0))
    assert (found.raise_ucr, found.win, found.finished) == (None, None, False)
    assert not critical_value(problem, outcome, outcome.awards[0].bid, RULES, after(0)).finished
    place = explain(problem, outcome, loser).elsewhere[0]
    with pytest.raises(Stopped):
        win_elsewhere(problem, outcome, loser, place, RULES, after(0))


def test_a_winner_has_no_raise_and_a_loser_no_critical_value() -> None:
    problem, outcome = busy_day()
    with pytest.raises(ChangeRefused, match="nothing to raise"):
        winning_raise(problem, outcome, outcome.awards[0].bid, RULES)
    with pytest.raises(ChangeRefused, match="won nothing"):
        critical_value(problem, outcome, outcome.rejections[0].bid, RULES)
