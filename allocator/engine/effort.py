"""What a clearing may spend, the caller's wish to stop, and what the caller hears meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Stop: TypeAlias = Callable[[], bool]

Pace: TypeAlias = Callable[[], float]
"""The share that is left of the time of a caller who has a clock, from 1 to 0."""

Hear: TypeAlias = Callable[[int, int | None], None]
"""Told in the course of a clearing: the best surplus so far, and the least bound, where one is
proven (micro-credits)."""


def never() -> bool:
    """The ``stop`` of a caller without a time limit."""
    return False


@dataclass(slots=True)
class News:
    """What a clearing has come to so far (grains), for a caller who wants to ``hear`` of it."""

    hear: Hear | None = None
    per_ucr: int = 1
    bonuses: int = 0  # that stand in every amount, and are no part of it
    best: int = 0
    bound: int | None = None

    def found(self, surplus: int) -> None:
        """An allocation gains as much."""
        if self.hear is not None and surplus > self.best:
            self.best = surplus
            self._tell(self.hear)

    def proven(self, bound: int) -> None:
        """No allocation gains more."""
        if self.hear is not None and (self.bound is None or bound < self.bound):
            self.bound = bound
            self._tell(self.hear)

    def _tell(self, hear: Hear) -> None:
        bound = None if self.bound is None else -(-(self.bound - self.bonuses) // self.per_ucr)
        hear(max(self.best - self.bonuses, 0) // self.per_ucr, bound)


@dataclass(slots=True)
class Effort:
    """Work spent so far, out of ``work`` units. What costs how many is fixed where it is spent.

    Counting decides what is found, so a replay finds the same; ``stop`` only ends it early. Where
    the caller has a clock (``pace``), time is what is counted, so that all of it is used: units
    then go by as it does, whatever was done.
    """

    work: int
    stop: Stop
    whole: "Effort | None" = None  # what this is a part of, charged with it
    pace: Pace | None = None
    news: News = field(default_factory=News)
    counted: int = 0
    begun: int = 0  # units of time that had gone by

    def spend(self, units: int) -> None:
        """Count work that was done."""
        self.counted += units
        if self.whole is not None:
            self.whole.spend(units)

    @property
    def spent(self) -> int:
        """Units spent so far."""
        return self.counted if self.pace is None else self._gone() - self.begun

    @property
    def left(self) -> int:
        """Units not yet spent."""
        return max(0, self.work - self.spent)

    @property
    def over(self) -> bool:
        """Whether to come to an end now."""
        return self.spent >= self.work or self.stop()

    def part(self, share: float) -> "Effort":
        """A share of what is left, as an account of its own."""
        return self.upto(int(self.left * share))

    def upto(self, units: int) -> "Effort":
        """So many units, as an account of its own."""
        return Effort(units, self.stop, self, self.pace, self.news, begun=self._gone())

    def quiet(self) -> "Effort":
        """All that is left, as an account whose news nobody hears: it clears a part alone."""
        return Effort(self.left, self.stop, self, self.pace, begun=self._gone())

    def _gone(self) -> int:
        """Units of time that have gone by since the beginning of the whole."""
        if self.pace is None:
            return 0
        top = self
        while top.whole is not None:
            top = top.whole
        return int(top.work * (1 - self.pace()))
