"""Who reads events, and how far they have read."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.consumer import Consumer, Cursor
from marketplace.domain.event.audience import reader_of, text_of
from marketplace.domain.page import Cursor as Place
from marketplace.domain.page import Page
from marketplace.store.event_tables import ConsumerRow, CursorRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx
from marketplace.store.writes import Verb

TABLE: Final = ConsumerRow.__table__  # type: ignore[attr-defined]
CURSOR: Final = CursorRow.__table__  # type: ignore[attr-defined]


def add(tx: Tx, consumer: Consumer) -> None:
    """Keep a new consumer."""
    row = {
        "name": consumer.name,
        "reader": text_of(consumer.reader),
        "registered_at": consumer.registered_at,
        "starts_after": consumer.starts_after,
    }
    tx.add_rows(ConsumerRow, [row])


def remove(tx: Tx, name: str) -> None:
    """Forget a consumer, and with it how far it had read."""
    tx.remove_rows(ConsumerRow, [{"name": name}])


def cursor(tx: Tx, name: str) -> Cursor | None:
    """A consumer and how far it has read."""
    row = tx.execute(_query().where(TABLE.c.name == name)).first()
    return _cursor(row) if row else None


def cursors(tx: Tx) -> list[Cursor]:
    """All consumers by name, and how far they have read."""
    return [_cursor(row) for row in tx.execute(_query().order_by(TABLE.c.name))]


def listed(tx: Tx, *, after: Place | None, limit: int) -> Page[Cursor]:
    """Consumers by name, and how far they have read."""
    return paged(tx, _query(), [TABLE.c.name], _cursor, after=after, limit=limit)


def move(tx: Tx, before: Cursor, position: int, now: datetime) -> None:
    """Keep that a consumer has read up to an event. No command tells of it: see ``CursorRow``."""
    row = {"consumer": before.consumer.name, "position": position, "moved_at": now}
    tx.append_row(CursorRow, row, Verb.ADD if before.moved_at is None else Verb.CHANGE)


def _query() -> sa.Select[Any]:
    read = TABLE.outerjoin(CURSOR, CURSOR.c.consumer == TABLE.c.name)
    return sa.select(TABLE, CURSOR.c.position, CURSOR.c.moved_at).select_from(read)


def _cursor(row: Any) -> Cursor:
    consumer = Consumer(
        name=row.name,
        reader=reader_of(row.reader),
        registered_at=row.registered_at,
        starts_after=row.starts_after,
    )
    position = consumer.starts_after if row.moved_at is None else row.position
    return Cursor(consumer=consumer, position=position, moved_at=row.moved_at)
