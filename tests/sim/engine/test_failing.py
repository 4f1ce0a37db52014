"""Work whose time-box is taken away is asked for again, in a sale that is still to come."""

from dataclasses import replace
from datetime import timedelta

from pricing.units import MICRO
from sim.demand.demand import Demand
from sim.demand.organisation import MaintenanceSpec, Organisation
from sim.policies.market import Market
from tests.sim.crowds import HOURLY, START, job, pool, quiet, team

HOUR = timedelta(hours=1)
DAILY = replace(HOURLY, cycle_minutes=24 * 60, lead_minutes=60, horizon_hours=72)


def test_what_maintenance_takes_is_asked_for_in_the_next_sale() -> None:
    """All units are away in the hours that the first cycle sold, which is announced when teams have
    acted for the second one. The third sells from an hour after its close on."""
    away = MaintenanceSpec(
        pool="gpu",
        start=START + 50 * HOUR,
        end=START + 60 * HOUR,
        quantity=4,
        reason="cooling",
    )
    there = Organisation(
        pools=(pool(4),), teams=(team("calm"),), start=START, days=4, maintenance=(away,)
    )
    work = job("work", "calm", value=7, units=4, earliest=50, slack=3)
    run = Market(DAILY).run(Demand(name="one", organisation=there, jobs=(work,)), 1, quiet)
    [done] = run.jobs
    assert (done.served, done.reason) == (True, "")
    assert done.start == START + 73 * HOUR
    assert done.delivered_ucr == 7 * MICRO
