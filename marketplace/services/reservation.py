"""Bring reservations' lives up to date, release them, pay back what is due."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.command import ReleaseReservation
from marketplace.domain.event.audience import Event
from marketplace.domain.event.reservation import (
    ReservationCut,
    ReservationEnded,
    ReservationFailed,
    ReservationMoved,
    ReservationReleased,
    ReservationStarted,
    about,
)
from marketplace.domain.failure import Failure
from marketplace.domain.journal import Call
from marketplace.domain.order import Order
from marketplace.domain.page import LIMIT, Cursor, Page, checked_limit
from marketplace.domain.reservation import (
    Release,
    Reservation,
    ReservationState,
    advanced,
    release_units,
)
from marketplace.errors import NotFound
from marketplace.services.market import rules_and_cycle
from marketplace.services.standing import check_not_cleared
from marketplace.services.team import check_team
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import reservation as reservation_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def release(tx: Tx, command: ReleaseReservation, call: Call) -> tuple[Reservation, Release]:
    """Give back whole future slots: all of the units and of the time, or the part that is named.

    They are on sale from the next cycle on; when they sell, the team gets the smaller of what it
    paid and what they sold for. Raises ``NotFound`` for another team's reservation.
    """
    now = call.at
    found = reservation_store.get(tx, command.reservation)
    if found is None or not call.actor.in_team(found.team, IN_TEAM):
        raise NotFound("reservation", command.reservation)
    check_not_cleared(tx, found)
    _, cycle = rules_and_cycle(tx)
    block_size = capacity_store.pools(tx)[found.pool].block_size
    after, given = release_units(advanced(found, now), command.part, now, cycle.number, block_size)
    reservation_store.put(tx, [after])
    reservation_store.add_release(tx, given)
    released = ReservationReleased(**about(after, now), start=given.start, units=given.left)
    event_store.add(tx, [released])
    return after, given


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Reservation, Release]:
    """A reservation and a release of it, as they are: ``ids`` names both."""
    found = reservation_store.get(tx, ids[0])
    given = reservation_store.get_release(tx, ids[1])
    if found is None or given is None:
        raise NotFound("reservation", ids[0])
    return found, given


def recall_all(tx: Tx, ids: Sequence[str]) -> tuple[Reservation, ...]:
    """Those reservations as they are."""
    found = (reservation_store.get(tx, id_) for id_ in ids)
    return tuple(one for one in found if one is not None)


BEFORE: Final[Mapping[ReservationState, tuple[ReservationState, ...]]] = {
    ReservationState.ACTIVE: (ReservationState.SCHEDULED,),
    ReservationState.EXPIRED: (ReservationState.SCHEDULED, ReservationState.ACTIVE),
    ReservationState.FAILED: (ReservationState.SCHEDULED, ReservationState.ACTIVE),
}
"""As what a reservation may still be kept that time has brought into a state since."""


def listed(
    store: Store,
    *,
    now: datetime | None = None,
    team: str = "",
    state: ReservationState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Reservation]:
    """Reservations by start: of a team or of all, in one state or in any; as they are at ``now``,
    or as they are kept. Raises ``NotFound`` for a team that is not there."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        if state is None or now is None:
            found = reservation_store.listed(tx, team=team, state=state, after=after, limit=limit)
            return found if now is None else found.each(lambda one: advanced(one, now))
        kept = [
            _of_state(tx, team, each, state, now, after) for each in (state, *BEFORE.get(state, ()))
        ]
        merged = heapq.merge(*kept, key=lambda one: (one.start, one.id))
        first = list(islice(merged, checked_limit(limit) + 1))
    more = len(first) > limit
    place = reservation_store.place_of(first[limit - 1]) if more else None
    return Page(tuple(first[:limit]), place)


