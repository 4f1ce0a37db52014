"""Ways to share stand beside each other."""

from api.charts.comparison import comparison
from tests.api.charts import series


def test_each_way_has_its_bar_and_its_words() -> None:
    figure = comparison(["GPU Market", "Quotas"], [1_800.25, 900.0], ["1,800", "900"])
    [bars] = figure.data
    assert list(bars.y) == ["GPU Market", "Quotas"]
    assert list(bars.x) == [1_800.25, 900.0]
    assert list(bars.text) == ["1,800", "900"]
    assert figure.layout.xaxis.range[1] > 1_800.25


def test_nothing_at_all_still_has_an_axis() -> None:
    assert comparison(["a", "b"], [0.0, 0.0], ["0", "0"]).layout.xaxis.range == (0, 1.0)
    assert comparison([], [], []).layout.xaxis.range == (0, 1.0)


def test_a_way_s_name_is_words() -> None:
    assert series.says_it_without_markup(comparison([series.EVIL], [1.0], ["1"]))
