"""What the same jobs would have got without a market: first come first served, or fixed quotas.

Both book ahead like a shared calendar: jobs are taken in the order in which they were submitted,
and each gets its earliest start or nothing. A job counts for the value of the option it runs in, if
it starts within its window: the same measure as the market's. Failures are booked around as if they
had been announced, which is kinder to these two than life.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marketplace.services.books import Progress
from sim.demand.capacity import CapacityBySlot, capacity_by_slot
from sim.demand.demand import Demand
from sim.demand.job import DAY, LEAD, SLOT, Job, first_sale
from sim.policies.free_units import Grid, add, first_fit, needs_of, take
from sim.policies.policy import Policy
from sim.results.run import Ran, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A job runs in its option number ``option`` from ``start_slot``, counted from the start."""

    job_id: str
    option: int
    start_slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who runs when, what that is worth, and the units in use by pool and slot."""

    placements: tuple[Placement, ...]
    value_ucr: int
    used: Mapping[str, Grid]

    @property
    def served(self) -> int:
        """How many jobs run."""
        return len(self.placements)

    def used_unit_slots(self) -> dict[str, int]:
        """Units × slots in use, by pool."""
        return {pool: int(grid.sum()) for pool, grid in sorted(self.used.items())}


@dataclass(frozen=True, slots=True)
class FirstComeFirstServed(Policy):
    """A shared calendar: whoever asks first books first, at the earliest start that fits."""

    name: str = "First come, first served"

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Book the demand's jobs; no chance is drawn."""
        progress(self.name, 0, 1)
        there = capacity_by_slot(demand.organisation)
        schedule = first_come_first_served(demand.jobs, there)
        progress(self.name, 1, 1)
        return booked_run(self.name, demand, seed, there, schedule)


@dataclass(frozen=True, slots=True)
class FixedQuotas(Policy):
    """The committee's plan: each team owns a part of every pool, by its budget."""

    name: str = "Fixed team quotas"

    def run(self, demand: Demand, seed: int, progress: Progress) -> Run:
        """Book the demand's jobs, each in its team's part; no chance is drawn."""
        progress(self.name, 0, 1)
        there = capacity_by_slot(demand.organisation)
        shares = {team.id: team.budget_ucr for team in demand.organisation.teams}
        schedule = fixed_quotas(demand.jobs, there, shares)
        progress(self.name, 1, 1)
        return booked_run(self.name, demand, seed, there, schedule)


