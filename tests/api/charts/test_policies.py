"""Ways to share can be told apart, and their names are words."""

from api.charts.policies import LOOKS, Estimate, dash, hue, mark, named, whiskers
from tests.api.charts import series


def test_seven_policies_have_looks_of_their_own_and_then_they_come_again() -> None:
    looks = {(hue(number), mark(number)["symbol"], dash(number)) for number in range(len(LOOKS))}
    assert len(looks) == len({look[0] for look in looks}) == len(LOOKS)
    assert hue(len(LOOKS)) == hue(0)


def test_long_names_take_lines_and_no_two_rows_are_alike() -> None:
    assert named(["First come, first served with EASY backfill"]) == [
        "First come, first<br>served with EASY<br>backfill"
    ]
    assert named(["Same", "Same"]) == ["1: Same", "2: Same"]
    assert "<a" not in named([series.EVIL])[0]


def test_whiskers_reach_to_the_ends_and_are_absent_where_nothing_is_known() -> None:
    drawn = whiskers([Estimate(5.0, 3.0, 8.0), None, Estimate(1.0)])
    assert (drawn["array"], drawn["arrayminus"]) == ([3.0, 0.0, 0.0], [2.0, 0.0, 0.0])
    assert drawn["visible"]
    assert not whiskers([Estimate(1.0)])["visible"]
