"""Runs made up for tests: four jobs of two teams on one small pool, or many of many."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from sim.demand.demand import Demand
from sim.demand.job import Decay, Job, JobLeg, JobOption
from sim.demand.organisation import Organisation, PoolSpec, TeamSpec
from sim.results.measured import Measured, measured
from sim.results.run import Ran, Run

START = datetime(2026, 3, 2, tzinfo=UTC)
CREDIT = 1_000_000
SLOTS = 24


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def team(id_: str, budget: int = 100) -> TeamSpec:
    return TeamSpec(
        id=id_,
        name=id_.title(),
        themes=(),
        cost_centre="cc",
        budget_ucr=budget * CREDIT,
        projects=(),
    )


def pool(id_: str = "gpu", units: int = 8, unit: str = "gpu") -> PoolSpec:
    return PoolSpec(
        id=id_, name=id_.upper(), unit=unit, units=units, block_size=1, reserve_ucr=CREDIT
    )


def option(units: int, hours: int, value: int, on: str = "gpu") -> JobOption:
    leg = JobLeg(pool=on, quantity=units, offset_slots=0, duration_slots=hours)
    return JobOption(value_ucr=value * CREDIT, legs=(leg,))


def job(
    id_: str,
    owner: str,
    *options: JobOption,
    window: tuple[int, int] = (1, 9),
    decay: tuple[int, int] | None = None,
    cancels: int | None = None,
) -> Job:
    """A job that may start in the hours of its window; decays from one hour to the other."""
    return Job(
        id=id_,
        team=owner,
        project="p",
        theme="t",
        submitted=START,
        earliest=at(window[0]),
        latest_start=at(window[1]),
        options=options,
        standing=False,
        cancels_at=None if cancels is None else at(cancels),
        decay=Decay(soft=at(decay[0]), hard=at(decay[1])) if decay else None,
    )


def ran(
    of: Job, start: int, option_: int = 0, *, interruptions: int = 0, lost_unit_s: int = 0
) -> Ran:
    """The job ran to its end from that hour on."""
    end = at(start + of.options[option_].extent_slots)
    return Ran(
        job=of,
        option=option_,
        start=at(start),
        end=end,
        delivered_ucr=of.worth_ucr(option_, end),
        interruptions=interruptions,
        lost_unit_s=lost_unit_s,
    )


def a_run(
    jobs: Sequence[Ran],
    *,
    policy: str = "GPU Market",
    seed: int = 1,
    pools: Sequence[PoolSpec] = (pool(),),
    teams: Sequence[TeamSpec] = (team("red"), team("blue")),
    prices: Mapping[str, Sequence[int]] | None = None,
    spent: Mapping[str, int] | None = None,
    interruptions: int = 0,
) -> Run:
    """A day on which pools used what these jobs needed, and all of their units were there."""
    used = {one.id: np.zeros(SLOTS, dtype=np.int64) for one in pools}
    for one in jobs:
        if one.start is None or one.option is None:
            continue
        first = (one.start - START) // timedelta(hours=1)
        for leg in one.job.options[one.option].legs:
            begin = first + leg.offset_slots
            used[leg.pool][begin : begin + leg.duration_slots] += leg.quantity
    there = Organisation(pools=tuple(pools), teams=tuple(teams), start=START, days=1)
    return Run(
        policy=policy,
        demand=Demand(
            name="made up",
            organisation=there,
            jobs=tuple(one.job for one in jobs),
            source="a test",
            notes=("Values are invented.",),
        ),
        seed=seed,
        slots=SLOTS,
        jobs=tuple(jobs),
        capacity={one.id: np.full(SLOTS, one.units, dtype=np.int64) for one in pools},
        used=used,
        price_ucr={
            of: np.array([-1 if price < 0 else price * CREDIT for price in row], dtype=np.int64)
            for of, row in (prices or {}).items()
        },
        spent_ucr={of: amount * CREDIT for of, amount in (spent or {}).items()},
        interruptions=interruptions,
    )


def small() -> Run:
    """Worked by hand in the tests: three of four jobs ran, on 8 GPUs over a day.

    Red's r1 (4 GPUs × 2 h, 20 credits) ran at once; r2 (8 × 4 h, 40) waited 2 h and ended halfway
    between its deadlines; b1 (1 × 1 h, 10, or 4 on experts) waited 5 h and ran in its second
    option, interrupted once; b2 (2 × 3 h, 30) never ran.
    """
    r1 = job("r1", "red", option(4, 2, 20), decay=(5, 6))
    r2 = job("r2", "red", option(8, 4, 40), decay=(6, 8))
    b1 = job("b1", "blue", option(1, 1, 10), option(1, 1, 4, "experts"), window=(2, 9))
    b2 = job("b2", "blue", option(2, 3, 30), window=(3, 9), decay=(9, 12))
    return a_run(
        (
            ran(r1, 1),
            ran(r2, 3),
            ran(b1, 7, 1, interruptions=1, lost_unit_s=1800),
            Ran(job=b2, reason="outbid"),
        ),
        pools=(pool(), pool("experts", 2, "expert")),
        prices={"gpu": [-1, 2, 4, 4, -1, 2, 1, *[-1] * 17]},
        spent={"red": 30, "blue": 10},
        interruptions=2,
    )


def with_value(run: Run, times: float) -> Run:
    """The same run, each job worth so many times as much to its team as it was."""
    jobs = tuple(
        replace(one, delivered_ucr=round(one.delivered_ucr * times)) if one.served else one
        for one in run.jobs
    )
    return replace(run, jobs=jobs)


def seeds(policy: str, *times: float) -> list[Measured]:
    """The small run under seeds 1, 2, ... each with the demand of its seed, worth so much."""
    return [
        replace(measured(with_value(replace(small(), policy=policy), one)), seed=seed)
        for seed, one in enumerate(times, 1)
    ]
