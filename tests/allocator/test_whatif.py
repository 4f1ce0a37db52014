"""What-if: a changed problem is the problem with that change and no other, and the difference
between two outcomes is what anyone would count."""

import json
from dataclasses import replace

import pytest

from allocator.answers.whatif import (
    Add,
    Change,
    ChangeRefused,
    Recap,
    Relimit,
    Remove,
    Resize,
    Revalue,
    change,
    compare,
    read_bids,
    same_rules,
)
from allocator.audit.promises import violations
from allocator.clearing import clear
from allocator.files.formats import FormatError, encode_problem, seal
from allocator.outcome import ClearingRules, Outcome, PaymentRule, Reason
from allocator.problem import Bid, Budget, Cap, Leg, Problem
from tests.allocator.small_markets import MICRO
from tests.allocator.test_explain import bid
from tests.allocator.test_raising import RULES, busy_day, limited

NEW = bid("new", 500, Leg("east", 8, 0, 3), window=(2, 4))


def ids(outcome: Outcome) -> set[str]:
    return {award.bid for award in outcome.awards}


def again(problem: Problem, outcome: Outcome, *changes: Change) -> tuple[Problem, Outcome]:
    """The changed problem, cleared from the outcome's awards."""
    other = change(problem, changes)
    return other, clear(other, RULES, warm=outcome.awards)


@pytest.mark.parametrize("kind", ["add", "remove", "change", "capacity", "several"])
def test_who_is_displaced_and_who_enters_are_the_differences_of_the_winners(kind: str) -> None:
    problem, before = busy_day()
    winner, loser = before.awards[3].bid, before.rejections[0].bid
    changes: dict[str, list[Change]] = {
        "add": [Add(NEW)],
        "remove": [Remove(winner)],
        "change": [Revalue(loser, {0: 900 * MICRO})],
        "capacity": [Resize("east", (5,))],
        "several": [Add(NEW), Remove(winner), Resize("west", (9,))],
    }
    other, after = again(problem, before, *changes[kind])
    assert violations(other, after) == []
    found = compare(before, after)
    assert {one.before.bid for one in found.displaced} == ids(before) - ids(after)
    assert {one.bid for one in found.entered} == ids(after) - ids(before)
    stayed = {one.bid: one for one in before.awards if one.bid in ids(after)}
    assert {one.after.bid for one in found.moved} == {
        one.bid for one in after.awards if one.bid in stayed and stayed[one.bid] != one
    }
    assert found.displaced or found.entered
    reasons = {one.bid: one.reason for one in after.rejections}
    for one in found.displaced:
        assert one.reason == reasons.get(one.before.bid)
        assert (one.reason is None) == (one.before.bid == winner and kind in ("remove", "several"))


def test_prices_that_moved_are_told_by_mean_and_greatest_change() -> None:
    problem, before = busy_day()
    shifted = {name: tuple(p + 10 for p in row) for name, row in before.prices_ucr.items()}
    shifted["east"] = (*shifted["east"][:5], shifted["east"][5] - 26, *shifted["east"][6:])
    east, west = compare(before, replace(before, prices_ucr=shifted)).repriced
    assert (east.pool, east.greatest_change_ucr, east.slot) == ("east", -16, 5)
    assert (west.pool, west.greatest_change_ucr, west.slot) == ("west", 10, 0)
    assert west.mean_after_ucr - west.mean_before_ucr == 10
    assert west.mean_before_ucr == sum(before.prices_ucr["west"]) // problem.slots


def test_nothing_differs_from_itself() -> None:
    _, outcome = busy_day()
    found = compare(outcome, outcome)
    assert (found.displaced, found.entered, found.moved) == ((), (), ())
    assert {one.greatest_change_ucr for one in found.repriced} == {0}


def test_a_change_touches_what_it_names_and_nothing_else() -> None:
    problem = replace(limited(), sha256="0" * 64)
    assert change(problem, []) == problem
    assert change(problem, []).sha256 == ""
    other = change(problem, [Revalue("huge", {0: 7})])
    assert [b.id for b in other.bids if b not in problem.bids] == ["huge"]
    assert other.bids[1].options[0].value_ucr == 7
    assert change(problem, [Resize("p", (1, 2))]).pools[0].capacity == (1, 2)
    assert change(problem, [Resize("p", (7,))]).pools[0].capacity == (7, 7)
    budgets = change(problem, [Relimit("cyd", 3), Relimit("eve", 4)]).budgets
    assert budgets == (Budget("cyd", 3), Budget("dan", 20 * MICRO), Budget("eve", 4))
    caps = change(problem, [Recap("bob", "p", (1,)), Recap("ann", "p", (5,))]).caps
    assert caps == (Cap("ann", "p", (5, 5)), Cap("bob", "p", (1, 1)))


