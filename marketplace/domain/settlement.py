"""What a cycle's outcome means for money, orders and reservations: decided whole, then written."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from allocator.outcome import Award, Outcome, PaymentRule, Rejection
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Coming, Cycle, CycleState, Entry, cycle_after, waits_on
from marketplace.domain.event.audience import Event
from marketplace.domain.event.cycle import CycleSettled
from marketplace.domain.event.order import OrderFilled, OrderLost
from marketplace.domain.event.reservation import ReservationExtended, about
from marketplace.domain.extension import BOX_CHANGED, Boxes
from marketplace.domain.failure import Terms
from marketplace.domain.ledger import Due, Hold, HoldState, settle_transfers, void_transfers
from marketplace.domain.order import NO_ROOM, Fill, Leg, Loss, Order, OrderState, ended
from marketplace.domain.reservation import Reservation
from marketplace.domain.transfer import Transfer
from marketplace.rules import MarketRules
from pricing.units import split_ucr


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPlan:
    """All that settling a cycle changes. ``behind``: the time-boxes that it extends, after it."""

    cycle: Cycle
    orders: tuple[Order, ...]
    holds: tuple[Hold, ...]
    reservations: tuple[Reservation, ...]
    transfers: tuple[Transfer, ...]
    events: tuple[Event, ...]
    behind: Boxes
    lapsed: frozenset[str]
    """Awards, by their names in the book, that nobody has: see ``domain.extension``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A cleared cycle with the orders of its book, their holds (by order id) and its outcome; and
    the time-boxes that its bids are to extend."""

    cycle: Cycle
    span: Span
    entries: Sequence[Entry]
    orders: Mapping[str, Order]
    holds: Mapping[str, Hold]
    outcome: Outcome
    behind: Boxes = field(default_factory=lambda: Boxes.of({}, {}))


def plan_settlement(frozen: Frozen, rules: MarketRules, now: datetime) -> SettlementPlan:
    """Turn an outcome into filled and lost orders, paid and voided holds, reservations.

    Raises ``ValueError`` for an outcome of another problem: a bug, and nothing is settled.
    """
    cycle, outcome = frozen.cycle, frozen.outcome
    if outcome.problem_sha256 != cycle.problem_sha256:
        raise ValueError(f"{cycle.id}: this outcome belongs to another problem")
    frozen = replace(frozen, behind=frozen.behind.copy())  # they grow as bids win
    awards = {award.bid: award for award in outcome.awards}
    losses = {rejection.bid: rejection for rejection in outcome.rejections}
    coming = cycle_after(rules, cycle.closes_at)
    changes = [
        _won(frozen, entry, awards[entry.alias], now)
        if entry.alias in awards
        else _lose(frozen, entry, losses.get(entry.alias), coming, now)
        for entry in frozen.entries
    ]
    settled = replace(cycle, state=CycleState.SETTLED, settled_at=now)
    lapsed = frozenset(change.lapsed for change in changes if change.lapsed)
    return SettlementPlan(
        cycle=settled,
        orders=tuple(change.order for change in changes),
        holds=tuple(change.hold for change in changes if change.hold is not None),
        reservations=tuple(one for change in changes for one in change.reservations),
        transfers=tuple(move for change in changes for move in change.transfers),
        behind=frozen.behind,
        lapsed=lapsed,
        events=(
            *(event for change in changes for event in change.events),
            _settled(settled, outcome, len(lapsed), now),
        ),
    )


def failure_terms(order: Order) -> Terms:
    """What a filled order says of failures, and when what it won may be by the option that it won.
    Raises ``ValueError`` for another."""
    if order.fill is None:
        raise ValueError(f"{order.id} won nothing")
    option = order.request.options[order.fill.option]
    return Terms(
        on_failure=order.request.on_failure,
        earliest=option.earliest_start,
        latest_end=option.latest_start + option.extent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What the outcome makes of one order; one that waits on keeps its hold, without an event.
    ``lapsed``: it won behind a time-box that is not as it was, and has nothing of it."""

    order: Order
    hold: Hold | None = None
    transfers: Sequence[Transfer] = ()
    reservations: Sequence[Reservation] = ()
    lapsed: str = ""
    events: Sequence[Event] = ()


def _lose(
    frozen: Frozen, entry: Entry, rejection: Rejection | None, coming: Coming, now: datetime
) -> _Change:
    if (rejection is None) == bool(entry.options):
        raise ValueError(f"{entry.alias}: the outcome says nothing of it, or of one without room")
    outcome = frozen.outcome
    reason = outcome.told(rejection.reason) if rejection else NO_ROOM
    missed_ucr = rejection.shortfall_ucr if rejection else 0
    loss = Loss(cycle_id=frozen.cycle.id, reason=reason, shortfall_ucr=missed_ucr)
    after = replace(frozen.orders[entry.order_id], cycle_id="", loss=loss)
    if waits_on(after, coming):
        return _Change(order=after)
    return _lost_by(frozen, after, loss, now)


def _lost_by(frozen: Frozen, order: Order, loss: Loss, now: datetime) -> _Change:
    """An order that has lost for good: its hold is free again."""
    hold, after = frozen.holds[order.id], replace(order, cycle_id="", loss=loss)
    return _Change(
        order=ended(after, OrderState.LOST, loss.reason, now),
        hold=replace(hold, state=HoldState.VOIDED),
        transfers=void_transfers(hold, loss.reason, loss.cycle_id),
        events=[_lost(after, loss, now)],
    )


