"""A trial compares what was run on the same seeds, and says which rules to adopt."""

import json
from pathlib import Path

import pytest

from marketplace.errors import BadField
from sim.scenarios.scenario import Scenario
from sim.trials.cell import Variant, cells
from sim.trials.trial import (
    TrialProblem,
    adoptable,
    economies,
    policies,
    rule_versions,
    trial,
    varied,
)
from tests.sim.trials.few import FEW, TWO, quiet


def test_policies_are_compared_seed_by_seed(tmp_path: Path) -> None:
    done = trial(FEW, TWO, (1, 2, 3), quiet, shelf=tmp_path)
    assert [one.name for one in done.comparison.policies] == [one.name for one in TWO]
    assert done.comparison.seeds == (1, 2, 3)
    assert len(done.runs) == 6
    assert done.comparison.faults == ()
    assert trial(FEW, TWO, (1, 2, 3), quiet, shelf=tmp_path) == done


def test_what_makes_no_sense_is_refused() -> None:
    for variants, seeds in (((), (1,)), (TWO, ()), ((TWO[0], TWO[0]), (1,)), (TWO, (1, 1))):
        with pytest.raises(TrialProblem, match="each of them once"):
            trial(FEW, variants, seeds, quiet)
    with pytest.raises(TrialProblem, match="too many"):
        trial(FEW, TWO, range(6_000), quiet)
    with pytest.raises(TrialProblem, match="there is no policy 'lottery'; there are market"):
        policies(["lottery"])
    with pytest.raises(BadField):
        rule_versions([("mine", {"work": 0})])
    with pytest.raises(BadField):
        varied([("wrok", [1, 2])])


def test_economies_are_compared_and_are_no_rules_to_adopt() -> None:
    """Grants for each sprint give all at once; a constant supply only the first week's."""
    with pytest.raises(TrialProblem, match="there is no economy 'gold'; there are sprints"):
        economies(["gold"])
    done = trial(FEW, economies(["sprints", "constant-supply"]), (1,), quiet, foresight=True)
    names = [one.name for one in done.comparison.policies]
    assert names == ["sprints", "constant-supply"]
    assert done.comparison.adopt == ""
    assert len(done.runs) == 2
    assert "foresight" in {one.id for one in done.comparison.measures}
    own = FEW.file.model_copy(update={"economy": "constant-supply"})
    [cell] = cells(Scenario(own, FEW.folder), policies(["market"]), (1,))
    [other] = cells(FEW, economies(["constant-supply"]), (1,))
    [plain] = cells(FEW, policies(["market"]), (1,))
    kinds = [type(one.policy().economy).__name__ for one in (cell, other, plain)]  # type: ignore[attr-defined]
    assert kinds == ["ConstantSupply", "ConstantSupply", "Sprints"]


def test_every_combination_of_values_is_a_variant() -> None:
    found = varied([("work", [100, 200]), ("lead_minutes", [0, 60])])
    assert [one.name for one in found] == [
        "work=100, lead_minutes=0",
        "work=100, lead_minutes=60",
        "work=200, lead_minutes=0",
        "work=200, lead_minutes=60",
    ]


@pytest.mark.drill  # `sim compare` has its short form
def test_rules_are_to_be_adopted_only_where_they_are_surely_better() -> None:
    """A market that sells one unit of eight ahead loses to one that sells all."""
    versions = rule_versions([("few", {"reserved_share_ppm": 125_000}), ("all", {"work": 300})])
    done = trial(FEW, versions, range(1, 9), quiet)
    content = adoptable(done, FEW)
    assert done.comparison.adopt == "all"
    assert content is not None
    said = json.loads(content)
    assert (said["rules"], said["seeds"]) == ({"work": 300}, list(range(1, 9)))
    assert said["why"].startswith("Adopt all: it delivers")


def test_rules_that_are_no_better_are_not_to_be_adopted() -> None:
    versions = (Variant(name="one"), Variant(name="other", rules={"event_days": 29}))
    assert adoptable(trial(FEW, versions, (1, 2, 3), quiet), FEW) is None
