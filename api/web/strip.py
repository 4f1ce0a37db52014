"""A pool's slots as a strip of cells: how much of each is taken, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.charts.availability import PoolSlots
from api.web.page import moment
from api.web.span import DAY, Shown
from pricing.shown import price_shown

SHADES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Some slots that a strip tells together, from ``start`` on. ``shade``: how much of them is
    taken, or why there is nothing; ``words``: the same, with the price; ``free_from``: when a block
    is free for the first time in them, none where none is or all is past; ``now``: whether the slot
    that runs is among them."""

    start: datetime
    shade: str
    words: str
    free_from: datetime | None
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The cells by their time, and what they come to in words."""

    cells: tuple[Cell, ...]
    words: str


def strip(pool: PoolSlots, shown: Shown, block: int) -> Strip:
    """The slots of a pool, which are those that are shown."""
    count = len(pool.capacity)
    cells = (
        _cell(pool, shown, block, first, min(first + shown.together, count))
        for first in range(0, count, shown.together)
    )
    return Strip(cells=tuple(cells), words=_told(pool, range(min(pool.past, count) % count, count)))


def _cell(pool: PoolSlots, shown: Shown, block: int, first: int, end: int) -> Cell:
    """The slots of a cell; of one that has begun those that are left."""
    over = end <= pool.past
    slots = range(first if over else max(first, pool.past), end)
    there = [number for number in slots if pool.capacity[number]]
    free_from = next((number for number in there if _free(pool, number) >= block), None)
    length = len(slots) * shown.slot
    return Cell(
        start=shown.start + slots[0] * shown.slot,
        shade=_shade(pool, slots, there),
        words=f"{_when(shown.start + slots[0] * shown.slot, length, shown.slot)}: "
        f"{_told(pool, slots)}",
        free_from=None if over or free_from is None else shown.start + free_from * shown.slot,
        now=first <= pool.past < end,
    )


def _free(pool: PoolSlots, number: int) -> int:
    return max(pool.capacity[number] - pool.sold[number] - pool.spot[number], 0)


def _shade(pool: PoolSlots, slots: Sequence[int], there: Sequence[int]) -> str:
    if not there:
        return "away" if any(pool.away[number] for number in slots) else "closed"
    units = sum(pool.capacity[number] for number in there)
    share = 1 - sum(_free(pool, number) for number in there) / units
    return f"s{min(int(share * SHADES), SHADES - 1)}"


def _told(pool: PoolSlots, slots: Sequence[int]) -> str:
    """What is free in those slots, and at what price."""
    there = [number for number in slots if pool.capacity[number]]
    if not there:
        return "all units away" if any(pool.away[number] for number in slots) else "closed"
    free = [_free(pool, number) for number in there]
    units = max(pool.capacity[number] for number in there)
    known = [price for number in there if (price := pool.price_ucr[number]) is not None]
    cost = _range(price_shown(min(known)), price_shown(max(known))) if known else ""
    said = f"{_range(f'{min(free):,}', f'{max(free):,}')} of {units:,} free"
    said += ", closed for a part" if len(there) < len(slots) else ""
    return f"{said}; {f'{cost} credits' if cost else 'no price known'}"


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _when(start: datetime, length: timedelta, slot: timedelta) -> str:
    """When a cell is: a slot by its start, a day by its name, all else from and to."""
    if length == slot:
        return moment(start)
    if length == DAY and start.hour == 0:
        return f"{start:%a %d %b}"
    return f"{start:%a %d %b %H:%M} to {start + length:%H:%M} UTC"
