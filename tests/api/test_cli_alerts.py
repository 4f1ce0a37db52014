"""Alerts from the command line: of the policy, and those that were raised."""

from pathlib import Path

from tests.api.counter import BOTH_WAYS, Counter

POLICY = """
[[limits]]
team = "nlp"
credits = "8"

[[alerts]]
name = "half-spent"
on = "spend"
share_ppm = 500_000

[[alerts]]
name = "low"
on = "free"
share_ppm = 996_500
team = "nlp"
period = "quarter"

[[alerts]]
name = "too-fast"
on = "run-out"
before = "2027-01-01T00:00Z"
"""


@BOTH_WAYS
def test_an_alert_is_decided_on_raised_and_listed(counter: Counter, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    told = counter.does("policy adopt", str(file), "--yes").out
    assert "1 spending limit, 3 alerts" in told
    shown = " ".join(counter.does("policy show").out.split())
    for words in (
        "Alert half-spent: each has spent 50 % of a spending limit.",
        "Alert low: nlp has less than 99.65 % of what was granted free, once a quarter.",
        "Alert too-fast: each runs out before 2027-01-01",
    ):
        assert words in shown, words
    assert "No alert was raised yet" in counter.as_role("finance").does("alerts list").out
    at = "2026-11-24T08:00Z"
    counter.does(f"bid --team nlp --pool h100 -q 8 -d 2h --value 5 --earliest {at} --latest {at}")
    later = counter.later("2026-11-24T00:00Z").as_role("finance")
    later.does("cycle run")
    counter.later("2026-11-24T02:00Z").does("advance")
    found = later.lists("alerts list")
    assert sorted(one["rule"] for one in found) == ["half-spent", "low"]
    [mine] = [one for one in counter.lists("alerts list --team nlp") if one["on"] == "spend"]
    assert (mine["credits"], mine["of_credits"]) == ("4", "8")
    told = later.does("alerts list").out
    for words in ("alr_000001", "4.00 of 8.00 spent, 50 % or more", "less than 99.65 %"):
        assert words in told, words
    assert counter.does("ledger check").code == 0
