"""Work whose time-box was bought back is asked for again while it can be done, and once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pricing.units import MICRO
from sim.demand.demand import Demand
from sim.demand.job import Job, JobLeg, JobOption
from sim.demand.organisation import Organisation
from sim.engine.course import Course
from sim.policies.market import Market
from sim.results.run import Run
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

HOUR = timedelta(hours=1)


def lived(first: Job, *, resumes: bool = True) -> Run:
    """The first job, recallable, wins its hours at the reserve price; at half past one somebody
    asks for all four units in the hour at 8 alone, worth 30."""
    late = job("late", "busy", value=30, units=4, earliest=8, at=1.5 * HOUR)
    there = Organisation(pools=(pool(4),), teams=(team("calm"), team("busy")), start=START, days=1)
    # of a team that keeps nothing else, and not to be moved
    rules = replace(HOURLY, gate_hours=2, buy_out_share_ppm=0, moves_most=0)
    course = Course(resumes=resumes)
    found = Demand(name="two", organisation=there, jobs=(first, late))
    return Market(rules, {"calm": "recallable"}, course=course).run(found, 1, quiet)


def early(slack: int) -> Job:
    return job("early", "calm", value=7, units=4, earliest=8, slack=slack)


@pytest.mark.parametrize(("resumes", "starts"), [(True, [9, 8]), (False, [None, 8])])
def test_it_runs_an_hour_later_and_its_team_keeps_what_the_buy_out_brought(
    resumes: bool, starts: list[int | None]
) -> None:
    """Two credits were paid and seven came back; the hour at 9 costs two again."""
    run = lived(early(4), resumes=resumes)
    assert [one.start and (one.start - START) // HOUR for one in run.jobs] == starts
    assert run.jobs[1].delivered_ucr == 30 * MICRO
    assert run.gained_ucr["calm"] == 5 * MICRO
    assert run.spent_ucr["calm"] == (2 * MICRO if resumes else 0)
    assert run.jobs[0].paid_ucr == run.spent_ucr["calm"]
    assert run.jobs[0].reason == ("" if resumes else "recalled")


def test_what_can_start_at_no_other_hour_stays_undone_and_says_why() -> None:
    run = lived(early(0))
    assert [one.served for one in run.jobs] == [False, True]
    assert run.jobs[0].reason == "recalled"


def test_a_gang_is_asked_for_once() -> None:
    """Two legs, the one after the other, of which the second job takes the first's hour."""
    legs = tuple(
        JobLeg(pool="gpu", quantity=4, offset_slots=number, duration_slots=1) for number in (0, 1)
    )
    gang = replace(early(4), options=(JobOption(value_ucr=14 * MICRO, legs=legs),))
    run = lived(gang)
    assert [one.served for one in run.jobs] == [True, True]
    assert run.spent_ucr["calm"] == 4 * MICRO
    assert run.used["gpu"].sum() == 3 * 4
