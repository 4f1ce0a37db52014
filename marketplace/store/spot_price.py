"""Spot prices, tick by tick, and what each pool's controller and forecasts remember."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.page import Cursor, Page
from marketplace.domain.spot_price import (
    SpotForecast,
    SpotPool,
    TickPrice,
    recalled,
    remembered,
)
from marketplace.rules import SpotController
from marketplace.store.columns import seconds_of
from marketplace.store.page import paged
from marketplace.store.spot_tables import SpotForecastRow, SpotPoolRow, SpotPriceRow
from marketplace.store.transaction import Tx
from pricing.forecast import Forecast

PRICES = SpotPriceRow.__table__  # type: ignore[attr-defined]
POOLS = SpotPoolRow.__table__  # type: ignore[attr-defined]
FORECASTS = SpotForecastRow.__table__  # type: ignore[attr-defined]


def pools(tx: Tx) -> dict[str, SpotPool]:
    """What is remembered of each pool that has had a tick."""
    return {row.pool: _pool(row) for row in tx.execute(sa.select(POOLS).order_by(POOLS.c.pool))}


def _pool(row: Any) -> SpotPool:
    kind = SpotController(row.kind)
    return SpotPool(
        pool=row.pool,
        kind=kind,
        state=recalled(kind, row.state),
        ticked_at=row.ticked_at,
        likely_ucr=row.likely_ucr,
    )


def put_pools(tx: Tx, known: Iterable[SpotPool], new: set[str]) -> None:
    """Write what is remembered; ``new`` names the pools that had nothing before."""
    rows = [
        {
            "pool": one.pool,
            "kind": one.kind.value,
            "state": remembered(one),
            "ticked_at": one.ticked_at,
            "likely_ucr": one.likely_ucr,
        }
        for one in known
    ]
    _put(tx, SpotPoolRow, rows, new)


def forecasts(tx: Tx, pools: Iterable[str]) -> dict[str, SpotForecast]:
    """What is to be expected of each of these pools that has had an hour of ticks."""
    query = sa.select(FORECASTS).where(FORECASTS.c.pool.in_(sorted(pools)))
    query = query.order_by(FORECASTS.c.pool)
    return {
        row.pool: SpotForecast(pool=row.pool, price=_forecast(row.price), use=_forecast(row.use))
        for row in tx.execute(query)
    }


def _forecast(document: dict[str, Any]) -> Forecast:
    return Forecast(**document | {"values": tuple(map(tuple, document["values"]))})


def _plain(one: Forecast | TickPrice) -> dict[str, Any]:
    """Its fields as they are. ``asdict`` would copy the values of each hour of the week."""
    return {each.name: getattr(one, each.name) for each in fields(one)}


def put_forecasts(tx: Tx, known: Iterable[SpotForecast], new: set[str]) -> None:
    """Write forecasts; ``new`` names the pools that had none before."""
    rows = [{"pool": one.pool, "price": _plain(one.price), "use": _plain(one.use)} for one in known]
    _put(tx, SpotForecastRow, rows, new)


def _put(tx: Tx, table: type[SQLModel], rows: list[dict[str, Any]], new: set[str]) -> None:
    added = [row for row in rows if row["pool"] in new]
    changed = [row for row in rows if row["pool"] not in new]
    tx.add_rows(table, added)
    tx.change_rows(table, changed)


def add(tx: Tx, prices: Sequence[TickPrice]) -> None:
    """Append prices."""
    tx.add_rows(SpotPriceRow, [_plain(one) for one in prices])


def history(
    tx: Tx, start: datetime, end: datetime, pools: Iterable[str] | None = None
) -> dict[str, list[TickPrice]]:
    """Prices published in [start, end), oldest first, by pool: of some pools or of all."""
    query = sa.select(PRICES).where(PRICES.c.at >= start, PRICES.c.at < end)
    if pools is not None:
        query = query.where(PRICES.c.pool.in_(sorted(pools)))
    by_pool: dict[str, list[TickPrice]] = {}
    for row in tx.execute(query.order_by(PRICES.c.pool, PRICES.c.at)):
        by_pool.setdefault(row.pool, []).append(TickPrice(**row._asdict()))
    return by_pool


def listed(
    tx: Tx, pool: str, start: datetime, end: datetime, *, after: Cursor | None, limit: int
) -> Page[TickPrice]:
    """A pool's prices published in [start, end), oldest first."""
    query = sa.select(PRICES).where(PRICES.c.pool == pool, PRICES.c.at < end)
    return paged(
        tx,
        query,
        [PRICES.c.at],
        lambda row: TickPrice(**row._asdict()),
        after=after,
        limit=limit,
        since=start,
    )


def before(tx: Tx, pool: str, at: datetime) -> TickPrice | None:
    """The last price published at or before ``at``."""
    query = sa.select(PRICES).where(PRICES.c.pool == pool, PRICES.c.at <= at)
    row = tx.execute(query.order_by(PRICES.c.at.desc()).limit(1)).first()
    return TickPrice(**row._asdict()) if row else None


def fine_before(tx: Tx, end: datetime, pools: Iterable[str]) -> list[TickPrice]:
    """Prices of single ticks from before ``end``."""
    query = sa.select(PRICES).where(PRICES.c.pool.in_(sorted(pools)), PRICES.c.at < end)
    rows = tx.execute(query.where(PRICES.c.ticks == 1).order_by(PRICES.c.pool, PRICES.c.at))
    return [TickPrice(**row._asdict()) for row in rows]


def put_hourly(tx: Tx, ticks: Sequence[TickPrice], hours: Sequence[TickPrice]) -> None:
    """Put hourly means in the place of the single ticks that they stand for."""
    tx.remove_rows(SpotPriceRow, [{"pool": one.pool, "at": one.at} for one in ticks])
    add(tx, hours)


def remove_after(tx: Tx, at: datetime) -> None:
    """Take away what was published for later than ``at``."""
    rows = tx.execute(
        sa.select(PRICES.c.pool, PRICES.c.at)
        .where(PRICES.c.at > at)
        .order_by(PRICES.c.pool, PRICES.c.at)
    )
    tx.remove_rows(SpotPriceRow, [{"pool": row.pool, "at": row.at} for row in rows])


def most_used(tx: Tx, span: Span, pools: Sequence[str]) -> dict[str, Grid]:
    """The most units that ran on spot in each slot of ``span``, tick by tick (a pool without ticks
    there is left out)."""
    first, slot_s = seconds_of(span.start), int(span.slot.total_seconds())
    at = sa.type_coerce(PRICES.c.at, sa.BigInteger)
    slot = sa.func.floor((at - first) / sa.cast(slot_s, sa.BigInteger)).label("slot")
    query = (
        sa.select(PRICES.c.pool, slot, sa.func.max(PRICES.c.used).label("used"))
        .where(PRICES.c.pool.in_(pools), PRICES.c.at >= span.start, PRICES.c.at < span.end)
        .group_by(PRICES.c.pool, slot)
    )
    found: dict[str, Grid] = {}
    for row in tx.execute(query):
        grid = found.setdefault(row.pool, np.zeros(span.slots, dtype=np.int64))
        grid[int(row.slot)] = row.used
    return found
