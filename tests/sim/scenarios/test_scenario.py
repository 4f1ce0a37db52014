"""A scenario's demand is made by its seed, and its span may be another one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sim.scenarios.reading import parse_scenario
from sim.scenarios.scenario import Scenario
from sim.scenarios.shipped import names, scenario
from tests.sim.scenarios.test_reading import GOOD

SMALL = Scenario(parse_scenario(GOOD.encode(), "small.toml"), Path())
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_the_same_seed_gives_the_same_demand_and_another_another() -> None:
    assert SMALL.demand(1) == SMALL.demand(1)
    assert SMALL.demand(1).jobs != SMALL.demand(2).jobs


def test_failures_come_by_the_seed_inside_the_span() -> None:
    found = [one for seed in range(20) for one in SMALL.demand(seed).organisation.failures]
    assert found
    first = SMALL.organisation().start
    assert all(first <= one.start < first + timedelta(days=3) for one in found)
    assert all(one.end > one.start and one.quantity == 8 for one in found)
    expected = 20 * 2 * 3 * 24 / 104  # nodes x hours over mean time up and under repair
    assert 0.5 * expected < len(found) < 1.7 * expected


def test_a_span_of_its_own_moves_the_maintenance_with_it() -> None:
    whole = scenario("demo").organisation()
    short = scenario("demo").organisation(start=MONDAY, days=14)
    assert (short.start, short.days) == (MONDAY, 14)
    assert [one.start - short.start for one in short.maintenance] == [
        timedelta(days=7, hours=8),
        timedelta(days=9, hours=20),
    ]
    assert short.pools == whole.pools
    with pytest.raises(ValueError, match="midnight"):
        scenario("demo").organisation(start=MONDAY + timedelta(hours=1))


@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_asks_for_something_that_its_pools_hold(name: str) -> None:
    one = scenario(name)
    demand = one.demand(one.file.seed)
    units = {pool.id: pool.units for pool in demand.organisation.pools}
    assert one.name == name
    assert len(demand.jobs) > 100
    legs = [leg for job in demand.jobs for option in job.options for leg in option.legs]
    assert all(leg.quantity <= units[leg.pool] for leg in legs)
    assert set(one.agents) == {team.id for team in demand.organisation.teams}
