"""Overrides: other units for a time, the newest first, and nothing oversold by them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.capacity import Span
from marketplace.domain.command import OverrideWindows
from marketplace.domain.override import DAYS_MAX, Override, OverrideRequest, overridden
from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation, ReservationState
from marketplace.domain.spot import SpotRequest, SpotState, SpotTerms
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.services import capacity, override, reservation, spot
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    a_market,
    assert_clean,
    free_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    window,
    won,
)

SPAN = Span(start=CLOSE, slot=HOUR, slots=8)
ASKED = OverrideRequest(
    pool="h100", start=START, end=START + 2 * HOUR, quantity=0, reason="holidays"
)


def overriding(
    store: Store, start: datetime, hours: int, units: int, now: datetime = CLOSE
) -> tuple[Override, tuple[Reservation, ...]]:
    asked = replace(ASKED, start=start, end=start + hours * HOUR, quantity=units)
    return hands.override(store, asked, now)


def units_from(store: Store, start: datetime, slots: int) -> list[int]:
    """What h100 has, slot by slot."""
    _, [_, h100] = capacity.calendar(store, start, slots)
    return [int(units) for units in h100.capacity]


@given(
    st.lists(st.tuples(st.integers(-3, 9), st.integers(0, 6), st.integers(0, 30)), max_size=5),
    st.lists(st.integers(0, 20), min_size=8, max_size=8),
    st.randoms(use_true_random=False),
)
def test_in_each_slot_the_newest_that_counts_says_how_many(
    drawn: list[tuple[int, int, int]], there: list[int], chance: st.DataObject
) -> None:
    overrides = [
        Override(
            number=number,
            pool="h100",
            start=SPAN.at(first),
            end=SPAN.at(first + length),
            quantity=units,
            reason="",
            created_at=NOW,
        )
        for number, (first, length, units) in enumerate(drawn)
    ]
    by_hand = [
        next((n for first, length, n in reversed(drawn) if first <= k < first + length), there[k])
        for k in range(8)
    ]
    chance.shuffle(overrides)  # type: ignore[attr-defined]
    assert list(overridden(np.array(there), SPAN, overrides)) == by_hand


def test_what_windows_say_counts_again_where_no_override_does() -> None:
    store = a_market()
    overriding(store, START, 4, 0)
    overriding(store, START + HOUR, 2, 24)
    assert units_from(store, START - HOUR, 6) == [16, 0, 24, 24, 0, 16]
    hands.add_windows(store, [replace(window("h100", 8), start=NOW)], CLOSE)
    assert units_from(store, START - HOUR, 6) == [24, 0, 24, 24, 0, 24]
    hands.cancel_override(store, "ovr_000002", CLOSE)
    assert units_from(store, START - HOUR, 6) == [24, 0, 0, 0, 0, 24]
    assert_clean(store)


def test_maintenance_takes_from_what_an_override_gives() -> None:
    store = a_market()
    overriding(store, START, 2, 24)
    with pytest.raises(BadField, match="h100 has at most 24 units in that time"):
        maintain(store, "m", START, 25, 1)
    maintain(store, "m", START, 20, 1)
    assert units_from(store, START, 2) == [4, 24]


def test_a_cycle_sells_what_an_override_gives_and_no_more() -> None:
    """§7.1"""
    store = a_market()
    overriding(store, START, 2, 24, NOW)
    overriding(store, START + 2 * HOUR, 2, 8, NOW)
    [refused] = hands.place(store, [request("nlp", "x", option(9, 10, None, leg(units=16)))], NOW)
    assert "h100 never has more than 8" in str(refused)
    boxes = won(
        store,
        request("nlp", "a", option(90, 8, None, leg(units=16))),
        request("rl", "b", option(80, 8, None, leg(units=8))),
        request("vision", "c", option(70, 10, None, leg(units=8))),
    )
    assert len(boxes) == 3
    assert_clean(store)


def test_what_no_longer_fits_fails_latest_award_first_and_is_paid_back() -> None:
    store = a_market()
    before = free_ucr(store, "nlp"), free_ucr(store, "rl")
    [first] = won(store, request("nlp", "a", option(60, 32)))
    [later] = won(store, request("rl", "b", option(60, 32)), now=CLOSE + DAY)
    made, [failed] = overriding(store, first.start, 2, 8, CLOSE + DAY)
    assert (failed.id, failed.state) == (later.id, ReservationState.FAILED)
    assert (failed.reason, failed.ended_at) == ("capacity-not-available", CLOSE + DAY)
    assert (free_ucr(store, "nlp") < before[0], free_ucr(store, "rl")) == (True, before[1])
    again = hands.cancel_override(store, made.id, CLOSE + DAY)
    assert again[1] == ()
    assert reservation.get(store, later.id, team="rl").state is ReservationState.FAILED
    assert_clean(store)


def test_calling_off_an_override_that_gave_more_fails_what_it_sold() -> None:
    store = a_market()
    made, _ = overriding(store, START, 4, 24, NOW)
    boxes = won(
        store,
        *(request(team, "a", option(60, 8, None, leg(hours=4))) for team in ("nlp", "rl")),
        request("vision", "a", option(60, 8, None, leg(hours=4))),
    )
    assert len(boxes) == 3
    now = START + timedelta(minutes=90)
    gone, [cut] = hands.cancel_override(store, made.id, now)
    assert (gone.end, gone.cancelled_at) == (START + 2 * HOUR, now)
    assert cut.units == (8, 8, 0, 0)
    assert units_from(store, START, 4) == [24, 24, 16, 16]
    assert_clean(store)


def test_an_override_counts_from_the_slot_that_runs_and_is_called_off_from_the_next() -> None:
    store = a_market()
    now = START + timedelta(minutes=20)
    made, _ = overriding(store, START - 3 * HOUR, 6, 8, now)
    assert (made.start, made.end, made.state(now)) == (START, START + 3 * HOUR, "under way")
    assert units_from(store, START - HOUR, 5) == [16, 8, 8, 8, 16]
    gone, _ = hands.cancel_override(store, made.id, START + HOUR)
    assert (gone.end, gone.state(now)) == (START + HOUR, "cancelled")
    assert units_from(store, START - HOUR, 5) == [16, 8, 16, 16, 16]
    for id_, at in ((made.id, START + HOUR), (made.id, START + DAY)):
        with pytest.raises(NotAllowedNow, match="ovr_000001 is cancelled: it has ended"):
            hands.cancel_override(store, id_, at)
    over, _ = overriding(store, START + DAY, 1, 8, START + HOUR)
    with pytest.raises(NotAllowedNow, match="ovr_000002 is over"):
        hands.cancel_override(store, over.id, START + 2 * DAY)
    last, _ = overriding(store, START + 3 * DAY, 1, 0, START + 3 * DAY)
    ends, failed = hands.cancel_override(store, last.id, START + 3 * DAY + HOUR / 2)
    assert (ends.end, failed) == (last.end, ())
    assert every(override.listed, store, "h100") == [gone, over, ends]
    now = START + 3 * DAY + HOUR / 2
    assert every(override.listed_at, store, "h100", now) == [ends]  # its slot is not over
    assert every(override.listed_at, store, "h100", now, over=True) == [over, gone]
    assert every(override.listed_at, store, "h100", ends.end) == []
    never, _ = overriding(store, START + 9 * DAY, 1, 0, now)
    hands.cancel_override(store, never.id, now)
    assert [one.number for one in every(override.listed_at, store, "h100", now)] == [ends.number]
    assert_clean(store)


def test_spot_runs_end_at_once_where_their_units_are_gone_already() -> None:
    store = a_market()
    terms = SpotTerms(team="rl", key="s", pool="h100", quantity=8, limit_ucr=9 * CREDIT)
    [asked] = hands.ask(store, [terms], NOW)
    assert isinstance(asked, SpotRequest)
    hands.tick(store, NOW)
    now = NOW + timedelta(minutes=3)
    overriding(store, NOW, 3, 0, now)
    after = spot.get(store, asked.id, team="rl")
    assert (after.state, after.code) == (SpotState.CLOSED, "capacity-not-available")
    assert_clean(store)


def test_spot_runs_on_what_an_override_gave_end_with_it_and_are_told_of_one_to_come() -> None:
    """§7.1"""
    store = a_market()
    tick = timedelta(minutes=5)
    made, _ = overriding(store, NOW, 4, 24, NOW)
    terms = SpotTerms(
        team="rl",
        key="s",
        pool="h100",
        quantity=8,
        limit_ucr=9 * CREDIT,
        minimum=timedelta(0),
    )
    asked = hands.ask(store, [replace(terms, key=f"s{k}") for k in range(3)], NOW)
    hands.tick(store, NOW)
    assert running(store, asked) == 3
    for mark in range(1, 12):
        hands.tick(store, NOW + mark * tick)
    overriding(store, NOW + 2 * HOUR, 1, 8, NOW + HOUR)
    hands.cancel_override(store, made.id, NOW + HOUR)
    assert running(store, asked) == 2
    assert_clean(store)
    told = []
    for mark in range(12, 26):
        done = hands.tick(store, NOW + mark * tick)
        told += [done.due_at] if done and running(store, asked, on_notice=True) else []
        assert_clean(store)
    assert running(store, asked) == 1
    assert told == [NOW + 2 * HOUR - tick]


def running(store: Store, asked: Sequence[object], *, on_notice: bool = False) -> int:
    """How many of those requests run; or only those that were told to leave."""
    found = [spot.get(store, getattr(one, "id", ""), team="rl") for one in asked]
    return sum(one.state is SpotState.ACTIVE and (one.on_notice or not on_notice) for one in found)


def test_a_frozen_cycle_is_not_altered_and_its_latest_award_fails_at_settlement() -> None:
    store = a_market()
    placed(store, request("nlp", "a", option(60)), request("rl", "b", option(50)))
    cycle = hands.freeze(store, CLOSE, b"salt of the tests")
    overriding(store, START, 2, 8, CLOSE)
    hands.finish(store, cycle, CLOSE)
    states = sorted(one.state.value for one in every(reservation.listed, store))
    assert states == ["failed", "scheduled"]
    assert_clean(store)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"quantity": -1}, "quantity", "out-of-range"),
        ({"quantity": 10**6 + 1}, "quantity", "out-of-range"),
        ({"end": START}, "end", "not-after-start"),
        ({"end": START.replace(tzinfo=None)}, "end", "no-offset"),
        ({"end": START + (DAYS_MAX + 1) * DAY}, "end", "days-after"),
        ({"start": START + HOUR / 2}, "start", "off-the-slots"),
        ({"end": START + HOUR / 2}, "end", "off-the-slots"),
        ({"start": NOW - 2 * HOUR, "end": NOW}, "end", "in-the-past"),
    ],
)
def test_an_override_that_cannot_be_is_refused(
    change: dict[str, object], field: str, reason: str
) -> None:
    store = a_market()
    with pytest.raises(BadField) as refusal:
        hands.override(store, replace(ASKED, **change), NOW)  # type: ignore[arg-type]
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert every(override.listed, store, "h100") == []


def test_of_what_is_not_there_nothing_is_overridden_or_called_off() -> None:
    store = a_market()
    with pytest.raises(NotFound, match="no pool 'tpu'"):
        hands.override(store, replace(ASKED, pool="tpu"), NOW)
    with pytest.raises(NotFound, match="no pool 'tpu'"):
        override.listed(store, "tpu")
    with pytest.raises(NotFound, match="no override 'ovr_000009'"):
        hands.cancel_override(store, "ovr_000009", NOW)
    with pytest.raises(BadField, match="give an id like ovr_000001"):
        hands.cancel_override(store, "7", NOW)
    run(store)


def test_an_override_said_again_is_made_once_while_it_is_the_newest() -> None:
    store = a_market()
    first, _ = hands.override(store, ASKED, CLOSE)
    assert hands.override(store, ASKED, START + HOUR / 2) == (first, ())
    second, _ = hands.override(store, replace(ASKED, quantity=8), START + HOUR / 2)
    assert hands.override(store, ASKED, START + HOUR / 2)[0].number == second.number + 1
    runner = Runner(store)
    keyed = runner.run(OverrideWindows(ASKED), by=hands.PLATFORM, at=START + HOUR / 2, key="k")
    assert keyed[0].number == second.number + 2
    hands.cancel_override(store, keyed[0].id, START + HOUR / 2)
    assert hands.override(store, ASKED, START + HOUR / 2)[0].number == second.number + 3
    assert_clean(store)
