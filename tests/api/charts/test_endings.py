"""Every order ends once."""

import numpy as np

from api.charts.endings import TeamEndings, endings_by_team
from tests.api.charts import series


def test_bars_of_a_team_add_up_to_its_orders() -> None:
    teams = [
        TeamEndings("vision", "Vision", {"won": 3, "outbid": 2}),
        TeamEndings("speech", "Speech", {"won": 1, "moonphase": 4}),
    ]
    bars = series.traces(endings_by_team(("won", "outbid", "moonphase"), teams))
    assert list(bars) == ["won", "outbid", "moonphase"]
    assert bars["won"]["y"] == ["Vision", "Speech"]
    totals = np.sum([series.numbers(bar["x"]) for bar in bars.values()], axis=0)
    assert list(totals) == [5, 5]


def test_a_team_s_name_and_a_new_ending_are_words() -> None:
    figure = endings_by_team((series.EVIL,), [TeamEndings("t", series.EVIL, {series.EVIL: 1})])
    assert series.says_it_without_markup(figure)
