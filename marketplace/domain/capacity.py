"""Pools, the windows in which they have units, maintenance, and what is free in each slot."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from marketplace.domain.team import checked_id
from marketplace.errors import BadField
from marketplace.rules import PPM, MarketRules, check_spell, checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR

A_YEAR: Final = timedelta(days=365)
UNITS_MAX = 1_000_000
PRICE_MAX_UCR = MAX_UCR // UNITS_MAX
"""The highest reserve price: an hour of the largest pool is still countable."""
UNITS: Final[Mapping[str, object]] = {"least": 1, "most": UNITS_MAX}

_WINDOW: Final = re.compile(r"win_(\d{1,9})", re.ASCII)

Grid = NDArray[np.int64]
Use = tuple[str, int, int, int]
"""A pool, its units, and for which slots: the first, counted from the start, and how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChange:
    """What of a pool is other from the cycle of that number on; None for what stays. ``retired``:
    nothing of it is sold any more, ahead or as spot; what is sold stays."""

    from_cycle: int
    reserve_price_ucr: int | None = None
    retired: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Interchangeable units: one GPU model in one cluster, or a group of experts. As it is in the
    cycle that is open, with what ``coming`` cycles change, in their order."""

    id: str
    name: str
    unit: str  # gpu, expert
    block_size: int  # quantities are multiples of it
    reserve_price_ucr: int  # per unit-hour; nothing is sold for less
    created_at: datetime
    retired: bool = False
    coming: tuple[PoolChange, ...] = ()

    def in_cycle(self, number: int) -> Self:
        """As it is once the cycle of that number is open."""
        due = [one for one in self.coming if one.from_cycle <= number]
        prices = [one.reserve_price_ucr for one in due if one.reserve_price_ucr is not None]
        states = [one.retired for one in due if one.retired is not None]
        return replace(
            self,
            reserve_price_ucr=prices[-1] if prices else self.reserve_price_ucr,
            retired=states[-1] if states else self.retired,
            coming=self.coming[len(due) :],
        )

    def changed(self, change: PoolChange) -> Self:
        """With a change to come, beside what else its cycle was to change. What it says is so by
        then anyway is no change: the pool stays as it is."""
        by_then = self.in_cycle(change.from_cycle)
        price, retired = change.reserve_price_ucr, change.retired
        price = None if price == by_then.reserve_price_ucr else price
        retired = None if retired == by_then.retired else retired
        if price is retired is None:
            return self
        others = {one.from_cycle: one for one in self.coming}
        same = others.get(change.from_cycle, PoolChange(from_cycle=change.from_cycle))
        others[change.from_cycle] = PoolChange(
            from_cycle=change.from_cycle,
            reserve_price_ucr=same.reserve_price_ucr if price is None else price,
            retired=same.retired if retired is None else retired,
        )
        return replace(self, coming=tuple(others[number] for number in sorted(others)))

    def __post_init__(self) -> None:
        checked_id("pool", self.id)
        if not 1 <= self.block_size <= UNITS_MAX:
            raise BadField("block_size", self.block_size, "out-of-range", UNITS)
        if not 0 <= self.reserve_price_ucr <= PRICE_MAX_UCR:
            facts = {"least": 0, "most": Credits(PRICE_MAX_UCR)}
            price = Credits(self.reserve_price_ucr)
            raise BadField("reserve_price_credits", price, "credits-out-of-range", facts)
        if not self.unit.strip():
            raise BadField("unit", self.unit, "no-unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A pool has ``quantity`` units in [start, end). Windows of a pool add up. One that was ended
    has the end that it came to; it may be the start."""

    pool: str
    start: datetime
    end: datetime
    quantity: int
    number: int = 0  # they count up in the order in which they are added; 0 before that
    ended_at: datetime | None = None

    @property
    def id(self) -> str:
        """Its id: ``win_000001``; nothing before it is added."""
        return f"win_{self.number:06d}" if self.number else ""

    def same_as(self, other: "Window") -> bool:
        """Whether both give the same pool the same units for the same time."""

        def facts(one: Window) -> tuple[object, ...]:
            return one.pool, one.start, one.end, one.quantity

        return self.ended_at is other.ended_at is None and facts(self) == facts(other)

    def __post_init__(self) -> None:
        if self.ended_at is None or self.end < self.start:
            check_spell("a window", self.start, self.end)
        if not 1 <= self.quantity <= UNITS_MAX:
            raise BadField("quantity", self.quantity, "out-of-range", UNITS)


