"""Who loses which units where a pool has fewer than it sold, and what is paid back."""

from dataclasses import replace
from datetime import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marketplace.domain.capacity import Span
from marketplace.domain.failure import (
    Failure,
    OnFailure,
    Shortage,
    Terms,
    fail,
    lose,
    rest_from,
)
from marketplace.domain.reservation import Reservation, ReservationState, advanced
from tests.marketplace.bazaar import CLOSE, HOUR, START, box

SCHEDULED, ACTIVE = ReservationState.SCHEDULED, ReservationState.ACTIVE
EXPIRED, RELEASED, FAILED = (
    ReservationState.EXPIRED,
    ReservationState.RELEASED,
    ReservationState.FAILED,
)
END, SHRINK, MOVE = OnFailure.END, OnFailure.SHRINK, OnFailure.MOVE
SLOTS = 8
SPAN = Span(start=START, slot=HOUR, slots=SLOTS)


def used(boxes: list[Reservation]) -> list[int]:
    return [sum(unit_at(one, slot) for one in boxes) for slot in range(SLOTS)]


def unit_at(one: Reservation, slot: int) -> int:
    k = int((START + slot * HOUR - one.start) / HOUR)
    return one.units[k] if 0 <= k < len(one.units) else 0


def short(boxes: list[Reservation], capacity: list[int], block: int = 1) -> Shortage:
    """What ``h100`` misses where boxes were sold beside so much capacity."""
    over = np.array(used(boxes)) - np.array(capacity)
    spare = {"h100": -over}
    return Shortage(span=SPAN, over={"h100": over}, blocks={"h100": block}, spare=spare)


def terms(how: OnFailure = SHRINK, first: int = 0, last: int = SLOTS) -> Terms:
    """What an order says that may be in those slots."""
    return Terms(on_failure=how, earliest=START + first * HOUR, latest_end=START + last * HOUR)


def failing(
    boxes: list[Reservation],
    capacity: list[int],
    says: dict[str, OnFailure] | None = None,
    block: int = 1,
) -> dict[str, Failure]:
    """What each box loses, by its id; those that are not named shrink."""
    shortage = short(boxes, capacity, block)
    touched = shortage.awards(boxes)
    legs = [one for one in boxes if one.award_id in touched]
    by_order = {one.order_id: terms((says or {}).get(one.id, SHRINK)) for one in boxes}
    return {one.reservation.id: one for one in fail(legs, by_order, shortage, "maintenance", CLOSE)}


def refunded(failure: Failure) -> int:
    return failure.refund.amount_ucr if failure.refund else 0


def test_an_order_loses_the_missing_units_where_they_are_missing_and_keeps_the_rest() -> None:
    """72 hours of 16 units, in blocks of 8; one unit is away for five minutes of the third slot."""
    one = box(units=16, prices=(1,) * SLOTS, paid_ucr=8 * 16)
    capacity = [16] * SLOTS
    capacity[2] = 15
    [lost] = failing([one], capacity, block=8).values()
    assert lost.reservation.units == (16, 16, 8, 16, 16, 16, 16, 16)
    assert lost.reservation.lost == (0, 0, 8, 0, 0, 0, 0, 0)
    assert (lost.reservation.state, lost.reservation.reason) == (SCHEDULED, "maintenance")
    assert refunded(lost) == 8
    over = advanced(lost.reservation, one.end)
    assert (over.state, over.reason, over.ended_at) == (EXPIRED, "time-box-ended", one.end)


def test_what_is_paid_back_weighs_each_slot_by_its_price_to_the_last_micro_credit() -> None:
    one = box(units=3, prices=(1, 2, 4), paid_ucr=100)
    first = lose(one, (0, 1, 0), "maintenance", CLOSE)
    second = lose(first.reservation, (1, 0, 3), "maintenance", CLOSE)
    third = lose(second.reservation, (2, 2, 0), "maintenance", CLOSE)
    assert refunded(first) == 100 * 2 // 21
    assert [refunded(each) for each in (first, second, third)] == [9, 71 - 9, 100 - 71]
    assert third.reservation.state is FAILED
    keys = {each.refund.key for each in (first, second, third) if each.refund}
    assert len(keys) == 3
    free = lose(box(prices=(1, 2), paid_ucr=0), (4, 0), "maintenance", CLOSE)
    assert free.refund is None
    assert free.reservation.lost == (4, 0)


