"""The market as a policy: true values, the same run everywhere, luck of one's own, failures."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

from pricing.units import MICRO
from sim.demand.demand import Demand
from sim.demand.organisation import FailureSpec, Organisation
from sim.policies.market import Market
from sim.results.run import Ran, Run
from tests.sim.crowds import HOURLY, START, crowd, job, pool, quiet, team

MINDS = ("zero-intelligence", "truthful", "deadline")
FINGERPRINT = """
from tests.sim.policies.test_market import small
print(small(3).fingerprint())
"""


def small(teams: int) -> Run:
    demand = crowd(teams, 2 * teams, 4, units=8)
    agents = {one.id: MINDS[0] for one in demand.organisation.teams}
    return Market(HOURLY, agents).run(demand, 1, quiet)


def test_the_same_seed_gives_the_same_run_in_another_process_with_another_hash_seed() -> None:
    env = os.environ | {"PYTHONHASHSEED": "4711"}
    told = subprocess.run(
        [sys.executable, "-c", FINGERPRINT], env=env, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == small(3).fingerprint()


def test_a_run_adds_up() -> None:
    run = small(3)
    assert 0 < sum(one.served for one in run.jobs) < len(run.jobs)
    paid = sum(one.paid_ucr for one in run.jobs)
    assert paid == sum(run.spent_ucr.values()) > 0
    for one in run.jobs:
        value_ucr = one.job.options[0].value_ucr
        assert one.delivered_ucr == (value_ucr if one.served else 0)
        assert one.served or one.reason
    assert (run.used["gpu"] <= run.capacity["gpu"]).all()
    assert ((run.price_ucr["gpu"] >= 0) == (run.used["gpu"] > 0)).all()


def alone(demand: Demand) -> Demand:
    """As many units as anybody may ask for: nobody is in anybody's way."""
    return replace(demand, organisation=replace(demand.organisation, pools=(pool(10_000),)))


def test_another_team_leaves_the_others_luck_alone() -> None:
    spent = []
    for teams in (2, 3):
        demand = alone(crowd(3, 6, 4))
        kept = demand.organisation.teams[:teams]
        names = {one.id for one in kept}
        demand = replace(
            demand,
            organisation=replace(demand.organisation, teams=kept),
            jobs=tuple(one for one in demand.jobs if one.team in names),
        )
        asked = _asked(demand)
        spent.append({key: value for key, value in asked.items() if key.startswith("team-0")})
    fewer, more = spent
    assert fewer.items() <= more.items()
    assert len(more) > len(fewer)


def _asked(demand: Demand) -> dict[str, int]:
    """What was bid for each job, by teams that draw it."""
    from marketplace.domain.page import every
    from marketplace.services import order
    from sim.agents.registry import agents_of
    from sim.engine.course import Course
    from sim.engine.market import live

    agents = agents_of({one.id: MINDS[0] for one in demand.organisation.teams})
    world = live(
        demand.organisation, demand.jobs, (), HOURLY, 1, quiet, agents=agents, course=Course()
    )
    return {
        one.request.key: one.request.options[0].value_ucr
        for mine in demand.organisation.teams
        for one in every(order.listed, world.store, team=mine.id)
    }


def failing(checkpoint: timedelta) -> Ran:
    """Four hours of work on eight of eight units, of which one fails after two and a half."""
    work = replace(
        job("work", "solo", value=100, units=8, hours=4, at=timedelta(seconds=1), slack=20),
        checkpoint=checkpoint,
    )
    lost = FailureSpec(
        pool="gpu",
        start=START + timedelta(hours=4, minutes=30),
        end=START + timedelta(hours=6),
        quantity=1,
    )
    organisation = Organisation(
        pools=(pool(8),), teams=(team("solo"),), start=START, days=1, failures=(lost,)
    )
    demand = Demand(name="failing", organisation=organisation, jobs=(work,))
    return Market(HOURLY).run(demand, 1, quiet).jobs[0]


def test_a_failure_costs_what_ran_since_the_last_checkpoint_and_the_rest_is_asked_for_again() -> (
    None
):
    ran = failing(timedelta(hours=1))
    assert (ran.interruptions, ran.lost_unit_s) == (1, 8 * 1800)
    assert ran.delivered_ucr == 100 * MICRO
    assert ran.start == START + timedelta(hours=2)
    assert ran.end == START + timedelta(hours=8)


def test_without_a_checkpoint_the_work_begins_again() -> None:
    ran = failing(timedelta(hours=4))
    assert (ran.interruptions, ran.lost_unit_s) == (1, 8 * 9000)
    assert ran.end == START + timedelta(hours=10)
