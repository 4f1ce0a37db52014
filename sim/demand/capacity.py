"""The capacity that an organisation has, slot by slot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.demand.job import DAY, SLOT
from sim.demand.organisation import FailureSpec, MaintenanceSpec, Organisation, PoolSpec

AFTER_DAYS: Final = 17
"""Days on sale after the last cycle: 14 for starts, and 3 for the longest time-box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityBySlot:
    """Units of each pool in each slot from ``start`` on, and the blocks they come in."""

    start: datetime
    units: dict[str, NDArray[np.int64]]
    block_sizes: dict[str, int]


def capacity_by_slot(organisation: Organisation, slots: int | None = None) -> CapacityBySlot:
    """What the organisation has in each slot: working hours counted in, maintenance and failures
    taken off, for any slot of which they take a part.

    By default as far as the last of its cycles sells.
    """
    if slots is None:
        slots = (organisation.days + AFTER_DAYS) * (DAY // SLOT)
    hours = [organisation.start + slot * SLOT for slot in range(slots)]
    gone: list[MaintenanceSpec | FailureSpec] = [*organisation.maintenance]
    gone += organisation.failures
    units = {}
    for pool in organisation.pools:
        grid = np.array([pool.units if _is_open(pool, at) else 0 for at in hours], dtype=np.int64)
        for away in gone:
            if away.pool == pool.id:
                first = max((away.start - organisation.start) // SLOT, 0)
                last = max(-((organisation.start - away.end) // SLOT), 0)
                grid[first:last] -= away.quantity
        units[pool.id] = np.maximum(grid, 0)
    blocks = {pool.id: pool.block_size for pool in organisation.pools}
    return CapacityBySlot(start=organisation.start, units=units, block_sizes=blocks)


def _is_open(pool: PoolSpec, at: datetime) -> bool:
    hours = pool.open_hours
    return hours is None or (
        at.weekday() in hours.weekdays and hours.first_hour <= at.hour < hours.end_hour
    )