def test_the_latest_award_loses_first_and_no_more_than_is_missing() -> None:
    old, new = box("a", awarded=1), box("b", awarded=2)
    assert failing([old, new], [8, 7, 4, 3, 0, 0, 0, 0]).keys() == {"a", "b"}
    lost = failing([old, new], [8, 7, 4, 3, 0, 0, 0, 0])
    assert lost["b"].reservation.units == (4, 3, 0, 0)
    assert lost["a"].reservation.units == (4, 4, 4, 3)
    both = failing([box("a"), box("b")], [7] * SLOTS)
    assert list(both) == ["b"]  # of one moment the greater id


def test_an_order_that_says_so_ends_whole_before_it_began_and_from_the_first_lost_slot_since() -> (
    None
):
    one = box(units=16, paid_ucr=160)
    capacity = [16, 16, 15, 16, 16, 16, 16, 16]
    [whole] = failing([one], capacity, {"r": END}).values()
    assert (whole.reservation.state, whole.reservation.units) == (FAILED, (0,) * 4)
    assert refunded(whole) == 160
    begun = advanced(one, START)
    lost = fail([begun], {one.order_id: terms(END)}, short([one], capacity), "maintenance", START)
    [rest] = lost
    assert (rest.reservation.state, rest.reservation.units) == (ACTIVE, (16, 16, 0, 0))
    ended = advanced(rest.reservation, START + 2 * HOUR)
    assert (ended.state, ended.reason) == (FAILED, "maintenance")


def test_a_gang_loses_a_slot_with_all_its_legs_and_keeps_its_other_slots() -> None:
    legs = [box("x", award="w"), replace(box("y", award="w", at=1), pool="a100")]
    says = {one.order_id: terms() for one in legs}
    shortage = short(legs[:1], [4, 4, 3, 4, 0, 0, 0, 0])
    assert shortage.awards(legs) == {"w"}
    first, second = fail(legs, says, shortage, "maintenance", CLOSE)
    assert first.reservation.units == (4, 4, 0, 4)
    assert second.reservation.units == (4, 0, 4, 4)
    assert (first.lost, second.lost) == ((0, 0, 4, 0), (0, 4, 0, 0))


def test_legs_that_have_ended_lose_nothing_and_those_after_a_lost_slot_stay() -> None:
    done = replace(box("a", award="w"), state=EXPIRED, reason="time-box-ended")
    gone = replace(box("b", award="w", at=4), state=RELEASED, units=(0,) * 4)
    live = box("c", award="w", at=4)
    legs = [done, gone, live]
    shortage = short([live], [4, 4, 4, 4, 0, 4, 4, 4])
    says = {one.order_id: terms() for one in legs}
    [lost] = fail(legs, says, shortage, "maintenance", START + 4 * HOUR)
    assert (lost.reservation.id, lost.reservation.units) == ("c", (0, 4, 4, 4))


def test_what_need_not_be_lost_since_others_end_stays() -> None:
    old = box("a", units=8, awarded=1)
    gang = [box(id_, units=2, award="b", awarded=2) for id_ in ("b1", "b2")]
    new = box("c", units=6, awarded=3)
    lost = failing([old, new], [14, 13, 7, 14, 0, 0, 0, 0], {"a": END})
    assert lost["a"].reservation.units == (0,) * 4
    assert list(lost) == ["a"]  # the latest lost seven units, until the oldest ended whole
    lost = failing([old, *gang, new], [18, 18, 7, 17, 0, 0, 0, 0], {"a": END})
    assert list(lost) == ["a", "c"]
    assert lost["c"].lost == (0, 0, 3, 0)
    lost = failing([old, *gang, new], [18, 18, 3, 18, 0, 0, 0, 0], {"a": END})
    assert set(lost) == {"a", "b1", "b2", "c"}  # three are free again: too few for the gang
    assert lost["c"].lost == (0, 0, 3, 0)


