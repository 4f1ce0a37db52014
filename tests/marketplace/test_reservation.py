"""Reservations: their life, and what giving back brings."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.capacity import Span
from marketplace.domain.page import every
from marketplace.domain.reservation import (
    Part,
    Release,
    ReservationState,
    Sale,
    advanced,
    release_units,
    resell,
)
from marketplace.errors import BadField, NotAllowedNow, NotFound
from marketplace.services import order as orders
from marketplace.services import reservation
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    SALT,
    START,
    a_market,
    assert_clean,
    box,
    free_ucr,
    leg,
    option,
    placed,
    request,
    run,
    won,
)

SCHEDULED, ACTIVE = ReservationState.SCHEDULED, ReservationState.ACTIVE
EXPIRED, RELEASED, FAILED = (
    ReservationState.EXPIRED,
    ReservationState.RELEASED,
    ReservationState.FAILED,
)


def test_a_time_box_is_scheduled_then_active_then_expired() -> None:
    """§7.10"""
    store = a_market()
    won(store, request("nlp", "a", option(9)))
    second = timedelta(seconds=1)
    moments = [START - second, START, START + 2 * HOUR - second, START + 2 * HOUR, START + DAY]
    seen = []
    for now in moments:
        hands.advance(store, now)
        [one] = every(reservation.listed, store)
        seen.append(one.state)
    assert seen == [SCHEDULED, ACTIVE, ACTIVE, EXPIRED, EXPIRED]
    assert (one.reason, one.ended_at) == ("time-box-ended", START + 2 * HOUR)
    assert every(reservation.listed, store, state=EXPIRED) == [one]


def test_a_clock_that_slept_through_a_time_box_ends_it_all_the_same() -> None:
    after = advanced(box(), START + DAY)
    assert (after.state, after.ended_at) == (EXPIRED, START + 4 * HOUR)


PARTS = {
    "all": (Part(), CLOSE, (0, 0, 0, 0), RELEASED),
    "two units": (Part(quantity=2), CLOSE, (2, 2, 2, 2), SCHEDULED),
    "the tail": (Part(start=START + 2 * HOUR), CLOSE, (4, 4, 0, 0), SCHEDULED),
    "the head": (Part(end=START + 2 * HOUR), CLOSE, (0, 0, 4, 4), SCHEDULED),
    "whole slots only": (
        Part(start=START + HOUR / 2, end=START + 3 * HOUR + HOUR / 2),
        CLOSE,
        (4, 0, 0, 4),
        SCHEDULED,
    ),
    "all of the future": (Part(), START + HOUR / 2, (4, 0, 0, 0), RELEASED),
    "one unit in one slot": (
        Part(quantity=1, start=START + HOUR, end=START + 2 * HOUR),
        CLOSE,
        (4, 3, 4, 4),
        SCHEDULED,
    ),
}


@pytest.mark.parametrize("what", PARTS)
def test_whole_future_slots_can_be_given_back_in_part(what: str) -> None:
    part, now, left, state = PARTS[what]
    before = advanced(box(), now)
    after, given = release_units(before, part, now, 2)
    assert (after.units, after.state) == (left, state)
    whole = sum(before.units) - sum(left)
    assert sum(given.left) == whole
    assert given.start >= max(now, START)
    assert given.on_sale_from == 2
    assert given.paid_per_unit_ucr[-1] <= 4


def test_what_is_left_after_a_part_can_be_given_back_without_naming_it() -> None:
    first, one = release_units(box(), Part(start=START + HOUR, end=START + 2 * HOUR), CLOSE, 1)
    second, two = release_units(first, Part(quantity=1, end=START + HOUR), CLOSE, 1)
    last, three = release_units(second, Part(), CLOSE, 1)
    assert (last.units, last.state, three.left) == ((0,) * 4, RELEASED, (3, 0, 4, 4))
    assert len({one.id, two.id, three.id}) == 3


@pytest.mark.parametrize(
    ("part", "now", "field"),
    [
        (Part(quantity=0), CLOSE, "quantity"),
        (Part(quantity=-1), CLOSE, "quantity"),
        (Part(quantity=5), CLOSE, "quantity"),
        (Part(end=START), CLOSE, "start"),
        (Part(start=START + 4 * HOUR), CLOSE, "start"),
        (Part(start=START + 2 * HOUR, end=START + HOUR), CLOSE, "start"),
        (Part(), START + 3 * HOUR + HOUR / 2, "start"),
    ],
)
def test_units_that_it_has_not_cannot_be_given_back(part: Part, now: datetime, field: str) -> None:
    with pytest.raises(BadField) as refusal:
        release_units(advanced(box(), now), part, now, 1)
    assert refusal.value.field == field


def test_a_part_is_said_with_an_offset() -> None:
    with pytest.raises(BadField, match="offset to UTC"):
        Part(start=START.replace(tzinfo=None))


def test_only_its_own_team_gives_back_and_only_what_lives() -> None:
    """§7.11"""
    store = a_market()
    [one] = won(store, request("nlp", "a", option(9)))
    with pytest.raises(NotFound, match="there is no reservation"):
        hands.release(store, one.id, CLOSE, team="rl")
    hands.release(store, one.id, CLOSE, team="nlp")
    with pytest.raises(NotAllowedNow, match="is released"):
        hands.release(store, one.id, CLOSE, team="nlp")


def resold(paid: int, bid: int) -> tuple[int, Store]:
    """What a team gets back for 16 units that it bought for ``paid`` and that sell for ``bid``."""
    store = a_market()
    wide = leg(units=16, hours=1)
    asks = [request("nlp", "a", option(900, 40, None, wide))]
    asks += [request("rl", "p", option(paid, 40, None, wide))]
    boxes = won(store, *asks)
    for one in boxes:
        hands.release(store, one.id, CLOSE, team="nlp")
    before = free_ucr(store, "nlp")
    if bid:
        wants = [request("rl", "b", option(900, 40, None, wide))]
        wants += [request("vision", "c", option(bid, 40, None, wide))]
        placed(store, *wants, now=CLOSE)
    run(store, CLOSE + DAY)
    assert_clean(store)
    return free_ucr(store, "nlp") - before, store


@pytest.mark.parametrize(
    ("paid", "bid", "back"), [(80, 32, 32), (32, 80, 32), (48, 48, 48), (48, 0, 0)]
)
def test_resale_brings_the_smaller_of_what_was_paid_and_what_it_sells_for(
    paid: int, bid: int, back: int
) -> None:
    brought, store = resold(paid, bid)
    assert brought == back * CREDIT
    run(store, CLOSE + DAY + HOUR, early=True)
    assert free_ucr(store, "rl") + free_ucr(store, "nlp") <= 2_000 * CREDIT


def test_the_operators_own_free_units_sell_first() -> None:
    store = a_market()
    [one] = won(store, request("nlp", "a", option(9, 64)))
    hands.release(store, one.id, CLOSE, team="nlp")
    before = free_ucr(store, "nlp")
    placed(store, request("rl", "b", option(9, 64)), now=CLOSE)
    run(store, CLOSE + DAY)
    assert free_ucr(store, "nlp") == before
    placed(store, request("rl", "c", option(9, 64)), now=CLOSE + DAY)
    run(store, CLOSE + DAY + HOUR, early=True)
    assert free_ucr(store, "nlp") == before + one.paid_ucr
    assert_clean(store)


def test_what_is_given_back_while_a_cycle_clears_was_not_on_sale_in_it() -> None:
    store = a_market()
    [one] = won(store, request("nlp", "a", option(9, 40)))
    placed(store, request("rl", "b", option(9, 40)), now=CLOSE)
    hands.freeze(store, CLOSE + DAY, SALT)
    _, given = hands.release(store, one.id, CLOSE + DAY, team="nlp")
    assert given.on_sale_from == 3
    before = free_ucr(store, "nlp")
    hands.run(store, CLOSE + DAY, SALT)
    assert free_ucr(store, "nlp") == before


SLOTS = 6
SPAN = Span(start=START, slot=HOUR, slots=SLOTS)
GRID = st.lists(st.integers(0, 5), min_size=SLOTS, max_size=SLOTS)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 3)), max_size=5),
    st.lists(st.tuples(GRID, GRID, GRID), max_size=4),
)
def test_no_unit_sells_twice_and_none_before_the_operators(
    shapes: list[tuple[int, int, int]], sales: list[tuple[list[int], list[int], list[int]]]
) -> None:
    releases = [
        Release(
            id=f"r{k}",
            reservation_id=f"r{k}",
            order_id=f"o{k}",
            team="nlp",
            pool="h100",
            start=START + at * HOUR,
            slot=HOUR,
            left=(units,) * slots,
            paid_per_unit_ucr=(3,) * slots,
            released_at=CLOSE + k * HOUR,
            on_sale_from=1,
            by_spot_ucr=(0,) * slots,
        )
        for k, (at, units, slots) in enumerate(shapes)
    ]
    for number, (free, sold, prices) in enumerate(sales):
        left = np.array([sum(units_at(one, slot) for one in releases) for slot in range(SLOTS)])
        on_sale = np.array(free) + left
        taken = np.minimum(np.array(sold), on_sale)
        sale = Sale(span=SPAN, free=on_sale, sold=taken, prices_ucr=tuple(prices))
        changed, refunds = resell(releases, {"h100": sale}, f"cyc{number}")
        releases = [next((c for c in changed if c.id == one.id), one) for one in releases]
        after = np.array([sum(units_at(one, slot) for one in releases) for slot in range(SLOTS)])
        assert list(left - after) == list(np.maximum(taken - np.array(free), 0))
        worth = sum(int(n) * min(3, price) for n, price in zip(left - after, prices, strict=True))
        assert sum(one.amount_ucr for one in refunds) == worth


def units_at(release: Release, slot: int) -> int:
    k = slot - SPAN.index(release.start)
    return release.left[k] if 0 <= k < len(release.left) else 0


def test_what_is_given_back_can_be_bought_in_blocks() -> None:
    store = a_market()
    [whole] = won(store, request("nlp", "a", option(90, 8, None, leg(units=16))))
    with pytest.raises(BadField, match="quantity is 3: h100 sells multiples of 8"):
        hands.release(store, whole.id, CLOSE, team="nlp", part=Part(quantity=3))
    after, _ = hands.release(store, whole.id, CLOSE, team="nlp", part=Part(quantity=8))
    assert set(after.units) == {8}


def test_a_release_of_a_pool_that_the_cycle_did_not_sell_waits_on() -> None:
    given = Release(
        id="r",
        reservation_id="r",
        order_id="o",
        team="nlp",
        pool="a100",
        start=START,
        slot=HOUR,
        left=(4,),
        paid_per_unit_ucr=(3,),
        released_at=CLOSE,
        on_sale_from=1,
        by_spot_ucr=(0,),
    )
    sale = Sale(
        span=Span(start=START, slot=HOUR, slots=1),
        free=np.array([0]),
        sold=np.array([4]),
        prices_ucr=(9,),
    )
    assert resell([given], {"h100": sale}, "cyc_000001") == ([], [])
    changed, refunds = resell([given], {"a100": sale}, "cyc_000001")
    assert ([one.left for one in changed], len(refunds)) == ([(0,)], 1)


def test_hours_of_a_release_that_lie_outside_a_cycles_sale_wait_on() -> None:
    """Given back for the hour before the sale, the one of it and the one after: one is sold."""
    given = Release(
        id="r",
        reservation_id="r",
        order_id="o",
        team="nlp",
        pool="a100",
        start=START - HOUR,
        slot=HOUR,
        left=(4, 4, 4),
        paid_per_unit_ucr=(3, 3, 3),
        released_at=CLOSE,
        on_sale_from=1,
        by_spot_ucr=(0, 0, 0),
    )
    sale = Sale(
        span=Span(start=START, slot=HOUR, slots=1),
        free=np.array([0]),
        sold=np.array([4]),
        prices_ucr=(9,),
    )
    changed, _ = resell([given], {"a100": sale}, "cyc_000001")
    assert [one.left for one in changed] == [(4, 0, 4)]


def test_what_an_order_won_is_found_by_it() -> None:
    store = a_market()
    two = option(60, 8, None, leg("h100", 8, 2), leg("a100", 1, 1, 2))
    boxes = won(store, request("nlp", "legs", two), request("rl", "one", option(40, 14)))
    [first, second, other] = boxes
    found = [orders.get(store, one.order_id, team=one.team) for one in (first, other)]
    assert reservation.of_order(store, found[0], CLOSE) == [first, second]
    [begun] = reservation.of_order(store, found[1], START + 6 * HOUR)
    assert (begun.id, begun.state) == (other.id, ReservationState.ACTIVE)
    [open_] = placed(store, request("nlp", "open", option(9, 40)), now=CLOSE)
    assert reservation.of_order(store, open_, CLOSE) == []
