"""Perfect foresight: all jobs cleared at once, each from its own first sale on."""

from dataclasses import replace
from datetime import timedelta

from sim.demand.demand import Demand
from sim.demand.job import Job
from sim.demand.organisation import Organisation
from sim.policies.easy import EasyBackfill
from sim.policies.foresight import Foresight
from sim.results.measures import values
from tests.sim import crowds


def demand(*jobs: Job) -> Demand:
    organisation = Organisation(
        pools=(crowds.pool(4),), teams=(crowds.team("a"),), start=crowds.START, days=2
    )
    return Demand(name="few", organisation=organisation, jobs=jobs)


def test_it_keeps_an_hour_for_what_comes_later_and_is_worth_more() -> None:
    """Two jobs want the same four units in the same hour; the second is asked for later."""
    early = crowds.job("early", "a", value=10, units=4, earliest=5)
    late = crowds.job("late", "a", value=30, units=4, at=timedelta(hours=2), earliest=5)
    run = Foresight(rules=crowds.HOURLY).run(demand(early, late), 1, crowds.quiet)
    assert [(one.job.id, one.served) for one in run.jobs] == [("early", False), ("late", True)]
    first_come = EasyBackfill().run(demand(early, late), 1, crowds.quiet)
    assert values(first_come)["value"] == 10_000_000
    assert values(run)["value"] == 30_000_000
    assert run.notes == ("Perfect foresight: no plan delivers over 0 % more than its own.",)


def test_nothing_runs_before_its_first_sale_nor_what_was_cancelled_before() -> None:
    """By hourly cycles a job that comes at 00:30 is sold from 02:00 on: an hour after 01:00."""
    at = timedelta(minutes=30)
    soon = crowds.job("soon", "a", value=10, at=at, earliest=0, slack=6)
    gone = replace(
        crowds.job("gone", "a", value=99, units=4, at=at, earliest=0, slack=6),
        cancels_at=crowds.START + timedelta(minutes=50),
    )
    run = Foresight(rules=crowds.HOURLY).run(demand(soon, gone), 1, crowds.quiet)
    assert run.jobs[0].start == crowds.START + timedelta(hours=2)
    assert not run.jobs[1].served
