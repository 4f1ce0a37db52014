"""What perfect foresight would deliver: the yardstick of every comparison, and no way to share.

All jobs of the run are cleared at once, by the market's own engine, each from the first slot that
the market could have sold it; without prices, budgets or second thoughts. Nobody can do so in life:
it says how much is left to gain. The plan is the best that was found; its note says what no plan
could exceed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np

from allocator.outcome import ClearingRules, Outcome
from allocator.problem import Bid, Leg, Option, Pool, Problem, last_start
from marketplace.rules import MarketRules
from marketplace.services.books import Progress
from pricing.shown import percent_shown
from sim.agents.asking import options_of
from sim.demand.capacity import CapacityBySlot, capacity_by_slot
from sim.demand.demand import Demand
from sim.demand.job import SLOT, Job
from sim.policies.booking import Placement, Schedule, booked_run
from sim.policies.free_units import add, needs_of
from sim.policies.policy import Policy
from sim.results.run import Run

NAME: Final = "Perfect foresight"
WORK: Final = 200_000
"""Of one clearing, however many jobs there are."""

MINUTES: Final = int(SLOT.total_seconds()) // 60
FirstSale = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Foresight(Policy):
    """One clearing of all jobs. ``rules``: whose cycles say from when on a job can be served."""

    rules: MarketRules = field(default_factory=MarketRules)
    name: str = NAME

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Plan the demand's jobs, as if all had been known on the first day."""
        from allocator.clearing import clear  # the solvers, which hardly any process needs

        progress(self.name, 0, 1)
        there = capacity_by_slot(demand.organisation)
        jobs = {job.id: job for job in demand.jobs}
        problem, numbers = _problem(demand.jobs, there, self._first_sale)
        outcome = clear(problem, ClearingRules(seed=seed, work=WORK))
        run = booked_run(self.name, demand, seed, there, _schedule(outcome, jobs, numbers, there))
        progress(self.name, 1, 1)
        more = percent_shown(outcome.proven_gap)
        return replace(
            run, notes=(f"{self.name}: no plan delivers over {more} more than its own.",)
        )

    def _first_sale(self, submitted: datetime) -> datetime:
        return self.rules.sale_start(self.rules.next_close(submitted))


Numbers = dict[str, list[int]]
"""Of each bid's options, by the job's id: which of the job's they are."""


def _problem(
    jobs: tuple[Job, ...], there: CapacityBySlot, first_sale: FirstSale
) -> tuple[Problem, Numbers]:
    slots = len(next(iter(there.units.values()), ()))
    bids, numbers = [], {}
    for job in jobs:
        sold = first_sale(job.submitted)
        if job.cancels_at is not None and job.cancels_at < sold:
            continue
        found = list(_options(job, there, sold, slots))
        if found:
            numbers[job.id] = [number for number, _ in found]
            bids.append(Bid(job.id, job.team, tuple(option for _, option in found)))
    pools = [
        Pool(pool, "gpu", tuple(units.tolist()), (0,) * slots)
        for pool, units in there.units.items()
    ]
    return Problem.of(
        start=there.start, slot_minutes=MINUTES, slots=slots, pools=pools, bids=bids
    ), numbers


def _options(
    job: Job, there: CapacityBySlot, sold: datetime, slots: int
) -> Iterator[tuple[int, Option]]:
    """What a job's order would offer, each with the number of the job's option that it is."""
    for number, option in enumerate(job.options):
        for asked in options_of(replace(job, options=(option,))):
            legs = tuple(
                Leg(leg.pool, leg.quantity, leg.offset // SLOT, leg.duration // SLOT)
                for leg in asked.legs
            )
            first = max(-((there.start - max(asked.earliest_start, sold)) // SLOT), 0)
            last = min((asked.latest_start - there.start) // SLOT, last_start(legs, slots))
            if first <= last:
                yield number, Option(asked.value_ucr, first, last, legs)


def _schedule(
    outcome: Outcome, jobs: dict[str, Job], numbers: Numbers, there: CapacityBySlot
) -> Schedule:
    used = {pool: np.zeros_like(units) for pool, units in there.units.items()}
    placements = []
    for award in outcome.awards:
        number = numbers[award.bid][award.option]
        add(needs_of(jobs[award.bid].options[number].legs), used, award.start)
        placements.append(Placement(job_id=award.bid, option=number, start_slot=award.start))
    return Schedule(placements=tuple(placements), value_ucr=outcome.welfare_ucr, used=used)
