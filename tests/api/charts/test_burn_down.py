"""Credits day by day: what was left, what was spent, and what will be left."""

from datetime import timedelta

import pytest

from api.charts.burn_down import Burn, burn_down
from api.charts.time_axis import Steps
from tests.api.charts import series

DAYS = Steps(series.START, timedelta(days=1), 5)
BURN = Burn(
    left_ucr=(90 * series.CREDIT, 60 * series.CREDIT),
    spent_ucr=(10 * series.CREDIT, 30 * series.CREDIT),
    ahead_ucr=(50 * series.CREDIT, 20 * series.CREDIT, 0),
)


def test_what_will_be_left_goes_on_from_today() -> None:
    traces = series.traces(burn_down(DAYS, BURN, "2026-03-03T06:00"))
    left, ahead = traces["credits left"], traces["left at the rate of late"]
    assert series.numbers(left["y"]) == [90, 60]
    assert series.numbers(ahead["y"]) == [60, 50, 20, 0]
    assert left["x"] == ["2026-03-03T00:00", "2026-03-03T06:00"]
    assert ahead["x"][:2] == ["2026-03-03T06:00", "2026-03-04T00:00"]
    assert ahead["line"]["dash"] == "dot"
    assert series.numbers(traces["spent in the day"]["y"]) == pytest.approx([10, 30])
    assert traces["spent in the day"]["yaxis"] == "y2"


def test_amounts_are_told_in_full() -> None:
    figure = burn_down(DAYS, BURN, "2026-03-03T06:00")
    assert figure.data[0].text[0] == "90.00"
    assert figure.layout.yaxis.title.text == "credits"
    assert figure.layout.shapes[0].x0 == "2026-03-03T06:00"
