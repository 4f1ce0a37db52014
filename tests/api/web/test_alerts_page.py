"""Alerts in a browser: what was told, by which rule, and to whom."""

import re

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, DAY, HOUR, NOW, leg, option, request, won

PATH = "/finance/alerts"
RULES = {
    "limits": [{"team": "vision", "credits": "50"}],
    "alerts": [
        {"name": "low", "on": "free", "share_ppm": 1_000_000, "period": "week"},
        {"name": "spent", "on": "spend", "share_ppm": 800_000},
    ],
}


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def told(desk: Desk) -> Desk:
    """rl and nlp have a little less than they were granted, and were told."""
    desk.asks("fin", "POST", "/v1/policy", json=RULES)
    for team in ("rl", "nlp"):
        hands.transfer(desk.store, team, "vision", 12 * CREDIT + CREDIT // 2, NOW)
    hands.advance(desk.store, NOW + HOUR)
    return desk


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    """§7.11"""
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)


def test_before_any_was_raised_it_says_what_to_do(desk: Desk) -> None:
    browsing.sign_in(desk, "fin")
    found = said(desk)
    assert "No alert was raised in a period that runs now" in found
    assert "No alert was raised yet. The rules below say when one is." in found
    assert "No rule tells." in found
    assert "gpumarket policy adopt FILE.toml --dry-run" in found


def test_what_was_told_says_what_raised_it_and_is_filtered(told: Desk) -> None:
    with browsing.later(told, NOW + HOUR) as at:
        browsing.sign_in(at, "fin")
        found = said(at)
        for words in (
            "2 alerts were raised in periods that run now, the newest about RL",
            "RL 987.50 of 1,000.00 free, less than 100 % rule low little left free, policy 1",
            "NLP 987.50 of 1,000.00 free, less than 100 %",
            "alr_000001 Mon 30 Nov 00:00 UTC",
            "low little left free each has less than 100 % of what was granted free, once a week",
            "spent spend of a limit each has spent 80 % of a spending limit",
        ):
            assert words in found, words
        mine = said(at, f"{PATH}?team=nlp")
        assert ("alr_000001" in mine, "alr_000002" in mine) == (True, False)
        assert "alr_000001" in said(at, f"{PATH}?on=free")
        none = said(at, f"{PATH}?on=spend&team=nlp")
        assert "No alert was raised about that. Choose all" in none
        browsing.page(at, f"{PATH}?on=weather", 422)
        assert told.gets("fin", "/v1/alerts", on="spend")["items"] == []
        assert len(told.gets("fin", "/v1/alerts", on="free")["items"]) == 2


def test_a_team_is_told_on_its_own_page_while_its_period_runs(told: Desk) -> None:
    """§7.11"""
    with browsing.later(told, NOW + HOUR) as at:
        browsing.sign_in(at, "mia")
        found = said(at, "/teams/nlp")
        alert = "Alert of Mon 23 Nov 10:00 UTC : 987.50 of 1,000.00 free, less than 100 % rule low"
        assert alert in found
        browsing.sign_in(at, "pia")
        assert "Alert of" not in said(at, "/teams/nlp")
    with browsing.later(told, NOW + 8 * DAY) as at:
        hands.make_token(told.store, "mia2", "gpm_mia2", NOW + 7 * DAY, "member:nlp", days=3)
        browsing.sign_in(at, "mia2")  # the next week has an alert of its own
        assert "Alert of Mon 23 Nov" not in said(at, "/teams/nlp")


def test_spend_of_a_limit_is_told(desk: Desk) -> None:
    desk.asks("fin", "POST", "/v1/policy", json=RULES)
    won(
        desk.store,
        request("vision", "a", option(49, 8, None, leg(units=16))),
        request("rl", "b", option(45, 8, None, leg(units=16))),
    )
    with browsing.later(desk, NOW + 20 * HOUR) as at:
        hands.advance(desk.store, NOW + 20 * HOUR)
        browsing.sign_in(at, "fin")
        found = said(at, f"{PATH}?on=spend")
    assert "VISION 45.00 of 50.00 spent, 80 % or more rule spent spend of a limit" in found


def test_they_come_in_pages_of_what_was_asked_for(
    told: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.alerts_page.ROWS", 1)
    with browsing.later(told, NOW + HOUR) as at:
        browsing.sign_in(at, "fin")
        html = browsing.page(at, f"{PATH}?on=free")
        assert ("alr_000002" in html, "alr_000001" in html) == (True, False)
        [older] = re.findall(r'href="([^"]*after=[^"]*)" rel="next"', html)
        assert "on=free" in older
        html = browsing.page(at, older.replace("&amp;", "&"))
        assert ("alr_000002" in html, "alr_000001" in html) == (False, True)
        assert 'href="/finance/alerts?on=free">← first' in html
