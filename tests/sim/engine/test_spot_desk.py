"""A day of spot in a simulated market: work goes on where it stopped, and the books hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.rules import MarketRules
from marketplace.services import check
from sim.demand.generator import generate
from sim.demand.spot import SpotJob, generate_spot
from sim.engine.market import live
from sim.engine.spot_desk import SpotDesk
from sim.engine.story import pool_series, spot_story, team_lines
from sim.engine.world import World
from sim.scenarios.shipped import demo_organisation

DEMO = demo_organisation(datetime(2026, 11, 2, tzinfo=UTC), days=1)
RULES = MarketRules(work=1_000, tick_minutes=15, notice_minutes=15)
SPOT = [replace(job, checkpoint=timedelta(minutes=10)) for job in generate_spot(DEMO, 1, 0, 1)]


def quiet(what: str, done: int, of: int) -> None:
    """No progress."""


def desk(world: World) -> SpotDesk:
    assert world.spot is not None
    return world.spot


@pytest.mark.slow
def test_a_day_of_spot_keeps_all_its_promises() -> None:
    """In one test, for the day takes long to live through."""
    world = live(DEMO, generate(DEMO, 1), SPOT, RULES, 1, quiet)
    every_job_is_done_or_waits_or_runs_or_has_a_reason_not_to(desk(world))
    who_is_done_has_had_the_time_that_it_needs_to_the_second(desk(world))
    what_was_run_since_a_checkpoint_is_lost_and_run_again(desk(world))
    what_ran_is_what_the_teams_paid_for_and_the_books_are_clean(world)


def every_job_is_done_or_waits_or_runs_or_has_a_reason_not_to(found: SpotDesk) -> None:
    ends = len(found.finished) + len(found.ended) + len(found.live) + sum(found.refused.values())
    assert found.placed == len(SPOT) == ends
    assert len(found.finished) > 10
    assert sum(found.interruptions.values()) > 3


def who_is_done_has_had_the_time_that_it_needs_to_the_second(found: SpotDesk) -> None:
    assert all(one.done == one.job.needs for one in found.finished)
    assert all(one.done < one.job.needs for one in found.ended)


def what_was_run_since_a_checkpoint_is_lost_and_run_again(found: SpotDesk) -> None:
    everybody = (*found.finished, *found.ended, *found.live.values())
    kept_s = sum(one.job.quantity * int(one.done.total_seconds()) for one in everybody)
    assert found.lost_s > 0
    assert sum(found.used_s.values()) == kept_s + found.lost_s


def what_ran_is_what_the_teams_paid_for_and_the_books_are_clean(world: World) -> None:
    assert check.check(world.store, quiet).faults == ()
    paid_ucr = sum(one.spot_ucr for one in team_lines(world, ()))
    story = spot_story(world, pool_series(world), paid_ucr)
    assert story is not None
    assert story.jobs == len(SPOT) == story.finished + story.unfinished
    least = sum(one.sold_hours * one.pool.reserve_ucr for one in story.series)
    most = sum(one.sold_hours * float(one.price_ucr.max()) for one in story.series)
    # What still runs at the end is paid only up to its last full hour.
    assert 0.8 * least < paid_ucr < most
    for one in story.series:
        assert 0 < one.sold_hours <= one.idle_hours
        assert len(one.price_ucr) == sum(one.why.values())


def test_without_spot_jobs_there_is_no_spot() -> None:
    world = live(DEMO, [], [], RULES, 1, quiet)
    assert world.spot is None
    assert spot_story(world, pool_series(world), 0) is None


def test_a_job_shorter_than_a_tick_stops_when_it_is_done() -> None:
    jobs: dict[str, SpotJob] = {}
    for seconds, job in zip((1, 899), SPOT, strict=False):
        short = replace(job, needs=timedelta(seconds=seconds), limit_ucr=10 * job.limit_ucr)
        jobs[job.id] = short
    world = live(DEMO, [], list(jobs.values()), RULES, 1, quiet)
    assert {one.job.id: one.done for one in desk(world).finished} == {
        name: job.needs for name, job in jobs.items()
    }
    used = dict.fromkeys((job.pool for job in jobs.values()), 0)
    for job in jobs.values():
        used[job.pool] += job.quantity * int(job.needs.total_seconds())
    assert {pool: desk(world).used_s[pool] for pool in used} == used
