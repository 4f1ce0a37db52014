"""Statements over HTTP: a team's account, line by line or added up, for itself and finance."""

import csv
from dataclasses import replace
from io import StringIO

import pytest

from marketplace.domain.page import every
from marketplace.domain.transfer import Tags
from marketplace.services import statement
from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, NOW, a_grant, option, request, won

PATH = "/v1/teams/nlp/statement"
PERIOD = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-25T00:00:00Z"}


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """With charges to see."""
    hands.grant(desk.store, [a_grant("more", "nlp", 5)], NOW)
    won(desk.store, request("nlp", "a", option(90)), request("rl", "b", option(90)))
    return desk


def test_a_statement_adds_up(desk: Desk) -> None:
    whole = desk.gets("mia", PATH, **PERIOD)
    assert [one["type"] for one in whole["lines"][:2]] == ["grant", "grant"]
    kept = every(statement.lines, desk.store, "nlp", NOW - DAY, CLOSE + DAY)
    assert [one["seq"] for one in whole["lines"]] == [line.seq for line in kept]
    total = sum(float(one["credits"]) for one in whole["lines"])
    assert float(whole["opening_credits"]) + total == float(whole["closing_credits"])
    assert desk.gets("fin", PATH, **PERIOD) == whole
    first = desk.gets("mia", PATH, **PERIOD, limit=1)
    rest = desk.gets("mia", PATH, **PERIOD, after=first["next"])
    assert first["lines"] + rest["lines"] == whole["lines"]
    assert (rest["next"], rest["closing_credits"]) == (None, whole["closing_credits"])


