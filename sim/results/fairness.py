"""How evenly teams fare: finish times against a part of one's own.

Finish-time fairness is Themis's (Mahajan et al., NSDI 2020), rho = T_shared / T_independent, here
for each team over all of its jobs:

- T_shared: from a job's earliest start to its end, added up over the jobs. A job that never ran
  counts as if it had started at its latest start: the least that it would have taken.
- T_independent: the same, had the team 1/N of every pool for itself, N being how many teams there
  are. Its jobs, each in its first option, are taken by earliest start; each starts once the jobs
  before it leave room. A job wider than the part runs on the whole part, as much longer as the part
  is narrower. Parts may be fractions of a unit; closing hours, maintenance and windows are left
  out.

Jobs that the team itself called off count on neither side. Above 1 the team would do better alone.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Final

from sim.demand.demand import Demand
from sim.demand.job import SLOT, Job, JobOption
from sim.results.run import Ran, Run

HOUR: Final = timedelta(hours=1)


def finish_time_fairness(run: Run) -> dict[str, float]:
    """Rho of every team that has jobs, as this module defines it."""
    alone = independent_hours(run.demand)
    shared: dict[str, float] = {}
    independent: dict[str, float] = {}
    for one in run.jobs:
        if called_off(one):
            continue
        team = one.job.team
        shared[team] = shared.get(team, 0.0) + _shared_hours(one)
        independent[team] = independent.get(team, 0.0) + alone[one.job.id]
    return {team: shared[team] / independent[team] for team in sorted(shared)}


def called_off(one: Ran) -> bool:
    """Whether its own team withdrew it, or would have before it ran."""
    return one.job.cancels_at is not None and not one.served


def peak(option: JobOption) -> dict[str, int]:
    """The most units of each pool that an option uses at one time.

    Legs begin and end at whole slots, so it is enough to look where legs begin.
    """
    most: dict[str, int] = {}
    for first in option.legs:
        at = first.offset_slots
        together = sum(
            leg.quantity
            for leg in option.legs
            if leg.pool == first.pool
            and leg.offset_slots <= at < leg.offset_slots + leg.duration_slots
        )
        most[first.pool] = max(most.get(first.pool, 0), together)
    return most


def independent_hours(demand: Demand) -> dict[str, float]:
    """Hours from each job's earliest start to its end, on its team's 1/N of every pool."""
    teams = len(demand.organisation.teams)
    parts = {pool.id: pool.units / teams for pool in demand.organisation.pools}
    start = demand.organisation.start
    own: dict[str, dict[str, _Part]] = {}
    hours = {}
    for job in sorted(demand.jobs, key=lambda job: (job.earliest, job.id)):
        pools = own.setdefault(job.team, {pool: _Part(units) for pool, units in parts.items()})
        hours[job.id] = _alone(job, pools, start)
    return hours


@dataclass(slots=True)
class _Part:
    """One team's part of a pool, and what runs on it: units by when they come free."""

    units: float
    free: float = field(init=False)
    last_start: float = 0.0
    running: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free = self.units

    def room_at(self, at: float, units: float) -> float:
        """The first hour from ``at`` on, and from the last start on, with ``units`` free."""
        at = max(at, self.last_start)
        while self.running and (self.running[0][0] <= at or self.free < units - 1e-9):
            end, back = heappop(self.running)
            at, self.free = max(at, end), self.free + back
        return at

    def take(self, start: float, end: float, units: float) -> None:
        """Let ``units`` run from ``start`` to ``end``."""
        self.last_start = start
        self.free -= units
        heappush(self.running, (end, units))


def _alone(job: Job, pools: dict[str, _Part], start: datetime) -> float:
    option = job.options[0]
    wants = peak(option)
    longer = max(1.0, *(units / pools[pool].units for pool, units in wants.items()))
    arrives = (job.earliest - start) / HOUR
    begins = arrives
    settled = False
    while not settled:  # until all of its pools have room at one time
        found = begins
        for pool, units in wants.items():
            found = pools[pool].room_at(found, units / longer)
        settled, begins = found == begins, found
    ends = begins + option.extent_slots * (SLOT / HOUR) * longer
    for pool, units in wants.items():
        pools[pool].take(begins, ends, units / longer)
    return ends - arrives


def _shared_hours(one: Ran) -> float:
    job = one.job
    end = one.end or job.latest_start + job.options[0].extent_slots * SLOT
    return (end - job.earliest) / HOUR
