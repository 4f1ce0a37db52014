"""What a clearing may see: pools, bids, limits. Values in whole micro-credits, in canonical order.

The wire form of these types is ``clearing-problem/1`` (see ``allocator.files.formats``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Pool:
    """Interchangeable units on sale: ``capacity[t]`` units in slot t, never under the reserve."""

    id: str
    unit: str
    capacity: tuple[int, ...]
    reserve_ucr: tuple[int, ...]  # micro-credits per unit-hour, by slot


@dataclass(frozen=True, slots=True, order=True)
class Leg:
    """``quantity`` units of ``pool`` in the slots [start + offset, start + offset + duration)."""

    pool: str
    quantity: int
    offset: int
    duration: int


@dataclass(frozen=True, slots=True, order=True)
class Option:
    """One way to serve a bid: all legs together, at one start in [earliest, latest], inclusive."""

    value_ucr: int  # the most the team would pay for this option
    earliest_start: int
    latest_start: int
    legs: tuple[Leg, ...]


class Standing(StrEnum):
    """What may become of an award that was made before and takes part again: ``movable``, it wins
    in any case and may start at another time; ``recallable``, it may be bought back, too."""

    MOVABLE = "movable"
    RECALLABLE = "recallable"


@dataclass(frozen=True, slots=True, order=True)
class Bid:
    """An all-or-nothing offer: at most one of its options is accepted, whole.

    ``standing``: it is an award of an earlier clearing, whose capacity is on sale again with it.
    Its first option is the place that it holds, at one start; it pays nothing, and its team's
    budget is not asked.

    ``continues``: it asks for the time behind something that its team has already. Of plans with
    the greatest surplus, one that takes most of such bids is chosen; nothing else follows from it.
    """

    id: str
    team: str
    options: tuple[Option, ...]
    standing: Standing | None = None
    continues: bool = False

    @property
    def stays(self) -> bool:
        """Whether it wins in any case."""
        return self.standing is Standing.MOVABLE


@dataclass(frozen=True, slots=True, order=True)
class Budget:
    """The values of the team's accepted bids together never exceed ``limit_ucr``."""

    team: str
    limit_ucr: int


@dataclass(frozen=True, slots=True, order=True)
class Cap:
    """In slot t the team gets at most ``quantity[t]`` units of the pool out of this clearing."""

    team: str
    pool: str
    quantity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One clearing's input, in canonical order: arrival order can pick no winner.

    ``sha256`` is the digest of the file's bytes (after gunzip); empty for a problem that was
    never written down. ``latest_start`` of each option is already cut to the last start whose
    legs end within the horizon. Build one by ``Problem.of``, or read one by
    ``allocator.files.formats.decode_problem``, which also validates.
    """

    start: datetime  # aware, UTC
    slot_minutes: int
    slots: int
    pools: tuple[Pool, ...]
    bids: tuple[Bid, ...]
    budgets: tuple[Budget, ...] = ()
    caps: tuple[Cap, ...] = ()
    sha256: str = field(default="", compare=False)

    def at(self, slot: int) -> datetime:
        """When a slot begins."""
        return self.start + timedelta(minutes=slot * self.slot_minutes)

    @classmethod
    def of(
        cls,
        *,
        start: datetime,
        slot_minutes: int,
        slots: int,
        pools: Iterable[Pool],
        bids: Iterable[Bid],
        budgets: Iterable[Budget] = (),
        caps: Iterable[Cap] = (),
        sha256: str = "",
    ) -> Self:
        """Sort everything by id (options keep their place: an award names them by number)."""
        return cls(
            start,
            slot_minutes,
            slots,
            tuple(sorted(pools, key=lambda pool: pool.id)),
            tuple(sorted(bids, key=lambda bid: bid.id)),
            tuple(sorted(budgets)),
            tuple(sorted(caps)),
            sha256,
        )


def last_start(legs: Sequence[Leg], slots: int) -> int:
    """The last start at which every leg ends within the horizon; negative where none does."""
    return min(slots - leg.offset - leg.duration for leg in legs)
