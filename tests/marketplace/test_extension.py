"""Bids for more time behind a time-box: what they ask for, ties, what winning makes, and lapses."""

import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from marketplace.domain.cycle import CycleState
from marketplace.domain.event.audience import Circle, OneTeam
from marketplace.domain.event.cycle import CycleSettled
from marketplace.domain.event.reservation import ReservationExtended
from marketplace.domain.guarantee import Guarantee, Kind
from marketplace.domain.order import Option, Order, OrderRequest, OrderState
from marketplace.domain.page import every
from marketplace.domain.reservation import LIVE, Part, Reservation
from marketplace.domain.transfer import Movement, Tags
from marketplace.errors import BadField, MarketError, NotAllowedNow, NotFound
from marketplace.services import insight, reservation
from marketplace.services import order as orders
from marketplace.services.preview import preview
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    SALT,
    a_market,
    answers,
    assert_clean,
    free_ucr,
    held_ucr,
    leg,
    maintain,
    option,
    placed,
    request,
    run,
    won,
)
from tests.marketplace.told import told

LATER = CLOSE + DAY
"""When the second cycle closes; it sells from an hour later on."""

AT = 30
"""The box begins so many hours after the first closing, and ends two hours later."""


def rivals(store: Store) -> None:
    """Two that bid for the time behind the box; for both there is no room beside it."""
    asked = (request(t, "b", option(v, AT + 2)) for t, v in (("rl", 32), ("vision", 24)))
    placed(store, *asked, now=CLOSE + HOUR)


def a_box(
    store: Store, at: int = AT, *, tags: Tags | None = None, guarantee: Guarantee | None = None
) -> Reservation:
    """Eight units for two hours, which the first cycle sold to nlp; one that is not firm could
    start an hour later too."""
    asked = replace(
        request("nlp", "box", option(40, at, at + bool(guarantee))),
        tags=tags or Tags(project="llm"),
    )
    [one] = won(store, replace(asked, guarantee=guarantee or Guarantee()))
    return one


def behind(
    box: Reservation, value: int = 40, hours: int = 2, units: int = 8, key: str = "more"
) -> OrderRequest:
    """A bid for more of a time-box."""
    return OrderRequest(
        team="nlp", key=key, options=(at_end(box, value, hours, units),), extends=box.id
    )


def at_end(box: Reservation, value: int = 40, hours: int = 2, units: int = 8) -> Option:
    start = box.end
    return Option(
        value_ucr=value * CREDIT,
        earliest_start=start,
        latest_start=start,
        legs=(leg(units=units, hours=hours),),
    )


def refused(store: Store, asked: OrderRequest, now: datetime = CLOSE + HOUR) -> MarketError:
    [answer] = answers(store, asked, now=now)
    assert isinstance(answer, MarketError)
    return answer


def order_of(store: Store, one: Order) -> Order:
    return orders.get(store, one.id, team=one.team)


@pytest.mark.both
def test_a_bid_that_wins_extends_the_box_in_place_and_its_order_pays() -> None:
    """Worked by hand. Sixteen units; three teams bid for eight of them in the two hours behind the
    box: nlp 40, rl 32 and vision 24 credits. Vision is left out, so that a unit costs 1.5 an hour:
    nlp pays 16 × 1.5 = 24 of the 40 that it holds."""
    store = a_market()
    box = a_box(store)
    before = free_ucr(store, "nlp")
    now = CLOSE + HOUR
    [bid] = placed(store, behind(box), now=now)
    assert (bid.held_ucr, held_ucr(store, "nlp")) == (40 * CREDIT, 40 * CREDIT)
    assert bid.request.tags == Tags(project="llm")
    rivals(store)
    run(store, LATER)
    after = reservation.get(store, box.id, team="nlp")
    assert (after.end, after.units) == (box.end + 2 * HOUR, (8,) * 4)
    assert (after.extended, after.extended_ucr) == (2, 24 * CREDIT)
    assert after.paid_ucr == box.paid_ucr + 24 * CREDIT
    assert [one.id for one in every(reservation.listed, store, team="nlp")] == [box.id]
    done = order_of(store, bid)
    assert (done.state, done.reason) == (OrderState.FILLED, "filled")
    assert done.fill is not None
    assert (done.fill.payment_ucr, done.fill.start) == (24 * CREDIT, box.end)
    whose = orders.get(store, box.order_id, team="nlp")
    assert whose.fill is not None
    assert whose.fill.extended_ucr == 24 * CREDIT
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (before - 24 * CREDIT, 0)
    with store.read() as tx:
        moves = [one.transfer for one in transfer_store.posted_for(tx, {whose.id})]
    [_, paid] = [one for one in moves if one.movement is Movement.PAY]
    assert (paid.rule, paid.reason, paid.hold_id) == ("uniform", "extended", bid.hold_id)
    assert paid.reservation_id == box.id
    assert_clean(store)


