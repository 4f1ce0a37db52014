"""What a settled cycle published, and what it tells of hours to come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

import numpy as np

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.order import Option
from pricing.chance import quantile
from pricing.units import charge_ucr

SATURDAY: Final = 5
ALIKE_LEAST: Final = 4
"""So many hours of the same kind of day are enough to leave the others out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A settled cycle's prices, ucr a unit-hour, and what it had on sale, by pool and slot."""

    cycle: str
    span: Span
    prices_ucr: Mapping[str, Grid]
    on_sale: Mapping[str, Grid]

    def costs_ucr(self, option: Option, starts: Grid) -> list[int]:
        """What the option costs from each of these slots on, exactly."""
        slot = self.span.slot
        total = [0] * len(starts)
        for leg in option.legs:
            sums = np.concatenate(([0], np.cumsum(self.prices_ucr[leg.pool])))
            first = starts + leg.offset // slot
            for at, price in enumerate((sums[first + leg.duration // slot] - sums[first]).tolist()):
                total[at] += leg.quantity * price  # whole numbers of Python: they cannot overflow
        return [charge_ucr(one, slot // timedelta(minutes=1)) for one in total]

    def held_ucr(self, pool: str, quantity: int, start: datetime, end: datetime) -> int:
        """What so many units cost in [start, end), which this cycle sold, exactly."""
        prices = self.prices_ucr[pool][self.span.index(start) : self.span.index(end)]
        return charge_ucr(quantity * int(prices.sum()), self.span.slot // timedelta(minutes=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardPrice:
    """A pool's price in a slot to come, ucr a unit-hour.

    ``cleared_ucr``: the last published one, None where no cycle has sold that slot yet. The middle
    and the quartiles are those of ``hours`` slots alike that have been; None where there are none.
    """

    at: datetime
    cleared_ucr: int | None
    low_ucr: int | None
    middle_ucr: int | None
    high_ucr: int | None
    hours: int

    @property
    def price_ucr(self) -> int | None:
        """The best that is known: the price that was cleared, or else the middle."""
        return self.middle_ucr if self.cleared_ucr is None else self.cleared_ucr


def forward_prices(pool: str, span: Span, history: Sequence[Published]) -> list[ForwardPrice]:
    """What is known of a pool's price in each slot of a span; ``history``: oldest cycle first.

    Slots alike are those before the span at the same time of the day on the same kind of day,
    working day or weekend; of all days, where those are fewer than ``ALIKE_LEAST``. Each counts
    once, at the last price that was published for it, and its middle is their median.
    """
    last = _last_prices(pool, history)
    past: dict[time, list[tuple[datetime, int]]] = defaultdict(list)
    for at, price in last.items():
        if at < span.start:
            past[at.time()].append((at, price))
    alike: dict[tuple[time, bool], ForwardPrice] = {}
    found = []
    for at in (span.at(number) for number in range(span.slots)):
        kind = (at.time(), weekend(at))
        if kind not in alike:
            alike[kind] = _forward(at, _alike(past[at.time()], at))
        found.append(replace(alike[kind], at=at, cleared_ucr=last.get(at)))
    return found


def _alike(same_time: Sequence[tuple[datetime, int]], at: datetime) -> list[int]:
    """The prices of those slots that are on the same kind of day, sorted."""
    found = [price for then, price in same_time if weekend(then) == weekend(at)]
    return sorted(found if len(found) >= ALIKE_LEAST else (price for _, price in same_time))


def _forward(at: datetime, found: Sequence[int]) -> ForwardPrice:
    low, middle, high = (quantile(found, share) if found else None for share in (0.25, 0.5, 0.75))
    return ForwardPrice(
        at=at,
        cleared_ucr=None,
        low_ucr=low,
        middle_ucr=middle,
        high_ucr=high,
        hours=len(found),
    )


def _last_prices(pool: str, history: Iterable[Published]) -> dict[datetime, int]:
    last: dict[datetime, int] = {}
    for one in history:
        prices = one.prices_ucr[pool].tolist() if pool in one.prices_ucr else ()
        last |= {one.span.at(number): price for number, price in enumerate(prices)}
    return last


def weekend(at: datetime) -> bool:
    """Whether it is Saturday or Sunday, in UTC."""
    return at.weekday() >= SATURDAY
