"""What the clock does, as data: time passes, cycles and ticks run, spot is billed, events go."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.command import Command
from marketplace.domain.cycle import Cycle, Ended
from marketplace.domain.forward_floor import Floors
from marketplace.domain.indicative import Indicative
from marketplace.domain.reservation import Reservation
from marketplace.domain.tick import Ticked


@dataclass(frozen=True, slots=True)
class Advance(Command[tuple[Reservation, ...]]):
    """Bring what depends on time alone up to date; answers the reservations that changed."""


@dataclass(frozen=True, slots=True)
class CloseCycle(Command[Cycle]):
    """Freeze the book of the cycle that is due, under names drawn from the command's secret."""

    early: bool = False


@dataclass(frozen=True, slots=True)
class RecordOutcome(Command[Cycle]):
    """Take in what a closed cycle's clearing came to: the file, attached to the command."""

    waits: ClassVar[bool] = True

    cycle: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SettleCycle(Command[Ended]):
    """Turn a kept outcome into money and reservations."""

    waits: ClassVar[bool] = True

    cycle: int


@dataclass(frozen=True, slots=True)
class FailCycle(Command[Ended]):
    """Give a closed cycle up: its orders reopen."""

    waits: ClassVar[bool] = True

    cycle: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordIndicative(Command[Indicative | None]):
    """Take in the prices that an open cycle's book, as it stood at ``as_of``, would clear at: the
    file, attached to the command. Answers None where it is too late for them."""

    waits: ClassVar[bool] = True

    cycle: int
    due_at: datetime
    as_of: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordFloors(Command[Floors | None]):
    """Take in the floors of an open cycle, made of the week that ended at ``as_of``: the file,
    attached to the command. Answers None where it has some already, or is too late for them."""

    waits: ClassVar[bool] = True

    cycle: int
    as_of: datetime
    orders: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RunTick(Command[Ticked | None]):
    """Run the tick of the spot market that is due; answers None where none is."""


@dataclass(frozen=True, slots=True)
class BillSpot(Command[str]):
    """Bill up to ``most`` of the spot runs that are due for it, with ids after ``after``.

    Answers the last id that was looked at; nothing where there are no more. In parts, so that
    nobody who writes waits for all of them.
    """

    after: str
    most: int


@dataclass(frozen=True, slots=True)
class PruneEvents(Command[int]):
    """Take away old events up to a number; answers how many."""

    through: int
