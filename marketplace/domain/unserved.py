"""Demand that no capacity was there for: by pool and slot, and what it was worth to its teams."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.order import Option, Order

CAPACITY: Final = ("capacity-not-available", "not-found", "unfit")
"""Why an order got nothing where price was not the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnservedSlot:
    """Units that orders asked a pool for in the slot from ``at`` on and did not get, of how many
    orders, and what these units were worth there (ucr)."""

    at: datetime
    units: int
    orders: int
    worth_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnservedPool:
    """A pool's unserved demand over a time: slots without any are left out. ``orders``: of how many
    orders; one of several pools or slots counts once in each."""

    pool: str
    slots: tuple[UnservedSlot, ...]
    orders: int

    @property
    def worth_ucr(self) -> int:
        """What it was worth in all."""
        return sum(one.worth_ucr for one in self.slots)


def counts(order: Order) -> bool:
    """Whether it has ended without a fill, and the last cycle that it met had no place for it."""
    return order.ended_at is not None and order.loss is not None and order.loss.reason in CAPACITY


def unserved(
    orders: Iterable[Order], slot: timedelta, start: datetime, end: datetime
) -> list[UnservedPool]:
    """The demand of orders that count, in the slots of [start, end), by pool and time.

    An order is where it asked to be first: in its dearest option, at that one's earliest start. Its
    value is spread evenly over its units and slots, to the micro-credit.
    """
    units: dict[tuple[str, datetime], int] = defaultdict(int)
    worth_ucr: dict[tuple[str, datetime], int] = defaultdict(int)
    whose: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for order in filter(counts, orders):
        option = max(order.request.options, key=lambda one: one.value_ucr)
        for pool, at, quantity, share_ucr in _spread(option, slot):
            if start <= at < end:
                units[pool, at] += quantity
                worth_ucr[pool, at] += share_ucr
                whose[pool, at].add(order.id)
    by_pool: dict[str, list[UnservedSlot]] = defaultdict(list)
    for pool, at in sorted(units):
        key = (pool, at)
        found = UnservedSlot(
            at=at, units=units[key], orders=len(whose[key]), worth_ucr=worth_ucr[key]
        )
        by_pool[pool].append(found)
    return [
        UnservedPool(
            pool=pool,
            slots=tuple(slots),
            orders=len(set().union(*(whose[pool, one.at] for one in slots))),
        )
        for pool, slots in by_pool.items()
    ]


def _spread(option: Option, slot: timedelta) -> Iterable[tuple[str, datetime, int, int]]:
    """The slots that an option asks for first: pool, time, units, and their share of its value."""
    total = sum(leg.quantity * (leg.duration // slot) for leg in option.legs)
    done = 0
    for leg in option.legs:
        first = option.earliest_start + leg.offset
        for number in range(leg.duration // slot):
            before, done = done, done + leg.quantity
            share = option.value_ucr * done // total - option.value_ucr * before // total
            yield leg.pool, first + number * slot, leg.quantity, share
