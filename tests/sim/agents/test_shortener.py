"""Mirage's rolling window does not work here: shortening gets nothing in earlier, so durations do
not collapse."""

from datetime import timedelta
from statistics import median

from marketplace.domain.page import every
from marketplace.services import reservation
from sim.agents.registry import agents_of
from sim.demand.demand import Demand
from sim.demand.distributions import stream
from sim.demand.organisation import Organisation
from sim.engine.course import Course
from sim.engine.market import live
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

TEAMS = [f"t{number}" for number in range(4)]


def crowded() -> Demand:
    """Long jobs, asked for as far ahead as the horizon reaches."""
    jobs = []
    for owner in TEAMS:
        luck = stream(1, owner, 0)
        for number in range(20):
            second, hours = int(luck.integers(20 * 3600)), int(luck.choice([4, 8, 8, 12]))
            jobs.append(
                job(
                    f"{owner}-{number}",
                    owner,
                    value=hours * float(luck.uniform(1, 4)),
                    hours=hours,
                    at=timedelta(seconds=second),
                    earliest=second // 3600 + 20 + int(luck.integers(0, 12)),
                    slack=4,
                )
            )
    organisation = Organisation(
        pools=(pool(20),), teams=tuple(team(name) for name in TEAMS), start=START, days=1
    )
    ordered = tuple(sorted(jobs, key=lambda one: (one.submitted, one.id)))
    return Demand(name="crowded", organisation=organisation, jobs=ordered)


def won_hours(demand: Demand, mind: str) -> list[float]:
    agents = agents_of(dict.fromkeys(TEAMS, mind))
    world = live(
        demand.organisation, demand.jobs, (), HOURLY, 1, quiet, agents=agents, course=Course()
    )
    boxes = every(reservation.listed, world.store)
    return [(one.end - one.start).total_seconds() / 3600 for one in boxes]


def test_durations_do_not_collapse() -> None:
    demand = crowded()
    truthful = median(won_hours(demand, "truthful"))
    assert abs(median(won_hours(demand, "shortener")) / truthful - 1) <= 0.1
