"""Spend and the value map from the command line."""

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS


def test_finance_sees_what_was_spent_and_what_bids_were_worth(counter: Counter) -> None:
    for team, units in (("nlp", 16), ("vision", 16), ("vision", 8)):
        counter.does(
            f"bid --team {team} --pool h100 -q {units} -d 2h --value {units * 3} --theme quality",
            *("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z"),
        )
    at = counter.later("2026-11-24T00:00Z").as_role("finance")
    at.does("cycle run")
    found = at.sees("spend")
    assert found["teams"] is None
    text = at.does("spend").out
    assert "All teams together spent" in text
    assert "Beside the market's average" in text
    assert "HHI 1.000" in text
    worth = at.sees("value-map")
    assert (worth["won_credits"], float(worth["lost_credits"]) > 0) == ("48", True)
    told = at.does("value-map").out
    assert "All teams together won a value of 48.00" in told
    december = "--from 2026-12-01T00:00Z --until 2027-01-01T00:00Z"
    assert "Nothing was charged in this period." in at.does(f"spend {december}").out
    assert "No cycle was settled" in at.does(f"value-map {december}").out
    assert at.types("spend --from 2026-12-01T00:00Z").code == 2
