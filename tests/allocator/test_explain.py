"""Explanations: every figure can be counted again from the two files."""

from dataclasses import replace

import pytest

from allocator.answers.explain import Explanation, Holder, Obstacle, explain
from allocator.answers.whatif import ChangeRefused
from allocator.clearing import clear
from allocator.outcome import ClearingRules, Outcome, Reason
from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, market

RULES = ClearingRules(work=2000)


def bid(
    name: str, value: int, *legs: Leg, team: str = "ann", window: tuple[int, int] = (0, 0)
) -> Bid:
    """A bid of one option, in whole credits."""
    return Bid(name, team, (Option(value * MICRO, *window, legs),))


def pool(name: str, *capacity: int, reserve_ucr: int = 0, unit: str = "gpu") -> Pool:
    """A pool with the same reserve price in all slots."""
    return Pool(name, unit, capacity, (reserve_ucr,) * len(capacity))


def cleared(problem: Problem) -> Outcome:
    return clear(problem, RULES)


def seen(problem: Problem, name: str) -> Explanation:
    return explain(problem, cleared(problem), name)


def cost(problem: Problem, outcome: Outcome, option: Option, start: int) -> int:
    """The price of an option from a start, counted slot by slot."""
    total = sum(
        outcome.prices_ucr[leg.pool][slot] * leg.quantity
        for leg in option.legs
        for slot in range(start + leg.offset, start + leg.offset + leg.duration)
    )
    return -(-total * problem.slot_minutes // 60)


def scarce() -> Problem:
    """Two units in each of four slots; the middle is wanted by most, the end by nobody."""
    return market(
        [pool("p", 2, 2, 2, 2, reserve_ucr=500_001), pool("q", 2, 2, 2, 2, reserve_ucr=1)],
        [
            bid("high", 20, Leg("p", 2, 0, 2), window=(0, 1)),
            bid("mid", 12, Leg("p", 1, 0, 2), Leg("q", 1, 2, 1), team="bob", window=(0, 1)),
            bid("low", 7, Leg("p", 2, 0, 1), team="cyd", window=(1, 1)),
            bid("poor", 1, Leg("p", 2, 0, 2), team="cyd"),
        ],
        slot_minutes=20,
    )


@pytest.mark.parametrize("name", ["high", "mid", "low", "poor"])
def test_what_is_said_of_a_price_adds_up_to_the_micro_credit(name: str) -> None:
    problem = scarce()
    outcome = cleared(problem)
    found = explain(problem, outcome, name)
    option = found.bid.options[0]
    window = range(option.earliest_start, option.latest_start + 1)
    prices = {start: cost(problem, outcome, option, start) for start in window}
    assert found.choices[0].price_ucr == min(prices.values())
    assert found.best.price_ucr == prices[found.best.start]
    assert sum(one.cost_ucr for one in found.stretches) == found.best.price_ucr
    units = sum(one.units * (one.end - one.start) for one in found.stretches)
    assert units == sum(leg.quantity * leg.duration for leg in option.legs)
    for one in found.stretches:
        assert set(outcome.prices_ucr[one.pool][one.start : one.end]) == {one.price_ucr}


def test_a_loser_is_told_its_shortfall_and_who_holds_the_room() -> None:
    problem = market(
        [pool("p", 2, 2)],
        [bid("big", 20, Leg("p", 2, 0, 2)), bid("small", 6, Leg("p", 1, 0, 1), team="bob")],
    )
    outcome = cleared(problem)
    found = explain(problem, outcome, "small")
    assert (found.award, found.reason) == (None, Reason.OUTBID)
    assert found.shortfall_ucr == max(found.best.lack_ucr, 0)
    assert found.obstacles == (Obstacle("capacity", "p", 0, 1, 1),)
    assert found.holders == (Holder(outcome.awards[0], "ann", "p", 2, 0, 1),)


def test_a_winner_is_told_what_it_pays_and_has_nothing_in_its_way() -> None:
    problem = scarce()
    outcome = cleared(problem)
    for award in outcome.awards:
        found = explain(problem, outcome, award.bid)
        assert found.award == award
        assert (found.reason, found.obstacles, found.holders) == (None, (), ())
        assert award.payment_ucr == min(found.best.price_ucr, found.best.value_ucr)


def test_equal_prices_side_by_side_are_one_stretch() -> None:
    problem = market([pool("p", *[1] * 6, reserve_ucr=MICRO)], [bid("b", 9, Leg("p", 1, 0, 6))])
    (one,) = seen(problem, "b").stretches
    assert (one.start, one.end, one.price_ucr, one.cost_ucr) == (0, 6, MICRO, 6 * MICRO)


def test_parts_of_a_micro_credit_are_not_rounded_up_one_by_one() -> None:
    problem = market([pool("p", 1, 1, 1)], [bid("b", 9, Leg("p", 1, 0, 3))], slot_minutes=20)
    outcome = replace(cleared(problem), prices_ucr={"p": (1, 2, 1)})
    found = explain(problem, outcome, "b")
    assert [one.cost_ucr for one in found.stretches] == [1, 0, 1]  # 1/3, 2/3 and 1/3
    assert found.best.price_ucr == 2


def test_cheaper_places_lie_outside_the_window_or_in_a_pool_of_the_same_unit() -> None:
    problem = market(
        [
            pool("p", 1, 1, 1),
            pool("q", 1, 1, 1, reserve_ucr=MICRO),
            pool("tiny", 0, 0, 0),
            pool("people", 9, 9, 9, unit="expert"),
        ],
        [
            bid("a", 30, Leg("p", 1, 0, 1), window=(1, 1)),
            bid("b", 10, Leg("p", 1, 0, 1), team="bob", window=(1, 1)),
        ],
    )
    outcome = cleared(problem)
    found = explain(problem, outcome, "b").elsewhere
    assert {(one.kind, one.start, one.pool) for one in found} == {
        ("earlier", 0, ""),
        ("later", 2, ""),
        ("pool", 1, "q"),
    }
    assert all(one.enough and one.free for one in found)
    cheapest = cost(problem, outcome, problem.bids[1].options[0], 1)
    assert all(one.price_ucr + one.saving_ucr == cheapest for one in found)
    assert [one.price_ucr for one in found] == [0, 0, MICRO]


def test_a_place_that_is_taken_or_costs_as_much_is_not_called_free_or_cheaper() -> None:
    problem = market(
        [pool("p", 1, 1)],
        [
            bid("a", 30, Leg("p", 1, 0, 1), window=(1, 1)),
            bid("b", 10, Leg("p", 1, 0, 1), team="bob", window=(1, 1)),
            bid("c", 2, Leg("p", 1, 0, 1), team="cyd"),
        ],
    )
    outcome = replace(cleared(problem), prices_ucr={"p": (2 * MICRO, 12 * MICRO)})
    (one,) = explain(problem, outcome, "b").elsewhere
    assert (one.start, one.price_ucr, one.enough, one.free) == (0, 2 * MICRO, True, False)
    assert explain(problem, outcome, "c").elsewhere == ()
    dear = replace(outcome, prices_ucr={"p": (11 * MICRO, 12 * MICRO)})
    assert [one.enough for one in explain(problem, dear, "b").elsewhere] == [False]


def test_a_bid_that_no_pool_cap_or_budget_can_hold_is_told_which() -> None:
    problem = market(
        [pool("p", 4, 4)],
        [
            bid("huge", 9, Leg("p", 5, 0, 1)),
            bid("twice", 9, Leg("p", 3, 0, 1), Leg("p", 3, 0, 1)),
            bid("capped", 9, Leg("p", 3, 0, 1), team="bob"),
            bid("rich", 9, Leg("p", 1, 0, 1), team="cyd"),
        ],
        budgets=[Budget("cyd", 5 * MICRO)],
        caps=[Cap("bob", "p", (2, 2))],
    )
    outcome = cleared(problem)
    never = {each.id: explain(problem, outcome, each.id).best.never for each in problem.bids}
    assert never == {"huge": "capacity", "twice": "capacity", "capped": "cap", "rich": "budget"}
    assert explain(problem, outcome, "rich").obstacles == (Obstacle("budget", "", 0, 0, 4 * MICRO),)
    assert explain(problem, outcome, "capped").obstacles == (Obstacle("cap", "p", 0, 1, 1),)


def test_only_the_teams_own_awards_hold_its_cap() -> None:
    problem = market(
        [pool("p", 9)],
        [
            bid("mine", 9, Leg("p", 2, 0, 1), team="bob"),
            bid("more", 5, Leg("p", 2, 0, 1), team="bob"),
            bid("other", 9, Leg("p", 2, 0, 1)),
        ],
        caps=[Cap("bob", "p", (3,))],
    )
    found = seen(problem, "more")
    assert found.reason is Reason.CAP
    assert found.obstacles == (Obstacle("cap", "p", 0, 1, 1),)
    assert [(one.award.bid, one.units) for one in found.holders] == [("mine", 2)]


def test_of_several_options_the_one_that_lacks_least_is_explained() -> None:
    legs = (Leg("p", 1, 0, 1),), (Leg("q", 1, 0, 1),)
    options = tuple(Option(3 * MICRO, 0, 0, each) for each in legs)
    problem = market(
        [pool("p", 1, reserve_ucr=9 * MICRO), pool("q", 1, reserve_ucr=5 * MICRO)],
        [Bid("b", "ann", options)],
    )
    found = seen(problem, "b")
    assert (found.reason, found.shortfall_ucr) == (Reason.BELOW_RESERVE, 2 * MICRO)
    assert (found.best.option, found.best.lack_ucr) == (1, 2 * MICRO)
    assert [one.lack_ucr for one in found.choices] == [6 * MICRO, 2 * MICRO]


def test_a_name_that_is_not_there_brings_up_near_ones() -> None:
    problem = scarce()
    with pytest.raises(ChangeRefused, match="there is no bid 'hihg'; did you mean high"):
        seen(problem, "hihg")
    with pytest.raises(ChangeRefused, match="the problem has 4 bids"):
        seen(problem, "zzzzzz")


def test_who_spent_a_team_s_budget_stands_in_the_way_of_its_other_bids() -> None:
    problem = market(
        [pool("p", 4)],
        [
            bid("first", 8, Leg("p", 1, 0, 1)),
            bid("second", 6, Leg("p", 1, 0, 1)),
            bid("other", 5, Leg("p", 1, 0, 1), team="bob"),
        ],
        budgets=[Budget("ann", 10 * MICRO)],
    )
    found = seen(problem, "second")
    assert found.reason is Reason.BUDGET
    assert found.obstacles == (Obstacle("budget", "", 0, 0, 4 * MICRO),)
    (holder,) = found.holders
    assert (holder.award.bid, holder.team, holder.pool, holder.units) == ("first", "ann", "", 0)
