"""Statements from the command line."""

from tests.api.counter import BOTH_WAYS, Counter

pytestmark = BOTH_WAYS

MIDNIGHT = "2026-11-24T00:00Z"
FIXED = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")


def test_a_statement_adds_up_and_shows_what_is_held(settled: Counter) -> None:
    settled.does("bid --team nlp --pool h100 -q 1 -d 1h --value 17.60")
    found = settled.sees("statement --team nlp")
    assert (found["start"], found["end"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert [line["type"] for line in found["lines"]] == ["grant", "charge"]
    paid = settled.lists("orders list --team nlp --state filled")[0]["fill"]["payment_credits"]
    assert found["lines"][1]["credits"] == f"-{paid}"
    assert found["held_credits"] == "17.6"
    text = settled.does("statement --team nlp").out
    assert "17.60 credits are held" in text
    december = settled.sees(
        "statement --team nlp --from 2026-12-01T00:00Z --until 2027-01-01T00:00Z"
    )
    assert december["opening_credits"] == found["closing_credits"]


def test_a_statement_of_a_tag_says_what_it_cost_before_and_in_all(counter: Counter) -> None:
    for team, project in (("nlp", "search"), ("vision", "search"), ("nlp", "chat")):
        counter.does(
            f"bid --team {team} --pool h100 -q 4 -d 4h --value 60 --project {project}", *FIXED
        )
    at = counter.later(MIDNIGHT)
    at.does("cycle run")
    mine = at.sees("statement --team nlp --project search")
    assert (mine["spent_credits"], mine["before_credits"], mine["in_all_credits"]) == (
        "4",
        "0",
        "4",
    )
    assert [line["team"] for line in mine["lines"]] == ["nlp"]
    text = at.does("statement --team nlp --project search").out
    assert "project search of nlp spent 4.00 credits in this period" in text
    assert "Used hours are empty: no usage was imported." in text
    december = at.sees(
        "statement --team nlp --project search --from 2026-12-01T00:00Z --until 2027-01-01T00:00Z"
    )
    assert (december["before_credits"], december["spent_credits"]) == ("4", "0")
    whole = at.as_role("finance").sees("statement --project search")
    assert {line["team"] for line in whole["lines"]} == {"nlp", "vision"}
    said = at.types("statement --team nlp --project search --theme t")
    assert (said.code, "a statement is of one tag" in said.err) == (2, True)
    said = at.types("statement --team nlp --project search --by theme")
    assert (said.code, "sums are a team's" in said.err) == (2, True)


def test_a_period_that_ends_before_it_starts_is_refused(counter: Counter) -> None:
    said = counter.types("statement --team nlp --from 2026-12-01T00:00Z --until 2026-11-01T00:00Z")
    assert said.code == 2
    assert "end" in said.err


def test_time_does_not_go_backwards(settled: Counter) -> None:
    before = settled.contents()
    said = settled.later("2026-11-23T12:00Z").types(
        "bid --team nlp --pool h100 -q 1 -d 1h --value 1"
    )
    assert (said.code, settled.contents()) == (2, before)
    assert "the books have entries of 2026-11-24T00:00Z, later than 2026-11-23T12:00Z" in said.err
    assert "`gpumarket clock set`" in said.err


def test_a_statement_is_summed_by_what_the_work_was_for(counter: Counter) -> None:
    for project, units in (("search", 8), ("chat", 4), ("", 1)):
        counter.does(
            f"bid --team nlp --pool h100 -q {units} -d 4h --value 60 --project '{project}'", *FIXED
        )
    at = counter.later(MIDNIGHT)
    at.does("cycle run")
    sums = {one["project"]: one for one in at.sees("statement --team nlp --by project")["items"]}
    assert [sums[name]["charge_credits"] for name in ("search", "chat", "")] == ["8", "4", "1"]
    assert "search" in at.does("statement --team nlp --by project").out
    assert at.sees("statement --team nlp --by cost-centre")["items"][0]["charge_credits"] == "13"
    lines = at.sees("statement --team nlp")["lines"]
    assert sorted(line["project"] for line in lines) == ["", "", "chat", "search"]
    said = at.types("statement --team nlp --by colour")
    assert (said.code, "project, theme, cost-centre" in said.err) == (2, True)
