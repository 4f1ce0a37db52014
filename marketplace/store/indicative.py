"""What indicative clearings told, one after another."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.domain.indicative import Indicative, documents, read
from marketplace.domain.page import Cursor, Page
from marketplace.store.page import paged
from marketplace.store.tables import IndicativeRow
from marketplace.store.transaction import Tx

TABLE = IndicativeRow.__table__  # type: ignore[attr-defined]


def add(tx: Tx, one: Indicative) -> None:
    """Keep what an indicative clearing told."""
    row = {
        "cycle": one.cycle,
        "due_at": one.due_at,
        "as_of": one.as_of,
        "start": one.start,
        "slot_minutes": one.slot_minutes,
        "pools": documents(one.pools),
    }
    tx.add_rows(IndicativeRow, [row])


def last_due(tx: Tx, number: int) -> datetime | None:
    """When the newest of a cycle fell due."""
    query = sa.select(TABLE.c.due_at).where(TABLE.c.cycle == number)
    found: datetime | None = tx.execute(query.order_by(TABLE.c.due_at.desc()).limit(1)).scalar()
    return found


def latest(tx: Tx, number: int) -> Indicative | None:
    """The newest of a cycle."""
    query = sa.select(TABLE).where(TABLE.c.cycle == number).order_by(TABLE.c.due_at.desc())
    row = tx.execute(query.limit(1)).first()
    return _indicative(row) if row else None


def listed(tx: Tx, number: int, *, after: Cursor | None, limit: int) -> Page[Indicative]:
    """Those of a cycle, the newest first."""
    query = sa.select(TABLE).where(TABLE.c.cycle == number)
    keys = [TABLE.c.due_at]
    return paged(tx, query, keys, _indicative, after=after, limit=limit, newest_first=True)


def _indicative(row: Any) -> Indicative:
    return Indicative(
        cycle=row.cycle,
        due_at=row.due_at,
        as_of=row.as_of,
        start=row.start,
        slot_minutes=row.slot_minutes,
        pools=read(row.pools),
    )
