"""What a monitor measured: how many units of a time-box, or of a spot run, were busy, and when."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from marketplace.domain.transfer import SECOND, Tags
from marketplace.errors import BadField
from marketplace.rules import check_spell, checked_instant

MICRO: Final = 1_000_000
"""Units on average have six digits after the point, and are kept as whole millionths."""

UNITS_MOST: Final = 10**9
SPELLS_MOST: Final = 100_000
"""So many rows at most are imported at once: they stand in the journal as one line."""


@dataclass(frozen=True, slots=True)
class Spell:
    """So many units, in millionths, of a time-box or spot request were busy on average in
    [start, end)."""

    reservation: str
    start: datetime
    end: datetime
    used_micro: int

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            checked_instant(name, getattr(self, name))

    @property
    def place(self) -> tuple[str, datetime]:
        """What it is known by: nothing else of it begins then."""
        return self.reservation, self.start


def units_micro(value: str | Decimal) -> int:
    """A decimal number of units in millionths, rounded to the nearest. Raises ``BadField``."""
    try:
        units = Decimal(value)
    except InvalidOperation as bad:
        raise BadField("units_used", value, "not-decimal") from bad
    if not units.is_finite() or abs(units) > UNITS_MOST:
        raise BadField("units_used", str(value), "not-decimal")
    return int((units * MICRO).to_integral_value(ROUND_HALF_EVEN))


def units_text(micro: int) -> str:
    """Millionths of units as people write them: ``3.5``."""
    return f"{Decimal(micro) / MICRO:f}"


@dataclass(frozen=True, slots=True)
class Had:
    """So many units were there to use in [start, end)."""

    start: datetime
    end: datetime
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurable:
    """A time-box, or a spot request's runs until now: whose it is, and what it had when, in
    order."""

    id: str
    spot: bool
    team: str
    pool: str
    tags: Tags
    had: Sequence[Had]

    @property
    def time(self) -> tuple[datetime, datetime] | None:
        """From when to when it had anything; None where it never did."""
        return (self.had[0].start, self.had[-1].end) if self.had else None

    def held_micro(self, spell: Spell) -> int:
        """What it had on average in a spell, in millionths of units, rounded down."""
        first = bisect_right(self.had, spell.start, key=lambda one: one.end)
        last = bisect_left(self.had, spell.end, key=lambda one: one.start)
        inside = (
            one.units * ((min(one.end, spell.end) - max(one.start, spell.start)) // SECOND)
            for one in self.had[first:last]
        )
        return MICRO * sum(inside) // ((spell.end - spell.start) // SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A spell as it is kept, with whose time it was, and the units that were held on average."""

    spell: Spell
    held_micro: int
    of: Measurable


def measured(spell: Spell, of: Measurable | None, now: datetime) -> Measured:
    """A spell as it can be kept. Raises ``BadField`` where it cannot be: it ends before it starts,
    there is no such time-box, it is not over yet, not in its time, or fewer than none, or more than
    there were, were busy."""
    check_spell("a spell", spell.start, spell.end)
    if spell.used_micro < 0:
        raise BadField("units_used", units_text(spell.used_micro), "fewer-than-none")
    time = of.time if of else None
    if of is None or time is None:
        raise BadField("reservation", spell.reservation, "never-had-time")
    if spell.end > now:
        raise BadField("end", spell.end, "not-past")
    for name, at in (("start", spell.start), ("end", spell.end)):
        if not time[0] <= at <= time[1]:
            facts = {"start": time[0], "end": time[1]}
            raise BadField(name, at, "outside-its-box", facts)
    held = of.held_micro(spell)
    if spell.used_micro > held:
        most = units_text(held)
        raise BadField("units_used", units_text(spell.used_micro), "above-held", {"most": most})
    return Measured(spell=spell, held_micro=held, of=of)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was left out, by its place from 0 on, and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to: rows that were new, that replaced another number, that were known
    already, and that were left out."""

    added: int
    replaced: int
    unchanged: int
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How much of what was measured of a time-box was used, in millionths of units × seconds."""

    held: int
    used: int

    @property
    def share(self) -> float | None:
        """None where it had no units in the time that was measured."""
        return self.used / self.held if self.held else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Reserved time of a team in a pool that was measured, and how much of it was not used, in
    millionths of units × seconds."""

    team: str
    pool: str
    measured: int
    used: int

    @property
    def idle(self) -> int:
        """What was measured and not used."""
        return self.measured - self.used

    @property
    def share(self) -> float | None:
        """The idle part of what was measured."""
        return self.idle / self.measured if self.measured else None


class Known:
    """What is known of one time-box: spells that do not overlap; mutable."""

    def __init__(self, spells: Iterable[Spell] = ()) -> None:
        self._spells = sorted(spells, key=_start)

    def has(self, spell: Spell) -> bool:
        """Whether it is known as it is."""
        place = bisect_left(self._spells, spell.start, key=_start)
        return self._spells[place : place + 1] == [spell]

    def same(self, spell: Spell) -> Spell | None:
        """The spell that begins and ends as one does. Raises ``BadField`` where that overlaps
        another."""
        after = bisect_right(self._spells, spell.start, key=_start)
        for other in self._spells[max(after - 1, 0) : after + 1]:
            if (other.start, other.end) == (spell.start, spell.end):
                return other
            if other.start < spell.end and spell.start < other.end:
                facts = {"start": other.start, "end": other.end}
                raise BadField("start", spell.start, "overlaps-known", facts)
        return None

    def put(self, spell: Spell) -> None:
        """Know a spell, in the place of the one that begins as it does."""
        place = bisect_left(self._spells, spell.start, key=_start)
        there = self._spells[place : place + 1]
        self._spells[place : place + bool(there and there[0].start == spell.start)] = [spell]


def _start(spell: Spell) -> datetime:
    return spell.start
