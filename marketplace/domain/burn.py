"""How long a team's credits will do, spent as fast as of late. Pure; no promise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.statement import Day

DAY: Final = timedelta(days=1)
LATELY: Final = 7
"""So many whole days before today tell the rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Credits that can be spent in [start, end): what is left of a grant."""

    start: datetime
    end: datetime
    left_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What will be left at the end of each UTC day from today on, and the first of those days at
    whose end there is nothing to spend; ``lapses``: then a grant ends before it is spent."""

    left_ucr: tuple[int, ...]
    out_on: datetime | None
    lapses: bool


def daily_ucr(days: Sequence[Day]) -> int:
    """What was spent in a day of late, on average over the days since the first that spent any, at
    most so many; 0 where nothing was. ``days`` end with yesterday."""
    last = days[-LATELY:]
    first = next((number for number, one in enumerate(last) if one.spent_ucr), len(last))
    spent = [one.spent_ucr for one in last[first:]]
    return max(sum(spent), 0) // len(spent) if spent else 0


def ahead(stocks: Iterable[Stock], rate_ucr: int, now: datetime, days: int) -> Ahead:
    """What will be left, day by day, at so much a day: what ends first is spent first, and what
    ends with something left of it lapses. The rest of today counts in proportion."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    there = sorted(stocks, key=lambda one: (one.end, one.start))
    left = [one.left_ucr for one in there]
    series: list[int] = []
    out_on, lapses = None, False
    for number in range(days):
        first, last = midnight + number * DAY, midnight + (number + 1) * DAY
        due = rate_ucr * ((last - max(first, now)) // timedelta(seconds=1)) // 86_400
        lapsed = False
        for place, one in enumerate(there):
            if one.start < last and one.end > max(first, now):
                paid = min(due, left[place])
                left[place] -= paid
                due -= paid
            if one.end <= last and left[place]:
                left[place], lapsed = 0, True
        series.append(sum(left))
        usable = sum(rest for rest, one in zip(left, there, strict=True) if one.start < last)
        if out_on is None and not usable:
            out_on, lapses = first, lapsed
    return Ahead(left_ucr=tuple(series), out_on=out_on, lapses=lapses)