def _of_state(
    tx: Tx,
    team: str,
    kept: ReservationState,
    state: ReservationState,
    now: datetime,
    after: Cursor | None,
) -> Iterator[Reservation]:
    """Those that are kept in one state and are in another by now, by start."""
    place = after
    while True:
        page = reservation_store.listed(tx, team=team, state=kept, after=place, limit=LIMIT)
        for one in page:
            if kept is not state and one.start > now:
                return  # time has changed nothing of it, nor of any that starts later
            if (found := advanced(one, now)).state is state:
                yield found
        place = page.next
        if place is None:
            return


def releases(
    store: Store, *, team: str = "", after: Cursor | None = None, limit: int = LIMIT
) -> Page[Release]:
    """Units given back, the newest first: by a team, or by all. Raises ``NotFound``."""
    with store.read() as tx:
        if team:
            check_team(tx, team)
        return reservation_store.listed_releases(tx, team, after=after, limit=limit)


def get(store: Store, id_: str, *, team: str) -> Reservation:
    """One of the team's reservations, as it is kept; without a team any. Raises ``NotFound`` for
    another team's."""
    with store.read() as tx:
        found = reservation_store.get(tx, id_)
    if found is None or (team and found.team != team):
        raise NotFound("reservation", id_)
    return found


def seen(store: Store, id_: str, now: datetime, *, by: Actor) -> Reservation:
    """A reservation as it is at ``now``: of one of the actor's teams, or for platform any. Raises
    ``NotFound`` for another team's."""
    with store.read() as tx:
        found = reservation_store.get(tx, id_)
    if found is None or not (Role.PLATFORM in by.roles or by.in_team(found.team, IN_TEAM)):
        raise NotFound("reservation", id_)
    return advanced(found, now)


def of_order(store: Store, order: Order, now: datetime) -> list[Reservation]:
    """What an order won, by start, as it is at ``now``: for whoever may see the order."""
    if not order.fill:
        return []
    with store.read() as tx:
        return [advanced(one, now) for one in reservation_store.of_order(tx, order.id)]


def came_back(
    store: Store, reservations: Iterable[Reservation], *, after_seq: int = 0
) -> Counter[str]:
    """What was paid back for each of these reservations, in ucr: in all, or by transfers after
    that one."""
    with store.read() as tx:
        ids = [one.id for one in reservations]
        return Counter(transfer_store.came_back_for(tx, ids, after_seq))


def comes_back(store: Store, failed: Sequence[Reservation]) -> Counter[str]:
    """What is paid back in all for reservations that failed, in ucr, also for those that failed in
    a rehearsal alone, which left them and the books as they were."""
    found = came_back(store, failed)
    with store.read() as tx:
        known = reservation_store.get_all(tx, [one.id for one in failed])
    for one in failed:
        found[one.id] += one.lost_ucr - known[one.id].lost_ucr
    return found


def event_of(reservation: Reservation, now: datetime) -> Event:
    """What the outbox says of a reservation that time has brought into another state."""
    whose = about(reservation, now)
    if reservation.state is ReservationState.FAILED:
        return ReservationFailed(**whose, reason=reservation.reason)
    if reservation.state is ReservationState.EXPIRED:
        return ReservationEnded(**whose)
    units = reservation.units[(now - reservation.start) // reservation.slot]
    return ReservationStarted(**whose, quantity=units, until=reservation.kept_until)


def failure_of(failed: Failure, now: datetime) -> Event:
    """What the outbox says of a reservation that lost units just now, or was moved."""
    one, lost = failed.reservation, failed.lost
    whose = about(one, now)
    if failed.moved_to is not None:
        return ReservationMoved(
            **whose, start=failed.moved_to, until=one.kept_until, reason=failed.reason
        )
    if one.state is ReservationState.FAILED:
        return ReservationFailed(**whose, reason=one.reason)
    slots = [k for k, units in enumerate(lost) if units]
    first, last = slots[0], slots[-1]
    return ReservationCut(
        **whose,
        start=one.start + first * one.slot,
        units=lost[first : last + 1],
        until=one.kept_until,
        reason=one.reason,
    )
