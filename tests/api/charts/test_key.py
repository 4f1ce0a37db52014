"""A key says what the figure shows, in plain text."""

from datetime import timedelta

from api.charts.accounts import Account, accounts
from api.charts.capacity import PoolHours, capacity_map
from api.charts.endings import TeamEndings, endings_by_team
from api.charts.key import KeyEntry, key_of
from api.charts.look import AWAY, BLUE, HATCH, ORANGE
from api.charts.time_axis import Steps
from tests.api.charts import series


def test_bars_come_with_colour_and_pattern_and_marks_upright() -> None:
    team = Account(
        id="t",
        name="T",
        granted_ucr=2,
        paid_ucr=1,
        left_ucr=1,
        expired_ucr=0,
        refunded_ucr=0,
    )
    key = {one.name: one for one in key_of(accounts([team]))}
    assert list(key) == ["paid", "left", "expired", "refunded", "granted"]
    assert key["paid"] == KeyEntry("paid", BLUE, "")
    assert key["expired"].pattern == "/"
    assert key["granted"] == KeyEntry("granted", ORANGE, "|")


def test_hatched_stretches_come_with_the_hue_of_their_hatching() -> None:
    pool = PoolHours(id="p", name="P", unit="gpu", capacity=(0, 1), sold=(0, 0), away=(0, 1))
    key = key_of(capacity_map(Steps(series.START, timedelta(hours=1), 2), [pool]))
    assert key == (
        KeyEntry("closed", HATCH, "."),
        KeyEntry("units away for maintenance", AWAY, "/"),
    )


def test_a_name_is_plain_text_for_the_page_to_escape() -> None:
    name = "<b>mine & yours</b>"
    [entry] = key_of(endings_by_team((name,), [TeamEndings("t", "T", {name: 1})]))
    assert entry.name == name
