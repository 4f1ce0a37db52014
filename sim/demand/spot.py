"""Work that fits between the time-boxes: sweeps, evaluations, batch scoring. It may be interrupted,
and goes on where it stopped.

No published figure stands behind it: sizes, lengths, limits and how much of it there is are
invented, so that the gaps of some pools are more than it needs, and those of others less.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from sim.demand import distributions as drawn
from sim.demand.job import CENT_UCR, DAY
from sim.demand.organisation import Organisation, PoolSpec, TeamSpec

OFFERED: Final = 0.25
"""Unit-hours asked for at the floor, as a part of all that a pool has."""

BLOCKS: Final = (1, 2, 4)
BLOCK_WEIGHTS: Final = (0.6, 0.3, 0.1)
FINE_UNITS: Final = 8_000
"""In pools larger than this jobs are so many times larger, and as few: a day of the largest would
else be a hundred thousand of them."""
HOURS_MEDIAN: Final = 3.0
HOURS_SPREAD: Final = 0.9
LONGEST_H: Final = 24.0
LIMIT_MEDIAN: Final = 0.5  # above the reserve price, as a part of it
LIMIT_SPREAD: Final = 0.8
PROTECTED_SHARE: Final = 0.3
PROTECTED: Final = timedelta(hours=1)
"""So many ask for a minimum runtime of an hour: their first result takes so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotJob:
    """Work of ``needs`` on ``quantity`` units of ``pool``, in one go or in parts. ``checkpoint``:
    between two states from which it can go on; zero: it goes on where it was interrupted."""

    id: str
    team: str
    project: str
    theme: str
    pool: str
    quantity: int
    limit_ucr: int  # per unit-hour
    minimum: timedelta
    needs: timedelta
    submitted: datetime
    checkpoint: timedelta = timedelta(0)


def generate_spot(
    organisation: Organisation, seed: int, first_day: int, days: int, offered: float = OFFERED
) -> list[SpotJob]:
    """What the teams ask of spot on the given days of the run, by time of submission and id.

    ``offered``: unit-hours asked for at the floor, as a part of all that a pool has. Each pool
    draws from streams of its own, one a day (``sim.demand.distributions.stream``).
    """
    jobs = [
        job
        for pool in organisation.pools
        if pool.unit == "gpu"
        for day in range(first_day, first_day + days)
        for job in _day(organisation, pool, seed, day, offered)
    ]
    return sorted(jobs, key=lambda job: (job.submitted, job.id))


def _day(
    organisation: Organisation, pool: PoolSpec, seed: int, day: int, offered: float
) -> Iterator[SpotJob]:
    rng = drawn.stream(seed, f"spot/{pool.id}", day)
    midnight = organisation.start + day * DAY
    shape = drawn.daily_shape() * (drawn.WEEKEND if midnight.weekday() > 4 else 1.0)
    counts = rng.poisson(_jobs_a_day(pool, offered) / 24 * shape)
    at_s = np.sort(np.repeat(np.arange(24), counts) * 3600 + 3600 * rng.random(counts.sum()))
    teams, likes = _fans(organisation, pool)
    for number, second in enumerate(at_s):
        team = teams[int(rng.choice(len(teams), p=likes))]
        yield _job(
            f"spot-{pool.id}-{day:02d}-{number:03d}",
            team,
            pool,
            midnight + timedelta(seconds=int(second)),
            rng,
        )


def _jobs_a_day(pool: PoolSpec, offered: float) -> float:
    blocks = sum(size * weight for size, weight in zip(BLOCKS, BLOCK_WEIGHTS, strict=True))
    hours = HOURS_MEDIAN * math.exp(HOURS_SPREAD**2 / 2)
    return offered * pool.units * 24 / (blocks * _block(pool) * hours)


def _block(pool: PoolSpec) -> int:
    """The units that jobs count in."""
    return pool.block_size * -(-pool.units // FINE_UNITS)


def _fans(organisation: Organisation, pool: PoolSpec) -> tuple[list[TeamSpec], list[float]]:
    """Teams that like the pool, with weights; all of them alike where none says so."""
    liked = [
        (team, weight)
        for team in organisation.teams
        if team.habits is not None
        for name, weight in team.habits.pools
        if name == pool.id
    ] or [(team, 1.0) for team in organisation.teams]
    total = sum(weight for _, weight in liked)
    return [team for team, _ in liked], [weight / total for _, weight in liked]


def _job(name: str, team: TeamSpec, pool: PoolSpec, submitted: datetime, rng: Generator) -> SpotJob:
    project = int(rng.integers(max(len(team.projects), 1)))
    blocks = int(rng.choice(BLOCKS, p=BLOCK_WEIGHTS))
    hours = HOURS_MEDIAN * math.exp(HOURS_SPREAD * float(rng.standard_normal()))
    times = 1 + LIMIT_MEDIAN * math.exp(LIMIT_SPREAD * float(rng.standard_normal()))
    floor_ucr = max(pool.reserve_ucr, CENT_UCR)
    cents = math.ceil(times * floor_ucr / CENT_UCR)
    protected = rng.random() < PROTECTED_SHARE
    return SpotJob(
        id=name,
        team=team.id,
        project=team.projects[project] if team.projects else "",
        theme=team.themes[project % len(team.themes)] if team.themes else "",
        pool=pool.id,
        quantity=min(blocks * _block(pool), pool.units // pool.block_size * pool.block_size),
        limit_ucr=cents * CENT_UCR,
        minimum=PROTECTED if protected else timedelta(0),
        needs=timedelta(minutes=max(round(60 * min(hours, LONGEST_H)), 5)),
        submitted=submitted,
    )
