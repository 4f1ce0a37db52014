"""Which given-back units spot runs use, tick by tick."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from marketplace.domain.spot_resale import Resold, Use
from marketplace.store.spot_tables import SpotResaleRow
from marketplace.store.transaction import Tx

NOTES = SpotResaleRow.__table__  # type: ignore[attr-defined]


def add(tx: Tx, notes: Sequence[Resold]) -> None:
    """Append what was noted."""
    rows = [
        {
            "pool": one.pool,
            "at": one.at,
            "until": one.until,
            "uses": [[use.request, use.release, use.units] for use in one.uses],
        }
        for one in notes
    ]
    tx.add_rows(SpotResaleRow, rows)


def between(tx: Tx, pools: Iterable[str], start: datetime, end: datetime) -> list[Resold]:
    """What was noted of some pools for any of the time in [start, end), by pool and time."""
    query = sa.select(NOTES).where(NOTES.c.until > start, NOTES.c.at < end)
    rows = tx.execute(
        query.where(NOTES.c.pool.in_(sorted(pools))).order_by(NOTES.c.pool, NOTES.c.at)
    )
    return [
        Resold(
            pool=row.pool,
            at=row.at,
            until=row.until,
            uses=tuple(Use(*use) for use in row.uses),
        )
        for row in rows
    ]


def remove_after(tx: Tx, at: datetime) -> None:
    """Take away what was noted for later than ``at``."""
    rows = tx.execute(
        sa.select(NOTES.c.pool, NOTES.c.at)
        .where(NOTES.c.at > at)
        .order_by(NOTES.c.pool, NOTES.c.at)
    )
    tx.remove_rows(SpotResaleRow, [{"pool": row.pool, "at": row.at} for row in rows])
