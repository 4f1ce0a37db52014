"""Transfers between all teams in a browser: what waits, and what became of others."""

import re

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, DAY, NOW

PATH = "/finance/transfers"


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def given(desk: Desk) -> Desk:
    """One transfer was refused, one accepted, and two wait."""
    hands.make_token(desk.store, "leo", "gpm_leo", NOW, "lead:nlp", "lead:vision")
    for team, other, amount in (("rl", "nlp", 1), ("rl", "vision", 2), ("nlp", "vision", 3)):
        hands.transfer(desk.store, team, other, amount * CREDIT, NOW)
    hands.transfer(desk.store, "vision", "rl", 400_500_000, NOW)
    body = {"reason": "enough of <b>that"}
    desk.asks("leo", "POST", "/v1/credit-transfers/ctr_000001:refuse", json=body)
    desk.asks("leo", "POST", "/v1/credit-transfers/ctr_000002:accept")
    return desk


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    """§7.11"""
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)


def test_before_there_is_any_it_says_who_offers_one(fin: Desk) -> None:
    told = said(fin)
    assert "No transfer between teams waits for an answer" in told
    assert "No team has offered credits to another yet." in told
    assert "No transfer is like that." in said(fin, f"{PATH}?state=refused")


def test_all_teams_are_told_of_with_what_became_of_each(given: Desk) -> None:
    browsing.sign_in(given, "fin")
    html = browsing.page(given, PATH)
    told = browsing.words(html)
    for words in (
        "2 transfers between teams wait for an answer: 403.50 credits are set aside",
        "ctr_000001 RL NLP 1.00 ",
        "refused, Mon 23 Nov 09:00 UTC : enough of <b>that",
        "accepted, Mon 23 Nov 09:00 UTC",
        "ctr_000004 VISION RL 400.50 ",
        "waits for an answer until Mon 07 Dec 09:00 UTC",
    ):
        assert words in told, words
    order = [told.index(f"ctr_00000{k}") for k in (4, 3, 2, 1)]
    assert order == sorted(order)
    assert 'href="/teams/vision/transfers"' in html
    browsing.page(given, "/teams/vision/transfers")


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("team=nlp", "31"),
        ("state=proposed", "43"),
        ("state=accepted", "2"),
        ("state=refused&team=rl", "1"),
        ("state=lapsed", ""),
    ],
)
def test_it_is_asked_by_team_and_state_as_programs_ask(given: Desk, query: str, which: str) -> None:
    browsing.sign_in(given, "fin")
    rows = re.findall(r'class="id">ctr_00000(\d)<', browsing.page(given, f"{PATH}?{query}"))
    asked = dict(part.split("=") for part in query.split("&"))
    listed = given.gets("fin", "/v1/credit-transfers", **asked)["items"]
    assert rows == [one["id"][-1] for one in listed] == list(which)


def test_a_state_or_a_team_that_is_none_is_refused(fin: Desk) -> None:
    browsing.page(fin, f"{PATH}?state=lost", 422)
    browsing.page(fin, f"{PATH}?team=zzz", 404)
    fin.refused(422, "fin", "GET", "/v1/credit-transfers", params={"state": "lost"})


def test_what_nobody_answered_waits_no_more_also_before_a_clock_came(given: Desk) -> None:
    late = NOW + 14 * DAY
    hands.make_token(given.store, "fin2", "gpm_fin2", NOW, "finance", days=30)
    with browsing.later(given, late) as at:
        browsing.sign_in(at, "fin2")
        told = said(at)
    assert "No transfer between teams waits for an answer" in told
    assert "waits for an answer until" not in told


def test_they_come_in_pages_of_what_was_asked_for(
    given: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.transfers_page.ROWS", 1)
    browsing.sign_in(given, "fin")
    html = browsing.page(given, f"{PATH}?state=proposed")
    assert ("ctr_000004" in html, "ctr_000003" in html) == (True, False)
    [older] = re.findall(r'href="([^"]*after=[^"]*)" rel="next"', html)
    assert "state=proposed" in older
    html = browsing.page(given, older.replace("&amp;", "&"))
    assert ("ctr_000004" in html, "ctr_000003" in html) == (False, True)
    assert 'href="/finance/transfers?state=proposed">← first' in html
