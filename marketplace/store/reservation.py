"""Reservations and releases."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.agenda import of_reservation
from marketplace.domain.capacity import Grid, Span, units_by_slot
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


def add(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Keep new reservations."""
    tx.add_rows(ReservationRow, [_row(one) for one in reservations])
    _expect(tx, reservations)


def put(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Write how reservations changed."""
    tx.change_rows(ReservationRow, [_row(one) for one in reservations])
    _expect(tx, reservations)


def _expect(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Note when they start and end."""
    agenda.add(tx, [due for one in reservations for due in of_reservation(one)])


def get_all(tx: Tx, ids: Sequence[str]) -> dict[str, Reservation]:
    """Reservations by id."""
    found: dict[str, Reservation] = {}
    for chunk in chunks(ids):
        query = select(ReservationRow).where(col(ReservationRow.id).in_(chunk))
        found |= {row.id: _reservation(row) for row in tx.exec(query)}
    return found


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


def of_order(tx: Tx, order: str) -> list[Reservation]:
    """All legs of what an order won, by start."""
    query = select(ReservationRow).where(ReservationRow.order_id == order)
    return [_reservation(row) for row in tx.exec(query.order_by(BOXES.start, BOXES.id))]


def overlapping(tx: Tx, start: datetime, end: datetime) -> list[Reservation]:
    """Reservations in any state whose time-box overlaps [start, end)."""
    query = select(ReservationRow).where(_starts_before(end), col(ReservationRow.end) > start)
    return sorted((_reservation(row) for row in tx.exec(query)), key=lambda one: one.id)


def of_pool(tx: Tx, pool: str, start: datetime, end: datetime) -> list[Reservation]:
    """A pool's reservations in any state whose time-box overlaps [start, end)."""
    row = ReservationRow
    query = select(row).where(row.pool == pool, _starts_before(end), col(row.end) > start)
    return [_reservation(found) for found in tx.exec(query)]


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


def sold(tx: Tx, span: Span, pools: Sequence[str]) -> dict[str, Grid]:
    """Units that those pools sold ahead in each slot of ``span`` (those that sold none are left
    out)."""
    row = ReservationRow
    query = select(row.pool, row.start, row.slot_s, row.units)
    spells: dict[str, list[tuple[datetime, datetime, int]]] = {}
    for pool, start, slot_s, units in tx.exec(
        query.where(col(row.pool).in_(pools), _starts_before(span.end), col(row.end) > span.start)
    ):
        k = 0
        for quantity, run in groupby(units):
            first, k = k, k + len(list(run))
            if quantity:
                spell = (_after(start, first * slot_s), _after(start, k * slot_s), quantity)
                spells.setdefault(pool, []).append(spell)
    return {pool: units_by_slot(span, uses) for pool, uses in spells.items()}


def _after(start: datetime, seconds: int) -> datetime:
    return start + timedelta(seconds=seconds)


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
    """Write what is left of releases."""
    tx.change_rows(ReleaseRow, [_release_row(one) for one in releases])


def releases(tx: Tx, after: datetime, cycle: int) -> list[Release]:
    """Releases on sale in that cycle, with slots that end later than ``after``, by id."""
    query = (
        select(ReleaseRow)
        .where(col(ReleaseRow.end) > after, col(ReleaseRow.on_sale_from) <= cycle)
        .order_by(col(ReleaseRow.id))
    )
    return [_release(row) for row in tx.exec(query)]


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
    )


def _release_row(release: Release) -> dict[str, object]:
    return {"id": release.id, "left": list(release.left)}


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
        "prices_ucr": list(one.prices_ucr),
        "paid_ucr": one.paid_ucr,
        "awarded_at": one.awarded_at,
        "state": one.state.value,
        "reason": one.reason,
        "ended_at": one.ended_at,
        "changed_at": one.changed_at,
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
        prices_ucr=tuple(row.prices_ucr),
        paid_ucr=row.paid_ucr,
        awarded_at=row.awarded_at,
        state=ReservationState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
        changed_at=row.changed_at,
    )
