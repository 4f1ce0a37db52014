"""Forward floors, cycle by cycle."""

from typing import Any

import sqlalchemy as sa

from marketplace.domain.forward_floor import Floors
from marketplace.domain.indicative import documents, read
from marketplace.domain.page import Cursor, Page
from marketplace.store.forward_floor_tables import ForwardFloorRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx

TABLE = ForwardFloorRow.__table__  # type: ignore[attr-defined]


def add(tx: Tx, one: Floors) -> None:
    """Keep a cycle's floors."""
    row = {
        "cycle": one.cycle,
        "as_of": one.as_of,
        "start": one.start,
        "slot_minutes": one.slot_minutes,
        "orders": one.orders,
        "pools": documents(one.pools),
    }
    tx.add_rows(ForwardFloorRow, [row])


def of_cycle(tx: Tx, number: int) -> Floors | None:
    """A cycle's floors; None where none were made."""
    row = tx.get(ForwardFloorRow, number)
    return _floors(row) if row else None


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Floors]:
    """All floors, the newest first."""
    keys = [TABLE.c.cycle]
    query = sa.select(TABLE)
    return paged(tx, query, keys, _floors, after=after, limit=limit, newest_first=True)


def _floors(row: Any) -> Floors:
    return Floors(
        cycle=row.cycle,
        as_of=row.as_of,
        start=row.start,
        slot_minutes=row.slot_minutes,
        orders=row.orders,
        pools=read(row.pools),
    )
