"""Capacity: what a pool has in each slot, never a unit too many."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.capacity import (
    PRICE_MAX_UCR,
    Maintenance,
    Pool,
    PoolCapacity,
    Room,
    Span,
    Use,
    Window,
    capacity_of,
    maintenance_id,
    pool_window,
    slots_taken,
    starts_with_room,
    units_by_slot,
    whole_units_by_slot,
)
from marketplace.domain.command import AddWindows, Command, PlaceOrder
from marketplace.domain.order import Order
from marketplace.domain.page import every
from marketplace.errors import BadField, Duplicate, NotAllowedNow, NotFound
from marketplace.rules import PPM
from marketplace.services import capacity, maintenance
from marketplace.services.runner import Runner
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    RULES,
    a_market,
    leg,
    maintain,
    option,
    pool,
    request,
    window,
    won,
)

SLOTS = 8
SPAN = Span(start=CLOSE, slot=HOUR, slots=SLOTS)
MINUTE = timedelta(minutes=1)
SPELLS = st.lists(
    st.tuples(st.integers(-120, 600), st.integers(1, 400), st.integers(1, 9)), max_size=6
).map(
    lambda drawn: [
        (CLOSE + first * MINUTE, CLOSE + (first + length) * MINUTE, units)
        for first, length, units in drawn
    ]
)


@given(SPELLS)
def test_what_is_used_in_a_part_of_a_slot_counts_for_all_of_it(
    spells: list[tuple[datetime, datetime, int]],
) -> None:
    by_hand = [
        sum(n for start, end, n in spells if start < SPAN.at(k + 1) and end > SPAN.at(k))
        for k in range(SLOTS)
    ]
    assert list(units_by_slot(SPAN, spells)) == by_hand


@given(SPELLS)
def test_what_is_there_for_a_part_of_a_slot_counts_for_none_of_it(
    spells: list[tuple[datetime, datetime, int]],
) -> None:
    windows = [Window(pool="p", start=start, end=end, quantity=n) for start, end, n in spells]
    by_hand = [
        sum(n for start, end, n in spells if start <= SPAN.at(k) and end >= SPAN.at(k + 1))
        for k in range(SLOTS)
    ]
    assert list(whole_units_by_slot(SPAN, windows)) == by_hand


@given(SPELLS, SPELLS)
def test_maintenance_takes_away_at_most_what_is_there(
    there: list[tuple[datetime, datetime, int]], away: list[tuple[datetime, datetime, int]]
) -> None:
    windows = [Window(pool="p", start=start, end=end, quantity=n) for start, end, n in there]
    entries = [
        Maintenance(id="m", pool="p", start=start, end=end, quantity=n, reason="", created_at=NOW)
        for start, end, n in away
    ]
    units = whole_units_by_slot(SPAN, windows)
    found = capacity_of(pool("p"), SPAN, units, entries, np.zeros(SLOTS, dtype=np.int64))
    gone = units_by_slot(SPAN, away)
    assert list(found.capacity) == list(np.maximum(units - gone, 0))
    assert list(found.maintenance) == list(gone)


@given(st.lists(st.integers(0, 20), min_size=3, max_size=3), st.integers(0, PPM))
def test_what_is_on_sale_is_the_reserved_share_less_what_is_sold(
    units: list[int], share_ppm: int
) -> None:
    """§7.1"""
    sold = np.array([5, 0, 20])
    none = np.zeros(3, dtype=np.int64)
    there = PoolCapacity(
        pool=pool("p"), capacity=np.array(units), sold=sold, maintenance=none, spot=none
    )
    assert list(there.free(share_ppm)) == [
        max(n * share_ppm // PPM - int(s), 0) for n, s in zip(units, sold, strict=True)
    ]


@given(st.integers(-50_000, 50_000))
def test_a_slot_covers_its_start_and_not_its_end(second: int) -> None:
    at = CLOSE + timedelta(seconds=second)
    k = SPAN.index(at)
    assert SPAN.at(k) <= at < SPAN.at(k + 1)
    up = SPAN.index_up(at)
    assert SPAN.at(up - 1) < at <= SPAN.at(up)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "pool"),
        ({"id": "H100"}, "pool"),
        ({"id": "a/b"}, "pool"),
        ({"id": "a:b"}, "pool"),
        ({"id": "x" * 65}, "pool"),
        ({"block_size": 0}, "block_size"),
        ({"block_size": 10**6 + 1}, "block_size"),
        ({"reserve_price_ucr": -1}, "reserve_price_credits"),
        ({"reserve_price_ucr": PRICE_MAX_UCR + 1}, "reserve_price_credits"),
        ({"unit": " "}, "unit"),
    ],
)
def test_a_pool_that_cannot_be_is_refused(change: dict[str, object], field: str) -> None:
    whole = Pool(id="p", name="P", unit="gpu", block_size=1, reserve_price_ucr=0, created_at=NOW)
    with pytest.raises(BadField) as refusal:
        replace(whole, **change)  # type: ignore[arg-type]
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 10**6 + 1}, "quantity"),
        ({"end": NOW}, "end"),
        ({"end": NOW.replace(tzinfo=None)}, "end"),
        ({"start": NOW.replace(microsecond=1)}, "start"),
    ],
)
def test_a_window_that_cannot_be_is_refused(change: dict[str, object], field: str) -> None:
    with pytest.raises(BadField) as refusal:
        replace(window("p", 1), **change)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_pools_open_all_or_none() -> None:
    store = a_market()
    with pytest.raises(Duplicate, match="there is a pool 'h100' already"):
        hands.open_pools(store, [pool("new"), pool("h100")], [])
    with pytest.raises(NotFound, match="no pool 'tpu'"):
        hands.open_pools(store, [pool("new")], [window("tpu", 1)])
    with pytest.raises(BadField, match="slots are 1h: 2026-11-23T09:00"):
        hands.open_pools(store, [pool("new")], [replace(window("new", 1), start=NOW + MINUTE)])
    assert [one.id for one in every(capacity.listed, store)] == ["a100", "h100"]


def test_windows_of_a_pool_add_up() -> None:
    store = a_market()
    hands.add_windows(store, [replace(window("a100", 3), start=CLOSE, end=CLOSE + HOUR)], NOW)
    _, [a100, _] = capacity.calendar(store, CLOSE - HOUR, 3)
    assert list(a100.capacity) == [4, 7, 4]
    with pytest.raises(NotFound):
        hands.add_windows(store, [window("tpu", 1)], NOW)


def test_the_calendar_shows_what_is_there_sold_and_away() -> None:
    store = a_market()
    won(store, request("nlp", "a", option(9, 8, None, leg(hours=2))))
    maintain(store, "m", CLOSE + 9 * HOUR + MINUTE, 4, 2)
    span, [_, h100] = capacity.calendar(store, CLOSE + 7 * HOUR + MINUTE, 6)
    assert span.start == CLOSE + 7 * HOUR
    assert list(h100.capacity) == [16, 16, 12, 12, 12, 16]
    assert list(h100.sold) == [0, 8, 8, 0, 0, 0]
    assert list(h100.maintenance) == [0, 0, 4, 4, 4, 0]


@pytest.mark.parametrize("slots", [0, -1, 10**9])
def test_a_calendar_of_no_time_or_all_time_is_refused(slots: int) -> None:
    with pytest.raises(BadField, match="slots is"):
        capacity.calendar(a_market(), NOW, slots)


def test_a_calendar_starts_at_a_moment() -> None:
    with pytest.raises(BadField, match="offset to UTC"):
        capacity.calendar(a_market(), (NOW + DAY).replace(tzinfo=None), 5)


def test_maintenance_of_more_than_there_ever_is_is_refused() -> None:
    store = a_market()
    with pytest.raises(BadField, match="quantity is 17: h100 has at most 16 units in that time"):
        maintain(store, "m", CLOSE, 17, 2)
    assert every(maintenance.listed, store) == []
    maintain(store, "m", CLOSE, 16, 2)


def test_maintenance_can_be_called_off_until_it_begins() -> None:
    store = a_market()
    maintain(store, "near", CLOSE + 2 * HOUR, 4, 2)
    maintain(store, "far", CLOSE + DAY, 4, 2)
    assert [one.id for one in every(maintenance.listed, store)] == ["near", "far"]
    for now, left, over in (
        (CLOSE, ["near", "far"], []),
        (CLOSE + 4 * HOUR, ["far"], ["near"]),
        (CLOSE + 9 * DAY, [], ["far", "near"]),
    ):
        assert [one.id for one in every(maintenance.listed_at, store, now)] == left
        assert [one.id for one in every(maintenance.listed_at, store, now, over=True)] == over
    begun = CLOSE + 2 * HOUR
    assert hands.cancel_maintenance(store, "far", begun).quantity == 4
    with pytest.raises(NotAllowedNow, match="maintenance near is under way"):
        hands.cancel_maintenance(store, "near", begun)
    with pytest.raises(NotAllowedNow, match="maintenance near is over"):
        hands.cancel_maintenance(store, "near", CLOSE + DAY)
    with pytest.raises(NotFound, match="no maintenance 'far'"):
        hands.cancel_maintenance(store, "far", CLOSE + DAY)
    _, [_, h100] = capacity.calendar(store, CLOSE + DAY, 2)
    assert list(h100.capacity) == [16, 16]


def test_a_pool_that_is_given_no_time_has_its_units_for_a_year_from_the_slot_that_runs() -> None:
    now = NOW + timedelta(minutes=20)
    assert pool_window(None, None, RULES, now) == (NOW, NOW + timedelta(days=365))
    assert pool_window(CLOSE, None, RULES, now) == (CLOSE, CLOSE + timedelta(days=365))
    assert pool_window(None, CLOSE, RULES, now) == (NOW, CLOSE)


def test_maintenance_takes_whole_slots_from_now_on_and_tells_how_far_it_has_come() -> None:
    start, end = NOW + timedelta(minutes=20), NOW + timedelta(minutes=100)
    assert slots_taken(start, end, RULES, NOW) == (NOW, NOW + 2 * HOUR)
    assert slots_taken(start - DAY, end, RULES, NOW) == (NOW, NOW + 2 * HOUR)
    id_ = maintenance_id("h100", start, end, 4)
    assert id_ == "mnt-h100-20261123T0920Z-20261123T1040Z-4"
    one = Maintenance(
        id=id_, pool="h100", start=start, end=end, quantity=4, reason="fans", created_at=NOW
    )
    assert [one.state(at) for at in (NOW, start, end)] == ["announced", "under way", "over"]


def test_orders_of_one_transaction_are_checked_against_the_units_as_they_change() -> None:
    store = a_market("sqlite://", credit=10_000)
    more, wanted = 1_000, leg("h100", 512, 2)
    commands: list[Command[Any]] = [
        PlaceOrder(request("nlp", "before", option(5))),
        PlaceOrder(request("nlp", "many", option(5, 8, None, wanted))),
        AddWindows((window("h100", more),)),
        PlaceOrder(request("nlp", "now", option(5, 8, None, wanted))),
    ]
    small, many, _, now = Runner(store).run_all(commands, by=hands.ROOT, at=NOW)
    assert isinstance(small, Order)
    assert isinstance(many, BadField)
    assert isinstance(now, Order)


uses = st.tuples(
    st.sampled_from(["a", "b"]), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3)
)


@given(
    units=st.lists(st.integers(0, 3), min_size=9, max_size=9),
    asked=st.lists(st.tuples(st.lists(uses, min_size=1, max_size=2), *[st.integers(0, 4)] * 2)),
)
def test_room_finds_what_a_look_at_the_starts_asked_for_finds(
    units: list[int], asked: list[tuple[list[Use], int, int]]
) -> None:
    free = {"a": np.array(units), "b": np.array(units[::-1])}
    room = Room(free)
    for wanted, one, other in asked:
        first, last = sorted((one, other))
        found = starts_with_room(free, wanted, first, last)
        assert room.any(tuple(wanted), first, last) == found.any()
