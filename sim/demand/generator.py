"""The generator that makes up an organisation's jobs."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from sim.demand import distributions as drawn
from sim.demand.job import (
    CENT_UCR,
    DAY,
    DEAREST_PART,
    FURTHEST,
    LONGEST_SLOTS,
    SLOT,
    Decay,
    Job,
    JobLeg,
    JobOption,
    first_sale,
)
from sim.demand.organisation import Organisation, PoolSpec, TeamHabits, TeamSpec

BURSTS: Final = 1_000_000
"""The part of a team's luck that times its bursts; the parts below are its days."""
DEADLINES: Final = 2_000_000
"""The part of a team's luck that says which jobs of its first day have deadlines, and when."""
MARKUP: Final = 0.6
"""By how much ln value has risen when a deadline falls due."""


def generate(organisation: Organisation, seed: int) -> list[Job]:
    """The jobs that the organisation's teams submit, by time of submission and id.

    Each team draws from streams of its own, one a day, so that another team, or another day, more
    or less leaves its jobs as they were. The distributions and their sources stand in
    ``sim.demand.distributions``; work is planned a day ahead, so that no job must start before the
    first slot on sale after it was submitted.
    """
    pools = {pool.id: pool for pool in organisation.pools}
    jobs = [
        job
        for team in organisation.teams
        if team.habits is not None
        for job in _TeamDemand(team, team.habits, pools, organisation, seed).jobs()
    ]
    return sorted(jobs, key=lambda job: (job.submitted, job.id))


