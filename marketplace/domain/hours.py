"""Unit-hours of a period: bought ahead, left to use, used."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A time-box slot by slot from ``start`` on: the units that are still its team's, and those
    that it released or lost."""

    pool: str
    start: datetime
    slot: timedelta
    units: tuple[int, ...]
    gone: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolHours:
    """A pool's time in a period, in units × seconds.

    ``reserved``: bought ahead. ``allocated``: what of it was theirs to use after releases and
    failures, and what spot runs had. ``used_micro``: what was measured as used, in millionths; None
    where nothing was measured.
    """

    pool: str
    reserved: int
    allocated: int
    used_micro: int | None = None


def hours_of(
    whole: Mapping[str, int],
    boxes: Iterable[Box],
    spot: Mapping[str, int],
    period: tuple[datetime, datetime],
    used_micro: Mapping[str, int] = MappingProxyType({}),
) -> tuple[PoolHours, ...]:
    """A period's time by pool. ``whole``: unit-seconds of time-boxes that lie in it and are as they
    were bought; ``boxes``: all others; ``spot``: unit-seconds of spot runs that were billed;
    ``used_micro``: what was measured."""
    reserved, allocated = Counter(whole), Counter(whole)
    allocated.update(spot)
    for box in boxes:
        for k, (units, gone) in enumerate(zip(box.units, box.gone, strict=True)):
            first = box.start + k * box.slot
            inside = min(first + box.slot, period[1]) - max(first, period[0])
            seconds = max(inside // SECOND, 0)
            reserved[box.pool] += (units + gone) * seconds
            allocated[box.pool] += units * seconds
    return tuple(
        PoolHours(
            pool=pool,
            reserved=reserved[pool],
            allocated=allocated[pool],
            used_micro=used_micro.get(pool),
        )
        for pool in sorted({*reserved, *allocated, *used_micro})
        if reserved[pool] or allocated[pool] or pool in used_micro
    )
