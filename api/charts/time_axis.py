"""Steps of equal length along a time axis. Times are UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

MILLISECOND: Final = timedelta(milliseconds=1)
WEEKLY_FROM: Final = timedelta(days=10)
"""Above how many days an axis is marked by weeks."""

HOURLY_UNTIL: Final = timedelta(days=3)
"""Up to how many days an axis is marked by hours."""


@dataclass(frozen=True, slots=True)
class Steps:
    """``count`` steps, each of the length ``step``, from ``start`` on."""

    start: datetime
    step: timedelta
    count: int

    def at(self, number: int) -> str:
        """Where step ``number`` begins; the step before it ends there."""
        return f"{self.start + number * self.step:%Y-%m-%dT%H:%M}"

    def begins(self) -> list[str]:
        """Where each step begins."""
        return [self.at(number) for number in range(self.count)]

    def middles(self) -> list[str]:
        """The middle of each step."""
        half = self.start + self.step / 2
        return [f"{half + number * self.step:%Y-%m-%dT%H:%M}" for number in range(self.count)]

    def ends(self) -> list[str]:
        """Where the first step begins, and where the last one ends."""
        return [self.at(0), self.at(self.count)]

    def marks(self) -> dict[str, Any]:
        """A date axis marked every six hours where it is short, else as ``days``."""
        if self.count * self.step > HOURLY_UNTIL:
            return self.days()
        hours = timedelta(hours=6) // MILLISECOND
        return {"type": "date", "tickformat": "%H:%M\n%d %b", "tickangle": 0, "dtick": hours}

    def days(self) -> dict[str, Any]:
        """A date axis marked at midnights, a week apart where there are weeks."""
        apart = 7 if self.count * self.step > WEEKLY_FROM else 1
        return {
            "type": "date",
            "tickformat": "%d %b",
            "tickangle": 0,
            "tick0": self.at(0),
            "dtick": apart * timedelta(days=1) // MILLISECOND,
        }


def stretches(mask: Iterable[bool]) -> list[tuple[int, int]]:
    """The half-open stretches of steps where ``mask`` is true.

    >>> stretches([False, True, True, False, True])
    [(1, 3), (4, 5)]
    """
    found, first = [], 0
    for true, alike in groupby(mask, bool):
        end = first + sum(1 for _ in alike)
        if true:
            found.append((first, end))
        first = end
    return found