@dataclass(frozen=True, slots=True)
class _TeamDemand:
    """One team's demand in the making."""

    team: TeamSpec
    habits: TeamHabits
    pools: Mapping[str, PoolSpec]
    organisation: Organisation
    seed: int

    def jobs(self) -> Iterator[Job]:
        hours = 24 * self.organisation.days
        rates = self._rates(hours)
        rising = drawn.ramp_progress(hours, self.habits.deadline_day)
        for day in range(self.organisation.days):
            of_day = slice(24 * day, 24 * day + 24)
            yield from self._day(day, rates[of_day], float(rising[of_day].mean()))

    def _rates(self, hours: int) -> NDArray[np.float64]:
        bursts = drawn.burst_shape(drawn.stream(self.seed, self.team.id, BURSTS), hours)
        days = [self.organisation.start + day * DAY for day in range(hours // 24)]
        week = np.repeat([drawn.WEEKEND if day.weekday() > 4 else 1.0 for day in days], 24)
        shape = np.tile(drawn.daily_shape(), hours // 24) * week * bursts
        ramp = drawn.ramp_shape(hours, self.habits.deadline_day)
        rates: NDArray[np.float64] = self.habits.jobs_per_day / 24 * shape * ramp
        return rates

    def _day(self, day: int, rates: NDArray[np.float64], rising: float) -> Iterator[Job]:
        rng = drawn.stream(self.seed, self.team.id, day)
        counts = rng.poisson(rates)
        at_s = np.sort(np.repeat(np.arange(24), counts) * 3600 + 3600 * rng.random(counts.sum()))
        durations_s = drawn.draw_durations_s(rng, len(at_s))
        gangs = drawn.draw_gangs(rng, len(at_s), wide=self.habits.gangs == "wide")
        midnight = self.organisation.start + day * DAY
        luck = drawn.stream(self.seed, self.team.id, DEADLINES + day).random((len(at_s), 2))
        for number, second in enumerate(at_s):
            job = self._job(
                f"{self.team.id}-{day:02d}-{number:03d}",
                midnight + timedelta(seconds=int(second)),
                (float(durations_s[number]), int(gangs[number]), rising),
                rng,
            )
            chosen, place = float(luck[number, 0]), float(luck[number, 1])
            due = chosen < self.habits.deadlines
            yield replace(job, decay=self._decay(job, place)) if due else job

    def _decay(self, job: Job, place: float) -> Decay:
        """When a job's worth begins to fall, and when nothing is left of it.

        Of work that can be done by its team's deadline all is lost then, and the fall takes the
        last ``place`` of the day before. Other work is worth least at the end of its last start:
        the fall begins at ``place`` of the way there from its first possible end.
        """
        first_end = job.earliest + job.options[0].extent_slots * SLOT
        slots = max(option.extent_slots for option in job.options)
        last_end = job.latest_start + slots * SLOT
        if self.habits.deadline_day is not None:
            due = self.organisation.start + self.habits.deadline_day * DAY
            if first_end <= due <= job.submitted + drawn.RAMP_DAYS * DAY:
                return Decay(soft=max(first_end, due - _whole_slots(place * DAY)), hard=due)
        soft = first_end + _whole_slots(place * (last_end - first_end))
        return Decay(soft=soft, hard=last_end + SLOT)

    def _job(
        self, name: str, submitted: datetime, size: tuple[float, int, float], rng: Generator
    ) -> Job:
        duration_s, gang, rising = size
        project = int(rng.integers(len(self.team.projects)))
        with_expert = bool(rng.random() < self.habits.needs_expert)
        gang = _held(gang, self.pools)
        options = self._options(duration_s, gang, rising, rng=rng, with_expert=with_expert)
        slots = max(option.extent_slots for option in options)
        earliest, latest = _window(submitted, slots, rng, with_expert=with_expert)
        waits = (latest - submitted) * float(rng.random())
        cancels = rng.random() < self.habits.cancels
        return Job(
            id=name,
            team=self.team.id,
            project=self.team.projects[project],
            theme=self.team.themes[project % len(self.team.themes)],
            submitted=submitted,
            earliest=earliest,
            latest_start=latest,
            options=options,
            standing=bool(rng.random() < self.habits.standing),
            cancels_at=submitted + timedelta(seconds=1) + waits if cancels else None,
        )

    def _options(
        self,
        duration_s: float,
        gang: int,
        rising: float,
        *,
        rng: Generator,
        with_expert: bool,
    ) -> tuple[JobOption, ...]:
        """The home pool first, then other GPU models in the order of the team's liking."""
        fitting = self._fitting(gang)
        home = fitting[int(rng.choice(len(fitting), p=_parts([like for _, like in fitting])))][0]
        others = [pool for pool, _ in fitting if pool is not home]
        extras = _extras(self.pools, home, gang, rng, evaluates=self.habits.evaluates)
        expert = _expert_leg(self.pools, rng) if with_expert else None
        spread = self.habits.value_spread * float(rng.standard_normal())
        density = self.habits.value_median * math.exp(spread + MARKUP * rising)
        work = density * home.reserve_ucr * gang * duration_s / 3600
        if expert is not None:
            work += density * expert.duration_slots * self.pools[expert.pool].reserve_ucr
        work = min(work, self.team.budget_ucr / DEAREST_PART)
        chosen = [home, *others[:2]] if rng.random() < self.habits.flexible else [home]
        factors = [1.0, *(float(factor) for factor in rng.uniform(0.75, 1.05, len(chosen) - 1))]
        options: list[JobOption] = []
        for pool, factor in zip(chosen, factors, strict=True):
            slots = math.ceil(duration_s * (home.speed / pool.speed) / 3600)
            legs = _legs(pool, gang, slots, extras, expert)
            if legs:
                cents = max(1, round(work * factor / CENT_UCR))
                options.append(JobOption(value_ucr=cents * CENT_UCR, legs=legs))
        return tuple(options)

    def _fitting(self, gang: int) -> list[tuple[PoolSpec, float]]:
        """Pools that could hold the gang: those the team likes, else any."""
        liked = [(self.pools[pool], like) for pool, like in self.habits.pools]
        anything = [(pool, 1.0) for pool in self.pools.values() if pool.unit == "gpu"]
        for choice in (liked, anything):
            fits = [
                (pool, like)
                for pool, like in choice
                if gang <= pool.units and gang % pool.block_size == 0
            ]
            if fits:
                return sorted(fits, key=lambda pair: (-pair[1], pair[0].id))
        raise ValueError(f"{self.team.id}: no pool holds {gang} GPUs at once")


def _held(gang: int, pools: Mapping[str, PoolSpec]) -> int:
    """The gang as some pool of GPUs can hold it: in whole blocks, and no larger than the pool."""
    sizes = [(pool.block_size, pool.units) for pool in pools.values() if pool.unit == "gpu"]
    held = [min(-(-gang // block), units // block) * block for block, units in sizes]
    enough = [size for size in held if size >= gang]
    return min(enough) if enough else max(held, default=gang)


def _whole_slots(length: timedelta) -> timedelta:
    return length // SLOT * SLOT


def _parts(weights: list[float]) -> list[float]:
    return [weight / sum(weights) for weight in weights]


def _extras(
    pools: Mapping[str, PoolSpec], home: PoolSpec, gang: int, rng: Generator, *, evaluates: float
) -> JobLeg | None:
    """An evaluation after the training, on the slowest GPUs; its offset is set later."""
    slowest = min((p for p in pools.values() if p.unit == "gpu"), key=lambda p: (p.speed, p.id))
    wanted, slots = rng.random() < evaluates, int(rng.integers(1, 5))
    if not wanted or slowest is home:
        return None
    blocks = max(1, min(gang, slowest.units // 4) // slowest.block_size)
    quantity = blocks * slowest.block_size
    return JobLeg(pool=slowest.id, quantity=quantity, offset_slots=0, duration_slots=slots)


def _expert_leg(pools: Mapping[str, PoolSpec], rng: Generator) -> JobLeg | None:
    """One expert's first hours of a job, beside the GPUs."""
    slots = int(rng.integers(1, 6))
    experts = sorted(pool.id for pool in pools.values() if pool.unit == "expert")
    if not experts:
        return None
    return JobLeg(pool=experts[0], quantity=1, offset_slots=0, duration_slots=slots)


def _legs(
    pool: PoolSpec, gang: int, slots: int, after: JobLeg | None, beside: JobLeg | None
) -> tuple[JobLeg, ...]:
    """All legs of one option; none where the work takes too long on this pool."""
    room = LONGEST_SLOTS - (after.duration_slots if after else 0)
    if slots > LONGEST_SLOTS:
        return ()
    slots = min(slots, room)
    legs = [JobLeg(pool=pool.id, quantity=gang, offset_slots=0, duration_slots=slots)]
    if after is not None:
        legs.append(
            JobLeg(
                pool=after.pool,
                quantity=after.quantity,
                offset_slots=slots,
                duration_slots=after.duration_slots,
            )
        )
    return (*legs, beside) if beside else tuple(legs)


def _window(
    submitted: datetime, slots: int, rng: Generator, *, with_expert: bool
) -> tuple[datetime, datetime]:
    """When the job may start: from the next sale on (55 % within a day of it, 35 % some days
    later, 10 % in the week after), with slack. Experts' calendars need three days more."""
    kind = rng.random()
    later_h = (rng.uniform(0, 24), rng.exponential(36), rng.uniform(96, 216))
    wait_h = later_h[0 if kind < 0.55 else 1 if kind < 0.9 else 2]
    patience_h = rng.exponential(drawn.PATIENCE_H)
    slack_h = max(rng.uniform(drawn.SLACK_LOW, drawn.SLACK_HIGH) * slots, patience_h)
    if with_expert:
        slack_h += 72
    sale = first_sale(submitted)
    last_h = int((submitted + FURTHEST - sale) / SLOT)
    earliest_h = min(int(wait_h), last_h)
    latest_h = min(earliest_h + int(slack_h), last_h)
    return sale + earliest_h * SLOT, sale + latest_h * SLOT
