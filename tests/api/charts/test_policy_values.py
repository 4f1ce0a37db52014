"""Bars with their intervals, and steps from the first policy across a line at nothing."""

from api.charts.policies import Estimate
from api.charts.policy_values import steps_from_first, values_by_policy
from tests.api.charts import series


def test_each_policy_is_a_bar_with_its_interval_and_its_words() -> None:
    figure = values_by_policy(
        ["Market", "Fair share"], [Estimate(4.0, 3.0, 6.0), Estimate(2.0)], ["4", "2"], "credits"
    )
    [bar] = figure.data
    assert list(bar.y) == ["Market", "Fair share"]
    assert series.numbers(bar.x) == [4.0, 2.0]
    assert list(bar.error_x.array) == [2.0, 0.0]
    assert [(one.text, one.x) for one in figure.layout.annotations] == [("4", 6.0), ("2", 2.0)]
    assert figure.layout.xaxis.range[1] > 6.0


def test_steps_lie_left_and_right_of_nothing_and_all_of_them_are_in_sight() -> None:
    figure = steps_from_first(
        ["A", "B"], [Estimate(-3.0, -5.0, -1.0), Estimate(1.0, -1.0, 3.0)], ["", ""], "per cent"
    )
    low, high = figure.layout.xaxis.range
    assert low < -5.0
    assert high > 3.0
    assert figure.layout.shapes[0].x0 == 0
    assert steps_from_first(["A"], [Estimate(0.0)], [""], "").layout.xaxis.range == (-0.08, 0.08)


def test_names_are_words() -> None:
    assert "<a" not in values_by_policy([series.EVIL], [Estimate(1.0)], ["1"], "").to_json()
    assert "<a" not in steps_from_first([series.EVIL], [Estimate(1.0)], ["1"], "").to_json()
