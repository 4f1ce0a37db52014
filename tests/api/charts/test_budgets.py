"""Budgets in their chart: what became of each team's credits, however many teams there are."""

import pytest

from api.charts.budgets import TEAMS, Parted, budgets
from tests.api.charts import series

CREDIT = series.CREDIT


def parted(name: str, spent: int, held: int = 0, free: int = 0) -> Parted:
    return Parted(
        id=name,
        name=name,
        spent_ucr=spent * CREDIT,
        held_ucr=held * CREDIT,
        free_ucr=free * CREDIT,
        told="runs out on Thu 03 Dec",
    )


def test_each_team_has_a_bar_in_the_order_that_is_told() -> None:
    bars = series.traces(budgets([parted("rl", 5, 1, 4), parted("nlp", 2, 0, 8)]))
    assert list(bars) == ["spent", "held", "free"]
    assert bars["free"]["y"] == ["rl", "nlp"]
    assert series.numbers(bars["spent"]["x"]) == [5, 2]
    assert series.numbers(bars["held"]["x"]) == [1, 0]
    assert series.numbers(bars["free"]["x"]) == [4, 8]
    assert bars["free"]["text"] == ["4.00", "8.00"]
    assert bars["free"]["customdata"] == ["<br>runs out on Thu 03 Dec"] * 2


def test_the_others_share_a_bar() -> None:
    figure = budgets([parted(f"team-{k:02}", k, k, k) for k in range(TEAMS + 3)])
    for trace in figure.data:
        assert trace.y[-1] == "3 other teams"
        assert series.numbers(trace.x) == pytest.approx([*range(TEAMS), 12 + 13 + 14])


def test_names_are_words_and_no_markup() -> None:
    assert series.says_it_without_markup(budgets([parted(series.EVIL, 1)]))