def how_far(start: datetime, end: datetime, now: datetime) -> str:
    """How far a spell has come: ``announced``, ``under way`` or ``over``."""
    if end <= now:
        return "over"
    return "under way" if start <= now else "announced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """``quantity`` units of a pool are away in [start, end)."""

    id: str
    pool: str
    start: datetime
    end: datetime
    quantity: int
    reason: str
    created_at: datetime
    cancelled_at: datetime | None = None

    def same_as(self, asked: "Maintenance") -> bool:
        """Whether it is what was asked for, from when it was on, and was not called off since."""
        start = max(asked.start, self.created_at)
        mine = (self.pool, self.start, self.end, self.quantity, self.reason)
        meant = (asked.pool, start, asked.end, asked.quantity, asked.reason)
        return self.cancelled_at is None and mine == meant

    def state(self, now: datetime) -> str:
        """How far it has come: ``announced``, ``under way`` or ``over``."""
        return how_far(self.start, self.end, now)

    def __post_init__(self) -> None:
        check_spell("maintenance", self.start, self.end)
        if not 1 <= self.quantity <= UNITS_MAX:
            raise BadField("quantity", self.quantity, "out-of-range", UNITS)


def window_number(id_: str) -> int:
    """The number in a window's id. Raises ``BadField``."""
    found = _WINDOW.fullmatch(id_)
    if not found:
        raise BadField("window", id_, "not-an-id", {"like": "win_000001"})
    return int(found[1])


def pool_window(
    start: datetime | None, end: datetime | None, rules: MarketRules, now: datetime
) -> tuple[datetime, datetime]:
    """When a new pool has its units where one or both were not named: from the slot that runs on,
    and for a year."""
    first = start or rules.slot_floor(now)
    return first, end or first + A_YEAR


def maintenance_id(pool: str, start: datetime, end: datetime, quantity: int) -> str:
    """An id for a maintenance that was given none: the same for the same."""
    return f"mnt-{pool}-{start:%Y%m%dT%H%MZ}-{end:%Y%m%dT%H%MZ}-{quantity}"


