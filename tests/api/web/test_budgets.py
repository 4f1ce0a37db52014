"""Budgets in a browser: what became of each team's credits, and who runs out first."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.web import budgets
from marketplace.domain.burn import Ahead
from marketplace.domain.team import Team
from marketplace.domain.transfer import Tags
from marketplace.services.budget import Budget
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, DAY, NOW, a_grant, leg, option, placed, request, won

PATH = "/finance/budgets"


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


def drawn(html: str, name: str) -> list[dict[str, Any]]:
    found = re.search(rf'id="{name}-data">(.*?)</script>', html, re.DOTALL)
    assert found
    traces: list[dict[str, Any]] = json.loads(found[1])["data"]
    return traces


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_finance_alone_gets_in(desk: Desk, who: str) -> None:
    browsing.sign_in(desk, who)
    html = browsing.page(desk, PATH, 200 if who == "fin" else 403)
    assert ("What became of each team" in browsing.words(html)) is (who == "fin")


def test_what_was_granted_for_now_is_told_with_what_became_of_it(desk: Desk) -> None:
    placed(desk.store, request("nlp", "a", option(60)))
    hands.grant(desk.store, [a_grant("brief", "rl", 50, days=1)], NOW)
    browsing.sign_in(desk, "fin")
    html = browsing.page(desk, PATH)
    told = browsing.words(html)
    assert "No team runs out of credits within four weeks, spent as fast as of late" in told
    ends = "Nothing was spent of late; the last grant ends on Fri 22 Jan"
    assert f"NLP 1,000.00 0.00 60.00 940.00 – 0.00 {ends}" in told
    assert f"RL 1,050.00 0.00 0.00 1,050.00 – 0.00 {ends}" in told
    bars = {one["name"]: one["text"] for one in drawn(html, "budgets")}
    assert bars["held"][0] == "60.00"
    assert bars["free"][0] == "940.00"


def test_who_runs_out_first_stands_first_and_is_told_day_by_day(desk: Desk) -> None:
    won(
        desk.store,
        request("vision", "a", option(900, 8, None, leg(units=16, hours=8))),
        request("rl", "b", option(700, 8, None, leg(units=16, hours=8))),
    )
    with browsing.later(desk, CLOSE + DAY + timedelta(hours=1)) as at:
        hands.make_token(desk.store, "fin2", "gpm_fin2", CLOSE + DAY, "finance")
        browsing.sign_in(at, "fin2")
        html = browsing.page(at, PATH)
        told = browsing.words(html)
        assert "VISION runs out of credits on Wed 25 Nov, spent as fast as of late" in told
        assert told.index("VISION 1,000.00") < told.index("NLP 1,000.00")
        assert "VISION, day by day" in told
        assert "Mon 23 Nov 0.00 1,000.00 Tue 24 Nov 700.00 300.00" in told
        assert drawn(html, "burn")[0]["text"][:2] == ["1,000.00", "300.00"]
        assert "NLP, day by day" in said(at, f"{PATH}?team=nlp")
        browsing.page(at, f"{PATH}?team=zzz", 404)


@pytest.mark.parametrize(
    ("lapses", "words"),
    [
        (0, "No team runs out of credits within four weeks, spent as fast as of late"),
        (1, "; one team's last grant ends before it is spent, on Mon 23 Nov"),
        (2, "; the last grants of 2 teams end before they are spent, from Mon 23 Nov on"),
    ],
)
def test_the_sentence_says_whose_grants_end_unspent(lapses: int, words: str) -> None:
    found = [
        Budget(
            team=Team(id=f"team-{k}", name="Team", created_at=NOW),
            granted_ucr=10,
            spent_ucr=1,
            held_ucr=0,
            free_ucr=9,
            expired_ucr=0,
            later_ucr=0,
            end=NOW + k * DAY,
            rate_ucr=1,
            ahead=Ahead(left_ucr=(9,), out_on=NOW if k < lapses else None, lapses=k < lapses),
        )
        for k in range(3)
    ]
    assert budgets.sentence(found).endswith(words)


def test_before_there_are_grants_it_says_what_to_do(desk: Desk) -> None:
    with browsing.later(desk, NOW + 61 * DAY) as at:
        hands.make_token(desk.store, "fin2", "gpm_fin2", NOW, "finance", days=90)
        browsing.sign_in(at, "fin2")
        told = said(at)
        assert "No team has credits to spend" in told
        assert "NLP 0.00 0.00 0.00 0.00 – 0.00 No grant to spend" in told
        assert "Nobody was granted anything that can be spent." in told
        assert "gpumarket grant add nlp 1000 --until +60d" in told
        assert "gpumarket grant add nlp 1000 --until +60d" in said(at, f"{PATH}?team=nlp")


def test_how_full_spending_limits_are_is_told_as_programs_are_told(desk: Desk) -> None:
    limits = [
        {"team": "nlp", "credits": "80"},
        {"theme": "safety", "credits": "50000", "period": "quarter"},
        {"project": "old", "credits": "0"},
    ]
    browsing.sign_in(desk, "fin")
    assert "No spending limit is in force" in said(desk)
    desk.asks("fin", "POST", "/v1/policy", json={"limits": limits})
    bids = [replace(request("nlp", "a", option(60)), tags=Tags(theme="safety"))]
    placed(desk.store, *bids, request("nlp", "b", option(30)))
    html = browsing.page(desk, PATH)
    told = browsing.words(html)
    for words in (
        "NLP Tue 01 Dec 00:00 UTC each month 80.00 0.00 90.00 112.50 % 0.00",
        "theme safety Fri 01 Jan 00:00 UTC each quarter 50,000.00 0.00 60.00 0.12 % 49,940.00",
        "project old Tue 01 Dec 00:00 UTC each month 0.00 0.00 0.00 0.00 % 0.00",
    ):
        assert words in told, words
    bars = re.findall(r'<progress max="1" value="([^"]*)"', html)
    assert [float(one) for one in bars] == [1, 0.0012, 0]
    found = desk.gets("fin", "/v1/policy/limits")["limits"]
    assert [one["left_credits"] for one in found] == ["0", "49940", "0"]
    [mine] = desk.gets("mia", "/v1/policy/limits")["limits"]
    assert (mine["spent_credits"], mine["held_credits"]) == ("0", "90")
    assert (mine["start"], mine["end"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
    assert desk.gets("rob", "/v1/policy/limits")["limits"] == []
    desk.refused(403, "rob", "GET", "/v1/policy/limits", params={"team": "nlp"})
    desk.refused(404, "fin", "GET", "/v1/policy/limits", params={"team": "zzz"})
