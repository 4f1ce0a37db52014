"""A pacing team spends its budget, all through the run."""

from datetime import timedelta

from pricing.units import MICRO
from sim.demand.demand import Demand
from sim.demand.distributions import stream
from sim.demand.organisation import Organisation
from sim.policies.market import Market
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

BUDGET = 60


def busy() -> Demand:
    """Two teams that would take all of a pool in every hour."""
    jobs = []
    for owner in ("paced", "rival"):
        luck = stream(1, owner, 0)
        for number in range(12 * 23):
            minute = 5 * number + 1
            jobs.append(
                job(
                    f"{owner}-{number}",
                    owner,
                    value=float(luck.uniform(0.5, 4)),
                    at=timedelta(minutes=minute),
                    earliest=minute // 60 + 3,
                    standing=False,
                )
            )
    ordered = tuple(sorted(jobs, key=lambda one: (one.submitted, one.id)))
    organisation = Organisation(
        pools=(pool(12),), teams=(team("paced", BUDGET), team("rival")), start=START, days=1
    )
    return Demand(name="busy", organisation=organisation, jobs=ordered)


def test_it_spends_its_budget_within_5_percent_and_does_so_all_through_the_run() -> None:
    demand = busy()
    run = Market(HOURLY, {"paced": "pacing"}).run(demand, 1, quiet)
    assert abs(run.spent_ucr["paced"] / (BUDGET * MICRO) - 1) <= 0.05
    noon = START + timedelta(hours=14)
    early = sum(
        one.paid_ucr
        for one in run.jobs
        if one.job.team == "paced" and one.start and one.start < noon
    )
    assert 0.3 < early / (BUDGET * MICRO) < 0.8
