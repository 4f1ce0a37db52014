"""The outbox: events written in the transaction that made them happen, and read after a cursor."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.event.audience import (
    Audience,
    Event,
    Reader,
    audiences_of,
    named_by,
    team_of,
)
from marketplace.domain.event.wire import Told, data_of, read
from marketplace.store import journal as journal_store
from marketplace.store.event_tables import OutboxRow
from marketplace.store.transaction import Tx
from marketplace.words import stamp

TABLE: Final = OutboxRow.__table__  # type: ignore[attr-defined]
NUMBER: Final = sa.BigInteger()
NEWEST: Final = sa.select(sa.func.max(TABLE.c.id))


def add(tx: Tx, events: Sequence[Event]) -> None:
    """Append events."""
    if not events:
        return
    last, line = newest(tx), journal_store.head(tx).seq + 1
    rows = [
        {
            "id": last + k,
            "line": line,
            "kind": event.kind,
            "version": event.version,
            "audience": event.audience.value,
            "team": team_of(event),
            "at": event.at,
            "data": data_of(event),
        }
        for k, event in enumerate(events, 1)
    ]
    tx.add_rows(OutboxRow, rows)
    tx.remember("last event", last + len(rows))


def newest(tx: Tx) -> int:
    """The number of the newest event, or 0. Numbers are never used again: whatever takes old events
    away leaves one of its own."""
    found: int = tx.known("last event", lambda: tx.execute(NEWEST).scalar() or 0)
    return found


def after(
    tx: Tx,
    readers: Iterable[Reader],
    position: int | None,
    limit: int,
    kinds: Collection[str] = (),
) -> list[Told]:
    """The first events after ``position`` that readers may read, of some kinds or of all; without a
    position the newest. The oldest comes first."""
    query, values = query_after(readers, position, limit, kinds)
    return sorted((_told(row) for row in tx.execute(query, values)), key=lambda told: told.id)


def since(tx: Tx, position: int, limit: int) -> list[Told]:
    """The first events after ``position``, for whomever they are."""
    query = sa.select(TABLE).where(TABLE.c.id > position).order_by(TABLE.c.id).limit(limit)
    return [_told(row) for row in tx.execute(query)]


def query_after(
    readers: Iterable[Reader], position: int | None, limit: int, kinds: Collection[str] = ()
) -> tuple[sa.Select[Any], dict[str, int]]:
    """A statement, and the values that it is executed with."""
    whole, teams = audiences_of(readers)
    asked = tuple(one.value for one in whole), tuple(teams), tuple(kinds)
    values = {"most": limit} if position is None else {"most": limit, "position": position}
    return _query(*asked, newest=position is None), values


@lru_cache(maxsize=1_000)
def _query(
    whole: Sequence[str], teams: Sequence[str], kinds: Sequence[str], *, newest: bool
) -> sa.Select[Any]:
    """One statement: the ways of an event to its readers side by side, each one end of a range of
    an index, merged by number. Remembered, since writing it down takes longer than to read a few
    events by it."""
    order, most = TABLE.c.id.desc() if newest else TABLE.c.id, sa.bindparam("most", type_=NUMBER)
    among = [] if newest else [TABLE.c.id > sa.bindparam("position", type_=NUMBER)]
    among += [TABLE.c.kind.in_(kinds)] if kinds else []
    ways = [TABLE.c.audience == audience for audience in whole]
    ways += [TABLE.c.team == team for team in teams]
    ranges = [
        sa.select(TABLE.c.id).where(way, *among).order_by(order).limit(most).subquery()
        for way in ways
    ]
    # one event may come by two ways, of which a reader has both: UNION, not UNION ALL
    numbers = sa.union(*(sa.select(one.c.id) for one in ranges)).subquery()
    return (
        sa.select(TABLE).where(TABLE.c.id.in_(sa.select(numbers.c.id))).order_by(order).limit(most)
    )


def _told(row: Any) -> Told:
    document = {
        "kind": row.kind,
        "version": row.version,
        "audience": named_by(Audience(row.audience), row.team),
        "at": stamp(row.at),
        "data": row.data,
    }
    return Told(row.id, row.line, read(document))


def first_since(tx: Tx, at: datetime) -> int | None:
    """The number of the first event that is not older than ``at``."""
    query = sa.select(TABLE.c.id).where(TABLE.c.at >= at).order_by(TABLE.c.id).limit(1)
    found: int | None = tx.execute(query).scalar()
    return found


def oldest(tx: Tx) -> tuple[int, datetime] | None:
    """The number and the time of the oldest event that is kept."""
    row = tx.execute(sa.select(TABLE.c.id, TABLE.c.at).order_by(TABLE.c.id).limit(1)).first()
    return (row.id, row.at) if row else None


def remove_through(tx: Tx, through: int) -> int:
    """Take away the events up to a number; how many there were."""
    ids = tx.execute(sa.select(TABLE.c.id).where(TABLE.c.id <= through).order_by(TABLE.c.id))
    rows = [{"id": id_} for id_ in ids.scalars()]
    tx.remove_rows(OutboxRow, rows)
    return len(rows)
