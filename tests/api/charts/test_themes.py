"""Themes in their chart: what was spent beside what was meant."""

from api.charts.themes import Meant, themes
from tests.api.charts import series

CREDIT = series.CREDIT


def test_each_theme_has_what_was_meant_and_what_was_spent() -> None:
    found = [
        Meant(name="safety", planned_ucr=40 * CREDIT, spent_ucr=52 * CREDIT),
        Meant(name="quality", planned_ucr=0, spent_ucr=-CREDIT),
    ]
    bars = series.traces(themes(found))
    assert list(bars) == ["share of new credits", "spent"]
    assert bars["spent"]["y"] == ["safety", "quality"]
    assert series.numbers(bars["share of new credits"]["x"]) == [40, 0]
    assert bars["spent"]["text"] == ["52.00", "-1.00"]


def test_names_are_words_and_no_markup() -> None:
    evil = Meant(name=series.EVIL, planned_ucr=CREDIT, spent_ucr=CREDIT)
    assert series.says_it_without_markup(themes([evil]))
