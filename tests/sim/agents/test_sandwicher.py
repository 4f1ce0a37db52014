"""Mirage's auction sandwich does not work here: the bid that is worth most wins."""

from dataclasses import replace
from datetime import timedelta

from sim.demand.demand import Demand
from sim.demand.job import Job
from sim.demand.organisation import Organisation
from sim.policies.market import Market
from sim.results.run import Run
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

RULES = replace(HOURLY, longest_hours=32, work=2_000)
SECOND = timedelta(seconds=1)


def test_the_bid_of_1590_wins_against_a_dense_one_and_two_fillers() -> None:
    layers = {"dense": (40, 0.813 * 40 * 32), "filler-1": (30, 5.0), "filler-2": (27, 1.0)}
    jobs = [
        job(name, "attacker", value=value, units=units, hours=32, at=SECOND, standing=False)
        for name, (units, value) in layers.items()
    ]
    jobs.append(job("wide", "victim", value=1590, units=97, hours=32, at=SECOND, standing=False))
    ran = {one.job.id: one for one in run(jobs).jobs}
    assert ran["wide"].delivered_ucr == 1590 * 10**6
    assert not ran["dense"].served


def test_who_sandwiches_a_job_of_its_own_serves_it_only_if_all_three_layers_win() -> None:
    jobs = [job("own", "attacker", value=400, units=97, hours=2, at=SECOND, standing=False)]
    alone = run(jobs, attacker="sandwicher").jobs[0]
    assert alone.served
    jobs.append(job("wide", "victim", value=390, units=97, hours=2, at=SECOND, standing=False))
    ran = {one.job.id: one for one in run(jobs, attacker="sandwicher").jobs}
    assert ran["wide"].served
    assert not ran["own"].served


def run(jobs: list[Job], attacker: str = "truthful") -> Run:
    organisation = Organisation(
        pools=(replace(pool(100), reserve_ucr=0),),
        teams=(team("attacker"), team("victim")),
        start=START,
        days=1,
    )
    ordered = tuple(sorted(jobs, key=lambda one: (one.submitted, one.id)))
    demand = Demand(name="sandwich", organisation=organisation, jobs=ordered)
    return Market(RULES, {"attacker": attacker}).run(demand, 1, quiet)
