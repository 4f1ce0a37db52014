"""Reservations and releases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.capacity import Grid, Span, units_by_slot
from marketplace.domain.reservation import LIVE, Release, Reservation, ReservationState
from marketplace.store.engine import Tx
from marketplace.store.tables import ReleaseRow, ReservationRow


def add(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Keep new reservations."""
    if reservations:
        tx.execute(sa.insert(ReservationRow), [_row(one) for one in reservations])


def put(tx: Tx, reservations: Sequence[Reservation]) -> None:
    """Write how reservations changed."""
    if reservations:
        tx.execute(sa.update(ReservationRow), [_row(one) for one in reservations])


def get(tx: Tx, id_: str) -> Reservation | None:
    """One reservation."""
    row = tx.get(ReservationRow, id_)
    return _reservation(row) if row else None


def live(tx: Tx) -> list[Reservation]:
    """Scheduled and active reservations, by id."""
    states = [state.value for state in LIVE]
    query = select(ReservationRow).where(col(ReservationRow.state).in_(states))
    return [_reservation(row) for row in tx.exec(query.order_by(col(ReservationRow.id)))]


def of_awards(tx: Tx, award_ids: Sequence[str]) -> list[Reservation]:
    """All legs of some awards."""
    query = select(ReservationRow).where(col(ReservationRow.award_id).in_(list(award_ids)))
    return [_reservation(row) for row in tx.exec(query.order_by(col(ReservationRow.id)))]


def overlapping(tx: Tx, start: datetime, end: datetime) -> list[Reservation]:
    """Reservations in any state whose time-box overlaps [start, end)."""
    query = select(ReservationRow).where(
        col(ReservationRow.start) < end, col(ReservationRow.end) > start
    )
    return [_reservation(row) for row in tx.exec(query.order_by(col(ReservationRow.id)))]


def listed(
    tx: Tx, *, team: str = "", state: ReservationState | None = None, limit: int = 10_000
) -> list[Reservation]:
    """Reservations by start: of a team or of all, in one state or in any."""
    query = select(ReservationRow).order_by(col(ReservationRow.start), col(ReservationRow.id))
    if team:
        query = query.where(ReservationRow.team == team)
    if state is not None:
        query = query.where(ReservationRow.state == state.value)
    return [_reservation(row) for row in tx.exec(query.limit(limit))]


def sold(tx: Tx, span: Span) -> dict[str, Grid]:
    """Units sold ahead in each slot of ``span``, by pool (pools that sold none are left out)."""
    spells: dict[str, list[tuple[datetime, datetime, int]]] = {}
    for one in overlapping(tx, span.start, span.end):
        at = one.start
        for units in one.units:
            if units:
                spells.setdefault(one.pool, []).append((at, at + one.slot, units))
            at += one.slot
    return {pool: units_by_slot(span, uses) for pool, uses in spells.items()}


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
    }
    tx.execute(sa.insert(ReleaseRow), [row])


def put_releases(tx: Tx, releases: Sequence[Release]) -> None:
    """Write what is left of releases."""
    if releases:
        tx.execute(sa.update(ReleaseRow), [_release_row(one) for one in releases])


def releases(tx: Tx, after: datetime) -> list[Release]:
    """Releases with slots that end later than ``after``, by id."""
    query = select(ReleaseRow).where(col(ReleaseRow.end) > after).order_by(col(ReleaseRow.id))
    return [
        Release(
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
        )
        for row in tx.exec(query)
    ]


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
    )
