"""A queue as a running cluster keeps it, with EASY backfill: nothing is booked ahead.

Jobs join the queue when they are submitted, but not before their earliest start, and leave it when
their last start has passed. At the beginning of each slot those who wait are taken in the order
that a ``Precedence`` gives. Whoever fits starts, in the first of its options that can start
soonest. The first who does not fit is the head: it is promised its earliest start ("shadow time"),
and later ones may start only where that leaves it what it needs ("extra units"). Each pool has one
head, as each partition of a cluster has; one who could start only after its last start is no head.

Run times are known: they are the time-boxes. Hours and maintenance are known ahead; a failure is
known when it happens, with its end. Where it leaves less than what runs, those who started last are
killed; they go on from their last checkpoint when the queue lets them, in their old place.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import Final, Self

import numpy as np

from marketplace.services.books import Progress
from sim.demand.capacity import CapacityBySlot, capacity_by_slot
from sim.demand.demand import Demand
from sim.demand.job import DAY, SLOT, Job
from sim.demand.organisation import Organisation
from sim.policies.free_units import Grid, Needs, add, first_fit, fits_at, take
from sim.policies.precedence import InUse, Precedence, Rank, Ways
from sim.policies.waiting import Lane, Line, Work, works_of
from sim.results.run import Ran, Run

SLOTS_A_DAY: Final = DAY // SLOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What a queue serves: the units that are there, and those that its planners count on."""

    there: CapacityBySlot
    foreseen: CapacityBySlot  # without failures

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """All pools of the organisation: hours and maintenance are foreseen, failures are not."""
        return cls(
            there=capacity_by_slot(organisation),
            foreseen=capacity_by_slot(replace(organisation, failures=())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What a queue made of its jobs, in the order in which they were given."""

    ran: tuple[Ran, ...]
    used: Mapping[str, Grid]
    waiting: Grid  # how many still wait after each slot's starts


def queue(
    jobs: Sequence[Job],
    teams: Sequence[str],
    cluster: Cluster,
    precedence: Precedence,
    progress: Progress | None = None,
    name: str = "queue",
) -> Queued:
    """Live through all slots of the cluster. The order of ``jobs`` changes nothing else."""
    queueing = _Queueing(jobs, tuple(teams), cluster, precedence)
    slots = len(queueing.waiting)
    for slot in range(slots):
        queueing.live(slot)
        if progress and slot % SLOTS_A_DAY == SLOTS_A_DAY - 1:
            progress(name, slot + 1, slots)
    return queueing.outcome(jobs)


def queued_run(name: str, demand: Demand, seed: int, there: CapacityBySlot, queued: Queued) -> Run:
    """What a queue made of a demand as a run, cut to the days of the demand."""
    slots = demand.organisation.days * SLOTS_A_DAY
    return Run(
        policy=name,
        demand=demand,
        seed=seed,
        slots=slots,
        jobs=queued.ran,
        capacity={pool: units[:slots] for pool, units in there.units.items()},
        used={pool: units[:slots] for pool, units in queued.used.items()},
    )


class _Queueing:
    """The queue and the cluster in the middle of their life."""

    def __init__(
        self, jobs: Sequence[Job], teams: tuple[str, ...], cluster: Cluster, precedence: Precedence
    ) -> None:
        self.cluster, self.precedence = cluster, precedence
        self.believed = {pool: grid.copy() for pool, grid in cluster.foreseen.units.items()}
        self.free = {pool: grid.copy() for pool, grid in self.believed.items()}
        self.line = Line(works_of(jobs, teams, cluster.there.start))
        slots = min(len(grid) for grid in self.free.values())
        self.waiting = np.zeros(slots, dtype=np.int64)
        self.in_use = InUse(
            teams,
            {pool: np.zeros((len(teams), len(self.free[pool])), np.int64) for pool in self.free},
        )
        self.rows = [
            {pool: grid[team] for pool, grid in self.in_use.units.items()}
            for team in range(len(teams))
        ]
        self.started: list[tuple[int, Work]] = []  # in this order; those that ended are still here
        self.next = 0  # place of the next to join
        self.leaving: defaultdict[int, list[int]] = defaultdict(list)
        self.short = _short(cluster)

    def live(self, slot: int) -> None:
        """One slot: failures, those who leave, those who join, those who start."""
        for pool in self.short.get(slot, ()):
            self._notice(pool, slot)
        for place in self.leaving.pop(slot, ()):
            if self.line.works[place].waits and self.line.works[place].leaves == slot:
                self.line.leave(place)
        while self.next < len(self.line.works) and self.line.works[self.next].joins <= slot:
            work = self.line.works[self.next]
            if work.leaves > slot:
                self.line.join(self.next)
                self.leaving[work.leaves].append(self.next)
            self.next += 1
        self.precedence.open(slot, self.in_use)
        if self.line.count:
            _Round(self, slot).serve()
        self.waiting[slot] = self.line.count

    def start(self, place: int, way: int, slot: int) -> None:
        """The work of this place takes its units."""
        work = self.line.works[place]
        self.line.leave(place)
        work.begin(way, slot)
        take(work.running, self.free, slot)
        add(work.running, self.rows[work.team], slot)
        self.started.append((place, work))

    def outcome(self, jobs: Sequence[Job]) -> Queued:
        """What became of all jobs, in their order."""
        start = self.cluster.there.start
        ran = {work.job.id: work.ran(start) for work in self.line.works}
        used = {pool: grid.sum(axis=0) for pool, grid in self.in_use.units.items()}
        return Queued(ran=tuple(ran[job.id] for job in jobs), used=used, waiting=self.waiting)

    def _notice(self, pool: str, slot: int) -> None:
        """Units are away that were counted on: for as long as this failure goes on, expect no more
        than now; and kill those who started last until the others fit."""
        there, foreseen = self.cluster.there.units[pool], self.cluster.foreseen.units[pool]
        if there[slot] < self.believed[pool][slot]:
            whole = there[slot:] >= foreseen[slot:]
            end = slot + int(whole.argmax()) if whole.any() else len(there)
            left = foreseen[slot:end] - (foreseen[slot] - there[slot])
            left = np.minimum(np.maximum(there[slot:end], left), self.believed[pool][slot:end])
            self.free[pool][slot:end] += left - self.believed[pool][slot:end]
            self.believed[pool][slot:end] = left
        if self.free[pool][slot] < 0:
            self.started = [one for one in self.started if one[1].end > slot]
            for place, work in reversed(self.started):
                if self.free[pool][slot] >= 0:
                    break
                if _uses(work, pool, slot):
                    self._kill(place, slot)

    def _kill(self, place: int, slot: int) -> None:
        work = self.line.works[place]
        add(work.running, self.free, work.start, since=slot)
        take(work.running, self.rows[work.team], work.start, since=slot)
        work.interrupt(slot)
        work.last = work.leaves = len(self.waiting)
        work.reason = "interrupted"
        self.line.join(place)


def _short(cluster: Cluster) -> dict[int, list[str]]:
    """The pools with less than was foreseen, by slot."""
    short: defaultdict[int, list[str]] = defaultdict(list)
    for pool in sorted(cluster.there.units):
        away = cluster.there.units[pool] < cluster.foreseen.units[pool]
        for slot in np.flatnonzero(away).tolist():
            short[slot].append(pool)
    return dict(short)


def _uses(work: Work, pool: str, slot: int) -> bool:
    at = slot - work.start
    return any(need.pool == pool and need.begin <= at < need.end for need in work.running)


@dataclass(slots=True)
class _Round:
    """One slot's starts: the lanes in their order, and what is promised to the heads."""

    queueing: _Queueing
    slot: int
    heads: set[str] = field(default_factory=set)  # pools that have one
    promised: list[tuple[Needs, int]] = field(default_factory=list)
    stuck: set[int] = field(default_factory=set)  # kinds of which none can start in this slot
    too_late: list[tuple[Lane, int]] = field(default_factory=list)
    changes: dict[int, int] = field(default_factory=dict)  # starts of a team in this round
    turns: list[tuple[Rank, int, int, int]] = field(default_factory=list)  # a heap

    def serve(self) -> None:
        """Start whoever may start; take the heads' promises away again: the next slot has its own.

        A rank may get worse by a start of the same team, so it is looked at again at its turn.
        """
        line, rank = self.queueing.line, self.queueing.precedence.rank
        self.turns = [
            (rank(lane.team, lane.ways), place, lane.number, 0) for lane, place in line.firsts()
        ]
        heapify(self.turns)
        while self.turns:
            was, place, number, changes = heappop(self.turns)
            lane = line.lanes[number]
            if changes == self.changes.get(lane.team, 0) or rank(lane.team, lane.ways) == was:
                self._turn(lane, place)
            else:
                self._queue_up(lane, place)
        for needs, start in self.promised:
            add(needs, self.queueing.free, start)
        for lane, place in self.too_late:
            line.put_back(lane, place)

    def _queue_up(self, lane: Lane, place: int | None) -> None:
        if place is not None:
            rank = self.queueing.precedence.rank(lane.team, lane.ways)
            heappush(self.turns, (rank, place, lane.number, self.changes.get(lane.team, 0)))

    def _turn(self, lane: Lane, place: int) -> None:
        """The first of the lane starts, is promised its start, or waits, and its lane with it."""
        line, work = self.queueing.line, self.queueing.line.works[place]
        no_head = lane.pools <= self.heads
        if no_head and lane.kind in self.stuck:
            return
        found = self._soonest(lane.ways, self.slot if no_head else work.last)
        if found is not None and found[1] == self.slot:
            self.queueing.start(place, found[0], self.slot)
            self.changes[work.team] = self.changes.get(work.team, 0) + 1
            self._queue_up(lane, line.first(lane))
            return
        self.stuck.add(lane.kind)
        if found is not None:
            self._promise(lane.ways[found[0]], found[1])
        elif not no_head:
            self.too_late.append((lane, line.set_aside(lane)))
            self._queue_up(lane, line.first(lane))

    def _soonest(self, ways: Ways, last: int) -> tuple[int, int] | None:
        """The way that can start soonest, the first of equals, and when; none: not by ``last``."""
        free = self.queueing.free
        for number, needs in enumerate(ways):
            if fits_at(needs, free, self.slot):
                return number, self.slot
        found: tuple[int, int] | None = None
        for number, needs in enumerate(ways):
            start = first_fit(needs, free, self.slot + 1, last)
            if start is not None and (found is None or start < found[1]):
                found, last = (number, start), start - 1
        return found

    def _promise(self, needs: Needs, start: int) -> None:
        """Keep units for a head from its start on, unless its pools have one already."""
        pools = {need.pool for need in needs}
        if pools.isdisjoint(self.heads):
            take(needs, self.queueing.free, start)
            self.promised.append((needs, start))
            self.heads |= pools
