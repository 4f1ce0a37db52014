"""Who buys to be bought out: what it gains and loses by hand, that what it wins serves nobody, and
that it does not pay where nobody's time is dear enough."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.rules import MarketRules
from pricing.units import MICRO
from sim.agents.speculator import Speculator
from sim.demand.demand import Demand
from sim.demand.organisation import Organisation
from sim.policies.market import Market
from sim.results.measures import values
from sim.results.run import Run
from tests.sim.agents.test_flexible import RULES, demand
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

HOUR = timedelta(hours=1)
THREE = Speculator(ahead=3 * HOUR)


def one_hour(late: float) -> Run:
    """Four units, which a speculator takes for the hour at 7 in the first cycle; at half past one
    somebody else asks for the same hour, worth ``late``."""
    jobs = (
        job("none", "sly", value=100, units=4, earliest=2),
        job("work", "busy", value=late, units=4, earliest=7, at=1.5 * HOUR),
    )
    organisation = Organisation(
        pools=(pool(4),), teams=(team("sly"), team("busy")), start=START, days=1
    )
    found = Demand(name="one hour", organisation=organisation, jobs=jobs)
    rules = replace(HOURLY, gate_hours=2, buy_out_share_ppm=0)
    return Market(rules, {"sly": THREE}).run(found, 1, quiet)


def test_it_gains_what_it_named_above_the_price_and_pays_for_what_nobody_wants() -> None:
    """Four unit-hours at the reserve price of a half: 2 credits. The rules buy back for up to 9
    times that more, whatever the team keeps, so 95 % of 20 are named: 17 are gained where the hour
    is dear, and 2 lost where it is not worth 19 and the least gain."""
    dear, cheap = one_hour(30), one_hour(19)
    assert [one.served for one in dear.jobs] == [False, True]
    assert (dear.gained_ucr["sly"], dear.spent_ucr["sly"]) == (17_000_000, 0)
    assert values(dear)["speculation"] == values(dear)["gained"] == 17 * MICRO
    assert [one.served for one in cheap.jobs] == [False, False]
    assert values(cheap)["speculation"] == -2 * MICRO
    assert values(cheap)["gained"] is None


def test_its_own_work_is_left_undone_and_what_it_wins_delivers_nothing() -> None:
    run = one_hour(7)
    assert run.speculators == ("sly",)
    assert values(run)["value"] == 0
    assert run.jobs[0].reason == "never-asked"
    assert run.used["gpu"].sum() == 4


@pytest.mark.parametrize("everyone", ["truthful", "recallable"])
def test_a_fifth_of_all_demand_does_not_gain_by_it_in_the_mean(everyone: str) -> None:
    """Two seeds, by the rules as they are by default."""
    rules = replace(RULES, buy_out_gain_ppm=MarketRules().buy_out_gain_ppm)
    net = []
    for seed in range(1, 3):
        run = Market(rules, everyone=everyone, speculators=0.2).run(demand(seed), 1, quiet)
        assert [one.job.team for one in run.jobs] == [one.team for one in demand(seed).jobs]
        net.append(values(run)["speculation"] or 0)
    assert sum(net) / len(net) < 0
