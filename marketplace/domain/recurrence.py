"""Windows that recur week by week, by the clock on a wall of some time zone."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from marketplace.domain.capacity import UNITS, UNITS_MAX, Window
from marketplace.errors import BadField
from marketplace.rules import MarketRules
from marketplace.words import WEEKDAYS

DAYS_MAX: Final = 731
"""Two years: a window a day is still fewer than fit in one command."""

A_DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
Spell = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A pool has ``quantity`` units on each of ``days``, from the first day to the last, while the
    clock there reads from ``start_time`` to ``end_time``: on the next day, where that is no later.
    """

    pool: str
    quantity: int
    days: tuple[str, ...]  # mon to sun
    start_time: time
    end_time: time
    time_zone: str  # Europe/Berlin
    first_day: date
    last_day: date  # the last that it may begin on

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= UNITS_MAX:
            raise BadField("quantity", self.quantity, "out-of-range", UNITS)
        if not self.days:
            raise BadField("days", self.days, "no-days", {"choices": WEEKDAYS})
        for day in self.days:
            if day not in WEEKDAYS:
                raise BadField("days", day, "not-one-of", {"choices": WEEKDAYS})
        for field, at in (("start_time", self.start_time), ("end_time", self.end_time)):
            if at.tzinfo or at.second or at.microsecond:
                raise BadField(field, at.isoformat(), "not-a-wall-time")
        first, last = self.first_day.isoformat(), self.last_day.isoformat()
        if self.last_day < self.first_day:
            raise BadField("last_day", last, "before-first-day", {"first_day": first})
        if self.last_day > self.first_day + DAYS_MAX * A_DAY:
            raise BadField("last_day", last, "days-after", {"days": DAYS_MAX, "start": first})


def dated(recurrence: Recurrence, zone: tzinfo, rules: MarketRules) -> tuple[Window, ...]:
    """The windows that are meant, by their start. What follows without a break is one window; each
    is cut inward to whole slots, for a slot that is there in part cannot be sold.

    Raises ``BadField`` where no day is meant, or no whole slot is left.
    """
    spells = list(_on_the_wall(recurrence))
    if not spells:
        raise BadField("days", recurrence.days, "none-of-those-days")
    windows = tuple(
        Window(pool=recurrence.pool, start=first, end=last, quantity=recurrence.quantity)
        for start, end in _unbroken(spells, zone)
        if (first := rules.slot_ceil(start)) < (last := rules.slot_floor(end))
    )
    if not windows:
        facts = {"slot": rules.slot}
        raise BadField("end_time", f"{recurrence.end_time:%H:%M}", "no-whole-slot", facts)
    return windows


def _unbroken(spells: Sequence[Spell], zone: tzinfo) -> list[Spell]:
    """Spells on the wall, by the clock of UTC; those that touch as one."""
    found: list[Spell] = []
    for wall_start, wall_end in spells:
        start, end = moment_of(wall_start, zone), moment_of(wall_end, zone)
        if found and found[-1][1] == start:
            start, _ = found.pop()
        found.append((start, end))
    return found


def _on_the_wall(recurrence: Recurrence) -> Iterator[Spell]:
    day, overnight = recurrence.first_day, recurrence.end_time <= recurrence.start_time
    while day <= recurrence.last_day:
        if WEEKDAYS[day.weekday()] in recurrence.days:
            start = datetime.combine(day, recurrence.start_time)
            yield start, datetime.combine(day + overnight * A_DAY, recurrence.end_time)
        day += A_DAY


def moment_of(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment, in UTC, at which a clock on a wall in ``zone`` reads ``wall`` or later: of
    an hour that comes twice the first, and for one that is left out the moment of the jump. So a
    later reading is never an earlier moment."""
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    if _reading(at, zone) == wall:
        return at
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range((at - before) // SECOND)
    jump = bisect_left(seconds, wall, key=lambda second: _reading(before + second * SECOND, zone))
    return before + jump * SECOND


def _reading(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
