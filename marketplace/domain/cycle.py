"""An auction's life, its frozen book, and what its outcome means for money and orders.

open → closed (the book is frozen) → cleared (the outcome is kept) → settled, or failed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from allocator import problem as market
from allocator.outcome import Award, Outcome
from marketplace.domain.capacity import PoolCapacity, Span
from marketplace.domain.event import Event
from marketplace.domain.ledger import Due, Hold, HoldState, Transfer, settle_transfers
from marketplace.domain.ledger import void_transfers as void
from marketplace.domain.order import (
    Fill,
    Leg,
    Loss,
    Option,
    Order,
    OrderState,
    ended,
    last_possible_start,
)
from marketplace.domain.reservation import Reservation
from marketplace.rules import MarketRules
from pricing.units import credits_from_ucr, share_ucr


class CycleState(StrEnum):
    """A cycle's life."""

    OPEN = "open"
    CLOSED = "closed"
    CLEARED = "cleared"
    SETTLED = "settled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One auction. ``closes_at`` is the plan while it is open, and the fact afterwards."""

    number: int
    state: CycleState
    closes_at: datetime
    rules_version: int
    sale_start: datetime | None = None  # set when it is closed
    problem_sha256: str = ""
    seed: int = 0
    settled_at: datetime | None = None
    reason: str = ""

    @property
    def id(self) -> str:
        """Its name in orders, transfers and files."""
        return f"cyc_{self.number:06d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An order in a frozen book: its name there, and which of its options could start."""

    order_id: str
    alias: str
    team_alias: str
    options: tuple[int, ...]  # the bid's option k is the order's options[k]


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All that a cycle clears, and the key to the names in it."""

    problem: market.Problem
    entries: tuple[Entry, ...]


def seed_of(cycle_id: str, problem_sha256: str) -> int:
    """A cycle's seed: the hash of its id and its problem's digest, so that nobody picks it."""
    digest = hashlib.sha256(f"{cycle_id}/{problem_sha256}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def alias(salt: bytes, kind: str, id_: str) -> str:
    """A name for the published files, drawn anew for each cycle by its secret salt."""
    digest = hashlib.sha256(salt + f"/{kind}/{id_}".encode()).hexdigest()
    return f"{kind}-{digest[:12]}"


def sale_span(rules: MarketRules, sale_start: datetime) -> Span:
    """The slots that a cycle sells."""
    return Span(start=sale_start, slot=rules.slot, slots=rules.sale_slots)


def assemble_book(
    orders: Iterable[Order],
    capacities: Sequence[PoolCapacity],
    rules: MarketRules,
    sale_start: datetime,
    salt: bytes,
) -> Book:
    """The frozen book: every order that could start, under names drawn by ``salt``.

    ``capacities`` cover ``sale_span(rules, sale_start)``. Orders without a start in this sale
    (they begin later) stay out, and keep waiting.
    """
    span = sale_span(rules, sale_start)
    entries, bids = [], []
    for order in sorted(orders, key=lambda order: order.id):
        options = [
            (number, bid_option)
            for number, option in enumerate(order.request.options)
            if (bid_option := _bid_option(option.value_ucr, option, span, rules)) is not None
        ]
        if options:
            entry = Entry(
                order_id=order.id,
                alias=alias(salt, "bid", order.id),
                team_alias=alias(salt, "team", order.team),
                options=tuple(number for number, _ in options),
            )
            entries.append(entry)
            bids.append(
                market.Bid(entry.alias, entry.team_alias, tuple(option for _, option in options))
            )
    problem = market.Problem.of(
        start=sale_start,
        slot_minutes=rules.slot_minutes,
        slots=span.slots,
        pools=[
            market.Pool(
                capacity.pool.id,
                capacity.pool.unit,
                tuple(int(units) for units in capacity.free(rules.reserved_share_ppm)),
                (capacity.pool.reserve_price_ucr,) * span.slots,
            )
            for capacity in capacities
        ],
        bids=bids,
    )
    return Book(problem=problem, entries=tuple(entries))


def _bid_option(
    value_ucr: int, option: Option, span: Span, rules: MarketRules
) -> market.Option | None:
    earliest = max(span.index_up(option.earliest_start), 0)
    latest = min(span.index(option.latest_start), rules.start_slots - 1)
    if latest < earliest:
        return None
    legs = tuple(
        market.Leg(leg.pool, leg.quantity, leg.offset // span.slot, leg.duration // span.slot)
        for leg in option.legs
    )
    return market.Option(
        value_ucr, earliest, min(latest, market.last_start(legs, span.slots)), legs
    )


def overdue(order: Order, sale_start: datetime, ended_grants: set[str], hold: Hold) -> str:
    """Why an open order cannot wait for this cycle, or an empty string."""
    if last_possible_start(order.request) < sale_start:
        return "window-passed"
    if any(grant in ended_grants for grant, _ in hold.parts):
        return "grant-expired"
    return ""


def expire_order(
    order: Order, hold: Hold, reason: str, now: datetime
) -> tuple[Order, Hold, list[Transfer], Event]:
    """End an order that can no longer win, and void its hold in the same breath."""
    after = ended(order, OrderState.EXPIRED, reason, now)
    voided = replace(hold, state=HoldState.EXPIRED)
    event = Event(
        kind="order.expired", subject=order.id, at=now, team=order.team, data={"reason": reason}
    )
    return after, voided, void(hold, reason), event


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPlan:
    """All that settling a cycle changes."""

    cycle: Cycle
    orders: tuple[Order, ...]
    holds: tuple[Hold, ...]
    reservations: tuple[Reservation, ...]
    transfers: tuple[Transfer, ...]
    events: tuple[Event, ...]


def plan_settlement(
    cycle: Cycle,
    entries: Sequence[Entry],
    orders: Mapping[str, Order],
    holds: Mapping[str, Hold],
    outcome: Outcome,
    rules: MarketRules,
    now: datetime,
) -> SettlementPlan:
    """Turn an outcome into filled and lost orders, paid and voided holds, reservations.

    ``orders`` and ``holds`` (by order id) are those of the frozen book. Raises ``ValueError`` for
    an outcome of another problem: a bug, and nothing is settled.
    """
    if outcome.problem_sha256 != cycle.problem_sha256:
        raise ValueError(f"{cycle.id}: this outcome belongs to another problem")
    awards = {award.bid: award for award in outcome.awards}
    losses = {rejection.bid: rejection for rejection in outcome.rejections}
    after_orders, after_holds, reservations, transfers, events = [], [], [], [], []
    for entry in entries:
        order, hold = orders[entry.order_id], holds[entry.order_id]
        if entry.alias in awards:
            filled = _fill(cycle, entry, order, awards[entry.alias], outcome, rules, now)
            after_orders.append(filled.order)
            after_holds.append(replace(hold, state=HoldState.POSTED))
            reservations += filled.reservations
            transfers += settle_transfers(hold, cycle.id, filled.dues)
            events.append(filled.event)
            continue
        loss = losses[entry.alias]
        after = replace(
            order,
            cycle_id="",
            loss=Loss(
                cycle_id=cycle.id, reason=loss.reason.value, shortfall_ucr=loss.shortfall_ucr
            ),
        )
        next_sale = rules.sale_start(rules.next_close(cycle.closes_at))
        if order.request.standing and last_possible_start(order.request) >= next_sale:
            after_orders.append(after)
            continue
        after_orders.append(ended(after, OrderState.LOST, loss.reason.value, now))
        after_holds.append(replace(hold, state=HoldState.VOIDED))
        transfers += void(hold, loss.reason.value, cycle.id)
        events.append(_lost(after, now))
    settled = replace(cycle, state=CycleState.SETTLED, settled_at=now)
    events.append(_settled(settled, outcome, now))
    return SettlementPlan(
        cycle=settled,
        orders=tuple(after_orders),
        holds=tuple(after_holds),
        reservations=tuple(reservations),
        transfers=tuple(transfers),
        events=tuple(events),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    order: Order
    dues: list[Due]
    reservations: list[Reservation]
    event: Event


def _fill(
    cycle: Cycle,
    entry: Entry,
    order: Order,
    award: Award,
    outcome: Outcome,
    rules: MarketRules,
    now: datetime,
) -> _Filled:
    if cycle.sale_start is None:
        raise ValueError(f"{cycle.id} was never closed")
    span = sale_span(rules, cycle.sale_start)
    number = entry.options[award.option]
    start = span.at(award.start)
    fill = Fill(
        cycle_id=cycle.id,
        option=number,
        start=start,
        payment_ucr=award.payment_ucr,
        capped=award.capped,
    )
    legs = order.request.options[number].legs
    prices = [_slot_prices(leg, start, span, outcome) for leg in legs]
    paid = _split(award.payment_ucr, legs, prices)
    dues: dict[str, Due] = {}
    reservations = []
    for k, (leg, slot_prices, paid_ucr) in enumerate(zip(legs, prices, paid, strict=True)):
        reservation = _reservation(cycle, order, k, leg, start, slot_prices, paid_ucr, now)
        reservations.append(reservation)
        before = dues[leg.pool].amount_ucr if leg.pool in dues else 0
        dues[leg.pool] = Due(
            pool=leg.pool,
            amount_ucr=before + paid_ucr,
            rule=outcome.payment_rule.value,
            note=_note(reservation),
        )
    filled = replace(ended(order, OrderState.FILLED, "filled", now), fill=fill, loss=None)
    event = Event(
        kind="order.filled",
        subject=order.id,
        at=now,
        team=order.team,
        data={"cycle": cycle.id, "start": start.isoformat(), "payment_ucr": award.payment_ucr},
    )
    return _Filled(order=filled, dues=list(dues.values()), reservations=reservations, event=event)


def _slot_prices(leg: Leg, start: datetime, span: Span, outcome: Outcome) -> tuple[int, ...]:
    first = span.index(start + leg.offset)
    return outcome.prices_ucr[leg.pool][first : first + leg.duration // span.slot]


def _split(payment_ucr: int, legs: Sequence[Leg], prices: Sequence[tuple[int, ...]]) -> list[int]:
    """A payment over its legs, by what each weighs at the published prices; sums exactly."""
    weights = [leg.quantity * sum(slots) for leg, slots in zip(legs, prices, strict=True)]
    if not any(weights):
        weights = [leg.quantity * len(slots) for leg, slots in zip(legs, prices, strict=True)]
    parts, before, weight = [], 0, 0
    for part in weights:
        weight += part
        until = share_ucr(payment_ucr, weight, sum(weights))
        parts.append(until - before)
        before = until
    return parts


def _reservation(
    cycle: Cycle,
    order: Order,
    number: int,
    leg: Leg,
    start: datetime,
    prices_ucr: tuple[int, ...],
    paid_ucr: int,
    now: datetime,
) -> Reservation:
    award = hashlib.sha256(f"{cycle.id}/{order.id}".encode()).hexdigest()[:16]
    return Reservation(
        id=f"rsv_{award}_{number}",
        award_id=f"awd_{award}",
        order_id=order.id,
        cycle_id=cycle.id,
        team=order.team,
        pool=leg.pool,
        start=start + leg.offset,
        slot=leg.duration / len(prices_ucr),
        quantity=leg.quantity,
        units=(leg.quantity,) * len(prices_ucr),
        prices_ucr=prices_ucr,
        paid_ucr=paid_ucr,
        awarded_at=now,
    )


def _note(reservation: Reservation) -> str:
    """The words of a charge: what, how much, when, at which mean price."""
    mean_ucr = sum(reservation.prices_ucr) // len(reservation.prices_ucr)
    hours = (reservation.end - reservation.start) / timedelta(hours=1)
    return (
        f"{reservation.quantity} × {reservation.pool} for {hours:g} h from "
        f"{reservation.start:%Y-%m-%dT%H:%MZ}, mean price {credits_from_ucr(mean_ucr)} a unit-hour"
    )


def _lost(order: Order, now: datetime) -> Event:
    loss = order.loss
    data = {
        "cycle": loss.cycle_id if loss else "",
        "reason": loss.reason if loss else "",
        "shortfall_ucr": loss.shortfall_ucr if loss else 0,
    }
    return Event(kind="order.lost", subject=order.id, at=now, team=order.team, data=data)


def _settled(cycle: Cycle, outcome: Outcome, now: datetime) -> Event:
    data = {
        "awards": len(outcome.awards),
        "rejections": len(outcome.rejections),
        "surplus_ucr": outcome.surplus_ucr,
        "bound_ucr": outcome.bound_ucr,
    }
    return Event(kind="cycle.settled", subject=cycle.id, at=now, data=data)
