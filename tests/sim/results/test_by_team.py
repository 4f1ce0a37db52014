"""One team's numbers under each policy."""

import pytest

from sim.results.by_team import of_team
from sim.results.comparison import compare
from sim.results.measured import measured
from sim.trials.cell import cells
from tests.sim.trials.few import FEW, TWO, quiet

RUNS = [measured(cell.run(quiet)) for cell in cells(FEW, TWO, (1,))]


def test_a_team_is_told_policy_by_policy() -> None:
    first, second = of_team(compare(RUNS), "vision")
    assert (first.name, second.name) == tuple(one.name for one in TWO)
    [told] = [line for line in RUNS[0].teams if line.id == "vision"]
    assert first.values["delivered"] is not None
    assert first.values["delivered"].mean == told.delivered_ucr
    assert first.values["spent"] is None
    with pytest.raises(KeyError):
        of_team(compare(RUNS), "nobody")