def _won(frozen: Frozen, entry: Entry, award: Award, now: datetime) -> _Change:
    order = frozen.orders[entry.order_id]
    fill = Fill(
        cycle_id=frozen.cycle.id,
        option=entry.options[award.option],
        start=frozen.span.at(award.start),
        payment_ucr=award.payment_ucr,
        capped=award.capped,
    )
    filled = replace(ended(order, OrderState.FILLED, "filled", now), fill=fill, loss=None)
    if not order.request.extends:
        return _fill(frozen, filled, fill, now)
    if frozen.behind.has(order.request):
        return _extend(frozen, filled, fill, now)
    loss = Loss(cycle_id=frozen.cycle.id, reason=BOX_CHANGED, shortfall_ucr=0)
    return replace(_lost_by(frozen, order, loss, now), lapsed=entry.alias)


def _extend(frozen: Frozen, filled: Order, fill: Fill, now: datetime) -> _Change:
    """A bid that won behind a time-box: that lasts longer."""
    hold = frozen.holds[filled.id]
    [leg] = filled.request.options[fill.option].legs
    prices = _slot_prices(leg, fill.start, frozen.span, frozen.outcome)
    payment = fill.payment_ucr, frozen.outcome.payment_rule.value
    box, transfers = frozen.behind.extend(filled, hold, prices, payment)
    longer = ReservationExtended(
        **about(box, now), quantity=leg.quantity, start=fill.start, until=box.end
    )
    return _Change(
        order=filled,
        hold=replace(hold, state=HoldState.POSTED),
        transfers=transfers,
        events=[OrderFilled.of(filled, [box.id], now), longer],
    )


def _fill(frozen: Frozen, filled: Order, fill: Fill, now: datetime) -> _Change:
    cycle, span, outcome = frozen.cycle, frozen.span, frozen.outcome
    hold = frozen.holds[filled.id]
    legs = filled.request.options[fill.option].legs
    prices = [_slot_prices(leg, fill.start, span, outcome) for leg in legs]
    paid = _split(fill.payment_ucr, legs, prices)
    reservations = [_reservation(filled, fill, k, prices[k], paid[k]) for k in range(len(legs))]
    return _Change(
        order=filled,
        hold=replace(hold, state=HoldState.POSTED),
        transfers=settle_transfers(hold, cycle.id, _dues(reservations, outcome.payment_rule)),
        reservations=reservations,
        events=[OrderFilled.of(filled, [one.id for one in reservations], now)],
    )


def _dues(reservations: Sequence[Reservation], rule: PaymentRule) -> list[Due]:
    """What an award owes for each of its legs."""
    return [
        Due(
            sold=leg.sold(leg.units),
            amount_ucr=leg.paid_ucr,
            rule=rule.value,
            reason="filled",
            reservation_id=leg.id,
        )
        for leg in reservations
    ]


def _slot_prices(leg: Leg, start: datetime, span: Span, outcome: Outcome) -> tuple[int, ...]:
    first = span.index(start + leg.offset)
    return outcome.prices_ucr[leg.pool][first : first + leg.duration // span.slot]


def _split(payment_ucr: int, legs: Sequence[Leg], prices: Sequence[tuple[int, ...]]) -> list[int]:
    """A payment over its legs, by what each weighs at the published prices; sums exactly."""
    weights = [leg.quantity * sum(slots) for leg, slots in zip(legs, prices, strict=True)]
    if not any(weights):
        weights = [leg.quantity * len(slots) for leg, slots in zip(legs, prices, strict=True)]
    return split_ucr(payment_ucr, weights)


def _reservation(
    order: Order, fill: Fill, number: int, prices_ucr: tuple[int, ...], paid_ucr: int
) -> Reservation:
    if order.ended_at is None:
        raise ValueError(f"{order.id} has not ended")
    leg = order.request.options[fill.option].legs[number]
    award = hashlib.sha256(f"{fill.cycle_id}/{order.id}".encode()).hexdigest()[:16]
    return Reservation(
        id=f"rsv_{award}_{number}",
        award_id=f"awd_{award}",
        order_id=order.id,
        cycle_id=fill.cycle_id,
        team=order.team,
        pool=leg.pool,
        start=fill.start + leg.offset,
        slot=leg.duration / len(prices_ucr),
        quantity=leg.quantity,
        units=(leg.quantity,) * len(prices_ucr),
        lost=(0,) * len(prices_ucr),
        given_back=(0,) * len(prices_ucr),
        prices_ucr=prices_ucr,
        paid_ucr=paid_ucr,
        awarded_at=order.ended_at,
    )


def _lost(order: Order, loss: Loss, now: datetime) -> OrderLost:
    return OrderLost(
        at=now,
        order=order.id,
        team=order.team,
        cycle=loss.cycle_id,
        reason=loss.reason,
        shortfall_ucr=loss.shortfall_ucr,
    )


def _settled(cycle: Cycle, outcome: Outcome, lapsed: int, now: datetime) -> CycleSettled:
    """``lapsed``: so many of its awards nobody has."""
    return CycleSettled(
        at=now,
        cycle=cycle.id,
        awards=len(outcome.awards) - lapsed,
        rejections=len(outcome.rejections) + lapsed,
        surplus_ucr=outcome.surplus_ucr,
        bound_ucr=outcome.bound_ucr,
    )
