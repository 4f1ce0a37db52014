"""Orders that books had no room for, from which cycle to which."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.roomless import Roomless
from marketplace.store.order import options_document, options_of
from marketplace.store.roomless_tables import RoomlessRow
from marketplace.store.tables import OrderRow
from marketplace.store.transaction import Tx

TABLE = RoomlessRow.__table__  # type: ignore[attr-defined]
ROWS: Final = TABLE.c
ORDERS: Final = OrderRow.__table__.c  # type: ignore[attr-defined]
LASTING: Final = "orders without room"


def lasting(tx: Tx) -> dict[str, int]:
    """Since which cycle each order is without room that was so in the last book."""

    def look() -> dict[str, int]:
        query = sa.select(ROWS.order_id, ROWS.since).where(ROWS.until.is_(None))
        return {row.order_id: row.since for row in tx.execute(query.order_by(ROWS.order_id))}

    known: dict[str, int] = tx.known(LASTING, look)
    return known


def add(tx: Tx, found: Sequence[Roomless]) -> None:
    """Note orders that are without room."""
    rows = [
        {
            "order_id": one.order_id,
            "since": one.since,
            "until": one.until,
            "options": options_document(one.options),
        }
        for one in found
    ]
    tx.add_rows(RoomlessRow, rows)
    here = {one.order_id: one.since for one in found if one.until is None}
    tx.remember(LASTING, lasting(tx) | here)


def end(tx: Tx, orders: Iterable[str], until: int) -> None:
    """Note that those orders were without room up to this cycle; of others nothing is known."""
    known = lasting(tx)
    gone = sorted(known.keys() & set(orders))
    if not gone:
        return
    rows = [{"order_id": id_, "since": known[id_], "until": until} for id_ in gone]
    tx.change_rows(RoomlessRow, rows)
    left = known.keys() - set(gone)
    tx.remember(LASTING, {id_: since for id_, since in known.items() if id_ in left})


def begun(tx: Tx, number: int) -> list[str]:
    """The orders that were without room in that cycle, and not in the one before."""
    query = sa.select(ROWS.order_id).where(ROWS.since == number).order_by(ROWS.order_id)
    return list(tx.execute(query).scalars())


def of_cycle(tx: Tx, number: int, order: str = "") -> list[Roomless]:
    """Who was without room in that cycle's book, by order: all, or the one that is named."""
    query = (
        sa.select(TABLE, ORDERS.team)
        .join_from(TABLE, OrderRow, ORDERS.id == ROWS.order_id)
        .where(*_in(number))
        .order_by(ROWS.order_id)
    )
    if order:
        query = query.where(ROWS.order_id == order)
    return [_roomless(row) for row in tx.execute(query)]


def count(tx: Tx, number: int) -> int:
    """How many were without room in that cycle's book."""
    return int(tx.execute(sa.select(sa.func.count()).where(*_in(number))).scalar_one())


def _in(number: int) -> tuple[sa.ColumnElement[bool], ...]:
    """That a row says so of that cycle."""
    return (ROWS.since <= number, ROWS.until.is_(None) | (ROWS.until >= number))


def _roomless(row: Any) -> Roomless:
    return Roomless(
        order_id=row.order_id,
        team=row.team,
        options=options_of(row.options),
        since=row.since,
        until=row.until,
    )
