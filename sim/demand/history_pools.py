"""A market's pools as an organisation's, as they were in a period and the days sold from it.

A pool's units are the most that its windows and overrides gave it. Where it had units in the same
hours of the same weekdays alone, those are its open hours; all other times with fewer are taken
for maintenance with the reason ``not-on-sale``. Real maintenance stays what it was. A pool without
units in all that time is left out. How fast a GPU model is stands nowhere: all are alike.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np

from marketplace.domain.capacity import Grid, Pool, Span, levels, whole_units_by_slot
from marketplace.domain.override import overridden
from marketplace.domain.page import every
from marketplace.services import capacity, maintenance, override, window
from marketplace.store.engine import Store
from sim.demand.capacity import AFTER_DAYS
from sim.demand.job import DAY, SLOT
from sim.demand.organisation import MaintenanceSpec, OpenHours, PoolSpec

HOURS: Final = DAY // SLOT
NOT_ON_SALE: Final = "not-on-sale"


def pools_and_maintenance(
    store: Store, start: datetime, days: int
) -> tuple[tuple[PoolSpec, ...], tuple[MaintenanceSpec, ...]]:
    """The pools by id, and when which of their units were away, by pool and start."""
    span = Span(start=start, slot=SLOT, slots=(days + AFTER_DAYS) * HOURS)
    announced = [
        one
        for one in every(maintenance.listed, store)
        if one.cancelled_at is None and one.start < span.end and start < one.end
    ]
    pools, away = [], []
    for pool in every(capacity.listed, store):
        windows = every(window.listed, store, pool.id)
        overrides = every(override.listed, store, pool.id)
        units = overridden(whole_units_by_slot(span, windows), span, overrides)
        most = int(units.max(initial=0))
        if not most:
            continue
        hours = open_hours(units, span)
        pools.append(_spec(pool, most, hours))
        away += [
            MaintenanceSpec(
                pool=one.pool,
                start=max(one.start, start),
                end=one.end,
                quantity=min(one.quantity, most),
                reason=one.reason,
            )
            for one in announced
            if one.pool == pool.id
        ]
        away += _fewer(pool.id, _expected(most, hours, span) - units, span)
    return tuple(pools), tuple(sorted(away, key=lambda one: (one.pool, one.start, one.end)))


def open_hours(units: Grid, span: Span) -> OpenHours | None:
    """The weekdays and hours that have units, where they are the same each week; else None.

    ``span`` begins at a midnight and is of whole days.
    """
    by_day = units.reshape(-1, HOURS) > 0
    if by_day.all():
        return None
    open_days = np.flatnonzero(by_day.any(axis=1)).tolist()
    there = np.flatnonzero(by_day.any(axis=0))
    hours = OpenHours(
        weekdays=tuple(sorted({(span.start + day * DAY).weekday() for day in open_days})),
        first_hour=int(there[0]),
        end_hour=int(there[-1]) + 1,
    )
    same = (_expected(1, hours, span) > 0) == (units > 0)
    return hours if same.all() else None


def _expected(most: int, hours: OpenHours | None, span: Span) -> Grid:
    """The units that a pool would have by its open hours alone."""
    grid: Grid = np.full(span.slots, most, dtype=np.int64)
    if hours is not None:
        shut = [
            at.weekday() not in hours.weekdays or not hours.first_hour <= at.hour < hours.end_hour
            for at in map(span.at, range(span.slots))
        ]
        grid[shut] = 0
    return grid


def _fewer(pool: str, missing: Grid, span: Span) -> Iterator[MaintenanceSpec]:
    for quantity, first, slots in levels(missing):
        if quantity > 0:
            yield MaintenanceSpec(
                pool=pool,
                start=span.at(first),
                end=span.at(first + slots),
                quantity=quantity,
                reason=NOT_ON_SALE,
            )


def _spec(pool: Pool, units: int, hours: OpenHours | None) -> PoolSpec:
    return PoolSpec(
        id=pool.id,
        name=pool.name,
        unit=pool.unit,
        units=units,
        block_size=pool.block_size,
        reserve_ucr=pool.reserve_price_ucr,
        open_hours=hours,
    )
