"""Forward floors: the least that an hour ahead is sold for, so that good hours are kept for what is
expected and worth more.

The organisation's last week is taken to come again: what was asked for in it is asked for anew, a
week later, and two, as far as starts are sold. Cleared over what is free now, that makes a price
for each pool and slot. No day comes again just as it was, so what is expected of a slot is the mean
of the days around it and of its time of day. A share of it, which is a rule of the market, is the
least that a bid pays. As of indicative prices only prices are told, rounded up, of slots that
enough teams would bid for.

Why: a market that sells ahead fills good hours with what is known early (bid-price controls of
revenue management: Talluri and van Ryzin, *The Theory and Practice of Revenue Management*, 2004,
chapter 3, where opportunity costs come from a forecast of demand).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.indicative import IndicativePool
from marketplace.domain.order import Order
from marketplace.rules import PPM, MarketRules

WEEK: Final = timedelta(days=7)
WEEK_NEEDED: Final = timedelta(days=6)
"""So long before the look back something must have been asked for: less is no week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What a repeat of the last week would make each slot cost, from ``start`` on. ``cycle``: whose
    bids they hold for; ``as_of``: when the week ended; ``orders``: how many it had."""

    cycle: int
    as_of: datetime
    start: datetime
    slot_minutes: int
    orders: int
    pools: tuple[IndicativePool, ...]

    def on(self, span: Span, share_ppm: int) -> dict[str, Grid]:
        """That share of the prices in the slots of a sale, ucr a unit-hour, rounded down; 0 where
        none was told."""
        found: dict[str, Grid] = {}
        ahead = (span.start - self.start) // span.slot
        for pool in self.pools:
            grid = np.zeros(span.slots, dtype=np.int64)
            for number, price in enumerate(pool.prices_ucr):
                if price is not None and 0 <= number - ahead < span.slots:
                    grid[number - ahead] = price * share_ppm // PPM
            found[pool.pool] = grid
        return found


def repeated(orders: Iterable[Order], closes_at: datetime, rules: MarketRules) -> list[Order]:
    """A week's orders as they would come again: those that would be placed once the cycle that
    ``closes_at`` has closed, each from the first slot on that the market could then sell it."""
    weeks = range(1, -(-timedelta(hours=rules.horizon_hours) // WEEK) + 2)
    found = []
    for order in orders:
        for number in weeks:
            again = _again(order, number, closes_at, rules)
            if again is not None:
                found.append(again)
    return found


def _again(order: Order, number: int, closes_at: datetime, rules: MarketRules) -> Order | None:
    later = number * WEEK
    placed_at = order.placed_at + later
    if placed_at < closes_at:
        return None
    first = rules.sale_start(rules.next_close(placed_at))
    options = tuple(
        replace(
            option,
            earliest_start=max(option.earliest_start + later, first),
            latest_start=option.latest_start + later,
        )
        for option in order.request.options
        if option.latest_start + later >= first
    )
    if not options:
        return None
    return replace(
        order,
        id=f"{order.id}/{number}",
        placed_at=placed_at,
        request=replace(order.request, options=options, valid_until=None),
    )


def expected(
    prices_ucr: Mapping[str, Sequence[int]], slot: timedelta
) -> dict[str, tuple[int, ...]]:
    """What each slot is expected to cost, by pool, ucr a unit-hour, rounded down: what the days
    around it cost in the mean, times how dear its time of day is beside the others on all days.

    Around a day are half as many days, before and after, as it lies ahead: the nearest stands for
    itself, since little of what will be asked for it is still to come.
    """
    a_day = timedelta(days=1) // slot
    return {pool: tuple(_expected(prices, a_day)) for pool, prices in prices_ucr.items()}


def _expected(prices_ucr: Sequence[int], a_day: int) -> Iterator[int]:
    slots, total_ucr = len(prices_ucr), sum(prices_ucr)
    times = [prices_ucr[hour::a_day] for hour in range(min(a_day, slots))]
    shapes = [(sum(time), len(time)) for time in times]
    for day in range(-(-slots // a_day)):
        first, end = (day - day // 2) * a_day, (day + day // 2 + 1) * a_day
        around = prices_ucr[first:end]
        level_ucr, count = sum(around) * slots, len(around) * total_ucr
        for of_hour_ucr, days in shapes[: slots - day * a_day]:
            yield level_ucr * of_hour_ucr // (count * days) if count else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How a pool's floors of past cycles fared, of ``slots`` that they had held and a later cycle
    sold last. ``floor_ucr``, ``price_ucr``: their mean, and what such a slot cost in the end, ucr a
    unit-hour; ``reached``: of how many that was the floor or more; ``empty``: how many cost no more
    than the reserve price, so that nobody had needed what was held back."""

    pool: str
    slots: int
    floor_ucr: int
    price_ucr: int
    reached: int
    empty: int


def fared(
    pool: str,
    reserve_ucr: int,
    told: Iterable[tuple[int, Span, Grid]],
    last: Mapping[datetime, tuple[int, int]],
) -> Fared | None:
    """Hold floors against what came of them; None where no slot tells. ``told``: cycles by their
    numbers, with what they sold and the floors that held in it; ``last``: by a slot's start the
    last cycle that sold it, and at which price."""
    pairs = []
    for number, span, floors in told:
        for slot in np.flatnonzero(floors > reserve_ucr).tolist():
            sold = last.get(span.at(slot))
            if sold is not None and sold[0] > number:
                pairs.append((int(floors[slot]), sold[1]))
    if not pairs:
        return None
    return Fared(
        pool=pool,
        slots=len(pairs),
        floor_ucr=sum(floor for floor, _ in pairs) // len(pairs),
        price_ucr=sum(price for _, price in pairs) // len(pairs),
        reached=sum(price >= floor for floor, price in pairs),
        empty=sum(price <= reserve_ucr for _, price in pairs),
    )


def highest(reserve_ucr: int, floor: Grid | None, slots: int) -> tuple[int, ...]:
    """The least price of each slot: the pool's reserve, or the floor where that is more."""
    if floor is None:
        return (reserve_ucr,) * slots
    return tuple(np.maximum(floor, reserve_ucr).tolist())


NO_FLOORS: Final[Mapping[str, Grid]] = {}
