"""Reservations: their life, what giving back brings, and what a failure pays back."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.outcome import PaymentRule
from marketplace.domain.capacity import Maintenance, Span
from marketplace.domain.reservation import (
    Part,
    Release,
    Reservation,
    ReservationState,
    Sale,
    advanced,
    awards_to_fail,
    fail_award,
    fail_from,
    release_units,
    resell,
)
from marketplace.errors import BadField, Duplicate, NotAllowedNow, NotFound
from marketplace.services import capacity, cycle, ledger, order, reservation, statement
from marketplace.store.engine import Store
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    SALT,
    a_market,
    assert_clean,
    free_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    won,
)

START = CLOSE + 8 * HOUR
SCHEDULED, ACTIVE = ReservationState.SCHEDULED, ReservationState.ACTIVE
EXPIRED, RELEASED, FAILED = (
    ReservationState.EXPIRED,
    ReservationState.RELEASED,
    ReservationState.FAILED,
)


def box(
    id_: str = "r",
    *,
    units: int = 4,
    prices: tuple[int, ...] = (1, 2, 3, 4),
    paid_ucr: int = 40,
    at: int = 0,
    award: str = "",
    awarded: int = 0,
) -> Reservation:
    return Reservation(
        id=id_,
        award_id=award or f"awd-{id_}",
        order_id=f"ord-{id_}",
        cycle_id="cyc_000001",
        team="nlp",
        pool="h100",
        start=START + at * HOUR,
        slot=HOUR,
        quantity=units,
        units=(units,) * len(prices),
        prices_ucr=prices,
        paid_ucr=paid_ucr,
        awarded_at=CLOSE + timedelta(seconds=awarded),
    )


def test_a_time_box_is_scheduled_then_active_then_expired() -> None:
    """§7.10"""
    store = a_market()
    won(store, request("nlp", "a", option(9)))
    second = timedelta(seconds=1)
    moments = [START - second, START, START + 2 * HOUR - second, START + 2 * HOUR, START + DAY]
    seen = []
    for now in moments:
        reservation.advance(store, now)
        [one] = reservation.listed(store)
        seen.append(one.state)
    assert seen == [SCHEDULED, ACTIVE, ACTIVE, EXPIRED, EXPIRED]
    assert (one.reason, one.ended_at) == ("time-box-ended", START + 2 * HOUR)
    assert reservation.listed(store, state=EXPIRED) == [one]


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
        reservation.release(store, one.id, CLOSE, team="rl")
    reservation.release(store, one.id, CLOSE, team="nlp")
    with pytest.raises(NotAllowedNow, match="is released"):
        reservation.release(store, one.id, CLOSE, team="nlp")


def resold(paid: int, bid: int) -> tuple[int, Store]:
    """What a team gets back for 16 units that it bought for ``paid`` and that sell for ``bid``."""
    store = a_market()
    wide = leg(units=16, hours=1)
    asks = [request("nlp", "a", option(900, 40, None, wide))]
    asks += [request("rl", "p", option(paid, 40, None, wide))]
    boxes = won(store, *asks)
    for one in boxes:
        reservation.release(store, one.id, CLOSE, team="nlp")
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
    reservation.release(store, one.id, CLOSE, team="nlp")
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
    cycle.freeze(store, CLOSE + DAY, SALT)
    _, given = reservation.release(store, one.id, CLOSE + DAY, team="nlp")
    assert given.on_sale_from == 3
    before = free_ucr(store, "nlp")
    cycle.run(store, CLOSE + DAY, SALT)
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


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=6),
    st.integers(1, 5),
    st.integers(0, 10**9),
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 5), st.booleans()),
        max_size=6,
    ),
)
def test_releases_and_failures_together_never_give_back_more_than_was_paid(
    prices: list[int],
    units: int,
    paid_ucr: int,
    acts: list[tuple[int, int, int, bool]],
) -> None:
    held, back_ucr = box(units=units, prices=tuple(prices), paid_ucr=paid_ucr), 0
    for first, last, quantity, fails in acts:
        if held.state not in (SCHEDULED, ACTIVE):
            break
        if fails:
            held, refund = fail_from(held, START + first * HOUR, "maintenance", CLOSE)
            back_ucr += refund.amount_ucr if refund else 0
            continue
        part = Part(quantity=quantity, start=START + first * HOUR, end=START + last * HOUR)
        try:
            held, given = release_units(held, part, CLOSE, 1)
        except BadField:
            continue
        back_ucr += sum(
            n * each for n, each in zip(given.left, given.paid_per_unit_ucr, strict=True)
        )
    assert 0 <= back_ucr <= paid_ucr


def test_a_failed_time_box_that_was_not_begun_is_paid_back_whole() -> None:
    store = a_market()
    before = free_ucr(store, "nlp")
    [one] = won(store, request("nlp", "a", option(99, 8, 8, leg(units=16, hours=3))))
    assert free_ucr(store, "nlp") < before
    [failed] = maintain(store, "m", START + 2 * HOUR, 1, 5)
    assert (failed.id, failed.state, failed.reason) == (one.id, FAILED, "maintenance")
    assert failed.ended_at == CLOSE
    assert free_ucr(store, "nlp") == before
    lines = statement.of_team(store, "nlp", NOW, START).lines
    [line] = [line for line in lines if line.rule == "failure"]
    assert (line.order_id, line.cycle_id) == (one.order_id, "cyc_000001")
    assert_clean(store)


def test_an_active_time_box_keeps_what_was_delivered_and_is_cut_at_the_first_lost_slot() -> None:
    store = a_market()
    [one] = won(store, request("nlp", "a", option(99, 8, 8, leg(units=16, hours=4))))
    before = free_ucr(store, "nlp")
    now = START + HOUR / 2
    [cut] = maintain(store, "m", START + 2 * HOUR + HOUR / 4, 8, 1, now)
    assert (cut.state, cut.units, cut.ended_at) == (ACTIVE, (16, 16, 0, 0), None)
    assert free_ucr(store, "nlp") - before == one.paid_ucr // 2
    assert reservation.advance(store, START + 2 * HOUR - timedelta(seconds=1)) == []
    [ended] = reservation.advance(store, START + 2 * HOUR)
    assert (ended.state, ended.reason) == (FAILED, "maintenance")
    assert ended.ended_at == START + 2 * HOUR
    assert_clean(store)


def test_hardware_lost_in_the_middle_of_a_slot_pays_that_slot_back() -> None:
    store = a_market()
    [one] = won(store, request("nlp", "a", option(99, 8, 8, leg(units=16, hours=4))))
    before = free_ucr(store, "nlp")
    [failed] = maintain(store, "m", START - DAY, 16, 48, START + HOUR + HOUR / 2)
    assert (failed.units, failed.state) == ((16, 0, 0, 0), FAILED)
    assert free_ucr(store, "nlp") - before == one.paid_ucr * 3 // 4
    assert_clean(store)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=8),
    st.integers(0, 8),
    st.integers(0, 10**12),
)
def test_the_undelivered_share_weighs_each_slot_by_its_price(
    prices: list[int], keep: int, paid_ucr: int
) -> None:
    one = box(prices=tuple(prices), paid_ucr=paid_ucr)
    failed, refund = fail_from(one, START + keep * HOUR, "maintenance", START + HOUR / 2)
    weights = prices if any(prices) else [1] * len(prices)
    due_ucr = paid_ucr * sum(weights[keep:]) // sum(weights)
    assert (refund.amount_ucr if refund else 0) == due_ucr
    assert sum(failed.units) == one.quantity * min(keep, len(prices))


def test_the_latest_award_fails_first() -> None:
    store = a_market()
    [old] = won(store, request("nlp", "a", option(9, 40)))
    [new] = won(store, request("rl", "b", option(9, 40)), now=CLOSE + DAY)
    [failed] = maintain(store, "m", CLOSE + 40 * HOUR, 8, 1, CLOSE + DAY)
    assert failed.id == new.id
    [next_] = maintain(store, "m2", CLOSE + 40 * HOUR, 1, 1, CLOSE + DAY)
    assert next_.id == old.id
    assert_clean(store)


def test_capacity_that_stays_enough_fails_nothing() -> None:
    store = a_market()
    won(store, request("nlp", "a", option(9, 40)))
    assert maintain(store, "m", CLOSE + 40 * HOUR, 8, 9) == []
    assert maintain(store, "n", CLOSE + 42 * HOUR, 16, 9) == []
    assert maintain(store, "o", CLOSE + 30 * HOUR, 16, 10) == []
    [one] = reservation.listed(store)
    assert (one.state, one.reason) == (SCHEDULED, "")


def test_a_gang_fails_as_one() -> None:
    store = a_market()
    before = free_ucr(store, "nlp")
    gang = (leg(hours=2), leg("a100", 2, 2), leg("a100", 1, 3, after=4))
    boxes = won(store, request("nlp", "a", option(50, 8, 8, *gang)))
    assert len(boxes) == 3
    failed = maintain(store, "m", START, 16, 1)
    assert {one.id for one in failed} == {one.id for one in boxes}
    assert {one.state for one in failed} == {FAILED}
    assert free_ucr(store, "nlp") == before
    assert_clean(store)


def test_a_payment_is_split_over_its_legs_to_the_last_micro_credit() -> None:
    store = a_market(rules=replace(RULES, payment_rule=PaymentRule.PAY_AS_BID))
    gang = option(50, 8, 8, leg(hours=2), leg("a100", 1, 3), leg("a100", 1, 3, after=3))
    odd = replace(gang, value_ucr=50 * CREDIT + 1)
    boxes = won(store, request("nlp", "a", odd))
    assert sum(one.paid_ucr for one in boxes) == 50 * CREDIT + 1
    assert free_ucr(store, "nlp") == 950 * CREDIT - 1
    maintain(store, "m", START, 16, 1)
    assert free_ucr(store, "nlp") == 1_000 * CREDIT
    assert_clean(store)


def test_a_leg_that_was_delivered_stays_delivered_when_a_later_one_fails() -> None:
    store = a_market()
    sequence = (leg("a100", 4, 2), leg(hours=2, after=2))
    first, second = won(store, request("nlp", "a", option(50, 8, 8, *sequence)))
    now = START + 2 * HOUR
    reservation.advance(store, now)
    before = free_ucr(store, "nlp")
    [failed] = maintain(store, "m", START + 2 * HOUR, 16, 1, now)
    assert (failed.id, failed.state) == (second.id, FAILED)
    [kept] = [one for one in reservation.listed(store) if one.id == first.id]
    assert (kept.state, kept.reason) == (EXPIRED, "time-box-ended")
    assert free_ucr(store, "nlp") - before == second.paid_ucr
    assert_clean(store)


AWARD = st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(1, 4), st.integers(0, 2))


@given(st.lists(AWARD, max_size=7), st.lists(st.integers(0, 12), min_size=8, max_size=8))
def test_after_a_failure_what_is_left_fits_and_nobody_failed_without_need(
    shapes: list[tuple[int, int, int, int]], capacity_left: list[int]
) -> None:
    """§7.1: the awards that fail are those of the rule, worked out once more by hand: from the
    latest on, each that uses an oversold slot."""
    boxes = [
        box(f"{k}", units=units, prices=(1,) * slots, at=at, awarded=awarded)
        for k, (at, slots, units, awarded) in enumerate(shapes)
    ]
    span = Span(start=START, slot=HOUR, slots=8)
    failing = awards_to_fail(boxes, span, {"h100": np.array(capacity_left)})
    kept = list(boxes)
    for one in sorted(boxes, key=lambda one: (one.awarded_at, one.award_id), reverse=True):
        used = [sum(n for each in kept for n in (unit_at(each, s),)) for s in range(8)]
        over = [s for s in range(8) if used[s] > capacity_left[s] and unit_at(one, s)]
        assert (one.award_id in failing) == bool(over)
        if over:
            assert failing[one.award_id] == span.at(min(over))
            kept.remove(one)
    used = [sum(unit_at(each, s) for each in kept) for s in range(8)]
    assert all(used[s] <= capacity_left[s] for s in range(8))


def unit_at(one: Reservation, slot: int) -> int:
    k = int((START + slot * HOUR - one.start) / HOUR)
    return one.units[k] if 0 <= k < len(one.units) else 0


def test_legs_with_nothing_left_to_lose_are_left_alone() -> None:
    done = replace(box("a", award="w"), state=EXPIRED, reason="time-box-ended")
    gone = replace(box("b", award="w", at=4), state=RELEASED, units=(0,) * 4)
    live = box("c", award="w", at=6)
    [(failed, refund)] = fail_award([done, gone, live], START + 6 * HOUR, "maintenance", START)
    assert (failed.id, failed.state) == ("c", FAILED)
    assert refund is not None
    assert refund.amount_ucr == 40


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end": NOW}, "end"),
        ({"quantity": 0}, "quantity"),
        ({"start": START.replace(tzinfo=None)}, "start"),
    ],
)
def test_maintenance_that_cannot_be_is_refused(change: dict[str, object], field: str) -> None:
    whole = Maintenance(
        id="m", pool="h100", start=START, end=START + HOUR, quantity=1, reason="", created_at=NOW
    )
    with pytest.raises(BadField) as refusal:
        replace(whole, **change)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_maintenance_is_scheduled_once_for_a_pool_that_is_there_and_a_time_to_come() -> None:
    store = a_market()
    maintain(store, "m", START, 1, 1)
    with pytest.raises(Duplicate):
        maintain(store, "m", START, 1, 1)
    with pytest.raises(BadField, match="it is in the past"):
        maintain(store, "n", START, 1, 1, START + DAY)


def test_refunds_of_an_ended_grant_expire_with_it() -> None:
    store = a_market()
    [one] = won(store, request("nlp", "a", option(9, 40)))
    maintain(store, "m", one.start, 16, 1, CLOSE)
    end = NOW + 60 * DAY
    assert ledger.expire(store, end) == 3_000 * CREDIT
    assert order.listed(store, team="nlp")[0].fill is not None
    assert capacity.calendar(store, START, 1)[1][0].pool.id == "a100"
    assert_clean(store)
