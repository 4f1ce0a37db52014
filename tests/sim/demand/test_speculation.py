"""A team more: as much as was asked for, in the shapes of others' jobs, and nobody else changed."""

from dataclasses import replace

import pytest

from sim.demand.speculation import SPECULATORS, with_speculators
from tests.sim.crowds import crowd, team


@pytest.mark.parametrize("part", [0.1, 0.2, 0.5])
def test_it_makes_up_its_part_of_all_jobs_and_credits(part: float) -> None:
    before = crowd(3, 20, 4)
    after = with_speculators(before, part)
    own = [one for one in after.jobs if one.team == SPECULATORS]
    assert len(own) == pytest.approx(part * len(after.jobs), abs=1)
    assert tuple(one for one in after.jobs if one.team != SPECULATORS) == before.jobs
    teams = {one.id: one.budget_ucr for one in after.organisation.teams}
    assert teams[SPECULATORS] == pytest.approx(part * sum(teams.values()), abs=1)
    shapes = {(one.options, one.earliest, one.latest_start) for one in before.jobs}
    assert {(one.options, one.earliest, one.latest_start) for one in own} <= shapes
    order = [(one.submitted, one.id) for one in after.jobs]
    assert order == sorted(order)


@pytest.mark.parametrize("part", [0.0, 1.0, -0.2])
def test_a_part_that_is_none_is_refused(part: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        with_speculators(crowd(2, 2, 2), part)


def test_a_team_of_that_name_is_refused() -> None:
    found = crowd(1, 2, 2)
    there = replace(found.organisation, teams=(*found.organisation.teams, team(SPECULATORS)))
    with pytest.raises(ValueError, match="no team be called"):
        with_speculators(replace(found, organisation=there), 0.2)
