"""A look before bidding, from the command line."""

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

TERMS = "--team nlp --pool h100 -q 4 -d 8h"
LATER = "2026-11-24T12:00Z"


def test_it_says_what_is_held_and_that_nothing_is_known_yet(counter: Counter) -> None:
    said = counter.does(f"preview {TERMS} --value 84")
    assert "Its chance is not known" in said.out
    assert "84.00 credits would be held" in said.out
    assert "cyc_000001 takes orders until 2026-11-24T00:00Z" in said.out
    assert counter.sees("orders list --team nlp")["items"] == []


def test_after_a_cycle_it_knows_prices_and_as_json_gives_the_body(counter: Counter) -> None:
    counter.does(f"bid {TERMS} --value 84")
    late = counter.later(LATER)
    late.does("cycle run")
    said = late.does(f"preview {TERMS} --value 84 --around 2h").out
    assert "Its chance is 75 %, by 1 past cycle." in said
    assert "Other starts" in said
    seen = late.sees(f"preview {TERMS} --value 84")
    assert seen["chance"] == {"share": 0.75, "cycles": 1}
    assert seen["body"]["options"][0]["value"] == "84"


def test_the_three_kinds_stand_beside_each_other(counter: Counter) -> None:
    """A day is not sold yet from Wednesday 12:00 on; the gate is a day before. Nobody has won
    anything that is not firm yet. Paid at least 4 × 8 × .25 = 8; nine times that more is 80."""
    window = "--earliest 2026-11-26T12:00Z --latest 2026-11-26T20:00Z"
    terms = "--guarantee recallable --buy-out 20"
    said = " ".join(counter.does(f"preview {TERMS} --value 84 {window} {terms}").out.split())
    assert "How firm it may be" in said
    assert "recallable, as asked" in said
    assert "20.00, of 8.00 to 80.00" in said
    assert "there were none" in said
    seen = counter.sees(f"preview {TERMS} --value 84 {window} {terms}")
    [one] = seen["options"]
    assert [each["guarantee"] for each in one["kinds"]] == ["firm", "movable", "recallable"]
    gate = "2026-11-25T12:00:00Z"
    assert [each["changes_until"] for each in one["kinds"]] == [None, gate, gate]
    assert [each["buy_out"] for each in one["kinds"]] == [
        *(None, None),
        {"least_credits": "8", "own_credits": "20", "most_credits": "80"},
    ]
    assert {(each["past_won"], each["past_changed"]) for each in one["kinds"]} == {(0, 0)}
    assert (seen["body"]["guarantee"], seen["body"]["buy_out"]) == ("recallable", "20")
    refused = f"preview {TERMS} --value 84 {window} --guarantee recallable --buy-out 99"
    assert "--buy-out is 99" in counter.fails(2, refused)


def test_what_can_never_be_is_refused_by_flag(counter: Counter) -> None:
    assert "--quantity is 4000" in counter.fails(
        1, "preview --team nlp -p h100 -q 4000 -d 8h --value 9"
    )
    assert "--value" in counter.fails(2, f"preview {TERMS}")
    assert "whole hours" in counter.fails(2, f"preview {TERMS} --value 9 --around 90m")


def test_too_few_credits_are_said_beside_the_price(counter: Counter) -> None:
    said = counter.does(f"preview {TERMS} --value 90000").out
    assert "nlp needs 90,000.00 credits" in said
    problem = counter.sees(f"preview {TERMS} --value 90000")["problem"]
    assert (problem["code"], problem["free_credits"]) == ("insufficient-credits", "1000")
    assert "The reserve price is" in said
