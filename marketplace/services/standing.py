"""Awards that may be changed: in which book they stand, and what a cycle makes of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from allocator.outcome import Outcome
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle
from marketplace.domain.event.audience import Event
from marketplace.domain.event.reservation import ReservationMoved, ReservationRecalled, about
from marketplace.domain.guarantee import Kind, Terms
from marketplace.domain.order import Order
from marketplace.domain.reservation import Reservation
from marketplace.domain.standing import MADE_ROOM, Changed, Standing, changed
from marketplace.domain.terms import sale_at
from marketplace.errors import NotAllowedNow
from marketplace.services.market import rules_and_cycle
from marketplace.services.refund import pay_back, pay_gains
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import reservation as reservation_store
from marketplace.store import standing as standing_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def note(tx: Tx, orders: Sequence[Order]) -> None:
    """Note those of the orders that were filled just now and may be changed."""
    filled = (
        (one.id, one.fill.start)
        for one in orders
        if one.fill and one.request.guarantee.kind is not Kind.FIRM
    )
    standing_store.add(tx, filled)


def settle(
    tx: Tx,
    standing: Mapping[str, Standing],
    outcome: Outcome,
    span: Span,
    cycle: Cycle,
    now: datetime,
) -> None:
    """Move and buy back what the outcome says, within the caller's transaction, after everybody
    has paid."""
    found = changed(standing, outcome, span, cycle.id, now)
    if not found:
        return
    reservation_store.put(tx, [leg for one in found for leg in one.legs])
    moved = [(one.order.id, one.moved_to) for one in found if one.moved_to is not None]
    standing_store.put(tx, moved)
    event_store.add(tx, [event for one in found for event in _told(one, cycle, now)])
    pay_back(tx, [refund for one in found for refund in one.refunds], now)
    pay_gains(tx, [gain for one in found for gain in one.gains], now)


def _told(one: Changed, cycle: Cycle, now: datetime) -> list[Event]:
    events: list[Event] = []
    for leg in one.legs:
        whose = about(leg, now)
        if one.moved_to is not None:
            until = leg.kept_until
            events.append(ReservationMoved(**whose, start=leg.start, until=until, reason=MADE_ROOM))
        else:
            bought_ucr = one.bought_ucr(leg)
            recalled = ReservationRecalled(**whose, cycle=cycle.id, buy_out_ucr=bought_ucr)
            events.append(recalled)
    return events


def terms(store: Store, boxes: Iterable[Reservation], now: datetime) -> dict[str, Terms]:
    """What those of some time-boxes that are not firm still are, by their ids: by so many queries
    as for one."""
    given = {one.id: one for one in boxes}
    with store.read() as tx:
        awards = standing_store.among(tx, (one.order_id for one in given.values()))
        if not awards:
            return {}
        rules, cycle = rules_and_cycle(tx)
        last = cycle_store.unfinished(tx)
        cleared = standing_store.orders_in(tx, last.number) if last else set()
    start, found = sale_at(cycle, rules, now).start, dict[str, Terms]()
    for id_, one in awards.items():
        legs = tuple(given.get(leg.id, leg) for leg in one.legs)
        found |= replace(one, legs=legs).terms(start, rules, cleared=id_ in cleared)
    return {id_: each for id_, each in found.items() if id_ in given}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """An award that could be changed, as it is now, and the settled cycles in whose books it stood,
    with its names in their files."""

    award: Standing
    cycles: tuple[tuple[Cycle, str], ...]


def stood(store: Store, order: str) -> Stood | None:
    """What became of what an order won, for whoever may see it; None where that is firm."""
    with store.read() as tx:
        award = standing_store.among(tx, [order]).get(order)
        if award is None:
            return None
        names = standing_store.cycles_of(tx, order)
        found = ((cycle_store.get(tx, number), name) for number, name in names.items())
        cycles = tuple((one, name) for one, name in found if one and one.settled_at)
    return Stood(award=award, cycles=cycles)


def check_not_cleared(tx: Tx, reservation: Reservation) -> None:
    """Refuse to give a time-box back while a cycle may move it or buy it back."""
    cycle = cycle_store.unfinished(tx)
    if cycle is not None and standing_store.stands(tx, cycle.number, reservation.order_id):
        facts = {"cycle": cycle.id}
        state = reservation.state.value
        raise NotAllowedNow("reservation", reservation.id, state, "being-cleared", facts)
