"""Expiry rules: all at the end, down a line of linear use, or carried over up to a cap."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.command import GiveGrants
from marketplace.domain.event.audience import OneTeam
from marketplace.domain.expiry import Expiry, ExpiryRule, line_ucr
from marketplace.domain.grant import GrantRequest
from marketplace.domain.grant_end import above_line_ucr, carried
from marketplace.domain.page import every
from marketplace.domain.statement import LineType
from marketplace.errors import BadField
from marketplace.services import ledger, statement
from marketplace.services.ledger import GrantBalance
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    NOW,
    a_grant,
    a_market,
    assert_clean,
    free_ucr,
    option,
    placed,
    request,
)
from tests.marketplace.told import told

pytestmark = pytest.mark.both

LINEAR = Expiry(rule=ExpiryRule.LINEAR)
OVER = Expiry(rule=ExpiryRule.CARRY_OVER, carry_ucr=30 * CREDIT, carry_days=20)


def give(store: Store, expiry: Expiry, days: int = 40, team: str = "nlp") -> str:
    """100 credits more for a team that has none beside them."""
    asked = GrantRequest(
        id="g", team=team, amount_ucr=100 * CREDIT, end=NOW + days * DAY, expiry=expiry
    )
    [made] = Runner(store).run(GiveGrants((asked,)), by=hands.FINANCE, at=NOW)
    return made.id


def grant(store: Store, id_: str = "g", at: datetime | None = None) -> GrantBalance:
    return ledger.balance(store, id_, at)


def lines(store: Store, days: int = 90) -> list[tuple[int, int, str, str]]:
    """Expiries: on which day, how much, by which rule and reason."""
    said = statement.of_team(store, "nlp", NOW, NOW + days * DAY)
    return [
        ((one.at - NOW) // DAY, -one.amount_ucr // CREDIT, one.transfer.rule, one.transfer.reason)
        for one in said.lines
        if one.type is LineType.EXPIRY and "/g" in one.transfer.source
    ]


def test_a_linear_grant_that_is_not_used_shrinks_at_each_quarter_of_its_life() -> None:
    store = a_market(days=1)
    give(store, LINEAR)
    for days, left in ((10, 75), (20, 50), (30, 25), (40, 0)):
        hands.advance(store, NOW + days * DAY - timedelta(seconds=1))
        assert grant(store).free_ucr == (left + 25) * CREDIT
        hands.advance(store, NOW + days * DAY)
        assert grant(store).free_ucr == left * CREDIT
    assert grant(store).expired_ucr == 100 * CREDIT
    above = ("linear", "above-linear-use")
    mine = [one for one in lines(store) if one[0] >= 10]
    assert mine == [
        (10, 25, *above),
        (20, 25, *above),
        (30, 25, *above),
        (40, 25, "linear", "grant-expired"),
    ]
    assert_clean(store)


def test_what_was_spent_on_the_line_or_ahead_of_it_costs_nothing() -> None:
    store = a_market(credit=1, days=60)
    give(store, LINEAR)
    placed(store, request("nlp", "a", option(60, 8 + 24, 60)))
    hands.run(store, CLOSE, bytes(16))
    spent_ucr = grant(store).spent_ucr
    hands.advance(store, NOW + 10 * DAY)
    assert grant(store).free_ucr == min(75 * CREDIT, 100 * CREDIT - spent_ucr)
    assert_clean(store)


def test_what_is_held_counts_as_unspent_and_waits() -> None:
    store = a_market(credit=1, days=60)
    give(store, LINEAR)
    placed(
        store, request("nlp", "a", option(90, 40 * 24, 41 * 24), standing=True), now=NOW + 2 * DAY
    )
    hands.advance(store, NOW + 10 * DAY)
    assert (grant(store).free_ucr, grant(store).held_ucr) == (0, 90 * CREDIT)
    assert grant(store).expired_ucr == 10 * CREDIT
    assert_clean(store)


def test_a_team_is_told_ahead_of_what_it_will_lose_and_what_it_lost() -> None:
    store = a_market(days=1)
    give(store, LINEAR)
    hands.advance(store, NOW + 21 * DAY)
    warned = told(store, OneTeam("nlp"), kind="grant.shrinking")
    said: list[Any] = [one.event for one in warned]
    assert [((one.at - NOW) // DAY, one.over_ucr // CREDIT) for one in said] == [
        *((3, 25), (9, 25), (13, 25), (19, 25))
    ]
    assert said[0].checkpoint == NOW + 10 * DAY
    gone = told(store, OneTeam("nlp"), kind="grant.shrunk")
    assert [one.event.left_ucr // CREDIT for one in gone] == [75, 50]  # type: ignore[attr-defined]


def test_credits_carry_over_up_to_the_cap_once_and_for_so_many_days() -> None:
    store = a_market(days=1)
    give(store, OVER)
    hands.advance(store, NOW + 40 * DAY)
    first, onward = grant(store), grant(store, "g-next")
    assert (first.grant.carried_ucr, first.grant.carried_to) == (30 * CREDIT, "g-next")
    assert (first.expired_ucr, first.spent_ucr) == (70 * CREDIT, 0)
    assert (onward.grant.start, onward.grant.end) == (NOW + 40 * DAY, NOW + 60 * DAY)
    assert (onward.free_ucr, onward.grant.expiry.rule) == (30 * CREDIT, ExpiryRule.ALL)
    hands.advance(store, NOW + 60 * DAY)
    assert free_ucr(store, "nlp") == 0
    assert lines(store)[-2:] == [
        (40, 70, "carry-over", "grant-expired"),
        (60, 30, "all", "grant-expired"),
    ]
    kinds = [one.event.kind for one in told(store, OneTeam("nlp")) if one.event.kind[:5] == "grant"]
    assert "grant.carried-over" in kinds
    assert_clean(store)


def test_however_late_the_clock_comes_everything_is_dated_as_if_it_had_come_in_time() -> None:
    stores = [a_market(days=1), a_market(days=1)]
    for store in stores:
        give(store, OVER, days=3)
        hands.grant(store, [replace(grant(store).grant, id="late", end=NOW + 70 * DAY)], NOW)
    hands.advance(stores[0], NOW + 80 * DAY)
    for days in range(81):
        hands.advance(stores[1], NOW + days * DAY)
    late, timely = (
        [(one.at, one.transfer.key) for one in every(ledger.posted, store)] for store in stores
    )
    assert late == timely == sorted(late, key=lambda one: one[0])
    assert_clean(stores[0])


def test_what_comes_back_from_a_hold_is_carried_over_too_within_the_cap() -> None:
    store = a_market(credit=1, days=60)
    give(store, OVER, days=2)
    placed(store, request("nlp", "a", option(90, 60, 70), standing=True))
    hands.advance(store, NOW + 2 * DAY)
    assert grant(store, "g-next").free_ucr == 30 * CREDIT
    assert grant(store).expired_ucr == 70 * CREDIT
    assert_clean(store)


def test_giving_linear_credits_to_another_team_prolongs_nothing() -> None:
    """What both have left together is what the giver alone would have."""
    store = a_market(days=1)
    give(store, LINEAR)
    hands.advance(store, NOW + 9 * DAY)
    one = hands.transfer(store, "nlp", "rl", 40 * CREDIT, NOW + 9 * DAY)
    done = hands.accept(store, one, "rl", NOW + 9 * DAY)
    for days, left in ((10, 75), (20, 50), (30, 25), (40, 0)):
        hands.advance(store, NOW + days * DAY)
        both = grant(store).free_ucr + grant(store, done.grants[0]).free_ucr
        assert both == left * CREDIT
    assert_clean(store)


def test_what_is_carried_over_is_not_carried_over_twice_by_giving_it_away() -> None:
    store = a_market(days=1)
    give(store, OVER)
    one = hands.transfer(store, "nlp", "rl", 40 * CREDIT, NOW + 9 * DAY)
    hands.accept(store, one, "rl", NOW + 9 * DAY)
    hands.advance(store, NOW + 40 * DAY)
    assert (free_ucr(store, "nlp"), free_ucr(store, "rl")) == (30 * CREDIT, 0)
    assert_clean(store)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("weekly", 0, 0), "expiry"),
        (("linear", CREDIT, 0), "carry_credits"),
        (("all", 0, 3), "carry_days"),
        (("carry-over", 0, 3), "carry_credits"),
        (("carry-over", CREDIT, 0), "carry_days"),
        (("carry-over", CREDIT, 1_000), "carry_days"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(words: tuple[str, int, int], field: str) -> None:
    with pytest.raises(BadField) as no:
        Expiry.read(*words)
    assert no.value.field == field


@given(st.integers(1, 10**12), st.integers(1, 10**7), st.floats(0, 1))
def test_the_line_falls_from_all_to_nothing_and_never_rises(
    whole_ucr: int, seconds: int, share: float
) -> None:
    end = NOW + timedelta(seconds=seconds)
    at = NOW + timedelta(seconds=int(seconds * share))
    assert line_ucr(whole_ucr, NOW, end, NOW) == whole_ucr
    assert line_ucr(whole_ucr, NOW, end, end) == 0
    later = line_ucr(whole_ucr, NOW, end, at + timedelta(seconds=1))
    assert 0 <= later <= line_ucr(whole_ucr, NOW, end, at) <= whole_ucr


@given(st.integers(1, 10**7))
def test_checkpoints_lie_within_its_life_in_their_order(seconds: int) -> None:
    end = NOW + timedelta(seconds=seconds)
    times = LINEAR.checkpoints(NOW, end)
    assert times == sorted(set(times))
    assert all(NOW < at < end for at in times)
    assert len(times) == min(3, max(seconds - 1, 0))


def test_a_rule_takes_nothing_of_a_grant_that_is_of_another_or_is_long_over() -> None:
    plain = a_grant("plain", "nlp")
    assert above_line_ucr(plain, plain.whole_ucr, plain.end) == 0
    rule = Expiry(rule=ExpiryRule.CARRY_OVER, carry_ucr=5, carry_days=1)
    late = replace(plain, expiry=rule)
    assert carried(late, 5, {}, late.end) is not None
    assert carried(late, 5, {}, late.end + timedelta(days=2)) is None
    assert carried(plain, 5, {}, plain.end) is None
