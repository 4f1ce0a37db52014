"""What a clearing may spend: effort counted in units of work, and the caller's wish to stop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeAlias

Stop: TypeAlias = Callable[[], bool]


def never() -> bool:
    """The ``stop`` of a caller without a time limit."""
    return False


@dataclass(slots=True)
class Effort:
    """Work spent so far, out of ``work`` units. What costs how many is fixed where it is spent.

    Counting decides what is found, so a replay finds the same; ``stop`` only ends it early.
    """

    work: int
    stop: Stop
    whole: Self | None = None  # what this is a part of, charged with it
    spent: int = 0

    def spend(self, units: int) -> None:
        """Count work that was done."""
        self.spent += units
        if self.whole is not None:
            self.whole.spend(units)

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
        return Effort(int(self.left * share), self.stop, self)
