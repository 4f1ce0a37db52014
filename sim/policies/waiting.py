"""Work on its way through a queue: who waits, for what, since when, and what became of it.

Slots count from the beginning of the grids.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from typing import Final

from sim.demand.job import SLOT, Job
from sim.policies.free_units import Need, Needs, needs_of
from sim.policies.precedence import Ways
from sim.results.run import Ran

SLOT_S: Final = int(SLOT.total_seconds())
NOTHING: Final = timedelta(0)

_needs_of_legs = lru_cache(maxsize=65_536)(needs_of)  # real jobs repeat the same few sizes


@dataclass(slots=True)
class Work:
    """A job in the queue, or running, or gone."""

    job: Job
    team: int
    joins: int  # the first slot in which it can start
    last: int  # the last slot in which it can start
    leaves: int  # the first slot in which it no longer waits: after the last, or when cancelled
    ways: Ways  # what is still to do, one entry an option
    options: tuple[int, ...]  # of the job, for each way
    waits: bool = False
    reason: str = ""  # why it left the queue, or runs no more
    option: int | None = None  # of the job, once it has started
    began: int = 0  # the first start
    start: int = 0  # of the stint that runs, or ran last
    end: int = 0  # of that stint; 0 while nothing runs
    running: Needs = ()
    done: int = 0  # slots of work that a checkpoint keeps
    interruptions: int = 0
    lost_unit_s: int = 0

    def begin(self, way: int, slot: int) -> None:
        """It starts, for the first time or again."""
        if self.option is None:
            self.began = slot
        self.option, self.running = self.options[way], self.ways[way]
        self.start, self.end = slot, slot + max(need.end for need in self.running)
        self.waits = False

    def interrupt(self, slot: int) -> None:
        """It is killed: what it did since its last checkpoint is lost, the rest is to be done.

        It goes on in the option in which it began. What a checkpoint keeps is counted in whole
        slots, so that work which goes on may repeat a part of one.
        """
        ran = slot - self.start
        kept = self._kept(self.done + ran) - self.done
        self.lost_unit_s += SLOT_S * _unit_slots(self.running, kept, ran)
        self.interruptions += 1
        self.done += kept
        rest = (
            Need(pool, units, max(begin - kept, 0), end - kept)
            for pool, units, begin, end in self.running
            if end > kept
        )
        self.ways, self.end = (tuple(rest),), 0
        self.options = () if self.option is None else (self.option,)

    def _kept(self, slots: int) -> int:
        """Of the first ``slots`` of the work, those that its last checkpoint holds."""
        every = self.job.checkpoint
        if every <= NOTHING:
            return slots
        return int((slots * SLOT) // every * every // SLOT)

    def ran(self, start: datetime) -> Ran:
        """What became of the job; ``start``: of the grids. Its first start is the one that counts
        for its window, its last end for its worth."""
        if self.option is None or not self.end:
            wasted = self.lost_unit_s + SLOT_S * self._kept_unit_slots()
            return Ran(
                job=self.job,
                interruptions=self.interruptions,
                lost_unit_s=wasted,
                reason=self.reason,
            )
        end = start + self.end * SLOT
        return Ran(
            job=self.job,
            option=self.option,
            start=start + self.began * SLOT,
            end=end,
            delivered_ucr=self.job.worth_ucr(self.option, end),
            interruptions=self.interruptions,
            lost_unit_s=self.lost_unit_s,
        )

    def _kept_unit_slots(self) -> int:
        """Units × slots of work that is safe in a checkpoint: for nothing, if it never ends."""
        if self.option is None:
            return 0
        return _unit_slots(_needs_of_legs(self.job.options[self.option].legs), 0, self.done)


def _unit_slots(needs: Needs, since: int, until: int) -> int:
    """Units × slots that ``needs`` use in [since, until) after the start."""
    return sum(
        units * max(min(end, until) - max(begin, since), 0) for _, units, begin, end in needs
    )


def works_of(jobs: Iterable[Job], teams: Sequence[str], start: datetime) -> list[Work]:
    """The jobs in the order in which they join: by slot, submission and id.

    A job joins in the first slot after its submission in which it may start. It leaves when its
    last start has passed, or when its team cancels it.
    """
    number = {team: place for place, team in enumerate(teams)}
    works = [_work(job, number[job.team], start) for job in jobs]
    return sorted(works, key=lambda work: (work.joins, work.job.submitted, work.job.id))


def _work(job: Job, team: int, start: datetime) -> Work:
    after_submission = (job.submitted - start) // SLOT + 1
    last = (job.latest_start - start) // SLOT
    leaves, reason = last + 1, "window-passed"
    if job.cancels_at is not None:
        cancelled = -((start - job.cancels_at) // SLOT)
        if cancelled < leaves:
            leaves, reason = cancelled, "cancelled"
    return Work(
        job=job,
        team=team,
        joins=max((job.earliest - start) // SLOT, after_submission, 0),
        last=last,
        leaves=leaves,
        ways=tuple(_needs_of_legs(option.legs) for option in job.options),
        options=tuple(range(len(job.options))),
        reason=reason,
    )


@dataclass(slots=True)
class Lane:
    """Those of one team who need the same, in line. None of them can start if the first cannot."""

    number: int
    team: int
    ways: Ways
    kind: int  # of the ways: lanes of other teams that need the same have the same
    pools: frozenset[str]
    places: list[int] = field(default_factory=list)  # a heap; those who left are still in it


@dataclass(slots=True)
class Line:
    """All who wait, sorted into lanes, so that nobody need look at each of them."""

    works: Sequence[Work]  # by their place in the line
    lanes: list[Lane] = field(default_factory=list)
    count: int = 0  # of those who wait
    _by_need: dict[tuple[int, Ways], Lane] = field(default_factory=dict)
    _kinds: dict[Ways, int] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)

    def join(self, place: int) -> None:
        """The work of this place begins to wait."""
        work = self.works[place]
        key = work.team, work.ways
        lane = self._by_need.get(key)
        if lane is None:
            lane = self._by_need[key] = Lane(
                number=len(self.lanes),
                team=work.team,
                ways=work.ways,
                kind=self._kinds.setdefault(work.ways, len(self._kinds)),
                pools=frozenset(need.pool for way in work.ways for need in way),
            )
            self.lanes.append(lane)
        heappush(lane.places, place)
        self._busy.add(lane.number)
        work.waits = True
        self.count += 1

    def leave(self, place: int) -> None:
        """The work of this place no longer waits."""
        self.works[place].waits = False
        self.count -= 1

    def first(self, lane: Lane) -> int | None:
        """The place of the first who waits in the lane; none: nobody does."""
        while lane.places and not self.works[lane.places[0]].waits:
            heappop(lane.places)
        if lane.places:
            return lane.places[0]
        self._busy.discard(lane.number)
        return None

    def set_aside(self, lane: Lane) -> int:
        """Take the first of the lane out of it for now, though it waits; its place."""
        return heappop(lane.places)

    def put_back(self, lane: Lane, place: int) -> None:
        """One who was set aside is in its lane again."""
        heappush(lane.places, place)
        self._busy.add(lane.number)

    def firsts(self) -> Iterator[tuple[Lane, int]]:
        """The lanes in which somebody waits, with the place of the first."""
        for number in tuple(self._busy):
            lane = self.lanes[number]
            place = self.first(lane)
            if place is not None:
                yield lane, place