def test_what_was_won_behind_it_comes_back_at_what_was_paid_for_it() -> None:
    """The box of the first cycle cost its reserve price, 4 credits; the two hours behind it 24."""
    store = a_market()
    box = a_box(store)
    placed(store, behind(box), now=CLOSE + HOUR)
    rivals(store)
    run(store, LATER)
    maintain(store, "sudden", box.end, 16, 2, LATER + HOUR)
    assert box.paid_ucr == 4 * CREDIT
    assert reservation.came_back(store, [box])[box.id] == 24 * CREDIT
    maintain(store, "again", box.start, 16, 1, LATER + HOUR)
    assert reservation.came_back(store, [box])[box.id] == 26 * CREDIT
    assert_clean(store)


@pytest.mark.parametrize("salt", [b"a", b"b", b"c", b"d", b"e", b"f"])
def test_at_an_equal_value_it_beats_another_and_at_less_it_loses(salt: bytes) -> None:
    """Twelve of sixteen units each: one of the two can have them, whatever their hash."""
    for value, state in ((40, OrderState.FILLED), (39, OrderState.LOST)):
        store = a_market()
        asked = request("nlp", "box", option(40, AT, None, leg(units=16)))
        [box] = won(store, asked)
        [bid] = placed(store, behind(box, value, units=16), now=CLOSE + HOUR)
        placed(store, request("rl", "b", option(40, AT + 2, None, leg(units=16))), now=CLOSE + HOUR)
        hands.run(store, LATER, salt)
        assert order_of(store, bid).state is state


def test_it_may_say_several_lengths_of_which_one_wins() -> None:
    store = a_market()
    box = a_box(store)
    both = (at_end(box, 40, 2), at_end(box, 60, 3))
    placed(store, replace(behind(box), options=both), now=CLOSE + HOUR)
    run(store, LATER)
    assert reservation.get(store, box.id, team="nlp").end == box.end + 3 * HOUR


@pytest.mark.both
def test_a_standing_bid_waits_and_a_lost_one_ends_as_any_other() -> None:
    store = a_market()
    box = a_box(store, 60)
    [bid] = placed(store, replace(behind(box, 3), standing=True), now=CLOSE + HOUR)
    run(store, LATER)
    waits = order_of(store, bid)
    assert waits.state is OrderState.OPEN
    assert waits.loss is not None
    assert waits.loss.reason == "below-reserve"
    hands.amend(store, bid.id, (at_end(box, 4),), LATER + HOUR, team="nlp")
    run(store, LATER + DAY)
    assert order_of(store, bid).state is OrderState.FILLED
    assert_clean(store)


def change(box: Reservation, **what: Any) -> OrderRequest:
    """A bid that asks for something else in its one option, or its leg."""
    asked = behind(box)
    [one] = asked.options
    of_leg = {name: what.pop(name) for name in list(what) if name in ("pool", "quantity", "offset")}
    legs = (replace(one.legs[0], **of_leg),)
    return replace(asked, options=(replace(one, **{"legs": legs} | what),))


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"earliest_start": -HOUR}, "options[0].earliest_start"),
        ({"latest_start": HOUR}, "options[0].latest_start"),
        ({"pool": "a100", "quantity": 1}, "options[0].legs[0].pool"),
        ({"quantity": 16}, "options[0].legs[0].quantity"),
        ({"offset": HOUR}, "options[0].legs[0].offset"),
        ({"legs": (leg(hours=1), leg(hours=1, after=1))}, "options[0].legs"),
    ],
)
def test_it_asks_for_nothing_but_its_own_units_right_behind_it(
    what: dict[str, Any], field: str
) -> None:
    store = a_market()
    box = a_box(store)
    for name in ("earliest_start", "latest_start"):
        if name in what:
            what = what | {name: box.end + what[name]}
    no = refused(store, change(box, **what))
    assert isinstance(no, BadField)
    assert (no.field, no.reason) == (field, "not-behind")
    assert box.id in str(no)
    assert held_ucr(store, "nlp") == 0


