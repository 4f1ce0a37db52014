"""Grants by schedule in a browser: finance looks first, makes one, changes and ends it."""

import re

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.api.web.test_exact import sends as shown
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean

PATH = "/finance/schedules"
TYPED = {
    "act": "schedule",
    "key": "k",
    "team": "nlp",
    "credits": "1500",
    "every": "month",
    "lasts_days": "",
    "purpose": "base budget",
    "expiry": "carry-over",
    "carry_credits": "100",
    "carry_days": "30",
    "start": "",
    "until": "2028-01-01T00:00",
    "id": "",
}


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    """§7.12"""
    hands.schedule(desk.store, "nlp", CREDIT, NOW, "base")
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)
    more = {"schedule": "base", "reason": "no"}
    assert browsing.sends(desk, PATH, **TYPED | {"step": "do"}).status_code == 403
    for act in ("change", "end"):
        assert browsing.sends(desk, PATH, **more, act=act, key=act).status_code == 403


def test_it_is_looked_at_made_changed_and_ended(fin: Desk) -> None:
    told = said(fin)
    assert "No team is given credits by schedule" in told
    assert "Nothing is given by schedule yet." in told
    look = browsing.sends(fin, PATH, **TYPED)
    assert look.status_code == 200
    browsing.well_formed(look.text)
    words = browsing.words(look.text)
    assert "What NLP would be given" in words
    assert "1,500.00 credits each month, each for its month, the first on Tue 01 Dec 2026" in words
    assert "at a grant's end up to 100.00 unspent credits go on for 30 days" in words
    assert "No team is given credits by schedule" in said(fin)
    done = browsing.sends(fin, PATH, **browsing.hidden(look.text))
    assert done.status_code == 303, browsing.words(done.text)
    again = browsing.sends(fin, PATH, **browsing.hidden(look.text))
    assert again.headers["location"] == done.headers["location"]
    told = said(fin, done.headers["location"])
    assert "One schedule gives credits to one team, next on Tue 01 Dec" in told
    assert "Schedule nlp-month is made" in told
    assert "nlp-month NLP 1,500.00 month its month base budget goes on 100.00 for 30" in told
    chosen = f"{PATH}?schedule=nlp-month"
    assert "nlp-month, for NLP" in said(fin, chosen)
    change = {"act": "change", "schedule": "nlp-month", "key": "c", "credits": "1800"}
    blank = browsing.sends(fin, PATH, **change, reason=" ")
    assert blank.status_code == 422
    assert 'aria-invalid="true" aria-describedby="change-reason-about"' in blank.text
    assert 'value="1800"' in blank.text
    done = browsing.sends(fin, PATH, **change, reason="two people more")
    told = said(fin, done.headers["location"])
    assert "nlp-month is other from its next period on" in told
    assert "nlp-month NLP 1,800.00" in told
    end = {"act": "end", "schedule": "nlp-month", "key": "e", "reason": "the project is over"}
    done = browsing.sends(fin, PATH, **end)
    told = said(fin, done.headers["location"])
    assert "nlp-month is ended; what was given stays." in told
    assert "ended Mon 23 Nov 09:00 UTC the project is over" in told
    assert "Change or end…" not in told
    assert "It ended Mon 23 Nov 09:00 UTC : the project is over" in said(fin, chosen)
    late = change | {"key": "late", "reason": "late"}
    assert browsing.sends(fin, PATH, **late).status_code == 409
    assert browsing.sends(fin, PATH, **end | {"schedule": "zzz", "key": "z"}).status_code == 404
    browsing.page(fin, f"{PATH}?schedule=zzz", 404)
    assert "Schedule zzz is made" not in said(fin, f"{PATH}?said=made&what=zzz")
    assert_clean(fin.store)


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"credits": "0"}, 422, "credits"),
        ({"credits": "many"}, 422, "credits"),
        ({"every": "day"}, 422, "every"),
        ({"lasts_days": "1.5"}, 422, "lasts_days"),
        ({"until": "2026-11-30T00:00"}, 422, "until"),
        ({"carry_credits": ""}, 422, "carry_credits"),
        ({"team": "zzz"}, 404, "team"),
        ({"id": "No Name"}, 422, "id"),
        ({"id": "base"}, 409, "id"),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    fin: Desk, typed: dict[str, str], status: int, field: str
) -> None:
    hands.schedule(fin.store, "rl", CREDIT, NOW, "base")
    refused = browsing.sends(fin, PATH, **TYPED | typed)
    assert refused.status_code == status, browsing.words(refused.text)
    assert f'aria-describedby="schedule-{field}-about"' in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert 'value="base budget"' in refused.text


def test_what_the_forms_send_is_what_the_service_takes(fin: Desk) -> None:
    look = browsing.sends(fin, PATH, **TYPED).text
    command = (
        "gpumarket grant schedule nlp 1500 --every month --purpose 'base budget' "
        "--expiry carry-over --carry-credits 100 --carry-days 30 --until 2028-01-01T00:00Z"
    )
    assert shown(fin, "fin", look) == [command, command]
    hands.schedule(fin.store, "rl", CREDIT, NOW, "base")
    change = {"act": "change", "schedule": "base", "key": "c", "lasts_days": "x", "reason": "r"}
    told = browsing.words(browsing.sends(fin, PATH, **change).text)
    assert "gpumarket grant schedule-change base --days x --reason r" in told
    commands = shown(fin, "fin", browsing.page(fin, f"{PATH}?schedule=base"))
    assert commands[:2] == [
        "gpumarket grant schedule-change base",
        "gpumarket grant schedule-end base",
    ]


def test_schedules_come_in_pages(fin: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.schedules_desk.ROWS", 2)
    for team in ("nlp", "rl", "vision"):
        hands.schedule(fin.store, team, CREDIT, NOW, f"base-{team}")
    html = browsing.page(fin, PATH)
    assert "3 schedules give credits to 3 teams" in browsing.words(html)
    assert ("base-rl" in html, "base-vision" in html) == (True, False)
    [older] = re.findall(r'href="([^"]*\?after=[^"]*)" rel="next"', html)
    assert "base-vision" in browsing.page(fin, older)