def test_without_a_period_it_is_the_month(desk: Desk) -> None:
    month = desk.gets("mia", PATH)
    assert (month["start"], month["end"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    late = {"start": PERIOD["end"], "end": PERIOD["start"]}
    assert desk.refused(422, "mia", "GET", PATH, params=late)["field"] == "end"
    assert desk.refused(422, "mia", "GET", PATH, params={"start": "2026-11-01"})["field"] == "start"


def test_a_month_is_named_as_one(desk: Desk) -> None:
    whole = desk.gets("mia", PATH, start="2026-11-01T00:00:00Z", end="2026-12-01T00:00:00Z")
    assert desk.gets("mia", PATH, start="2026-11") == whole
    assert desk.gets("mia", PATH, start="2026-11", end="2026-12") == whole
    later = desk.gets("mia", PATH, start="2026-10", end="2026-11-23T12:00:00Z")
    assert (later["start"], later["end"]) == ("2026-10-01T00:00:00Z", "2026-11-23T12:00:00Z")
    october = {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
    for who, path, more in (
        ("mia", f"{PATH}/sums", {"by": "project"}),
        ("fin", "/v1/statement", {"by": "theme", "name": "quality"}),
        ("fin", "/v1/spend", {}),
        ("fin", "/v1/value-map", {}),
        ("fin", "/v1/themes/spend", {}),
        ("fin", "/v1/unserved-demand", {}),
        ("fin", "/v1/transfers", {}),
    ):
        named = desk.gets(who, path, **more, start="2026-10")
        assert named == desk.gets(who, path, **more, **october)
    assert desk.gets("fin", "/v1/transfers", start="2026-10")["items"] == []
    assert desk.gets("fin", "/v1/transfers", start="2026-11")["items"]
    for bad in ("2026-13", "2026-1", "nov", "2026-11-01"):
        said = desk.refused(422, "mia", "GET", PATH, params={"start": bad})
        assert (said["field"], bad in said["detail"]) == ("start", True)


def test_what_work_cost_is_added_up_by_its_tags(desk: Desk) -> None:
    sums = desk.gets("mia", f"{PATH}/sums", by="project", **PERIOD)
    [one] = sums["items"]
    assert (one["project"], one["orders"]) == ("", 1)
    charged = [one for one in desk.gets("mia", PATH, **PERIOD)["lines"] if one["type"] == "charge"]
    assert float(one["charge_credits"]) == -sum(float(line["credits"]) for line in charged)
    for tag, name in (("theme", "theme"), ("cost-centre", "cost_centre")):
        assert desk.gets("fin", f"{PATH}/sums", by=tag)["items"][0][name] == ""
    assert desk.refused(422, "mia", "GET", f"{PATH}/sums", params={"by": "colour"})["field"] == "by"
    assert desk.refused(422, "mia", "GET", f"{PATH}/sums")["field"] == "by"


def test_a_tags_statement_is_of_all_teams_for_finance_and_of_its_own_for_a_team(desk: Desk) -> None:
    """§7.11"""
    bids = [
        replace(request(team, "t", option(20 + k, 30 + k)), tags=Tags(theme="quality"))
        for k, team in enumerate(("nlp", "rl"))
    ]
    won(desk.store, *bids, now=CLOSE + DAY)
    december = "2026-12-01T00:00:00Z"
    asked: dict[str, str] = PERIOD | {"by": "theme", "name": "quality", "end": december}
    whole = desk.gets("fin", "/v1/statement", **asked)
    assert {line["team"] for line in whole["lines"]} == {"nlp", "rl"}
    assert whole["teams"] is None
    mine, others = (desk.gets(who, "/v1/statement", **asked) for who in ("mia", "rob"))
    assert [line["team"] for line in mine["lines"]] == ["nlp"]
    assert (mine["teams"], others["teams"]) == (["nlp"], ["rl"])
    spent = [float(one["spent_credits"]) for one in (whole, mine, others)]
    assert spent[0] == spent[1] + spent[2] > spent[1] > 0
    assert desk.gets("two", "/v1/statement", **asked)["lines"] == whole["lines"]
    assert desk.gets("fin", "/v1/statement", **asked, team="nlp")["lines"] == mine["lines"]
    first = desk.gets("fin", "/v1/statement", **asked, limit=1)
    rest = desk.gets("fin", "/v1/statement", **asked, after=first["next"])
    assert first["lines"] + rest["lines"] == whole["lines"]
    assert mine["hours"] == [
        {"pool": "h100", "reserved_hours": 16.0, "allocated_hours": 16.0, "used_hours": None}
    ]


def test_a_tags_statement_that_cannot_be_is_refused(desk: Desk) -> None:
    asked: dict[str, str] = PERIOD | {"by": "theme", "name": "quality"}
    path = "/v1/statement"
    desk.refused(403, "mia", "GET", path, params=asked | {"team": "rl"})
    desk.refused(403, "pia", "GET", path, params=asked)
    assert desk.refused(422, "fin", "GET", path, params=asked | {"name": ""})["field"] == "name"
    wrong = asked | {"after": desk.gets("mia", PATH, **PERIOD, limit=1)["next"]}
    assert desk.refused(422, "fin", "GET", path, params=wrong)["field"] == "after"


def test_a_sheet_has_all_lines_and_runs_nothing(desk: Desk) -> None:
    hostile = "=HYPERLINK(1)"
    bid = replace(request("nlp", "h", option(20, 30)), tags=Tags(project=hostile, theme="-1"))
    won(desk.store, bid, now=CLOSE + DAY)
    period = PERIOD | {"end": "2026-12-01T00:00:00Z"}
    answer = desk.asks("mia", "GET", PATH, params=period | {"format": "csv", "limit": "1"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(StringIO(answer.text)))
    lines = desk.gets("mia", PATH, **period)["lines"]
    assert [one["seq"] for one in rows if one["seq"]] == [str(line["seq"]) for line in lines]
    charge = rows[-3]
    assert (charge["project"], charge["theme"]) == (f"'{hostile}", "'-1")
    assert float(charge["credits"]) < 0
    asked = {"headers": {"Accept": "text/csv"}}
    assert desk.asks("mia", "GET", PATH, params=period, **asked).text == answer.text
    plain = desk.asks("mia", "GET", PATH, params=period | {"format": "json"}, **asked)
    assert plain.json()["lines"] == lines
    tag = period | {"by": "project", "name": hostile, "format": "csv"}
    of_tag = list(
        csv.DictReader(StringIO(desk.asks("fin", "GET", "/v1/statement", params=tag).text))
    )
    assert [one["type"] for one in of_tag] == ["before", "charge", "in-all", "hours"]
    assert float(of_tag[2]["spent_credits"]) == -float(charge["credits"])
    assert desk.refused(422, "mia", "GET", PATH, params={"format": "xls"})["field"] == "format"
    desk.refused(403, "rob", "GET", PATH, params={"format": "csv"})


def test_nobody_sees_another_teams_statement(desk: Desk) -> None:
    """§7.11"""
    for who in ("rob", "pia", "adam"):
        assert desk.refused(403, who, "GET", PATH)["code"] == "forbidden"
        assert desk.refused(403, who, "GET", f"{PATH}/sums", params={"by": "theme"})
    assert desk.refused(404, "fin", "GET", "/v1/teams/zzz/statement")["field"] == "team"
