"""Traders without intelligence find nearly the best allocation: the auction does it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from sim.demand.demand import Demand
from sim.demand.distributions import stream
from sim.demand.organisation import Organisation
from sim.engine.course import Course
from sim.policies.market import Market
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

UNITS = 40
TRADERS = 60


def one_slot(seed: int) -> Demand:
    """One pool, one slot, and more traders than units."""
    names = [f"t{number:02d}" for number in range(TRADERS)]
    worth = stream(seed, "worth", 0).uniform(0.5, 10.0, TRADERS)
    jobs = tuple(
        job(name, name, value=float(value), at=timedelta(seconds=1), earliest=3, standing=False)
        for name, value in zip(names, worth, strict=True)
    )
    teams = tuple(team(name) for name in names)
    organisation = Organisation(pools=(pool(UNITS),), teams=teams, start=START, days=1)
    return Demand(name="one slot", organisation=organisation, jobs=jobs)


def test_they_reach_95_percent_of_the_optimum_on_one_pool_and_one_slot() -> None:
    rules = replace(HOURLY, cycle_minutes=12 * 60, lead_minutes=60, horizon_hours=24)
    shares = []
    for seed in range(2):
        demand = one_slot(seed)
        late = tuple(
            replace(
                one, earliest=START + timedelta(hours=14), latest_start=START + timedelta(hours=14)
            )
            for one in demand.jobs
        )
        demand = replace(demand, jobs=late)
        agents = dict.fromkeys((one.id for one in demand.organisation.teams), "zero-intelligence")
        run = Market(rules, agents, course=Course(steps=8)).run(demand, seed, quiet)
        best = np.sort([one.options[0].value_ucr for one in late])[-UNITS:].sum()
        shares.append(sum(one.delivered_ucr for one in run.jobs) / int(best))
    assert min(shares) >= 0.95
