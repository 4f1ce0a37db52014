"""Steps lie where they should along the axis."""

from datetime import timedelta

import pytest

from api.charts.time_axis import Steps, stretches
from tests.api.charts import series


def test_steps_begin_have_middles_and_end() -> None:
    steps = series.hours(2)
    assert steps.begins() == ["2026-03-02T00:00", "2026-03-02T01:00"]
    assert steps.middles() == ["2026-03-02T00:30", "2026-03-02T01:30"]
    assert steps.ends() == ["2026-03-02T00:00", "2026-03-02T02:00"]


@pytest.mark.parametrize(("days", "apart"), [(1, 1), (10, 1), (11, 7), (28, 7)])
def test_weeks_are_marked_by_weeks(days: int, apart: int) -> None:
    axis = Steps(series.START, timedelta(hours=1), 24 * days).days()
    assert axis["dtick"] == apart * 86_400_000
    assert axis["tick0"] == "2026-03-02T00:00"


def test_stretches_are_half_open_and_whole() -> None:
    assert stretches([]) == []
    assert stretches([True] * 3) == [(0, 3)]
    assert stretches([False, True, True, False, True]) == [(1, 3), (4, 5)]
