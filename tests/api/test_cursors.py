"""A list goes on where its page ended, by a text that is good for that list alone."""

import pytest

from api.cursors import place_of, text_of
from marketplace.domain.page import Cursor, Page
from marketplace.errors import BadField
from tests.api.counter import Counter


@pytest.mark.parametrize("place", [("nlp",), (1_764_000_000, "ord_1"), (7,), ("a", 5, "ö")])
def test_a_place_is_read_as_it_was_written(place: Cursor) -> None:
    text = text_of("orders", Page((), place))
    assert text is not None
    assert place_of("orders", text) == place
    with pytest.raises(BadField, match="no place in this list"):
        place_of("teams", text)


def test_a_list_that_has_ended_goes_on_nowhere_and_begins_without_a_place() -> None:
    assert text_of("orders", Page(())) is None
    assert place_of("orders", "") is None


@pytest.mark.parametrize(
    "text", ["x", "!!", "bm90IGpzb24", "WyJvcmRlcnMiXQ", "WyJvcmRlcnMiLG51bGxd"]
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadField, match="after is") as refused:
        place_of("orders", text)
    assert refused.value.value == text


def test_a_person_goes_through_a_list_page_by_page(counter: Counter) -> None:
    seen: list[str] = []
    more: list[str] = []
    while True:
        page = counter.sees("team list --limit 1", *more)
        seen += [team["id"] for team in page["items"]]
        if page["next"] is None:
            break
        more = ["--after", page["next"]]
    assert seen == ["nlp", "poor", "vision"]
    said = counter.does("team list --limit 2")
    assert said.err.startswith("There are more: the same with --after ")
    rest = counter.does("team list --after", said.err.split()[-1])
    assert "vision" in rest.out
    assert "nlp" not in rest.out
    assert rest.err == ""


@pytest.mark.parametrize(
    "line",
    [
        "team list",
        "team members nlp",
        "pool list",
        "pool windows h100",
        "pool overrides h100",
        "pool maintenance-list",
        "grant list",
        "orders list --team nlp",
        "cycle list",
        "cycle names 1",
        "reservations list",
        "reservations list --state active",
        "reservations released",
        "spot list --team nlp",
        "spot prices --pool h100",
        "statement --team nlp",
        "ledger list",
        "ledger journal",
        "consumer list",
    ],
)
def test_every_list_takes_a_limit_and_refuses_what_is_no_place_in_it(
    line: str, counter: Counter
) -> None:
    assert "next" in counter.sees(line, "--limit", "1")
    assert "--limit is 1001: a whole number from 1 to 1000" in counter.fails(
        2, line, "--limit", "1001"
    )
    elsewhere = text_of("elsewhere", Page((), ("x",)))
    assert elsewhere is not None
    told = counter.fails(2, line, "--after", elsewhere)
    assert f"--after is '{elsewhere}': that is no place in this list; give what" in told


def test_a_statement_ends_with_its_last_page(counter: Counter) -> None:
    counter.does("grant add nlp 5 --until 2027-01-01T00:00Z --purpose tests")
    first = counter.sees("statement --team nlp --limit 1")
    assert [line["credits"] for line in first["lines"]] == ["1000"]
    assert first["closing_credits"] == "1005"
    told = counter.does("statement --team nlp --limit 1")
    assert ("opening" in told.out, "closing  " in told.out) == (True, False)
    last = counter.does("statement --team nlp --limit 1 --after", first["next"]).out
    assert ("opening" in last, "closing" in last) == (False, True)


def test_the_journal_tells_who_did_what_and_what_was_refused(counter: Counter) -> None:
    counter.fails(1, "team add nlp")
    lines = counter.lists("ledger journal")
    assert [line["command"] for line in lines[:4]] == [
        "open-market",
        "open-pools",
        "open-pools",
        "enrol-teams",
    ]
    assert (lines[-1]["accepted"], lines[-1]["refused"]) == (False, "duplicate")
    assert all(line["actor"].startswith("operator:") for line in lines)
    assert not any("secret" in line for line in lines)
