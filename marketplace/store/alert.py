"""Alerts that were raised."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.alert import Alert, AlertKind, Reading, Subject
from marketplace.domain.page import Cursor, Page
from marketplace.store.alert_tables import AlertRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx

NUMBER: Final = AlertRow.__table__.c.number  # type: ignore[attr-defined]


def next_number(tx: Tx) -> int:
    """The number of the alert that is raised next."""
    return (tx.exec(select(sa.func.max(AlertRow.number))).one() or 0) + 1


def told(tx: Tx, at: datetime) -> set[Subject]:
    """What was told already of periods that end then or later."""
    query = select(AlertRow).where(col(AlertRow.until) >= at)
    return {_subject(row) for row in tx.exec(query)}


def add(tx: Tx, alerts: Sequence[Alert]) -> None:
    """Remember alerts, so that none is raised again."""
    tx.add_rows(AlertRow, [_row(one) for one in alerts])


def listed(
    tx: Tx, team: str, on: AlertKind | None = None, *, after: Cursor | None, limit: int
) -> Page[Alert]:
    """Alerts, the newest first: of a team, or all; of one kind, or of all."""
    query = select(AlertRow)
    query = query.where(AlertRow.team == team) if team else query
    query = query.where(AlertRow.on == on.value) if on else query
    return paged(tx, query, [NUMBER], _alert, after=after, limit=limit, newest_first=True)


def standing(tx: Tx, at: datetime, team: str) -> list[Alert]:
    """The alerts whose period is not over then, the newest first: of a team, or all."""
    query = select(AlertRow).where(col(AlertRow.until) > at)
    query = query.where(AlertRow.team == team) if team else query
    return [_alert(row) for row in tx.exec(query.order_by(NUMBER.desc()))]


def _row(one: Alert) -> dict[str, Any]:
    reading, subject = one.reading, one.reading.subject
    return {
        "number": one.number,
        "rule": subject.rule,
        "on": subject.on.value,
        "team": subject.team,
        "project": subject.project,
        "theme": subject.theme,
        "since": subject.since,
        "until": subject.until,
        "share_ppm": reading.share_ppm,
        "amount_ucr": reading.amount_ucr,
        "of_ucr": reading.of_ucr,
        "out_on": reading.out_on,
        "policy": one.policy,
        "raised_at": one.raised_at,
    }


def _subject(row: Any) -> Subject:
    return Subject(
        rule=row.rule,
        on=AlertKind(row.on),
        since=row.since,
        until=row.until,
        team=row.team,
        project=row.project,
        theme=row.theme,
    )


def _alert(row: Any) -> Alert:
    return Alert(
        number=row.number,
        reading=Reading(
            subject=_subject(row),
            amount_ucr=row.amount_ucr,
            of_ucr=row.of_ucr,
            share_ppm=row.share_ppm,
            out_on=row.out_on,
        ),
        policy=row.policy,
        raised_at=row.raised_at,
    )
