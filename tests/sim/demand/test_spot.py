"""The invented spot demand has the size it says, repeats itself, and asks for what can be had."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sim.demand.spot import OFFERED, PROTECTED, SpotJob, generate_spot
from sim.scenarios.shipped import demo_organisation

START = datetime(2026, 11, 2, tzinfo=UTC)
DEMO = demo_organisation(START)
JOBS = generate_spot(DEMO, 7, 0, DEMO.days)


def hours(job: SpotJob) -> float:
    return job.quantity * (job.needs / timedelta(hours=1))


def test_the_same_seed_gives_the_same_jobs_and_another_gives_others() -> None:
    """§7.7"""
    assert generate_spot(DEMO, 7, 0, DEMO.days) == JOBS
    assert generate_spot(DEMO, 8, 0, DEMO.days) != JOBS


def test_a_pool_less_leaves_the_other_pools_luck_alone() -> None:
    fewer = replace(DEMO, pools=tuple(one for one in DEMO.pools if one.id != "h100"))
    assert generate_spot(fewer, 7, 0, DEMO.days) == [one for one in JOBS if one.pool != "h100"]


def test_later_days_alone_are_the_same_as_in_a_longer_run() -> None:
    week = START + timedelta(days=21)
    assert generate_spot(DEMO, 7, 21, 7) == [one for one in JOBS if one.submitted >= week]


def test_every_job_could_run_in_an_empty_pool() -> None:
    pools = {one.id: one for one in DEMO.pools}
    for job in JOBS:
        pool = pools[job.pool]
        assert pool.unit == "gpu"
        assert 0 < job.quantity <= pool.units
        assert job.quantity % pool.block_size == 0
        assert job.limit_ucr > pool.reserve_ucr
        assert job.minimum in (timedelta(0), PROTECTED)
        assert timedelta(minutes=5) <= job.needs <= timedelta(hours=24)
    assert [one.submitted for one in JOBS] == sorted(one.submitted for one in JOBS)
    assert len({one.id for one in JOBS}) == len(JOBS)


def test_about_as_much_is_offered_as_is_said() -> None:
    there = sum(one.units for one in DEMO.pools if one.unit == "gpu") * 24 * DEMO.days
    assert 0.7 * OFFERED < sum(map(hours, JOBS)) / there < 1.3 * OFFERED
