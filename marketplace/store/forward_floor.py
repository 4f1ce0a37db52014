"""Forward floors, cycle by cycle."""

from typing import Any

from marketplace.domain.forward_floor import Floors
from marketplace.domain.indicative import documents, read
from marketplace.store.forward_floor_tables import ForwardFloorRow
from marketplace.store.transaction import Tx


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


def _floors(row: Any) -> Floors:
    return Floors(
        cycle=row.cycle,
        as_of=row.as_of,
        start=row.start,
        slot_minutes=row.slot_minutes,
        orders=row.orders,
        pools=read(row.pools),
    )