def booked_run(
    name: str, demand: Demand, seed: int, there: CapacityBySlot, schedule: Schedule
) -> Run:
    """A schedule as a run, cut to the days of the demand."""
    slots = demand.organisation.days * (DAY // SLOT)
    placed = {one.job_id: one for one in schedule.placements}
    return Run(
        policy=name,
        demand=demand,
        seed=seed,
        slots=slots,
        jobs=tuple(_ran(job, placed.get(job.id), there) for job in demand.jobs),
        capacity={pool: units[:slots] for pool, units in there.units.items()},
        used={pool: units[:slots] for pool, units in schedule.used.items()},
    )


def _ran(job: Job, placement: Placement | None, there: CapacityBySlot) -> Ran:
    if placement is None:
        return Ran(job=job, reason="no-room")
    start = there.start + placement.start_slot * SLOT
    end = start + job.options[placement.option].extent_slots * SLOT
    return Ran(
        job=job,
        option=placement.option,
        start=start,
        end=end,
        delivered_ucr=job.worth_ucr(placement.option, end),
    )


def first_come_first_served(jobs: Iterable[Job], capacity: CapacityBySlot) -> Schedule:
    """Book each job, in order of submission, at its earliest start that still fits whole.

    Options are tried in the job's order; the first that fits anywhere in the window is taken.
    Bookings are decided when the day closes, as the market's are, so a job cancelled before the
    next 00:00 UTC after its submission is not booked, and books nothing it would not use.
    """
    free = {pool: units.copy() for pool, units in capacity.units.items()}
    return _schedule([(job, free) for job in _in_order(jobs)], capacity)


def fixed_quotas(
    jobs: Iterable[Job], capacity: CapacityBySlot, shares: Mapping[str, int]
) -> Schedule:
    """The committee's plan: each team owns its share of every pool, first come first served in it.

    ``shares`` are weights by team, such as budgets in micro-credits. A pool's units are dealt out
    in whole blocks by largest remainder, slot by slot, so that maintenance and closing hours cost
    everybody their part; units short of a block belong to nobody. A job larger than its team's
    quota cannot run, and neither can one of a team without a share.
    """
    quotas = quotas_of(capacity, shares)
    return _schedule(
        [(job, quotas[job.team]) for job in _in_order(jobs) if job.team in quotas], capacity
    )


def deal_out(blocks: int, shares: Mapping[str, int]) -> dict[str, int]:
    """Whole blocks in proportion to ``shares``, by largest remainder; ties go by the team's id.

    >>> deal_out(8, {"search": 3, "speech": 2})
    {'search': 5, 'speech': 3}
    """
    total = sum(shares.values())
    if total <= 0 or min(shares.values()) < 0:
        raise ValueError(f"shares must not be negative, nor all zero: {dict(shares)}")
    dealt = {team: blocks * share // total for team, share in sorted(shares.items())}
    by_rest = sorted(dealt, key=lambda team: (-(blocks * shares[team] % total), team))
    for team in by_rest[: blocks - sum(dealt.values())]:
        dealt[team] += 1
    return dealt


def quotas_of(capacity: CapacityBySlot, shares: Mapping[str, int]) -> dict[str, dict[str, Grid]]:
    """Each team's part of every pool, slot by slot: by team, then by pool."""
    quotas: dict[str, dict[str, Grid]] = {team: {} for team in shares}
    for pool, units in capacity.units.items():
        size = capacity.block_sizes[pool]
        levels, level_of_slot = np.unique(units // size, return_inverse=True)
        dealt = [deal_out(int(blocks), shares) for blocks in levels]
        for team in shares:
            by_level = np.array([deal[team] * size for deal in dealt], dtype=np.int64)
            quotas[team][pool] = by_level[level_of_slot]
    return quotas


def _in_order(jobs: Iterable[Job]) -> list[Job]:
    """Jobs by submission, without those cancelled before the day they came on closes."""
    kept = (
        job
        for job in jobs
        if job.cancels_at is None or job.cancels_at >= first_sale(job.submitted) - LEAD
    )
    return sorted(kept, key=lambda job: (job.submitted, job.id))


def _schedule(wanted: Sequence[tuple[Job, dict[str, Grid]]], capacity: CapacityBySlot) -> Schedule:
    """Place each job in what is free to it; takes away from that what the job uses."""
    used = {pool: np.zeros_like(units) for pool, units in capacity.units.items()}
    placements: list[Placement] = []
    value_ucr = 0
    for job, free in wanted:
        placement = _place(job, free, capacity)
        if placement is None:
            continue
        option = job.options[placement.option]
        needs = needs_of(option.legs)
        take(needs, free, placement.start_slot)
        add(needs, used, placement.start_slot)
        placements.append(placement)
        value_ucr += option.value_ucr
    return Schedule(placements=tuple(placements), value_ucr=value_ucr, used=used)


def _place(job: Job, free: Mapping[str, Grid], capacity: CapacityBySlot) -> Placement | None:
    after_submission = (job.submitted - capacity.start) // SLOT + 1
    first = max((job.earliest - capacity.start) // SLOT, after_submission, 0)
    last = (job.latest_start - capacity.start) // SLOT
    for number, option in enumerate(job.options):
        start = first_fit(needs_of(option.legs), free, first, last)
        if start is not None:
            return Placement(job_id=job.id, option=number, start_slot=start)
    return None