def test_a_time_box_that_lost_its_last_slots_ends_as_failed() -> None:
    lost = lose(box(), rest_from(box(), START + 2 * HOUR), "maintenance", START + HOUR / 2)
    assert (lost.lost, lost.reservation.cut) == ((0, 0, 4, 4), True)
    narrow = lose(box(), (1, 1, 1, 1), "maintenance", CLOSE).reservation
    assert not narrow.cut
    assert advanced(narrow, narrow.end).state is EXPIRED


def moving(one: Reservation, capacity: list[int], says: Terms, now: datetime = CLOSE) -> Failure:
    [found] = fail([one], {one.order_id: says}, short([one], capacity), "maintenance", now)
    return found


def test_time_that_moves_goes_whole_to_the_earliest_start_with_room_while_it_has_not_begun() -> (
    None
):
    one = box(units=4, at=1, prices=(1, 2, 3), paid_ucr=24)
    found = moving(one, [4, 4, 3, 4, 4, 4, 4, 4], terms(MOVE))
    after = found.reservation
    assert (after.start, found.moved_to) == (START + 3 * HOUR, START + 3 * HOUR)
    assert (after.units, after.prices_ucr, after.lost) == ((4, 4, 4), (1, 2, 3), (0, 0, 0))
    assert (after.state, after.moves, after.reason) == (SCHEDULED, 1, "")
    assert (found.refund, found.reason) == (None, "maintenance")
    sooner = moving(one, [4, 4, 4, 3, 4, 4, 4, 4], terms(MOVE)).reservation
    assert sooner.start == START
    late = moving(one, [4, 4, 4, 3, 4, 4, 4, 4], terms(MOVE, first=1)).reservation
    assert late.start == START + 4 * HOUR


def test_what_has_begun_moves_from_the_first_missing_slot_on_and_only_later() -> None:
    one = advanced(box(units=4, prices=(1, 2, 3, 4), paid_ucr=40), START)
    found = moving(one, [4, 4, 3, 4, 3, 4, 4, 4], terms(MOVE), START)
    after = found.reservation
    assert (after.units, after.start) == ((4, 4, 0, 0, 0, 4, 4), START)
    assert after.prices_ucr == (1, 2, 0, 0, 0, 3, 4)
    assert (after.end, found.moved_to) == (START + 7 * HOUR, START + 5 * HOUR)
    again = moving(after, [4, 4, 4, 4, 4, 3, 4, 4], terms(MOVE), START + 2 * HOUR).reservation
    assert again.units == (4, 4, 0, 0, 0, 0, 4, 4)
    assert again.moves == 2
    gone = lose(again, rest_from(again, START + 6 * HOUR), "maintenance", START + 2 * HOUR)
    assert refunded(gone) == 40 * 7 // 10
    assert gone.reservation.state is FAILED


def test_the_slot_that_runs_moves_whole_and_waits_again() -> None:
    one = advanced(box(units=4, prices=(0, 0), paid_ucr=40), START)
    after = moving(one, [3, 4, 4, 4, 4, 4, 4, 4], terms(MOVE), START + HOUR / 2).reservation
    assert (after.start, after.state, after.units) == (START + HOUR, SCHEDULED, (4, 4))
    begun = advanced(after, START + HOUR)
    rest = moving(begun, [4, 4, 3, 4, 4, 4, 4, 4], terms(MOVE), START + HOUR).reservation
    assert (rest.units, rest.prices_ucr) == ((4, 0, 4), (0, 0, 0))
    lost = lose(rest, (0, 0, 4), "maintenance", START + HOUR)
    assert refunded(lost) == 20  # free of charge by its prices: each unit weighs the same
    assert sum(lost.reservation.given_back) == 0


def test_where_nothing_has_room_in_its_window_it_shrinks() -> None:
    one = box(units=4, at=1)
    lost = moving(one, [4, 4, 3, 4, 4, 4, 4, 4], terms(MOVE, last=6))
    assert (lost.moved_to, lost.reservation.units) == (None, (4, 3, 4, 4))
    lost = moving(one, [4, 4, 3, 4, 4, 4, 3, 4], terms(MOVE))
    assert (lost.moved_to, lost.reservation.units) == (None, (4, 3, 4, 4))
    lost = moving(one, [4, 4, 3, 4, 4, 4, 4, 4], terms(MOVE, last=3))
    assert lost.reservation.units == (4, 3, 4, 4)


