"""Pools, windows, maintenance."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.capacity import Maintenance, Pool, PoolChange, Window
from marketplace.domain.page import Cursor, Page
from marketplace.store.chunks import chunks
from marketplace.store.page import paged
from marketplace.store.tables import MaintenanceRow, PoolRow, WindowRow
from marketplace.store.transaction import Tx
from marketplace.store.writes import Row

T = TypeVar("T")
POOLS = PoolRow.__table__.c  # type: ignore[attr-defined]
WINDOWS = WindowRow.__table__.c  # type: ignore[attr-defined]
AWAY = MaintenanceRow.__table__.c  # type: ignore[attr-defined]


def add_pools(tx: Tx, pools: Sequence[Pool]) -> None:
    """Keep new pools."""
    tx.add_rows(PoolRow, [_pool_row(pool) for pool in pools])
    tx.forget("pools")


def change_pools(tx: Tx, pools: Sequence[Pool]) -> None:
    """Write how pools are now."""
    tx.change_rows(PoolRow, [_pool_row(pool) for pool in pools])
    tx.forget("pools")
    tx.forget("units")


def _pool_row(pool: Pool) -> Row:
    row = asdict(pool)
    return row | {"coming": list(row["coming"])}


def pools(tx: Tx) -> dict[str, Pool]:
    """Every pool by id, in the order of ids."""
    found: dict[str, Pool] = tx.known("pools", lambda: _pools(tx))
    return found


def _pools(tx: Tx) -> dict[str, Pool]:
    query = select(PoolRow).order_by(col(PoolRow.id))
    return {row.id: _pool(row) for row in tx.exec(query)}


def _pool(row: Any) -> Pool:
    return Pool(
        id=row.id,
        name=row.name,
        unit=row.unit,
        block_size=row.block_size,
        reserve_price_ucr=row.reserve_price_ucr,
        created_at=row.created_at,
        retired=row.retired,
        coming=tuple(PoolChange(**one) for one in row.coming),
    )


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Pool]:
    """Pools by id."""
    return paged(tx, select(PoolRow), [POOLS.id], _pool, after=after, limit=limit)


def add_windows(tx: Tx, windows: Sequence[Window]) -> tuple[Window, ...]:
    """Keep new windows, and number them."""
    last = tx.exec(select(sa.func.max(WindowRow.id))).one() or 0
    added = tuple(replace(window, number=last + k) for k, window in enumerate(windows, 1))
    tx.add_rows(WindowRow, [_window_row(window) for window in added])
    tx.forget("units")
    return added


def _window_row(window: Window) -> Row:
    row = asdict(window)
    return {"id": row.pop("number")} | row


def end_window(tx: Tx, window: Window) -> None:
    """Write when a window ends."""
    row = {"id": window.number, "end": window.end, "ended_at": window.ended_at}
    tx.change_rows(WindowRow, [row])
    tx.forget("units")


def windows_numbered(tx: Tx, numbers: Sequence[int]) -> list[Window]:
    """Those windows, by number."""
    found: list[Window] = []
    for chunk in chunks(numbers):
        query = select(WindowRow).where(col(WindowRow.id).in_(chunk)).order_by(col(WindowRow.id))
        found += [_window(row) for row in tx.exec(query)]
    return found


def windows(
    tx: Tx, start: datetime, end: datetime, pools: Sequence[str]
) -> dict[str, list[Window]]:
    """Windows of those pools that overlap [start, end), by pool."""
    query = overlapping(WindowRow, start, end, pools).order_by(col(WindowRow.id))
    return by_pool(tx, query, _window)


def overlapping(table: type[Any], start: datetime, end: datetime, pools: Sequence[str]) -> Any:
    """A query for those rows of some pools that overlap [start, end)."""
    spell = select(table).where(col(table.start) < end, col(table.end) > start)
    return spell.where(col(table.pool).in_(pools))


def by_pool(tx: Tx, query: Any, made: Callable[[Any], T]) -> dict[str, list[T]]:
    """What a query's rows are made into, by pool, in the query's order."""
    found: dict[str, list[T]] = {}
    for row in tx.exec(query):
        found.setdefault(row.pool, []).append(made(row))
    return found


def listed_windows(tx: Tx, pool: str, *, after: Cursor | None, limit: int) -> Page[Window]:
    """A pool's windows in the order in which they were added."""
    query = select(WindowRow).where(WindowRow.pool == pool)
    return paged(tx, query, [WINDOWS.id], _window, after=after, limit=limit)


def _window(row: Any) -> Window:
    return Window(
        pool=row.pool,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        number=row.id,
        ended_at=row.ended_at,
    )


def add_maintenance(tx: Tx, maintenance: Maintenance) -> None:
    """Keep a maintenance."""
    tx.add_rows(MaintenanceRow, [asdict(maintenance)])
    tx.forget("units")


def maintenance(
    tx: Tx, start: datetime, end: datetime, pools: Sequence[str], *, cancelled: bool = False
) -> dict[str, list[Maintenance]]:
    """Maintenance of those pools that overlaps [start, end), by pool; ``cancelled``: also what was
    called off."""
    query = overlapping(MaintenanceRow, start, end, pools)
    if not cancelled:
        query = query.where(col(MaintenanceRow.cancelled_at).is_(None))
    query = query.order_by(col(MaintenanceRow.start), col(MaintenanceRow.id))
    return by_pool(tx, query, _maintenance)


def listed_maintenance(
    tx: Tx, *, after: Cursor | None, limit: int, later_than: datetime | None = None
) -> Page[Maintenance]:
    """Maintenance that was not called off, by start: all, or what begins later than that."""
    query = select(MaintenanceRow).where(col(MaintenanceRow.cancelled_at).is_(None))
    if later_than is not None:
        query = query.where(col(MaintenanceRow.start) > later_than)
    return paged(tx, query, [AWAY.start, AWAY.id], _maintenance, after=after, limit=limit)


def maintenance_at(
    tx: Tx, now: datetime, *, over: bool, after: Cursor | None, limit: int
) -> Page[Maintenance]:
    """Maintenance that was not called off: what is not over at ``now``, by start; or what is over,
    the newest first."""
    query = select(MaintenanceRow).where(col(MaintenanceRow.cancelled_at).is_(None))
    end, keys = col(MaintenanceRow.end), [AWAY.start, AWAY.id]
    query = query.where(end <= now if over else end > now)
    return paged(tx, query, keys, _maintenance, after=after, limit=limit, newest_first=over)


def cancel_maintenance(tx: Tx, maintenance: Maintenance) -> None:
    """Write that a maintenance will not be."""
    row = {"id": maintenance.id, "cancelled_at": maintenance.cancelled_at}
    tx.change_rows(MaintenanceRow, [row])
    tx.forget("units")


def _maintenance(row: MaintenanceRow) -> Maintenance:
    return Maintenance(
        id=row.id,
        pool=row.pool,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        reason=row.reason,
        created_at=row.created_at,
        cancelled_at=row.cancelled_at,
    )


def one_maintenance(tx: Tx, id_: str) -> Maintenance | None:
    """One maintenance, called off or not."""
    row = tx.get(MaintenanceRow, id_)
    return _maintenance(row) if row else None
