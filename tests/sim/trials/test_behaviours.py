"""How teams bid is compared on the same demand, by name, and under versions of the rules."""

from dataclasses import replace

import pytest

from sim.policies.market import Market
from sim.scenarios.scenario import Scenario
from sim.scenarios.shape import TracePart
from sim.trials.behaviours import FIFTH, behaviours
from sim.trials.cell import cells
from sim.trials.trial import TrialProblem, adoptable, trial
from tests.sim.trials.few import FEW, quiet


def minds(said: str) -> Market:
    """The market as it would be run."""
    [cell] = cells(FEW, behaviours(FEW, [said]), (1,))
    found = cell.policy()
    assert isinstance(found, Market)
    return found


def test_a_name_is_for_all_and_a_team_s_own_goes_before() -> None:
    assert minds("recallable").everyone == "recallable"
    assert minds("recallable").agents == {}
    both = minds("recallable, speech=shading")
    assert (both.everyone, both.agents) == ("recallable", {"speech": "shading"})
    own = minds("speech=shading")
    assert own.agents == {"vision": "truthful", "speech": "shading"}
    assert minds("as it is").agents == {"vision": "truthful", "speech": "truthful"}
    assert minds("movable,speculators").speculators == FIFTH
    assert minds("movable").speculators == 0
    modest = minds("speculators=modest-speculator")
    assert (modest.speculators, modest.agents["speculators"]) == (FIFTH, "modest-speculator")


def test_each_is_tried_under_each_version_of_the_rules() -> None:
    versions = [("as it is", {}), ("floors", {"forward_floor_ppm": 1_000_000})]
    found = behaviours(FEW, ["truthful", "recallable,speculators"], versions)
    assert [one.name for one in found] == [
        "truthful",
        "truthful + floors",
        "recallable + speculators",
        "recallable + speculators + floors",
    ]
    assert [dict(one.rules) for one in found] == [dict(rules) for _, rules in versions] * 2
    digests = {one.digest for one in cells(FEW, found, (1,))}
    assert len(digests) == len(found)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("lucky", "there is no agent 'lucky'; there are truthful"),
        ("vision=lucky", "there is no agent 'lucky'"),
        ("sales=truthful", "there is no team 'sales'; there are speech, vision"),
        ("movable,recallable", "'movable, recallable' says twice"),
        ("vision=movable,vision=shading", "says twice"),
        ("speculators,speculators=speculator", "says twice"),
    ],
)
def test_what_is_no_behaviour_is_refused_in_a_sentence(said: str, says: str) -> None:
    with pytest.raises(TrialProblem, match=says):
        behaviours(FEW, [said])


def test_firm_and_recallable_are_compared_on_the_same_demand_beside_perfect_foresight() -> None:
    versions = behaviours(FEW, ["as it is", "recallable", "recallable,speculators"])
    done = trial(FEW, versions, (1, 2, 3), quiet, foresight=True)
    told = done.comparison
    assert [one.name for one in told.policies] == [one.name for one in versions]
    assert told.seeds == (1, 2, 3)
    assert told.faults == ()
    assert all(one.values["foresight"] is not None for one in told.policies)
    assert told.answers["foresight"].count(" to ") == 3
    assert [one.values["speculation"] is not None for one in told.policies] == [False, False, True]
    assert told.adopt == ""
    assert adoptable(done, FEW) is None


def test_teams_of_a_trace_are_looked_up_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    file = FEW.file.model_copy(update={"pools": (), "teams": (), "trace": TracePart(file="x.csv")})
    demand = FEW.demand(1)
    named = replace(demand.organisation, teams=demand.organisation.teams[:1])
    jobs = tuple(one for one in demand.jobs if one.team == "vision")
    told = replace(demand, organisation=named, jobs=jobs)
    monkeypatch.setattr(Scenario, "demand", lambda *_: told)
    there = Scenario(file, FEW.folder)
    [one] = behaviours(there, ["vision=shading"])
    assert dict(one.agents) == {"vision": "shading"}
    with pytest.raises(TrialProblem, match="there is no team 'speech'; there are vision"):
        behaviours(there, ["speech=shading"])