def test_legs_move_together_each_with_what_is_left_of_it() -> None:
    done = replace(box("a", award="w", prices=(1,)), state=EXPIRED)
    legs = [box("b", award="w", at=1, prices=(1, 1)), box("c", award="w", at=3, prices=(1,))]
    says = {one.order_id: terms(MOVE) for one in [done, *legs]}
    shortage = short(legs, [0, 4, 3, 4, 4, 4, 4, 4])
    first, second = fail([done, *legs], says, shortage, "maintenance", START + HOUR)
    assert (first.reservation.units, first.moved_to) == ((4, 0, 4), START + 3 * HOUR)
    assert (second.reservation.start, second.reservation.units) == (START + 4 * HOUR, (4,))
    assert (shortage.over["h100"] <= 0).all()


def test_what_moves_leaves_room_for_others_that_had_shrunk() -> None:
    old, new = box("a", awarded=1, prices=(1, 1)), box("b", awarded=2, prices=(1, 1))
    found = failing([old, new], [8, 6, 3, 8, 8, 8, 8, 8], {"a": MOVE, "b": SHRINK})
    assert list(found) == ["b"]
    found = failing([old, new], [8, 3, 3, 8, 8, 8, 8, 8], {"a": MOVE, "b": SHRINK})
    assert found["a"].moved_to == START + 3 * HOUR
    assert found["b"].reservation.units == (4, 3)


AWARD = st.tuples(
    st.integers(0, 3),  # its first slot
    st.integers(1, 5),  # slots
    st.integers(1, 4),  # blocks
    st.integers(0, 2),  # awarded
    st.sampled_from([END, SHRINK, MOVE]),
    st.integers(0, 1000),  # paid
)


@given(
    st.lists(AWARD, max_size=7),
    st.lists(st.lists(st.integers(0, 24), min_size=SLOTS, max_size=SLOTS), min_size=1, max_size=4),
    st.sampled_from([1, 2, 8]),
)
def test_failures_again_and_again_never_oversell_never_overpay_and_lose_what_is_missing(
    shapes: list[tuple[int, int, int, int, OnFailure, int]],
    capacities: list[list[int]],
    block: int,
) -> None:
    """§7.1: and where nobody ends, the units that are lost are those that are missing, in blocks;
    whoever loses some while an older award loses none in that slot has the later award."""
    boxes = {
        f"r{k}": box(
            f"r{k}",
            units=blocks * block,
            prices=tuple(range(slots)),
            at=at,
            awarded=awarded,
            paid_ucr=paid,
        )
        for k, (at, slots, blocks, awarded, _, paid) in enumerate(shapes)
    }
    says = {f"r{k}": shape[4] for k, shape in enumerate(shapes)}
    back = dict.fromkeys(boxes, 0)
    for capacity in capacities:
        before = used(list(boxes.values()))
        live = [one for one in boxes.values() if one.state in (SCHEDULED, ACTIVE)]
        for id_, lost in failing(live, capacity, says, block).items():
            boxes[id_] = lost.reservation
            back[id_] += refunded(lost)
        after = used(list(boxes.values()))
        assert all(after[slot] <= capacity[slot] for slot in range(SLOTS))
        if set(says.values()) <= {SHRINK}:
            missing = [max(before[s] - capacity[s], 0) for s in range(SLOTS)]
            assert [before[s] - after[s] for s in range(SLOTS)] == [
                min(-(-n // block) * block, before[s]) for s, n in enumerate(missing)
            ]
    for id_, one in boxes.items():
        assert back[id_] == one.lost_ucr <= one.paid_ucr
        bought = [sum(each) for each in zip(one.units, one.lost, one.given_back, strict=True)]
        assert sum(bought) == one.quantity * shapes[int(id_[1:])][1]
        assert one.start >= START
        assert one.moves == 0 or one.end <= SPAN.end
        assert any(one.units) == (one.state is SCHEDULED)
        if not any(one.units):
            assert back[id_] == one.paid_ucr
