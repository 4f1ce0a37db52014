"""The outbox: events written in the transaction that made them happen."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.event import Event
from marketplace.store.tables import OutboxRow
from marketplace.store.transaction import Tx


def add(tx: Tx, events: Sequence[Event]) -> None:
    """Append events."""
    if not events:
        return
    last = tx.known("last event", lambda: tx.exec(select(sa.func.max(OutboxRow.id))).one() or 0)
    rows = [
        {
            "id": last + k,
            "kind": event.kind,
            "subject": event.subject,
            "team": event.team,
            "at": event.at,
            "data": dict(event.data),
        }
        for k, event in enumerate(events, 1)
    ]
    tx.add_rows(OutboxRow, rows)
    tx.remember("last event", last + len(rows))


def after(tx: Tx, last: int, limit: int) -> list[tuple[int, Event]]:
    """Events with their numbers, from the one after ``last`` on."""
    query = select(OutboxRow).where(col(OutboxRow.id) > last).order_by(col(OutboxRow.id))
    return [
        (
            row.id or 0,
            Event(kind=row.kind, subject=row.subject, at=row.at, team=row.team, data=row.data),
        )
        for row in tx.exec(query.limit(limit))
    ]