def test_what_cannot_be_extended_so_is_refused() -> None:
    store = a_market()
    box = a_box(store)
    own = behind(box)
    long = refused(store, behind(box, hours=23))
    assert isinstance(long, BadField)
    assert (long.field, long.reason) == ("options[0].legs[0].duration", "longer-than-longest")
    loose = refused(store, replace(own, guarantee=Guarantee(kind=Kind.MOVABLE)))
    assert isinstance(loose, BadField)
    assert (loose.field, loose.reason) == ("guarantee", "extended-is-firm")
    tagged = refused(store, replace(own, tags=Tags(project="llm", theme="other")))
    assert isinstance(tagged, BadField)
    assert (tagged.field, tagged.reason) == ("theme", "tagged-as-its-box")
    for asked in (replace(own, team="rl"), replace(own, extends="rsv_0")):
        assert isinstance(refused(store, asked), NotFound)
    [bid] = placed(store, own, now=CLOSE + HOUR)
    twice = refused(store, replace(own, key="again"))
    assert isinstance(twice, NotAllowedNow)
    assert (twice.reason, twice.facts["order"]) == ("bid-for-already", bid.id)
    hands.cancel(store, [bid.id], CLOSE + HOUR, team="nlp")
    [again] = placed(store, replace(own, key="again"), now=CLOSE + HOUR)
    with pytest.raises(BadField) as no:
        hands.amend(store, again.id, (option(9, AT + 9),), CLOSE + HOUR, team="nlp")
    assert no.value.reason == "not-behind"


def test_behind_what_was_given_back_or_is_over_nothing_is_bid_for() -> None:
    store = a_market()
    box = a_box(store)
    hands.release(store, box.id, CLOSE + HOUR, team="nlp", part=Part(start=box.start + HOUR))
    gave = refused(store, behind(box))
    assert isinstance(gave, NotAllowedNow)
    assert gave.reason == "gave-up-its-end"
    hands.release(store, box.id, CLOSE + HOUR, team="nlp", part=Part())
    over = refused(store, behind(box))
    assert isinstance(over, NotAllowedNow)
    assert over.reason == "ended"


def test_what_the_next_cycle_does_not_sell_is_taken_and_not_bid_for() -> None:
    store = a_market()
    box = a_box(store, 8)
    no = refused(store, behind(box))
    assert isinstance(no, BadField)
    assert no.reason == "before-sale"


@pytest.mark.parametrize("kind", [Kind.MOVABLE, Kind.RECALLABLE])
def test_a_box_that_may_still_change_is_refused_until_its_gate(kind: Kind) -> None:
    store = a_market()
    buy_out = 4 * CREDIT if kind is Kind.RECALLABLE else None
    loose = Guarantee(kind=kind, gate=34 * HOUR, buy_out_ucr=buy_out)
    box = a_box(store, 60, guarantee=loose)
    gate = box.start - 34 * HOUR
    no = refused(store, behind(box))
    assert isinstance(no, NotAllowedNow)
    assert (no.reason, no.facts["until"]) == ("may-still-change", gate)
    run(store, LATER)
    placed(store, behind(box), now=gate)


@pytest.mark.both
def test_a_bid_whose_box_changed_before_the_close_ends_with_a_reason() -> None:
    store = a_market()
    box = a_box(store)
    [bid] = placed(store, behind(box), now=CLOSE + HOUR)
    hands.release(store, box.id, CLOSE + 2 * HOUR, team="nlp", part=Part(start=box.start + HOUR))
    run(store, LATER)
    gone = order_of(store, bid)
    assert (gone.state, gone.reason) == (OrderState.EXPIRED, "box-changed")
    assert held_ucr(store, "nlp") == 0
    [event] = told(store, OneTeam("nlp"), kind="order.expired")
    assert event.event.order == bid.id  # type: ignore[attr-defined]
    assert_clean(store)


