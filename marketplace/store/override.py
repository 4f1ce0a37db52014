"""Overrides of what pools have."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.override import Override
from marketplace.domain.page import Cursor, Page
from marketplace.store import capacity
from marketplace.store.page import paged
from marketplace.store.tables import OverrideRow
from marketplace.store.transaction import Tx

TABLE = OverrideRow.__table__.c  # type: ignore[attr-defined]


def next_number(tx: Tx) -> int:
    """The number of the override that is made next."""
    return (tx.exec(select(sa.func.max(OverrideRow.number))).one() or 0) + 1


def add(tx: Tx, override: Override) -> None:
    """Keep an override."""
    tx.add_rows(OverrideRow, [asdict(override)])
    tx.forget("units")


def cancel(tx: Tx, override: Override) -> None:
    """Write that an override counts no more from its end on."""
    row = {"number": override.number, "end": override.end, "cancelled_at": override.cancelled_at}
    tx.change_rows(OverrideRow, [row])
    tx.forget("units")


def get(tx: Tx, number: int) -> Override | None:
    """One override, called off or not."""
    row = tx.get(OverrideRow, number)
    return _override(row) if row else None


def overlapping(
    tx: Tx, start: datetime, end: datetime, pools: Sequence[str]
) -> dict[str, list[Override]]:
    """Overrides of those pools that overlap [start, end), by pool."""
    query = capacity.overlapping(OverrideRow, start, end, pools)
    return capacity.by_pool(tx, query.order_by(col(OverrideRow.number)), _override)


def listed(tx: Tx, pool: str, *, after: Cursor | None, limit: int) -> Page[Override]:
    """A pool's overrides in the order in which they were made."""
    query = select(OverrideRow).where(OverrideRow.pool == pool)
    return paged(tx, query, [TABLE.number], _override, after=after, limit=limit)


def listed_at(
    tx: Tx, pool: str, now: datetime, *, over: bool, after: Cursor | None, limit: int
) -> Page[Override]:
    """A pool's overrides, the newest first: those that count at ``now`` or will; or those that
    are over, or never counted."""
    end, start = col(OverrideRow.end), col(OverrideRow.start)
    lasts = sa.or_(end <= now, end <= start) if over else sa.and_(end > now, end > start)
    query = select(OverrideRow).where(OverrideRow.pool == pool, lasts)
    keys = [TABLE.number]
    return paged(tx, query, keys, _override, after=after, limit=limit, newest_first=True)


def _override(row: Any) -> Override:
    return Override(
        number=row.number,
        pool=row.pool,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        reason=row.reason,
        created_at=row.created_at,
        cancelled_at=row.cancelled_at,
    )
