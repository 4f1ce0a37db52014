"""Schedules of grants."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from marketplace.domain.agenda import of_schedule
from marketplace.domain.grant_schedule import GrantSchedule, ScheduleTerms
from marketplace.domain.page import Cursor, Page
from marketplace.domain.period import Period
from marketplace.store import agenda
from marketplace.store.chunks import chunks
from marketplace.store.grant import expiry_of, expiry_row
from marketplace.store.grant_schedule_tables import GrantScheduleRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx
from marketplace.store.writes import Row

TABLE = GrantScheduleRow.__table__.c  # type: ignore[attr-defined]


def add(tx: Tx, one: GrantSchedule) -> None:
    """Keep a schedule, and when its first grant falls due."""
    tx.add_rows(GrantScheduleRow, [_row(one)])
    agenda.add(tx, of_schedule(one), new=True)


def put(tx: Tx, before: GrantSchedule, after: GrantSchedule) -> None:
    """Write a schedule as it is now, and when its next grant falls due."""
    tx.change_rows(GrantScheduleRow, [_row(after)])
    agenda.done(tx, of_schedule(before))
    agenda.add(tx, of_schedule(after))


def _row(one: GrantSchedule) -> Row:
    terms = one.terms
    return {
        "id": one.id,
        "team": one.team,
        "every": one.every.value,
        "amount_ucr": terms.amount_ucr,
        "lasts_days": terms.lasts_days,
        "purpose": terms.purpose,
        "expiry": expiry_row(terms.expiry),
        "until": terms.until,
        "start": one.start,
        "created_at": one.created_at,
        "next_at": one.next_at,
        "ended_at": one.ended_at,
        "code": one.code,
        "reason": one.reason,
        "version": one.version,
    }


def by_id(tx: Tx, ids: Sequence[str]) -> dict[str, GrantSchedule]:
    """Some schedules by id, in the order of ids."""
    found: dict[str, GrantSchedule] = {}
    for chunk in chunks(ids):
        query = select(GrantScheduleRow).where(col(GrantScheduleRow.id).in_(chunk))
        rows = tx.exec(query.order_by(col(GrantScheduleRow.id)))
        found |= {row.id: _schedule(row) for row in rows}
    return found


def of_team(tx: Tx, team: str) -> dict[str, GrantSchedule]:
    """A team's schedules by id, those that ended too."""
    query = select(GrantScheduleRow).where(GrantScheduleRow.team == team)
    rows = tx.exec(query.order_by(col(GrantScheduleRow.id)))
    return {row.id: _schedule(row) for row in rows}


def named_like(tx: Tx, stem: str) -> set[str]:
    """The ids that begin so."""
    ids = col(GrantScheduleRow.id)
    return set(tx.exec(select(GrantScheduleRow.id).where(ids.startswith(stem, autoescape=True))))


def listed(tx: Tx, team: str, *, after: Cursor | None, limit: int) -> Page[GrantSchedule]:
    """Schedules by id: of a team, or of all."""
    query = select(GrantScheduleRow)
    if team:
        query = query.where(GrantScheduleRow.team == team)
    return paged(tx, query, [TABLE.id], _schedule, after=after, limit=limit)


def _schedule(row: Any) -> GrantSchedule:
    return GrantSchedule(
        id=row.id,
        team=row.team,
        every=Period(row.every),
        terms=ScheduleTerms(
            amount_ucr=row.amount_ucr,
            lasts_days=row.lasts_days,
            purpose=row.purpose,
            expiry=expiry_of(row.expiry),
            until=row.until,
        ),
        start=row.start,
        created_at=row.created_at,
        next_at=row.next_at,
        ended_at=row.ended_at,
        code=row.code,
        reason=row.reason,
        version=row.version,
    )