def slots_taken(
    start: datetime, end: datetime, rules: MarketRules, now: datetime
) -> tuple[datetime, datetime]:
    """The whole slots that a maintenance takes, from ``now`` on: rounded outward."""
    return rules.slot_floor(max(start, now)), rules.slot_ceil(end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of slots on the market's grid, ``slots`` long."""

    start: datetime
    slot: timedelta
    slots: int

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return self.start + self.slots * self.slot

    def index(self, at: datetime) -> int:
        """Which slot ``at`` lies in; below 0 or from ``slots`` on where it lies outside."""
        return (at - self.start) // self.slot

    def index_up(self, at: datetime) -> int:
        """The first slot that starts at or after ``at``."""
        return -((self.start - at) // self.slot)

    def at(self, index: int) -> datetime:
        """When the slot ``index`` starts."""
        return self.start + index * self.slot


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCapacity:
    """One pool's slots: units there are, units sold ahead, units under maintenance, and those that
    spot runs keep whatever comes, where that was looked at."""

    pool: Pool
    capacity: Grid  # windows or overrides, less maintenance, never below 0
    sold: Grid
    maintenance: Grid
    spot: Grid

    def free(self, share_ppm: int = PPM, secured: Grid | None = None) -> Grid:
        """Units on sale as reserved time: the share of capacity, less what is sold, and no more
        than is left beside the units that spot runs have ``secured``; none of a retired pool."""
        free: Grid = np.clip(self.spare(share_ppm, secured), 0, None)
        return free

    def spare(self, share_ppm: int = PPM, secured: Grid | None = None) -> Grid:
        """Units on sale as reserved time, below 0 where more is sold."""
        there = np.zeros_like(self.capacity) if self.pool.retired else self.capacity
        on_sale: Grid = there * share_ppm // PPM - self.sold
        if secured is None:
            return on_sale
        left: Grid = np.minimum(on_sale, self.capacity - self.sold - secured)
        return left


def units_by_slot(span: Span, spells: Iterable[tuple[datetime, datetime, int]]) -> Grid:
    """Sum of quantities over [start, end) spells, by slot. A slot partly covered counts whole."""
    steps = np.zeros(span.slots + 1, dtype=np.int64)
    for start, end, quantity in spells:
        first = min(max(span.index(start), 0), span.slots)
        last = min(max(span.index_up(end), 0), span.slots)
        if last > first:
            steps[first] += quantity
            steps[last] -= quantity
    total: Grid = np.cumsum(steps[:-1])
    return total


def whole_units_by_slot(span: Span, windows: Sequence[Window]) -> Grid:
    """Units that windows give, by slot. A slot partly covered by a window has none of it."""
    spells = (
        (span.at(span.index_up(window.start)), span.at(span.index(window.end)), window.quantity)
        for window in windows
    )
    return units_by_slot(span, spells)


def capacity_of(
    pool: Pool,
    span: Span,
    there: Grid,
    maintenance: Sequence[Maintenance],
    sold: Grid,
) -> PoolCapacity:
    """What a pool has, has sold and misses, slot by slot; ``there``: what it would have without
    any maintenance."""
    away = units_by_slot(span, ((m.start, m.end, m.quantity) for m in maintenance))
    return PoolCapacity(
        pool=pool,
        capacity=np.maximum(there - away, 0),
        sold=sold,
        maintenance=away,
        spot=np.zeros(span.slots, dtype=np.int64),
    )


def starts_with_room(
    units: Mapping[str, Grid], uses: Iterable[Use], first: int, last: int
) -> NDArray[np.bool_]:
    """Which of the starts ``first`` to ``last`` have all the units of all ``uses`` in all their
    slots. ``units``: what there is by pool and slot, at least to the end of the last use."""
    room = np.ones(last - first + 1, dtype=np.bool_)
    for pool, quantity, offset, slots in _together(uses):
        at = first + offset
        there = units[pool][at : at + len(room) - 1 + slots]
        short = np.concatenate(([0], np.cumsum(there < quantity)))
        room &= short[slots:] == short[:-slots]
    return room


class Room:
    """Units by pool and slot that many ask for at once: what one use finds, others of its like do
    not look for again."""

    def __init__(self, units: Mapping[str, Grid]) -> None:
        self._units = units
        self._starts: dict[tuple[Use, ...], list[int]] = {}  # how many have room, before each start

    def any(self, uses: tuple[Use, ...], first: int, last: int) -> bool:
        """Whether any of the starts has room; at ``last`` the uses end before the units do."""
        if uses not in self._starts:
            most = min(len(self._units[pool]) - offset - slots for pool, _, offset, slots in uses)
            there = starts_with_room(self._units, uses, 0, most)
            self._starts[uses] = [0, *np.cumsum(there).tolist()]
        before = self._starts[uses]
        return before[last + 1] > before[first]


def _together(uses: Iterable[Use]) -> Iterator[Use]:
    """The same uses, with what overlaps in a pool added up."""
    by_pool: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        by_pool[use[0]].append(use)
    for pool, own in by_pool.items():
        if len(own) == 1:
            yield own[0]
            continue
        needed = np.zeros(max(offset + slots for _, _, offset, slots in own), dtype=np.int64)
        for _, quantity, offset, slots in own:
            needed[offset : offset + slots] += quantity
        for quantity, offset, slots in levels(needed):
            yield pool, quantity, offset, slots


def levels(units: Grid) -> Iterator[tuple[int, int, int]]:
    """Runs of equal units: how many, from which slot on, for how many slots."""
    at = 0
    for quantity, run in groupby(units.tolist()):
        slots = len(list(run))
        yield quantity, at, slots
        at += slots


def check_aligned(field: str, at: datetime, rules: MarketRules) -> datetime:
    """``at``, if a slot starts there. Raises ``BadField`` that names the slots around it."""
    checked_instant(field, at)
    floor = rules.slot_floor(at)
    if floor != at:
        facts = {"slot": rules.slot, "before": floor, "after": floor + rules.slot}
        raise BadField(field, at, "off-the-slots", facts)
    return at
