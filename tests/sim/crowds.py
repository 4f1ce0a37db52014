"""Made-up crowds: a few pools, many teams, short jobs."""

from datetime import UTC, datetime, timedelta

import numpy as np

from marketplace.rules import MarketRules
from pricing.units import MICRO
from sim.demand.demand import Demand
from sim.demand.distributions import stream
from sim.demand.job import CENT_UCR, SLOT, Job, JobLeg, JobOption
from sim.demand.organisation import Organisation, PoolSpec, TeamSpec

START = datetime(2026, 11, 2, tzinfo=UTC)
HOURLY = MarketRules(
    work=200,
    cycle_minutes=60,
    lead_minutes=60,
    horizon_hours=24,
    longest_hours=24,
    indicative_hours="",
)


def pool(units: int, name: str = "gpu") -> PoolSpec:
    return PoolSpec(
        id=name, name=name, unit="gpu", units=units, block_size=1, reserve_ucr=MICRO // 2
    )


def team(name: str, budget: int = 1_000_000) -> TeamSpec:
    return TeamSpec(
        id=name,
        name=name,
        themes=("t",),
        cost_centre="cc",
        budget_ucr=budget * MICRO,
        projects=("p",),
    )


def job(
    name: str,
    owner: str,
    *,
    value: float,
    units: int = 1,
    hours: int = 1,
    at: timedelta = timedelta(0),
    earliest: int = 2,
    slack: int = 0,
    standing: bool = True,
) -> Job:
    """Submitted ``at`` after the start; ``earliest`` hours from the start on; value in credits."""
    first = START + earliest * SLOT
    leg = JobLeg(pool="gpu", quantity=units, offset_slots=0, duration_slots=hours)
    return Job(
        id=name,
        team=owner,
        project="p",
        theme="t",
        submitted=START + at,
        earliest=first,
        latest_start=first + slack * SLOT,
        options=(JobOption(value_ucr=max(int(value * MICRO), 1), legs=(leg,)),),
        standing=standing,
        cancels_at=None,
    )


def crowd(
    teams: int, jobs_an_hour: int, hours: int, *, units: int = 64, days: int = 1, seed: int = 1
) -> Demand:
    """Teams that ask for an hour or a few, ahead of time; each draws from its own stream."""
    names = [f"team-{number:02d}" for number in range(teams)]
    found: list[Job] = []
    for number, name in enumerate(names):
        rng = stream(seed, name, 0)
        whole = jobs_an_hour * hours
        count = (number + 1) * whole // teams - number * whole // teams
        found += [_drawn(f"{name}-{one}", name, hours, rng) for one in range(count)]
    found.sort(key=lambda one: (one.submitted, one.id))
    organisation = Organisation(
        pools=(pool(units),), teams=tuple(map(team, names)), start=START, days=days
    )
    return Demand(name="crowd", organisation=organisation, jobs=tuple(found))


def _drawn(name: str, owner: str, hours: int, rng: np.random.Generator) -> Job:
    second = int(rng.integers(hours * 3600))
    units, length = int(rng.choice([1, 2, 4, 8])), int(rng.integers(1, 4))
    worth = units * length * 0.5 * float(np.exp(rng.normal(1.0, 0.8)))
    return job(
        name,
        owner,
        value=round(worth * MICRO / CENT_UCR) * CENT_UCR / MICRO,
        units=units,
        hours=length,
        at=timedelta(seconds=second),
        earliest=second // 3600 + 3 + int(rng.integers(0, 3)),
        slack=int(rng.integers(0, 4)),
    )


def quiet(what: str, done: int, of: int) -> None:
    """No progress."""
