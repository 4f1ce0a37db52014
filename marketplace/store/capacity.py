"""Pools, windows, maintenance."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.store.engine import Tx
from marketplace.store.tables import MaintenanceRow, PoolRow, WindowRow


def add_pools(tx: Tx, pools: Sequence[Pool]) -> None:
    """Keep new pools."""
    if pools:
        tx.execute(sa.insert(PoolRow), [asdict(pool) for pool in pools])


def pools(tx: Tx) -> dict[str, Pool]:
    """Every pool by id, in the order of ids."""
    query = select(PoolRow).order_by(col(PoolRow.id))
    return {
        row.id: Pool(
            id=row.id,
            name=row.name,
            unit=row.unit,
            block_size=row.block_size,
            reserve_price_ucr=row.reserve_price_ucr,
            created_at=row.created_at,
        )
        for row in tx.exec(query)
    }


def add_windows(tx: Tx, windows: Sequence[Window]) -> None:
    """Keep new windows."""
    if windows:
        tx.execute(sa.insert(WindowRow), [asdict(window) for window in windows])


def windows(tx: Tx, start: datetime, end: datetime) -> dict[str, list[Window]]:
    """Windows that overlap [start, end), by pool."""
    query = (
        select(WindowRow)
        .where(col(WindowRow.start) < end, col(WindowRow.end) > start)
        .order_by(col(WindowRow.id))
    )
    by_pool: dict[str, list[Window]] = {}
    for row in tx.exec(query):
        window = Window(pool=row.pool, start=row.start, end=row.end, quantity=row.quantity)
        by_pool.setdefault(row.pool, []).append(window)
    return by_pool


def add_maintenance(tx: Tx, maintenance: Maintenance) -> None:
    """Keep a maintenance."""
    tx.execute(sa.insert(MaintenanceRow), [asdict(maintenance)])


def maintenance(tx: Tx, start: datetime, end: datetime) -> dict[str, list[Maintenance]]:
    """Maintenance that overlaps [start, end), by pool."""
    query = (
        select(MaintenanceRow)
        .where(col(MaintenanceRow.start) < end, col(MaintenanceRow.end) > start)
        .order_by(col(MaintenanceRow.start), col(MaintenanceRow.id))
    )
    by_pool: dict[str, list[Maintenance]] = {}
    for row in tx.exec(query):
        by_pool.setdefault(row.pool, []).append(_maintenance(row))
    return by_pool


def all_maintenance(tx: Tx) -> list[Maintenance]:
    """Every maintenance, by start."""
    query = select(MaintenanceRow).order_by(col(MaintenanceRow.start), col(MaintenanceRow.id))
    return [_maintenance(row) for row in tx.exec(query)]


def remove_maintenance(tx: Tx, id_: str) -> None:
    """Forget a maintenance that will not be."""
    tx.execute(sa.delete(MaintenanceRow).where(col(MaintenanceRow.id) == id_))


def _maintenance(row: MaintenanceRow) -> Maintenance:
    return Maintenance(
        id=row.id,
        pool=row.pool,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        reason=row.reason,
        created_at=row.created_at,
    )


def maintenance_exists(tx: Tx, id_: str) -> bool:
    """Whether that maintenance is known."""
    return tx.get(MaintenanceRow, id_) is not None
