"""A practice market's own history is a scenario; a shorter scenario keeps its order of things."""

from pathlib import Path

from sim.scenarios.shipped import scenario
from sim.trials.practice import practice, shortened


def test_a_markets_past_is_lived_through_again(tmp_path: Path) -> None:
    there = practice(tmp_path, 1)
    demand = there.demand(1)
    assert demand.organisation.days == 1
    assert len(demand.jobs) > 20
    assert there.demand(2).jobs == demand.jobs


def test_a_shorter_scenario_has_its_maintenance_inside() -> None:
    short = shortened(scenario("demo"), 7)
    assert short.file.days == 7
    assert [away.day for away in short.file.maintenance] == [3, 4]
    assert short.file.spot is not None
    assert short.file.spot.from_day == 5
    assert shortened(short, 9) is short