def test_a_bid_can_be_taken_out_and_put_in_anew_in_any_order() -> None:
    problem = limited()
    fresh = bid("huge", 3, Leg("p", 1, 0, 1))
    orders: tuple[list[Change], ...] = (
        [Add(fresh), Remove("huge")],
        [Remove("huge"), Add(fresh)],
    )
    for changes in orders:
        other = change(problem, changes)
        assert fresh in other.bids
        assert len(other.bids) == len(problem.bids)
        assert other.bids == tuple(sorted(other.bids, key=lambda one: one.id))


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (Remove("hug"), "no bid 'hug'; did you mean huge"),
        (Revalue("nobody", {0: 1}), "no bid 'nobody'"),
        (Revalue("huge", {1: 1}), "huge has no option 1; it has 1, from 0"),
        (Revalue("huge", {0: -1}), "must lie between 0 and"),
        (Add(bid("huge", 3, Leg("p", 1, 0, 1))), "a bid 'huge' already"),
        (Resize("q", (1,)), "no pool 'q'; there are: p"),
        (Resize("p", (1, 2, 3)), "is 3 numbers; give one, or 2"),
        (Resize("p", (-1,)), "must be whole units"),
        (Relimit("cyd", 10**30), "the budget of cyd must lie between"),
        (Recap("bob", "q", (1,)), "no pool 'q'"),
        (Recap("bob", "p", ()), "is 0 numbers"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_in_a_sentence(one: Change, told: str) -> None:
    with pytest.raises(ChangeRefused, match=told):
        change(limited(), [one])


def test_bids_are_read_in_the_problems_own_form_one_or_several() -> None:
    problem, _ = busy_day()
    document = json.loads(encode_problem(replace(problem, bids=(NEW, *problem.bids[:1]))))["bids"]
    assert read_bids(problem, json.dumps(document[0]).encode()) == problem.bids[:1]
    assert read_bids(problem, json.dumps(document).encode()) == (problem.bids[0], NEW)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "is empty"),
        (b'{"id": "x"', "truncated"),
        (b'{"id": "x", "team": "t"}', "options is missing"),
        (b"[3]", r"bids\[0\] is 3"),
        (b'{"id": "x", "team": "t", "options": []}, {"id": "y"}', "is not JSON"),
        (
            (
                b'{"id": "x", "team": "t", "options": [{"value": 1, "legs":'
                b' [{"pool": "moon", "quantity": 1, "duration": 1}]}]}'
            ),
            'pool is "moon"; there is no such pool',
        ),
    ],
)
def test_a_flawed_bid_is_refused_where_the_flaw_lies(text: bytes, told: str) -> None:
    with pytest.raises(FormatError, match=told):
        read_bids(busy_day()[0], text)


def test_the_rules_of_an_outcome_clear_its_problem_to_the_same_outcome_again() -> None:
    problem = seal(limited())[1]
    for rules in (
        ClearingRules(work=1000, seed=7),
        ClearingRules(work=500, engine="greedy", payment=PaymentRule.PAY_AS_BID),
    ):
        outcome = clear(problem, rules)
        assert same_rules(outcome) == rules
        assert clear(problem, same_rules(outcome)) == outcome


def test_a_bid_that_loses_room_is_displaced_with_its_new_reason() -> None:
    problem = change(limited(), [Remove("short")])
    before = clear(problem, RULES)
    _, after = again(problem, before, Resize("p", (3, 4)))
    (gone,) = compare(before, after).displaced
    assert gone.before.bid == "wins"
    assert gone.reason in (Reason.OUTBID, Reason.UNFIT)


def test_changing_does_not_need_the_bids_to_be_many_or_any() -> None:
    empty = replace(limited(), bids=())
    assert change(empty, [Add(Bid("b", "t", NEW.options))]).bids[0].id == "b"
    with pytest.raises(ChangeRefused, match="the problem has 0 bids"):
        change(empty, [Remove("b")])
