"""Failures: who loses a time-box when capacity is lost, and what is paid back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.outcome import PaymentRule
from marketplace.domain.capacity import Maintenance
from marketplace.domain.event.reservation import ReservationCut, ReservationMoved
from marketplace.domain.failure import OnFailure, lose, rest_from
from marketplace.domain.order import OrderRequest
from marketplace.domain.page import every
from marketplace.domain.reservation import Part, ReservationState, release_units
from marketplace.domain.spot import SpotState, SpotTerms
from marketplace.errors import BadField, Duplicate
from marketplace.services import capacity, event, maintenance, order, reservation, spot, statement
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    START,
    a_market,
    assert_clean,
    box,
    free_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    won,
)

SCHEDULED, ACTIVE = ReservationState.SCHEDULED, ReservationState.ACTIVE
EXPIRED, RELEASED, FAILED = (
    ReservationState.EXPIRED,
    ReservationState.RELEASED,
    ReservationState.FAILED,
)


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
            lost = [
                min(each, quantity) if first <= k < last else 0 for k, each in enumerate(held.units)
            ]
            failure = lose(held, lost, "maintenance", CLOSE)
            held = failure.reservation
            back_ucr += failure.refund.amount_ucr if failure.refund else 0
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


def test_one_missing_unit_for_five_minutes_costs_one_block_for_one_slot() -> None:
    """Long before and long after it, and beside it, the time-box is what was bought."""
    store = a_market()
    [one] = won(store, request("nlp", "a", option(99, 8, 8, leg(units=16, hours=24))))
    before = free_ucr(store, "nlp")
    minute = timedelta(minutes=1)
    [lost] = maintain(store, "m", START + 2 * HOUR + 10 * minute, 1, 5 * minute / HOUR)
    assert (lost.id, lost.state, lost.reason) == (one.id, SCHEDULED, "maintenance")
    assert lost.units == (16, 16, 8, *(16,) * 21)
    assert free_ucr(store, "nlp") - before == one.paid_ucr // 48
    assert maintain(store, "n", START + 2 * HOUR, 7, 1) == []  # fits beside what was lost
    hands.cancel_maintenance(store, "m", CLOSE)
    assert reservation.get(store, one.id, team="nlp") == lost  # what was lost stays lost
    told = [one.event for one in event.since(store, 0, 1_000)]
    [cut] = [one for one in told if isinstance(one, ReservationCut)]
    assert (cut.start, cut.units, cut.until) == (START + 2 * HOUR, (8,), one.end)
    hands.advance(store, START)
    [ended] = hands.advance(store, one.end)
    assert (ended.state, ended.reason) == (EXPIRED, "time-box-ended")
    assert_clean(store)


def test_a_time_box_that_is_missing_whole_is_paid_back_whole() -> None:
    store = a_market()
    before = free_ucr(store, "nlp")
    [one] = won(store, request("nlp", "a", option(99, 8, 8, leg(units=16, hours=3))))
    assert free_ucr(store, "nlp") < before
    [failed] = maintain(store, "m", START, 16, 5)
    assert (failed.id, failed.state, failed.reason) == (one.id, FAILED, "maintenance")
    assert failed.ended_at == CLOSE
    assert free_ucr(store, "nlp") == before
    lines = statement.of_team(store, "nlp", NOW, START).lines
    [line] = [line for line in lines if line.transfer.rule == "failure"]
    back = line.transfer
    assert (back.payer.order_id, back.reservation_id) == (one.order_id, one.id)
    assert (back.cycle_id, back.reason) == ("cyc_000001", "maintenance")
    assert back.sold is not None
    assert (back.sold.quantity, back.sold.unit_seconds) == (16, 3 * 16 * 3600)
    assert_clean(store)


def test_an_order_that_ends_is_paid_back_whole_for_one_unit_while_it_has_not_begun() -> None:
    store = a_market()
    before = free_ucr(store, "nlp")
    asked = request("nlp", "a", option(99, 8, 8, leg(units=16, hours=3)), on_failure=OnFailure.END)
    [one] = won(store, asked)
    [failed] = maintain(store, "m", START + 2 * HOUR, 1, 5)
    assert (failed.id, failed.state, failed.units) == (one.id, FAILED, (0, 0, 0))
    assert free_ucr(store, "nlp") == before
    assert_clean(store)


def test_one_that_ends_and_has_begun_is_cut_at_the_first_lost_slot() -> None:
    store = a_market()
    asked = request("nlp", "a", option(99, 8, 8, leg(units=16, hours=4)), on_failure=OnFailure.END)
    [one] = won(store, asked)
    before = free_ucr(store, "nlp")
    now = START + HOUR / 2
    [cut] = maintain(store, "m", START + 2 * HOUR + HOUR / 4, 8, 1, now)
    assert (cut.state, cut.units, cut.ended_at) == (ACTIVE, (16, 16, 0, 0), None)
    assert free_ucr(store, "nlp") - before == one.paid_ucr // 2
    assert hands.advance(store, START + 2 * HOUR - timedelta(seconds=1)) == []
    [ended] = hands.advance(store, START + 2 * HOUR)
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
    failure = lose(one, rest_from(one, START + keep * HOUR), "maintenance", START + HOUR / 2)
    failed, refund = failure.reservation, failure.refund
    weights = prices if any(prices) else [1] * len(prices)
    due_ucr = paid_ucr * sum(weights[keep:]) // sum(weights)
    assert (refund.amount_ucr if refund else 0) == due_ucr
    assert sum(failed.units) == one.quantity * min(keep, len(prices))


def a_mover(key: str, until: int = 14) -> OrderRequest:
    """Two hours of a whole pool, from 8 hours after the closing, or some hours later."""
    asked = option(40, 8, until, leg(units=16))
    return request("nlp", key, asked, on_failure=OnFailure.MOVE)


def test_an_order_that_moves_takes_its_time_elsewhere_for_what_it_paid() -> None:
    store = a_market()
    [one] = won(store, a_mover("a"))
    before = free_ucr(store, "nlp")
    [moved] = maintain(store, "m", START + HOUR, 1, 1)
    assert (moved.start, moved.units, moved.moves) == (START + 2 * HOUR, (16, 16), 1)
    told = [each.event for each in event.since(store, 0, 1_000)]
    [move] = [each for each in told if isinstance(each, ReservationMoved)]
    assert (move.start, move.until, move.reason) == (moved.start, moved.end, "maintenance")
    assert hands.advance(store, START + HOUR) == []
    [begun] = hands.advance(store, START + 2 * HOUR)
    assert begun.state is ACTIVE
    at = START + 2 * HOUR + HOUR / 2
    [parted] = maintain(store, "n", START + 3 * HOUR, 16, 1, at)
    assert (parted.start, parted.units) == (START + 2 * HOUR, (16, 0, 16))
    assert free_ucr(store, "nlp") == before
    [lost] = maintain(store, "o", START + 4 * HOUR, 16, 20, at)
    assert (lost.units, lost.lost, lost.state) == ((16, 0, 0), (0, 0, 16), ACTIVE)
    assert free_ucr(store, "nlp") - before == one.paid_ucr // 2
    assert_clean(store)


def test_nothing_moves_into_what_spot_runs_keep() -> None:
    store = a_market()
    maintain(store, "away", START, 16, 2, NOW)
    [one] = won(store, a_mover("a"))
    assert one.start == START + 2 * HOUR
    hands.cancel_maintenance(store, "away", CLOSE)
    terms = SpotTerms(team="rl", key="s", pool="h100", quantity=16, limit_ucr=CREDIT, minimum=HOUR)
    hands.ask(store, [terms], START)
    hands.tick(store, START)
    [run] = every(spot.listed, store, team="rl")
    assert run.state is SpotState.ACTIVE
    [moved] = maintain(store, "m", START + 3 * HOUR, 1, 1, START + HOUR / 12)
    assert moved.start == START + 4 * HOUR  # an hour is free from START + 1 h on, and a notice
    assert_clean(store)


def test_nothing_moves_into_what_is_being_cleared() -> None:
    store = a_market()
    [one] = won(store, a_mover("a", 40))
    placed(store, request("rl", "b", option(5, 30)), now=CLOSE + HOUR)
    cycle = hands.freeze(store, CLOSE + 2 * HOUR, b"salt of the tests", early=True)
    assert cycle.sale_start == CLOSE + 3 * HOUR
    [shrunk] = maintain(store, "m", START, 1, 1, CLOSE + 2 * HOUR)
    assert (shrunk.start, shrunk.units) == (one.start, (8, 16))
    hands.finish(store, cycle, CLOSE + 2 * HOUR)
    [moved] = maintain(store, "n", START, 9, 1, CLOSE + 2 * HOUR)
    assert (moved.start, moved.units) == (START + HOUR, (8, 16))
    assert_clean(store)


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
    [one] = every(reservation.listed, store)
    assert (one.state, one.reason) == (SCHEDULED, "")


def test_a_gang_loses_a_slot_as_one() -> None:
    store = a_market()
    before = free_ucr(store, "nlp")
    gang = (leg(hours=2), leg("a100", 2, 2), leg("a100", 1, 3, after=4))
    boxes = won(store, request("nlp", "a", option(50, 8, 8, *gang)))
    assert len(boxes) == 3
    lost = maintain(store, "m", START, 9, 1)
    assert {(one.pool, one.units) for one in lost} == {("h100", (0, 8)), ("a100", (0, 2))}
    lost = maintain(store, "n", START + HOUR, 9, 1)
    assert {(one.pool, one.state) for one in lost} == {("h100", FAILED), ("a100", FAILED)}
    assert before - free_ucr(store, "nlp") == boxes[2].paid_ucr
    assert_clean(store)


def test_a_payment_is_split_over_its_legs_to_the_last_micro_credit() -> None:
    store = a_market(rules=replace(RULES, payment_rule=PaymentRule.PAY_AS_BID))
    gang = option(50, 8, 8, leg(hours=2), leg("a100", 1, 3), leg("a100", 1, 3, after=3))
    odd = replace(gang, value_ucr=50 * CREDIT + 1)
    boxes = won(store, request("nlp", "a", odd, on_failure=OnFailure.END))
    assert sum(one.paid_ucr for one in boxes) == 50 * CREDIT + 1
    assert free_ucr(store, "nlp") == 950 * CREDIT - 1
    maintain(store, "m", START, 16, 1)
    assert free_ucr(store, "nlp") == 1_000 * CREDIT
    assert_clean(store)


def test_a_leg_that_was_delivered_stays_delivered_when_a_later_one_fails() -> None:
    store = a_market()
    sequence = (leg("a100", 4, 2), leg(hours=2, after=2))
    asked = request("nlp", "a", option(50, 8, 8, *sequence), on_failure=OnFailure.END)
    first, second = won(store, asked)
    now = START + 2 * HOUR
    hands.advance(store, now)
    before = free_ucr(store, "nlp")
    [failed] = maintain(store, "m", START + 2 * HOUR, 16, 1, now)
    assert (failed.id, failed.state) == (second.id, FAILED)
    [kept] = [one for one in every(reservation.listed, store) if one.id == first.id]
    assert (kept.state, kept.reason) == (EXPIRED, "time-box-ended")
    assert free_ucr(store, "nlp") - before == second.paid_ucr
    assert_clean(store)


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
    assert maintain(store, "m", START, 1, 1) == []
    with pytest.raises(Duplicate):
        maintain(store, "m", START, 1, 2)
    assert [one.id for one in every(maintenance.listed, store)] == ["m"]
    hands.cancel_maintenance(store, "m", CLOSE)
    with pytest.raises(Duplicate):
        maintain(store, "m", START, 1, 1)
    with pytest.raises(BadField, match="it is in the past"):
        maintain(store, "n", START, 1, 1, START + DAY)


def test_credits_that_came_back_in_time_expire_with_their_grant() -> None:
    store = a_market()
    [one] = won(store, request("nlp", "a", option(9, 40)))
    maintain(store, "m", one.start, 16, 2, CLOSE)
    end = NOW + 60 * DAY
    assert hands.expire(store, end) == 3_000 * CREDIT
    assert every(order.listed, store, team="nlp")[0].fill is not None
    assert capacity.calendar(store, START, 1)[1][0].pool.id == "a100"
    assert_clean(store)
