"""Alerts: each crossing of a threshold is told once in its period, and by whatever clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.domain.alert import Alert, AlertKind, AlertRule
from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.limit import Limit
from marketplace.domain.page import every
from marketplace.domain.period import Period
from marketplace.domain.policy import Policy
from marketplace.domain.transfer import Tags
from marketplace.errors import BadField, NotFound
from marketplace.services import alert, journal, ledger
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    a_grant,
    a_market,
    assert_clean,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    won,
)
from tests.marketplace.told import told

HALF = 500_000
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
NLP = OneTeam("nlp")


def rule(name: str = "half", on: AlertKind = AlertKind.SPEND, **more: Any) -> AlertRule:
    facts: dict[str, Any] = {"name": name, "on": on}
    if on is not AlertKind.RUN_OUT:
        facts["share_ppm"] = HALF
    return AlertRule(**facts | more)


def limit(credit: int, **whose: Any) -> Limit:
    return Limit(credits_ucr=credit * CREDIT, **whose)


def adopt(store: Store, *rules: AlertRule, limits: tuple[Limit, ...] = (), at: Any = NOW) -> None:
    policy = Policy(alerts=rules, limits=limits)
    Runner(store).run(AdoptPolicy(policy), by=hands.FINANCE, at=at)


def spends(store: Store, key: str, days: int, team: str = "nlp", theme: str = "") -> None:
    """Spend 4 credits in the cycle that closes so many days after the first: 16 unit-hours."""
    bid = request(team, key, option(5, 24 * days + 8, None, leg()))
    won(store, replace(bid, tags=Tags(theme=theme)), now=CLOSE + days * DAY)


def raised(store: Store, team: str = "") -> list[Alert]:
    """All alerts, the first of them first."""
    return every(alert.listed, store, team)[::-1]


@pytest.mark.parametrize(
    ("make", "field", "reason"),
    [
        (lambda: rule("Half!"), "name", "not-a-name"),
        (lambda: rule(share_ppm=0), "share_ppm", "out-of-range"),
        (lambda: rule(share_ppm=1_000_001), "share_ppm", "out-of-range"),
        (lambda: rule(share_ppm=None), "on", "alert-takes"),
        (lambda: rule(before=DECEMBER), "on", "alert-takes"),
        (lambda: rule(team="nlp", theme="x"), "on", "alert-takes"),
        (lambda: rule(on=AlertKind.FREE, theme="x"), "on", "alert-takes"),
        (lambda: rule(on=AlertKind.RUN_OUT), "on", "alert-takes"),
        (lambda: rule(on=AlertKind.RUN_OUT, before=DECEMBER, share_ppm=1), "on", "alert-takes"),
        (lambda: Policy(alerts=(rule(),)), "alerts", "no-limit"),
        (
            lambda: Policy(alerts=(rule(theme="x"),), limits=(limit(1, project="x"),)),
            *("alerts", "no-limit"),
        ),
        (lambda: Policy(alerts=(rule(on=AlertKind.FREE),) * 2), "alerts", "named-twice"),
    ],
)
def test_an_alert_that_could_never_tell_is_refused(make: Any, field: str, reason: str) -> None:
    with pytest.raises(BadField) as refused:
        make()
    assert (refused.value.field, refused.value.reason) == (field, reason)
    with pytest.raises(NotFound, match="nobody"):
        adopt(a_market(), rule(on=AlertKind.FREE, team="nobody"))


@pytest.mark.both
def test_each_crossing_is_told_once_a_period_also_where_a_refund_brings_it_back() -> None:
    store = a_market()
    adopt(store, rule(), limits=(limit(10, team="nlp"),))
    spends(store, "a", 0)
    hands.advance(store, CLOSE + 20 * HOUR)
    assert raised(store) == []  # 4 of 10
    spends(store, "b", 1)
    assert raised(store) == []
    hands.advance(store, CLOSE + DAY + HOUR)
    [first] = raised(store)
    reading, subject = first.reading, first.reading.subject
    assert (reading.amount_ucr, reading.of_ucr, reading.share_ppm) == (
        8 * CREDIT,
        10 * CREDIT,
        HALF,
    )
    assert (subject.team, subject.until, first.raised_at) == ("nlp", DECEMBER, CLOSE + DAY + HOUR)
    maintain(store, "gone", CLOSE + DAY + 8 * HOUR, 16, 2, CLOSE + DAY + HOUR)
    hands.advance(store, CLOSE + DAY + 3 * HOUR)
    spends(store, "c", 2)
    hands.advance(store, CLOSE + 3 * DAY)
    assert raised(store) == [first]
    paid = ledger.posted(store, "team/nlp").items
    back = [one.transfer.amount_ucr for one in paid if one.transfer.movement == "refund"]
    assert back == [4 * CREDIT]  # below the half between two crossings of it
    [event] = [one.event for one in told(store, NLP, kind="alert.raised")]
    assert (event.alert, event.amount_ucr) == ("alr_000001", 8 * CREDIT)  # type: ignore[attr-defined]
    for key, day in (("d", 8), ("e", 9)):
        spends(store, key, day)
    hands.advance(store, CLOSE + 10 * DAY)
    assert [one.reading.subject.since for one in raised(store)][1:] == [DECEMBER]
    assert_clean(store)


@pytest.mark.both
def test_a_clock_that_comes_late_tells_the_same_at_the_same_times() -> None:
    found = []
    for hours in (1, 100):
        store = a_market()
        adopt(store, rule(), limits=(limit(8, team="nlp"), limit(8, theme="safety")))
        spends(store, "a", 0, theme="safety")
        for passed in range(hours, 101, hours):
            hands.advance(store, CLOSE + passed * HOUR)
        found.append(raised(store))
        assert_clean(store)
    assert found[0] == found[1]
    assert [one.raised_at for one in found[0]] == [CLOSE + HOUR] * 2


def test_what_is_of_a_theme_is_told_to_finance_alone() -> None:
    """§7.11"""
    store = a_market()
    adopt(store, rule(theme="safety"), limits=(limit(8, theme="safety"), limit(8, theme="x")))
    spends(store, "a", 0, theme="safety")
    spends(store, "b", 1, theme="x")
    hands.advance(store, CLOSE + 2 * DAY)
    [one] = raised(store)
    assert (one.reading.subject.theme, raised(store, "nlp")) == ("safety", [])
    assert len(told(store, Circle.FINANCE, kind="alert.tag-raised")) == 1
    for reader in (NLP, Circle.OPERATORS, Circle.EVERYBODY):
        assert told(store, reader, kind="alert.tag-raised") == []


def test_the_last_hour_of_a_period_counts_in_it() -> None:
    store = a_market()
    adopt(store, rule(), limits=(limit(8, team="nlp", period=Period.WEEK),))
    monday = CLOSE + 6 * DAY
    run(store, CLOSE)
    spends(store, "a", 5)  # closes on Sunday at 00:00
    spends(store, "b", 6)  # closes as the next week begins
    hands.advance(store, monday + HOUR)
    assert [one.reading.subject.since for one in raised(store)] == [
        monday - 7 * DAY,
        monday,
    ]
    assert [one.reading.amount_ucr for one in raised(store)] == [4 * CREDIT] * 2


@pytest.mark.both
def test_free_credits_below_a_part_of_what_was_granted_are_told() -> None:
    store = a_market(credit=10)
    adopt(store, rule(on=AlertKind.FREE))
    hands.grant(store, [a_grant("later", "rl", 9)], NOW)
    spends(store, "a", 0)
    hands.advance(store, CLOSE + DAY - HOUR)
    assert raised(store) == []  # 6 of 10
    spends(store, "b", 1, team="nlp")
    hands.advance(store, CLOSE + 2 * DAY)
    [one] = raised(store)
    assert (one.reading.subject.team, one.reading.of_ucr) == ("nlp", 10 * CREDIT)
    assert one.reading.amount_ucr < 5 * CREDIT
    assert_clean(store)


def test_what_is_drawn_of_a_credit_line_is_neither_granted_nor_left() -> None:
    """Ten of its own and forty drawn are held for one order: nothing of ten is free, and what was
    drawn makes them last no longer."""
    store = a_market(credit=10)
    hands.credit_line(store, "nlp", 90 * CREDIT, NOW)
    soon = rule("soon", AlertKind.RUN_OUT, before=NOW + 20 * DAY)
    adopt(store, rule(on=AlertKind.FREE), soon)
    spends(store, "a", 0)
    [order] = placed(store, request("nlp", "b", option(46, 240, 250), standing=True), now=CLOSE)
    hands.advance(store, CLOSE + DAY)
    below, out = raised(store)
    assert (below.reading.amount_ucr, below.reading.of_ucr) == (0, 10 * CREDIT)
    assert (out.reading.subject.rule, out.reading.amount_ucr) == ("soon", 6 * CREDIT)
    assert order.held_ucr == 46 * CREDIT
    assert_clean(store)


@pytest.mark.both
def test_what_was_told_stands_while_its_period_runs_and_is_listed_by_its_kind() -> None:
    store = a_market(credit=10)
    adopt(store, rule(on=AlertKind.FREE), rule("spent"), limits=(limit(10, theme="safety"),))
    for key, day in (("a", 0), ("b", 1)):
        spends(store, key, day, theme="safety")
    hands.advance(store, CLOSE + 2 * DAY)
    low, spent = sorted(raised(store), key=lambda one: one.reading.subject.rule)
    assert (low.reading.subject.team, spent.reading.subject.theme) == ("nlp", "safety")
    newest = raised(store)[::-1]
    assert alert.standing(store, DECEMBER - HOUR) == newest
    assert alert.standing(store, DECEMBER - HOUR, "nlp") == [low]
    assert alert.standing(store, DECEMBER) == []
    assert every(alert.listed, store, "", AlertKind.SPEND) == [spent]
    assert every(alert.listed, store, "nlp", AlertKind.SPEND) == []
    assert every(alert.listed, store, "nlp", AlertKind.FREE) == [low]


@pytest.mark.both
def test_credits_that_run_out_before_a_date_at_the_pace_of_late_are_told() -> None:
    store = a_market(credit=42)
    soon, late = (
        rule(name, AlertKind.RUN_OUT, before=NOW + days * DAY)
        for name, days in (("soon", 6), ("late", 20))
    )
    adopt(store, soon, late)
    hands.advance(store, CLOSE + HOUR)
    assert raised(store) == []  # nobody has spent
    for day in (1, 2):
        spends(store, f"k{day}", day)
    hands.advance(store, CLOSE + 4 * DAY)
    [one] = raised(store)
    assert (one.reading.subject.rule, one.reading.subject.team) == ("late", "nlp")
    assert one.reading.out_on is not None
    assert one.reading.out_on < NOW + 20 * DAY
    assert one.raised_at.hour == 0
    assert_clean(store)


def test_a_date_that_is_centuries_away_is_reckoned_to_as_fast_as_any() -> None:
    store = a_market(credit=1_000, days=900)
    far = datetime(2999, 1, 1, tzinfo=UTC)
    adopt(store, rule("far", AlertKind.RUN_OUT, before=far))
    spends(store, "a", 0)
    hands.advance(store, CLOSE + DAY)
    [one] = raised(store)
    assert one.reading.out_on == CLOSE + 249 * DAY  # 996 left at 4 a day


def test_alerts_cost_nothing_where_there_are_none_and_stop_with_the_policy() -> None:
    store = a_market()
    adopt(store)
    before = len(every(journal.listed, store))
    hands.advance(store, NOW + 5 * HOUR)
    assert len(every(journal.listed, store)) == before
    adopt(store, rule(on=AlertKind.FREE), at=NOW + 5 * HOUR)
    hands.advance(store, NOW + 6 * HOUR)
    assert len(every(journal.listed, store)) == before + 2
    adopt(store, at=NOW + 6 * HOUR)
    hands.advance(store, NOW + 7 * HOUR)  # the last that was to come
    after = len(every(journal.listed, store))
    hands.advance(store, NOW + timedelta(days=9))
    assert len(every(journal.listed, store)) == after
    assert_clean(store)


def test_a_rule_that_is_adopted_again_tells_nothing_again() -> None:
    store = a_market()
    limits = (limit(8, team="nlp"),)
    adopt(store, rule(), limits=limits)
    spends(store, "a", 0)
    hands.advance(store, CLOSE + HOUR)
    adopt(store, rule(), limits=limits, at=CLOSE + HOUR)
    adopt(store, rule("again"), limits=limits, at=CLOSE + 5 * HOUR)
    hands.advance(store, CLOSE + DAY)
    assert [one.reading.subject.rule for one in raised(store)] == ["half", "again"]
    assert [one.policy for one in raised(store)] == [1, 3]
