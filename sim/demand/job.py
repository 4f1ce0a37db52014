"""A job: one piece of work that a team wants done, when, and what it is worth to the team."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

SLOT: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LONGEST_SLOTS: Final = 72
LEAD: Final = timedelta(hours=1)
"""From the daily closing, at 00:00 UTC, to the first slot that it sells."""
FURTHEST: Final = timedelta(days=13)
"""The latest start after submission: inside the market's horizon of 14 days."""
CENT_UCR: Final = 10_000
DEAREST_PART: Final = 10
"""No job is worth more to a team than this part of its credits for the whole run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLeg:
    """``quantity`` units of ``pool`` for ``duration_slots``, ``offset_slots`` after the start."""

    pool: str
    quantity: int
    offset_slots: int
    duration_slots: int

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.duration_slots < 1 or self.offset_slots < 0:
            raise ValueError(f"this asks for nothing, or before its start: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOption:
    """One way to do a job, and what the team would pay for it: all legs or none."""

    value_ucr: int
    legs: tuple[JobLeg, ...]

    def __post_init__(self) -> None:
        if self.value_ucr < 1 or not self.legs or self.extent_slots > LONGEST_SLOTS:
            raise ValueError(f"worth nothing, empty, or over {LONGEST_SLOTS} slots: {self}")

    @property
    def extent_slots(self) -> int:
        """From the start to the end of the last leg."""
        return max(leg.offset_slots + leg.duration_slots for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """A deadline: work that ends by ``soft`` is worth all, at ``hard`` nothing, linear between."""

    soft: datetime
    hard: datetime

    def __post_init__(self) -> None:
        if self.hard < self.soft:
            raise ValueError(f"the hard deadline lies before the soft one: {self}")

    def share(self, end: datetime) -> float:
        """The part of its value that work is worth which ends at ``end``, from 0 to 1."""
        if end <= self.soft:
            return 1.0
        if end >= self.hard:
            return 0.0
        return (self.hard - end) / (self.hard - self.soft)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work that a team wants done, once, in one of its options."""

    id: str
    team: str
    project: str
    theme: str
    submitted: datetime
    earliest: datetime
    latest_start: datetime  # inclusive
    options: tuple[JobOption, ...]
    standing: bool
    cancels_at: datetime | None
    decay: Decay | None = None  # none: it is worth the same whenever it ends
    checkpoint: timedelta = SLOT  # between two states from which it can go on

    def __post_init__(self) -> None:
        for name in ("earliest", "latest_start"):
            at: datetime = getattr(self, name)
            if at.tzinfo is not UTC or at.minute or at.second or at.microsecond:
                raise ValueError(f"{self.id}: {name} {at.isoformat()} is not the start of a slot")
        if self.submitted.tzinfo is not UTC or self.latest_start < self.earliest:
            raise ValueError(f"{self.id}: its window ends before it begins, or is not in UTC")
        if not self.options:
            raise ValueError(f"{self.id}: a job needs an option")

    def worth_ucr(self, option: int, end: datetime) -> int:
        """What the job is worth to its team, done in ``options[option]`` and ended at ``end``."""
        value_ucr = self.options[option].value_ucr
        return value_ucr if self.decay is None else int(value_ucr * self.decay.share(end))


def first_sale(submitted: datetime) -> datetime:
    """The first slot that the daily cycle after ``submitted`` sells."""
    midnight = submitted.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + DAY + LEAD
