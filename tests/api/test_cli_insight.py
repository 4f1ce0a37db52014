"""Spend and the value map from the command line."""

from decimal import Decimal

from api.cli.insight import kept_text
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


def test_finance_sees_what_was_bought_back_and_what_the_tills_kept(counter: Counter) -> None:
    """All of h100 for two hours, won at the reserve price: 16 × 2 × .25 = 8. It may be bought back
    for 20, and is: the next bid has to beat that and a least gain of 5 % of 30. Buy-outs gain no
    more than what is paid and kept: 24 for six other hours."""
    kept = ("--earliest", "2026-11-25T12:00Z", "--latest", "2026-11-25T12:00Z")
    counter.does("bid --team nlp --pool h100 -q 16 -d 6h --value 90", *kept)
    place = ("--earliest", "2026-11-26T12:00Z", "--latest", "2026-11-26T12:00Z")
    terms = "--guarantee recallable --buy-out 20"
    counter.does(f"bid --team nlp --pool h100 -q 16 -d 2h --value 30 {terms}", *place)
    first = counter.later("2026-11-24T00:00Z")
    first.does("cycle run")
    assert "bought back" not in first.as_role("finance").does("spend").out
    first.does("bid --team vision --pool h100 -q 16 -d 2h --value 60", *place)
    second = counter.later("2026-11-25T00:00Z")
    second.does("cycle run")
    found = second.as_role("finance").sees("spend")["bought_back"]
    assert found == {
        "boxes": 1,
        "refunded_credits": "8",
        "gained_credits": "12",
        "worth_credits": "21.5",
        "kept_credits": "1.5",
    }
    said = " ".join(second.as_role("finance").does("spend").out.split())
    assert "1 reservation bought back: 8.00 credits that were paid came back, and 12.00" in said
    assert "the time cost 21.50 anew, so the tills kept 1.50." in said
    assert kept_text(Decimal("-1.5")) == "added 1.50"
