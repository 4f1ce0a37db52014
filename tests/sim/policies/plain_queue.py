"""EASY backfill once more, as its rules say it: everybody is looked at, each unit counted anew.

Shares no code with what it checks. Slow, and meant to be read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import floor

from sim.demand.capacity import CapacityBySlot
from sim.demand.job import SLOT, Job, JobLeg

Part = tuple[str, int, int, int]  # pool, units, first and end slot after the start
Cell = tuple[str, int]


@dataclass
class One:
    """A job: where it is, and what it still has to do, by option."""

    job: Job
    joins: int
    last: int
    todo: dict[int, list[Part]]
    option: int | None = None
    began: int | None = None
    start: int = 0
    runs: bool = False
    kept: int = 0  # slots
    kills: int = 0
    lost: int = 0  # unit-slots
    gone: bool = False

    def cells(self) -> dict[Cell, int]:
        """What it uses by pool and slot, while it runs."""
        assert self.option is not None
        return cells(self.todo[self.option], self.start)

    def end(self) -> int:
        assert self.option is not None
        return self.start + max(part[3] for part in self.todo[self.option])


def cells(parts: Sequence[Part], start: int) -> dict[Cell, int]:
    used: dict[Cell, int] = {}
    for pool, units, begin, end in parts:
        for slot in range(start + begin, start + end):
            used[pool, slot] = used.get((pool, slot), 0) + units
    return used


def part(leg: JobLeg) -> Part:
    return leg.pool, leg.quantity, leg.offset_slots, leg.offset_slots + leg.duration_slots


@dataclass
class Plain:
    """The queue of one day. ``rank`` ranks a team by the units it has in use in this slot."""

    jobs: Sequence[Job]
    foreseen: CapacityBySlot
    there: CapacityBySlot
    rank: Callable[[str, int], float]
    line: list[One] = field(default_factory=list)

    def __post_init__(self) -> None:
        start = self.there.start
        for job in self.jobs:
            after = floor((job.submitted - start) / SLOT) + 1
            first = max(floor((job.earliest - start) / SLOT), after)
            todo = {n: [part(leg) for leg in way.legs] for n, way in enumerate(job.options)}
            self.line.append(One(job, first, floor((job.latest_start - start) / SLOT), todo))
        self.line.sort(key=lambda one: (one.joins, one.job.submitted, one.job.id))
        self.slots = len(self.there.units["gpu"])
        self.expected = {
            (pool, slot): int(units[slot])
            for pool, units in self.foreseen.units.items()
            for slot in range(self.slots)
        }

    def run(self) -> dict[str, tuple[int | None, int | None, int, int, int]]:
        """By job: option, first start, last end, kills and unit-slots lost."""
        order: list[One] = []  # of starts
        for slot in range(self.slots):
            for pool in sorted(self.there.units):
                self.fail(pool, slot, order)
            self.starts(slot, order)
        return {one.job.id: self.fate(one) for one in self.line}

    def fate(self, one: One) -> tuple[int | None, int | None, int, int, int]:
        if not one.runs:
            assert one.option is None or one.kills
            done = cells([part(leg) for leg in one.job.options[one.option or 0].legs], 0)
            kept = sum(units for (_, slot), units in done.items() if slot < one.kept)
            return None, None, 0, one.kills, one.lost + kept
        return one.option, one.began, one.end(), one.kills, one.lost

    def free(self, promised: Sequence[tuple[list[Part], int]] = ()) -> dict[Cell, int]:
        left = dict(self.expected)
        used = [one.cells() for one in self.line if one.runs]
        for each in used + [cells(parts, start) for parts, start in promised]:
            for cell, units in each.items():
                left[cell] -= units
        return left

    def fail(self, pool: str, slot: int, order: list[One]) -> None:
        there, foreseen = self.there.units[pool], self.foreseen.units[pool]
        if there[slot] < self.expected[pool, slot]:
            for later in range(slot, self.slots):
                if there[later] >= foreseen[later]:
                    break
                guess = int(foreseen[later] - (foreseen[slot] - there[slot]))
                most = self.expected[pool, later]
                self.expected[pool, later] = min(most, max(int(there[later]), guess))
        for one in reversed(order):
            if self.free()[pool, slot] >= 0:
                return
            if one.runs and (pool, slot) in one.cells():
                self.kill(one, slot)
                order.remove(one)

    def kill(self, one: One, slot: int) -> None:
        assert one.option is not None
        progress = one.kept + slot - one.start
        every = one.job.checkpoint / SLOT
        safe = floor(floor(progress / every) * every) if every else progress
        safe = max(safe, one.kept)
        for (_, at), units in one.cells().items():
            if one.start + safe - one.kept <= at < slot:
                one.lost += units
        moved = safe - one.kept
        rest = [(p, u, max(b - moved, 0), e - moved) for p, u, b, e in one.todo[one.option]]
        one.todo = {one.option: [each for each in rest if each[3] > 0]}
        one.kept, one.kills, one.runs, one.last = safe, one.kills + 1, False, self.slots - 1

    def starts(self, slot: int, order: list[One]) -> None:
        left = [one for one in self.line if not one.runs and one.joins <= slot <= one.last]
        heads: set[str] = set()
        promised: list[tuple[list[Part], int]] = []
        while left:
            one = min(left, key=lambda each: (self.ranked(each, slot), self.line.index(each)))
            left.remove(one)
            free = self.free(promised)
            found = [
                (start, option)
                for option, parts in one.todo.items()
                for start in range(slot, one.last + 1)
                if all(free.get(cell, -1) >= units for cell, units in cells(parts, start).items())
            ]
            if not found:
                continue
            start, option = min(found)
            pools = {each[0] for each in one.todo[option]}
            if start == slot:
                one.began = slot if one.began is None else one.began
                one.option, one.start, one.runs = option, slot, True
                order.append(one)
            elif not pools & heads:
                heads |= pools
                promised.append((one.todo[option], start))

    def ranked(self, one: One, slot: int) -> float:
        used = sum(
            each.cells().get(("gpu", slot), 0)
            for each in self.line
            if each.runs and each.job.team == one.job.team
        )
        return self.rank(one.job.team, used)
