"""What a cycle's outcome means for money, orders and reservations: decided whole, then written."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allocator.outcome import Award, Outcome, PaymentRule, Rejection
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle, CycleState, Entry, waits_on
from marketplace.domain.event.audience import Event
from marketplace.domain.event.cycle import CycleSettled
from marketplace.domain.event.order import OrderFilled, OrderLost
from marketplace.domain.failure import Terms
from marketplace.domain.ledger import Due, Hold, HoldState, settle_transfers, void_transfers
from marketplace.domain.order import NO_ROOM, Fill, Leg, Loss, Order, OrderState, ended
from marketplace.domain.reservation import Reservation
from marketplace.domain.transfer import Transfer
from marketplace.rules import MarketRules
from pricing.units import split_ucr


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPlan:
    """All that settling a cycle changes."""

    cycle: Cycle
    orders: tuple[Order, ...]
    holds: tuple[Hold, ...]
    reservations: tuple[Reservation, ...]
    transfers: tuple[Transfer, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A cleared cycle with the orders of its book, their holds (by order id) and its outcome."""

    cycle: Cycle
    span: Span
    entries: Sequence[Entry]
    orders: Mapping[str, Order]
    holds: Mapping[str, Hold]
    outcome: Outcome


def plan_settlement(frozen: Frozen, rules: MarketRules, now: datetime) -> SettlementPlan:
    """Turn an outcome into filled and lost orders, paid and voided holds, reservations.

    Raises ``ValueError`` for an outcome of another problem: a bug, and nothing is settled.
    """
    cycle, outcome = frozen.cycle, frozen.outcome
    if outcome.problem_sha256 != cycle.problem_sha256:
        raise ValueError(f"{cycle.id}: this outcome belongs to another problem")
    awards = {award.bid: award for award in outcome.awards}
    losses = {rejection.bid: rejection for rejection in outcome.rejections}
    changes = [
        _fill(frozen, entry, awards[entry.alias], now)
        if entry.alias in awards
        else _lose(frozen, entry, losses.get(entry.alias), rules, now)
        for entry in frozen.entries
    ]
    settled = replace(cycle, state=CycleState.SETTLED, settled_at=now)
    return SettlementPlan(
        cycle=settled,
        orders=tuple(change.order for change in changes),
        holds=tuple(change.hold for change in changes if change.hold is not None),
        reservations=tuple(one for change in changes for one in change.reservations),
        transfers=tuple(move for change in changes for move in change.transfers),
        events=(
            *(change.event for change in changes if change.event is not None),
            _settled(settled, outcome, now),
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
    """What the outcome makes of one order; one that waits on keeps its hold, without an event."""

    order: Order
    hold: Hold | None = None
    transfers: Sequence[Transfer] = ()
    reservations: Sequence[Reservation] = ()
    event: Event | None = None


def _lose(
    frozen: Frozen, entry: Entry, rejection: Rejection | None, rules: MarketRules, now: datetime
) -> _Change:
    if (rejection is None) == bool(entry.options):
        raise ValueError(f"{entry.alias}: the outcome says nothing of it, or of one without room")
    cycle, outcome = frozen.cycle, frozen.outcome
    reason = outcome.told(rejection.reason) if rejection else NO_ROOM
    missed_ucr = rejection.shortfall_ucr if rejection else 0
    loss = Loss(cycle_id=cycle.id, reason=reason, shortfall_ucr=missed_ucr)
    after = replace(frozen.orders[entry.order_id], cycle_id="", loss=loss)
    if waits_on(after, rules, cycle.closes_at):
        return _Change(order=after)
    hold = frozen.holds[entry.order_id]
    return _Change(
        order=ended(after, OrderState.LOST, reason, now),
        hold=replace(hold, state=HoldState.VOIDED),
        transfers=void_transfers(hold, reason, cycle.id),
        event=_lost(after, loss, now),
    )


def _fill(frozen: Frozen, entry: Entry, award: Award, now: datetime) -> _Change:
    cycle, span, outcome = frozen.cycle, frozen.span, frozen.outcome
    order, hold = frozen.orders[entry.order_id], frozen.holds[entry.order_id]
    number = entry.options[award.option]
    fill = Fill(
        cycle_id=cycle.id,
        option=number,
        start=span.at(award.start),
        payment_ucr=award.payment_ucr,
        capped=award.capped,
    )
    filled = replace(ended(order, OrderState.FILLED, "filled", now), fill=fill, loss=None)
    legs = order.request.options[number].legs
    prices = [_slot_prices(leg, fill.start, span, outcome) for leg in legs]
    paid = _split(award.payment_ucr, legs, prices)
    reservations = [_reservation(filled, fill, k, prices[k], paid[k]) for k in range(len(legs))]
    return _Change(
        order=filled,
        hold=replace(hold, state=HoldState.POSTED),
        transfers=settle_transfers(hold, cycle.id, _dues(reservations, outcome.payment_rule)),
        reservations=reservations,
        event=_filled(filled, fill, reservations, now),
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


def _filled(
    order: Order, fill: Fill, reservations: Sequence[Reservation], now: datetime
) -> OrderFilled:
    return OrderFilled(
        at=now,
        order=order.id,
        team=order.team,
        cycle=fill.cycle_id,
        start=fill.start,
        payment_ucr=fill.payment_ucr,
        reservations=tuple(one.id for one in reservations),
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


def _settled(cycle: Cycle, outcome: Outcome, now: datetime) -> CycleSettled:
    return CycleSettled(
        at=now,
        cycle=cycle.id,
        awards=len(outcome.awards),
        rejections=len(outcome.rejections),
        surplus_ucr=outcome.surplus_ucr,
        bound_ucr=outcome.bound_ucr,
    )
