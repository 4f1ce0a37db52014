"""What teams spent adds up in its chart, however many teams and themes there are."""

import numpy as np
import pytest

from api.charts.spend import LOOKS, TEAMS, spend
from tests.api.charts import series

CREDIT = series.CREDIT


def test_each_team_has_a_bar_parted_by_theme_the_dearest_first() -> None:
    bars = series.traces(
        spend({("nlp", "safety"): 3 * CREDIT, ("rl", "safety"): CREDIT, ("rl", ""): 5 * CREDIT})
    )
    assert list(bars) == ["no theme", "safety"]
    assert bars["safety"]["y"] == ["rl", "nlp"]
    assert series.numbers(bars["safety"]["x"]) == [1.0, 3.0]
    assert series.numbers(bars["no theme"]["x"]) == [5.0, 0.0]
    assert bars["no theme"]["text"] == ["5.00", "0.00"]


def test_what_has_no_place_of_its_own_is_with_the_others() -> None:
    spent = {
        (f"team-{k:02}", f"theme-{k % (len(LOOKS) + 3)}"): (k + 1) * CREDIT
        for k in range(TEAMS + 3)
    }
    spent["team-14", "other themes"] = CREDIT
    figure = spend(spent)
    traces = [series.numbers(trace.x) for trace in figure.data]
    assert len(traces) == len(LOOKS) + 1
    assert figure.data[0].y[-1] == "3 other teams"
    by_team = np.sum(traces, axis=0)
    assert by_team == pytest.approx([16, *range(14, 3, -1), 6])


def test_names_are_words_and_no_markup() -> None:
    assert series.says_it_without_markup(spend({("nlp", series.EVIL): CREDIT}))
