"""Reservations and releases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.agenda import of_reservation
from marketplace.domain.capacity import Grid, Span
from marketplace.domain.page import Cursor, Page
from marketplace.domain.reservation import LIVE, Release, Reservation, ReservationState
from marketplace.store import agenda
from marketplace.store.chunks import chunks
from marketplace.store.columns import seconds_of
from marketplace.store.page import paged
from marketplace.store.tables import ReleaseRow, ReservationRow
from marketplace.store.transaction import Tx

BOXES = ReservationRow.__table__.c  # type: ignore[attr-defined]
GIVEN = ReleaseRow.__table__.c  # type: ignore[attr-defined]
SOLD: Final = "sold"
NO_UNITS: Final = np.zeros(0, dtype=np.int64)
BEFORE: Final = 48
"""What was sold is counted from so many slots before the first that is asked for."""

BOXES_KNOWN: Final = 20_000
"""So many time-boxes are kept in mind, from one transaction to the next, as what they count for in
what is sold; of more they are read again."""


def add(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Keep new reservations."""
    tx.add_rows(ReservationRow, [_row(one) for one in reservations])
    _count(tx, reservations, new=True)
    _keep_in_mind(tx, reservations)
    _expect(tx, reservations)


def put(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Write how reservations changed."""
    tx.change_rows(ReservationRow, [_row(one) for one in reservations])
    _count(tx, reservations, new=False)
    _keep_in_mind(tx, reservations)
    _expect(tx, reservations)


def _expect(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Note when they start and end."""
    agenda.add(tx, [due for one in reservations for due in of_reservation(one)])


def _keep_in_mind(tx: Tx, reservations: Sequence[Reservation]) -> None:
    known = _live(tx)
    if len(known) > BOXES_KNOWN:
        known.clear()
    for one in reservations:
        if one.state in LIVE:
            known[one.id] = one
        else:
            known.pop(one.id, None)


def _live(tx: Tx) -> dict[str, Reservation]:
    """Scheduled and active reservations that are known: not all there are."""
    found: dict[str, Reservation] = tx.known("live reservations", dict)
    return found


def get_all(tx: Tx, ids: Sequence[str]) -> dict[str, Reservation]:
    """Reservations by id, in the order in which they are asked for."""
    known = _live(tx)
    found: dict[str, Reservation] = {id_: known[id_] for id_ in ids if id_ in known}
    for chunk in chunks(id_ for id_ in ids if id_ not in found):
        query = select(ReservationRow).where(col(ReservationRow.id).in_(chunk))
        found |= {row.id: _reservation(row) for row in tx.exec(query)}
    return {id_: found[id_] for id_ in ids if id_ in found}


def get(tx: Tx, id_: str) -> Reservation | None:
    """One reservation."""
    row = tx.get(ReservationRow, id_)
    return _reservation(row) if row else None


def live(tx: Tx, begun_by: datetime | None = None) -> list[Reservation]:
    """Scheduled and active reservations, by id: all, or those that begin at that time or before."""
    states = [state.value for state in LIVE]
    query = select(ReservationRow).where(col(ReservationRow.state).in_(states))
    if begun_by is not None:
        query = query.where(col(ReservationRow.start) <= begun_by)
    return [_reservation(row) for row in tx.exec(query.order_by(col(ReservationRow.id)))]


def every(tx: Tx) -> Iterator[Reservation]:
    """All reservations, by id."""
    query = select(ReservationRow).order_by(col(ReservationRow.id))
    return (_reservation(row) for row in tx.exec(query.execution_options(yield_per=2_000)))


def of_awards(tx: Tx, award_ids: Sequence[str]) -> dict[str, list[Reservation]]:
    """All legs of some awards, by award."""
    legs: dict[str, list[Reservation]] = {}
    for chunk in chunks(award_ids):
        query = select(ReservationRow).where(col(ReservationRow.award_id).in_(chunk))
        for row in tx.exec(query.order_by(col(ReservationRow.id))):
            legs.setdefault(row.award_id, []).append(_reservation(row))
    return legs


def of_orders(tx: Tx, orders: Sequence[str]) -> list[Reservation]:
    """All legs of what some orders won, by id."""
    found: list[Reservation] = []
    for chunk in chunks(orders):
        query = select(ReservationRow).where(col(ReservationRow.order_id).in_(chunk))
        found += [_reservation(row) for row in tx.exec(query.order_by(col(ReservationRow.id)))]
    return sorted(found, key=lambda one: one.id)


def of_order(tx: Tx, order: str) -> list[Reservation]:
    """All legs of what an order won, by start."""
    query = select(ReservationRow).where(ReservationRow.order_id == order)
    return [_reservation(row) for row in tx.exec(query.order_by(BOXES.start, BOXES.id))]


def overlapping(tx: Tx, start: datetime, end: datetime) -> list[Reservation]:
    """Reservations in any state whose time-box overlaps [start, end)."""
    query = select(ReservationRow).where(_starts_before(end), col(ReservationRow.end) > start)
    return sorted((_reservation(row) for row in tx.exec(query)), key=lambda one: one.id)


def of_pool(tx: Tx, pool: str, start: datetime, end: datetime) -> list[Reservation]:
    """A pool's reservations in any state whose time-box overlaps [start, end), by id."""
    row = ReservationRow
    query = select(row).where(row.pool == pool, _starts_before(end), col(row.end) > start)
    return [_reservation(found) for found in tx.exec(query.order_by(col(row.id)))]


def _starts_before(end: datetime) -> Any:
    """A condition that no index answers: found by their ends, reservations are those of the days to
    come; by their starts, all from the first day on."""
    return sa.type_coerce(BOXES.start, sa.BigInteger) + 0 < seconds_of(end)


def listed(
    tx: Tx, *, team: str, state: ReservationState | None, after: Cursor | None, limit: int
) -> Page[Reservation]:
    """Reservations by start: of a team or of all, in one state, as kept, or in any."""
    query = select(ReservationRow)
    if team:
        query = query.where(ReservationRow.team == team)
    if state is not None:
        query = query.where(ReservationRow.state == state.value)
    return paged(tx, query, [BOXES.start, BOXES.id], _reservation, after=after, limit=limit)


def newest_of_team(
    tx: Tx, team: str, start: datetime, end: datetime, longest: timedelta, most: int
) -> list[Reservation]:
    """A team's reservations in any state that overlap [start, end), by their start; of too many
    those that start last. ``longest``: none is longer, so that older ones need not be read."""
    query = (
        select(ReservationRow)
        .where(ReservationRow.team == team, BOXES.end > start)
        .where(BOXES.start > start - longest, BOXES.start < end)
        .order_by(BOXES.start.desc(), BOXES.id.desc())
        .limit(most)
    )
    return [_reservation(row) for row in tx.exec(query)][::-1]


def place_of(one: Reservation) -> Cursor:
    """Its place in the order of ``listed``."""
    return seconds_of(one.start), one.id


@dataclass(slots=True)
class _Sold:
    """Units sold of each pool, slot by slot, by the time-boxes that end after ``start``; mutable.
    ``boxes``: what each of those counts for: pool, first slot, units."""

    start: int  # slots are counted from here, by number since 1970
    slot_s: int
    grids: dict[str, Grid] = field(default_factory=dict)
    boxes: dict[str, tuple[str, int, Sequence[int]]] = field(default_factory=dict)

    def put(self, id_: str, pool: str, first: int, units: Sequence[int]) -> None:
        """Count a time-box, in place of what it counted for before."""
        before = self.boxes.get(id_)
        if before is not None:
            if before == (pool, first, units):
                return
            self._add(*before, sign=-1)
        self.boxes[id_] = (pool, first, units)
        self._add(pool, first, units, sign=1)

    def _add(self, pool: str, first: int, units: Sequence[int], sign: int) -> None:
        grid = self.grids.get(pool, NO_UNITS)
        begin, end = first - self.start, first + len(units) - self.start
        if end > len(grid):
            longer = np.zeros(max(end, 2 * len(grid)), dtype=np.int64)
            longer[: len(grid)] = grid
            grid = self.grids[pool] = longer
        if begin < 0:
            units, begin = units[-begin:], 0
        grid[begin:end] += sign * np.array(units, dtype=np.int64)

    def on(self, span: Span, first: int) -> dict[str, Grid]:
        """What was sold in a span, whose first slot has that number."""
        begin, found = first - self.start, {}
        for pool, grid in self.grids.items():
            part = grid[begin : begin + span.slots]
            if part.any():
                found[pool] = np.zeros(span.slots, dtype=np.int64)
                found[pool][: len(part)] = part
        return found


def _count(tx: Tx, reservations: Sequence[Reservation], *, new: bool) -> None:
    known: _Sold | None = tx.recalled(SOLD)
    if known is None:
        return
    for one in reservations:
        if not new and one.id not in known.boxes:
            tx.forget(SOLD)  # it ended before those that are counted
            return
        known.put(one.id, one.pool, seconds_of(one.start) // known.slot_s, one.units)
    if len(known.boxes) > BOXES_KNOWN:
        tx.forget(SOLD)


def sold(tx: Tx, span: Span, pools: Sequence[str]) -> dict[str, Grid]:
    """Units that those pools sold ahead in each slot of ``span`` (those that sold none are left
    out)."""
    slot_s = int(span.slot.total_seconds())
    first = seconds_of(span.start) // slot_s
    known: _Sold | None = tx.recalled(SOLD)
    if known is None or known.start > first or known.slot_s != slot_s:
        known = _Sold(first - BEFORE, slot_s)
        for id_, pool, start, units in _ending_after(tx, span.start - BEFORE * span.slot):
            known.put(id_, pool, seconds_of(start) // slot_s, tuple(units))
        tx.remember(SOLD, known)
    return {pool: grid for pool, grid in known.on(span, first).items() if pool in pools}


def _ending_after(tx: Tx, start: datetime) -> Iterator[Any]:
    row = ReservationRow
    query = select(row.id, row.pool, row.start, row.units).where(col(row.end) > start)
    return iter(tx.exec(query))


def add_release(tx: Tx, release: Release) -> None:
    """Keep a release."""
    row = _release_row(release) | {
        "reservation_id": release.reservation_id,
        "order_id": release.order_id,
        "team": release.team,
        "pool": release.pool,
        "start": release.start,
        "end": release.start + len(release.left) * release.slot,
        "slot_s": int(release.slot.total_seconds()),
        "paid_per_unit_ucr": list(release.paid_per_unit_ucr),
        "released_at": release.released_at,
        "on_sale_from": release.on_sale_from,
    }
    tx.add_rows(ReleaseRow, [row])


def put_releases(tx: Tx, releases: Sequence[Release]) -> None:
    """Write what is left of releases, and what spot brought for it."""
    tx.change_rows(ReleaseRow, [_release_row(one) for one in releases])


def releases(tx: Tx, after: datetime, cycle: int) -> list[Release]:
    """Releases on sale in that cycle, with slots that end later than ``after``, by id."""
    query = (
        select(ReleaseRow)
        .where(col(ReleaseRow.end) > after, col(ReleaseRow.on_sale_from) <= cycle)
        .order_by(col(ReleaseRow.id))
    )
    return [_release(row) for row in tx.exec(query)]


def releases_within(tx: Tx, start: datetime, end: datetime) -> list[Release]:
    """Releases of any of the time in [start, end), by id."""
    row = ReleaseRow
    query = select(row).where(col(row.end) > start, col(row.start) < end).order_by(col(row.id))
    return [_release(found) for found in tx.exec(query)]


def releases_by_id(tx: Tx, ids: Iterable[str]) -> dict[str, Release]:
    """Releases by id."""
    found: dict[str, Release] = {}
    for chunk in chunks(sorted(ids)):
        query = select(ReleaseRow).where(col(ReleaseRow.id).in_(chunk)).order_by(col(ReleaseRow.id))
        found |= {row.id: _release(row) for row in tx.exec(query)}
    return found


def every_release(tx: Tx) -> Iterator[Release]:
    """All releases, by id."""
    query = select(ReleaseRow).order_by(col(ReleaseRow.id))
    return (_release(row) for row in tx.exec(query.execution_options(yield_per=2_000)))


def listed_releases(tx: Tx, team: str, *, after: Cursor | None, limit: int) -> Page[Release]:
    """Releases, the newest first: of a team or of all."""
    query = select(ReleaseRow)
    if team:
        query = query.where(ReleaseRow.team == team)
    keys = [GIVEN.released_at, GIVEN.id]
    return paged(tx, query, keys, _release, after=after, limit=limit, newest_first=True)


def get_release(tx: Tx, id_: str) -> Release | None:
    """One release."""
    row = tx.get(ReleaseRow, id_)
    return _release(row) if row else None


def _release(row: ReleaseRow) -> Release:
    return Release(
        id=row.id,
        reservation_id=row.reservation_id,
        order_id=row.order_id,
        team=row.team,
        pool=row.pool,
        start=row.start,
        slot=timedelta(seconds=row.slot_s),
        left=tuple(row.left),
        paid_per_unit_ucr=tuple(row.paid_per_unit_ucr),
        released_at=row.released_at,
        on_sale_from=row.on_sale_from,
        by_spot_ucr=tuple(row.by_spot_ucr),
    )


def _release_row(release: Release) -> dict[str, object]:
    left, by_spot_ucr = list(release.left), list(release.by_spot_ucr)
    return {"id": release.id, "left": left, "by_spot_ucr": by_spot_ucr}


def _row(one: Reservation) -> dict[str, object]:
    return {
        "id": one.id,
        "award_id": one.award_id,
        "order_id": one.order_id,
        "cycle_id": one.cycle_id,
        "team": one.team,
        "pool": one.pool,
        "start": one.start,
        "end": one.end,
        "slot_s": int(one.slot.total_seconds()),
        "quantity": one.quantity,
        "units": list(one.units),
        "lost": list(one.lost),
        "given_back": list(one.given_back),
        "prices_ucr": list(one.prices_ucr),
        "paid_ucr": one.paid_ucr,
        "awarded_at": one.awarded_at,
        "state": one.state.value,
        "reason": one.reason,
        "ended_at": one.ended_at,
        "changed_at": one.changed_at,
        "moves": one.moves,
        "extended": one.extended,
        "extended_ucr": one.extended_ucr,
    }


def _reservation(row: ReservationRow) -> Reservation:
    return Reservation(
        id=row.id,
        award_id=row.award_id,
        order_id=row.order_id,
        cycle_id=row.cycle_id,
        team=row.team,
        pool=row.pool,
        start=row.start,
        slot=timedelta(seconds=row.slot_s),
        quantity=row.quantity,
        units=tuple(row.units),
        lost=tuple(row.lost),
        given_back=tuple(row.given_back),
        prices_ucr=tuple(row.prices_ucr),
        paid_ucr=row.paid_ucr,
        awarded_at=row.awarded_at,
        state=ReservationState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
        changed_at=row.changed_at,
        moves=row.moves,
        extended=row.extended,
        extended_ucr=row.extended_ucr,
    )
