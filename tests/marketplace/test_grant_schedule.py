"""Grants by a schedule: each on its period's first day, once, until it is ended or changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.actor import Actor
from marketplace.domain.expiry import Expiry, ExpiryRule
from marketplace.domain.grant_schedule import (
    GrantSchedule,
    ScheduleChange,
    ScheduleRequest,
    ScheduleTerms,
)
from marketplace.domain.grant_schedule_command import ChangeSchedule, EndSchedule, ScheduleGrants
from marketplace.domain.page import every
from marketplace.domain.period import Period
from marketplace.domain.team import Role
from marketplace.errors import BadField, Duplicate, Forbidden, NotAllowedNow, NotFound
from marketplace.services import grant_schedule as service
from marketplace.services import ledger
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from pricing.units import MAX_UCR
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, DAY, NOW, a_grant, a_market, assert_clean, free_ucr

pytestmark = pytest.mark.both

TERMS = ScheduleTerms(amount_ucr=100 * CREDIT, purpose="base")
ASKED = ScheduleRequest(team="nlp", every=Period.MONTH, terms=TERMS)


def day(year: int, month: int, day_: int) -> datetime:
    return datetime(year, month, day_, tzinfo=UTC)


def schedule(
    store: Store, asked: ScheduleRequest = ASKED, at: datetime = NOW, key: str = "", **terms: Any
) -> GrantSchedule:
    asked = replace(asked, terms=replace(asked.terms, **terms))
    return Runner(store).run(ScheduleGrants(asked), by=hands.FINANCE, at=at, key=key)


def given_by(store: Store, stem: str) -> list[tuple[str, datetime, datetime]]:
    found = (one.grant for one in every(ledger.balances, store, "nlp"))
    return [(one.id, one.start, one.end) for one in found if one.id.startswith(stem)]


def test_each_period_has_its_grant_on_its_first_day_to_its_end() -> None:
    store = a_market(credit=1)
    assert schedule(store).id == "nlp-month"
    hands.advance(store, day(2026, 12, 1) - timedelta(seconds=1))
    assert given_by(store, "nlp-month") == []
    hands.advance(store, day(2027, 2, 3))  # late: as if it had come in time
    assert given_by(store, "nlp-month") == [
        ("nlp-month-2026-12", day(2026, 12, 1), day(2027, 1, 1)),
        ("nlp-month-2027-01", day(2027, 1, 1), day(2027, 2, 1)),
        ("nlp-month-2027-02", day(2027, 2, 1), day(2027, 3, 1)),
    ]
    made = [one.at for one in every(ledger.posted, store) if one.transfer.key.count("nlp-month-")]
    assert made == sorted(made)
    assert made[:3] == [day(2026, 12, 1), day(2027, 1, 1), day(2027, 1, 1)]  # given, expired, given
    assert free_ucr(store, "nlp") == 100 * CREDIT
    assert_clean(store)


def test_weeks_and_quarters_last_as_long_as_is_said_by_their_rule() -> None:
    store = a_market(credit=1)
    weekly = replace(ASKED, every=Period.WEEK, id="w", start=NOW + 8 * DAY)
    linear = Expiry(rule=ExpiryRule.LINEAR)
    schedule(store, weekly, lasts_days=10, until=NOW + 25 * DAY)
    schedule(store, replace(ASKED, every=Period.QUARTER, id="q"), expiry=linear)
    hands.advance(store, day(2027, 1, 2))
    assert given_by(store, "w-") == [
        ("w-2026-w50", day(2026, 12, 7), day(2026, 12, 17)),
        ("w-2026-w51", day(2026, 12, 14), day(2026, 12, 24)),
    ]
    assert given_by(store, "q-") == [("q-2027-q1", day(2027, 1, 1), day(2027, 4, 1))]
    assert ledger.balance(store, "q-2027-q1").grant.expiry == linear
    over = service.get(store, "w")
    assert (over.code, over.ended_at, over.next_at) == ("until", day(2026, 12, 14), None)
    assert_clean(store)


def test_a_change_counts_from_the_next_period_on_and_an_end_leaves_what_was_given() -> None:
    store = a_market(credit=1)
    schedule(store)
    hands.advance(store, day(2026, 12, 5))
    change = ScheduleChange(reason="more people", amount_ucr=200 * CREDIT)
    run = Runner(store).run
    after = run(ChangeSchedule("nlp-month", change), by=hands.FINANCE, at=day(2026, 12, 5))
    assert run(ChangeSchedule("nlp-month", change), by=hands.FINANCE, at=NOW + 20 * DAY) == after
    assert after.version == 2
    assert free_ucr(store, "nlp") == 101 * CREDIT
    hands.advance(store, day(2027, 1, 5))
    assert ledger.balance(store, "nlp-month-2027-01").free_ucr == 200 * CREDIT
    end = EndSchedule("nlp-month", "it is over")
    gone = run(end, by=hands.FINANCE, at=day(2027, 1, 6))
    assert (gone.code, gone.reason, gone.next_at) == ("ended", "it is over", None)
    assert run(end, by=hands.FINANCE, at=day(2027, 1, 7)) == gone
    hands.advance(store, day(2027, 3, 5))
    assert len(given_by(store, "nlp-month")) == 2
    with pytest.raises(NotAllowedNow, match="it has ended"):
        run(ChangeSchedule("nlp-month", change), by=hands.FINANCE, at=day(2027, 3, 6))
    assert_clean(store)


def test_what_was_said_is_not_said_again_and_a_key_or_an_id_tells_a_second() -> None:
    store = a_market()
    first = schedule(store)
    assert schedule(store, at=NOW + DAY) == first
    assert schedule(store, key="k").id == "nlp-month-2"
    named = replace(ASKED, id="base")
    assert schedule(store, named) == schedule(store, named)
    with pytest.raises(Duplicate):
        schedule(store, named, amount_ucr=CREDIT)
    assert_clean(store)


def test_an_id_that_a_grant_has_already_is_told_from_it_by_a_number() -> None:
    store = a_market()
    hands.grant(store, [a_grant("nlp-month-2026-12", "nlp", 1)], NOW)
    schedule(store)
    hands.advance(store, day(2026, 12, 1))
    assert ledger.balance(store, "nlp-month-2026-12-2").free_ucr == 100 * CREDIT
    assert_clean(store)


def test_a_schedule_whose_credits_could_not_be_counted_ends_and_time_goes_on() -> None:
    store = a_market()
    schedule(store, amount_ucr=MAX_UCR)
    hands.advance(store, day(2026, 12, 2))
    assert service.get(store, "nlp-month").code == "too-much-in-all"
    assert given_by(store, "nlp-month") == []
    assert_clean(store)


def test_nobody_but_finance_schedules_and_nonsense_is_refused() -> None:
    store = a_market()
    for who in (Actor.member("lea", "nlp", Role.LEAD), hands.PLATFORM, hands.ADMIN):
        with pytest.raises(Forbidden):
            Runner(store).run(ScheduleGrants(ASKED), by=who, at=NOW)
    with pytest.raises(NotFound, match="no team 'zzz'"):
        schedule(store, replace(ASKED, team="zzz"))
    with pytest.raises(NotFound, match="no schedule 'zzz'"):
        Runner(store).run(EndSchedule("zzz", "why"), by=hands.FINANCE, at=NOW)
    for wrong, field in (
        ({"amount_ucr": 0}, "credits"),
        ({"lasts_days": -1}, "lasts_days"),
        ({"lasts_days": 1_000}, "lasts_days"),
        ({"until": day(2026, 12, 1)}, "until"),
    ):
        with pytest.raises(BadField) as no:
            schedule(store, **wrong)
        assert no.value.field == field
    with pytest.raises(BadField, match="at most 48 letters"):
        replace(ASKED, id="x" * 49)


@given(st.sampled_from(list(Period)), st.integers(0, 2 * 10**9))
def test_periods_follow_each_other_without_a_gap_and_each_has_its_name(
    period: Period, seconds: int
) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    first = period.first_from(at)
    then = period.after(first)
    assert at <= first < then
    assert period.first_from(first) == first
    assert period.first_from(first + timedelta(seconds=1)) == then
    assert period.label(first) != period.label(then)
    longest = {Period.WEEK: 7, Period.MONTH: 31, Period.QUARTER: 92}[period]
    assert max(then - first, first - at) <= longest * DAY