@pytest.mark.both
def test_a_bid_whose_box_changed_while_it_was_cleared_has_nothing_and_pays_nothing() -> None:
    """The eight units that it won go to nobody: eight others, which nobody had, are all that was
    sold, so that rl, who gave eight of the same hours back, gets nothing for them."""
    store = a_market()
    box, theirs = won(
        store, request("nlp", "box", option(40, AT)), request("rl", "given", option(40, AT + 2))
    )
    hands.release(store, theirs.id, CLOSE + HOUR, team="rl", part=Part())
    before = free_ucr(store, "nlp")
    [bid] = placed(store, behind(box), now=CLOSE + HOUR)
    placed(store, request("vision", "b", option(40, AT + 2)), now=CLOSE + HOUR)
    cycle = hands.freeze(store, LATER, SALT)
    hands.release(store, box.id, LATER, team="nlp", part=Part(start=box.start + HOUR))
    done, _ = hands.finish(store, cycle, LATER)
    assert done.state is CycleState.SETTLED
    gone = order_of(store, bid)
    assert (gone.state, gone.reason) == (OrderState.LOST, "box-changed")
    assert (free_ucr(store, "nlp"), held_ucr(store, "nlp")) == (before, 0)
    assert reservation.get(store, box.id, team="nlp").end == box.end
    assert not reservation.came_back(store, [theirs])
    [*_, settled] = told(store, Circle.EVERYBODY, kind="cycle.settled")
    assert isinstance(settled.event, CycleSettled)
    assert (settled.event.awards, settled.event.rejections) == (1, 1)
    parts = [one for one in insight.bids(store, LATER, LATER + DAY) if one.order == bid.id]
    assert [(one.won, one.paid_ucr, one.unit_seconds) for one in parts] == [(False, 0, 0)]
    assert_clean(store)


def test_its_team_is_told_what_it_won() -> None:
    store = a_market()
    box = a_box(store)
    [bid] = placed(store, behind(box), now=CLOSE + HOUR)
    run(store, LATER)
    [*_, filled] = told(store, OneTeam("nlp"), kind="order.filled")
    assert (filled.event.order, filled.event.reservations) == (bid.id, (box.id,))  # type: ignore[attr-defined]
    [longer] = told(store, OneTeam("nlp"), kind="reservation.extended")
    assert isinstance(longer.event, ReservationExtended)
    assert (longer.event.start, longer.event.until) == (box.end, box.end + 2 * HOUR)


def test_a_preview_holds_it_against_its_box_too() -> None:
    store = a_market()
    box = a_box(store)
    seen = preview(store, behind(box), CLOSE + HOUR)
    assert seen.request.tags == Tags(project="llm")
    with pytest.raises(BadField):
        preview(store, behind(box, units=16), CLOSE + HOUR)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_to_boxes_meanwhile_the_books_stay_right(seed: int) -> None:
    """Four days of bids for new boxes and for more of old ones; some are given back in part, or
    lose units, before the close or while it is cleared."""
    draw, store, ends = random.Random(seed), a_market(credit=5_000), Counter[str]()
    for day in range(4):
        now = CLOSE + day * DAY
        live = [one for one in every(reservation.listed, store) if one.state in LIVE]
        new = [
            request(
                team, f"{day}-{n}", option(draw.randint(4, 60), day * 24 + draw.randint(20, 40))
            )
            for n, team in enumerate(("nlp", "rl", "vision") * 2)
        ]
        more = [
            replace(
                behind(one, draw.randint(4, 60), draw.randint(1, 3), key=f"{day}-{one.id}"),
                team=one.team,
                standing=draw.random() < 0.5,
            )
            for one in live
        ]
        hands.place(store, [*new, *more], now - HOUR)
        some = draw.sample(live, min(len(live), 2))
        for number, one in enumerate(some):
            if number == 1:
                cycle = hands.freeze(store, now, SALT)
            part = Part(start=one.start + HOUR)
            with suppress(MarketError):
                hands.release(store, one.id, now - HOUR * (not number), team=one.team, part=part)
        cycle = hands.freeze(store, now, SALT)
        if draw.random() < 0.5:
            maintain(store, f"m{day}", now + 26 * HOUR, 8, 2, now)
        hands.finish(store, cycle, now)
        assert_clean(store)
    for team in ("nlp", "rl", "vision"):
        ends += Counter(
            one.reason for one in every(orders.listed, store, team=team) if one.request.extends
        )
    assert ends["filled"]
    assert ends["box-changed"]
