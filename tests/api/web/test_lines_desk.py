"""Credit lines in a browser: finance looks first, sets one, changes and closes it."""

import re

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.api.web.test_exact import sends as shown
from tests.marketplace import bazaar, hands
from tests.marketplace.bazaar import (
    CREDIT,
    HOUR,
    NOW,
    assert_clean,
    leg,
    option,
    placed,
    request,
    run,
)

PATH = "/finance/lines"
TYPED = {
    "act": "set",
    "key": "k",
    "team": "nlp",
    "credits": "200",
    "reason": "a late grant",
    "start": "",
    "end": "2027-01-01T00:00",
}
CHANGE = {"act": "change", "line": "nlp-line", "key": "c", "credits": "300"}
CLOSE = {"act": "close", "line": "nlp-line", "key": "e", "reason": "the grant is there"}
LONG = option(1_020, 8, None, leg(units=16, hours=5))
"""More than the 1,000 credits that a team has."""


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    """§7.12"""
    hands.credit_line(desk.store, "nlp", CREDIT, NOW)
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)
    set_one = TYPED | {"step": "do", "team": "rl"}
    for form in (TYPED, set_one, CHANGE | {"reason": "no"}, CLOSE):
        assert browsing.sends(desk, PATH, **form).status_code == 403
    html = browsing.page(desk, "/")
    assert '"/finance/lines"' not in html
    assert ">Finance</a>" not in html


def test_it_is_looked_at_set_changed_and_closed(fin: Desk) -> None:
    told = said(fin)
    assert "No team may draw beyond its own credits" in told
    assert "No team has a credit line yet." in told
    look = browsing.sends(fin, PATH, **TYPED)
    assert look.status_code == 200
    browsing.well_formed(look.text)
    words = browsing.words(look.text)
    assert "What NLP could draw" in words
    assert "Up to 200.00 credits beyond its own, from now on, until Fri 01 Jan" in words
    assert "No team may draw beyond its own credits" in said(fin)
    done = browsing.sends(fin, PATH, **browsing.hidden(look.text))
    assert done.status_code == 303, browsing.words(done.text)
    again = browsing.sends(fin, PATH, **browsing.hidden(look.text))
    assert again.headers["location"] == done.headers["location"]
    told = said(fin, done.headers["location"])
    assert "One team may draw up to 200.00 credits beyond its own; nothing is drawn" in told
    assert "Line nlp-line is set" in told
    assert "nlp-line NLP 200.00 0.00 200.00 Mon 23 Nov 09:00 UTC Fri 01 Jan" in told
    assert "a late grant open Change or close…" in told
    chosen = f"{PATH}?line=nlp-line"
    assert "0.00 of 200.00 credits are drawn and not repaid; it ends Fri 01 Jan" in said(
        fin, chosen
    )
    blank = browsing.sends(fin, PATH, **CHANGE, reason=" ")
    assert blank.status_code == 422
    assert 'aria-invalid="true" aria-describedby="change-reason-about"' in blank.text
    assert 'value="300"' in blank.text
    done = browsing.sends(fin, PATH, **CHANGE, reason="two people more")
    told = said(fin, done.headers["location"])
    assert "nlp-line is other from now on." in told
    assert "nlp-line NLP 300.00" in told
    blank = browsing.sends(fin, PATH, **CLOSE | {"key": "b", "reason": ""})
    assert blank.status_code == 422
    assert 'aria-invalid="true" aria-describedby="close-reason-about"' in blank.text
    done = browsing.sends(fin, PATH, **CLOSE)
    told = said(fin, done.headers["location"])
    assert "nlp-line is closed: nothing more is drawn" in told
    assert "No team may draw beyond its own credits" in told
    assert "the grant is there closed" in told
    assert "Change or close…" not in told
    told = said(fin, chosen)
    assert "It was closed Mon 23 Nov 09:00 UTC : the grant is there. Nothing is owed" in told
    late = browsing.sends(fin, PATH, **CHANGE | {"key": "late", "reason": "late"})
    assert late.status_code == 409
    assert "Credit line nlp-line is closed" in browsing.words(late.text)
    gone = browsing.sends(fin, PATH, **CLOSE | {"line": "zzz", "key": "z"})
    assert gone.status_code == 404
    assert "zzz" in browsing.words(gone.text)
    browsing.page(fin, f"{PATH}?line=zzz", 404)
    assert "Line zzz is set" not in said(fin, f"{PATH}?said=set&what=zzz")
    assert_clean(fin.store)


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"credits": "0"}, 422, "credits"),
        ({"credits": "many"}, 422, "credits"),
        ({"reason": " "}, 422, "reason"),
        ({"start": "soon"}, 422, "start"),
        ({"end": "2026-11-22T00:00"}, 422, "end"),
        ({"start": "2027-02-01T00:00"}, 422, "end"),
        ({"team": ""}, 422, "team"),
        ({"team": "zzz"}, 404, "team"),
        ({"team": "rl"}, 409, "team"),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    fin: Desk, typed: dict[str, str], status: int, field: str
) -> None:
    hands.credit_line(fin.store, "rl", CREDIT, NOW)
    form = TYPED | typed
    refused = browsing.sends(fin, PATH, **form)
    assert refused.status_code == status, browsing.words(refused.text)
    assert f'aria-describedby="set-{field}-about"' in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert f'name="credits" type="text" value="{form["credits"]}"' in refused.text


def test_what_is_drawn_is_told_and_no_limit_is_below_it(fin: Desk) -> None:
    hands.credit_line(fin.store, "nlp", 50 * CREDIT, NOW)
    placed(fin.store, request("nlp", "a", LONG))
    told = said(fin)
    assert "beyond its own; 20.00 are drawn and not repaid" in told
    assert "nlp-line NLP 50.00 20.00 30.00 Mon 23 Nov 09:00 UTC it is closed a late grant" in told
    few = browsing.sends(fin, PATH, **CHANGE | {"credits": "19", "reason": "less"})
    assert few.status_code == 422
    assert 'aria-describedby="change-credits-about"' in few.text
    assert "20.00" in browsing.words(few.text).split("Change it from now on")[1]


def test_what_is_owed_of_a_closed_line_is_told(fin: Desk) -> None:
    """By hand: of 1,000 credits of its own a team pays the 1,030 that another bid against it."""
    hands.credit_line(fin.store, "nlp", 50 * CREDIT, NOW)
    dear = option(1_040, 8, None, leg(units=16, hours=8))
    placed(fin.store, request("nlp", "a", dear))
    hands.credit_line(fin.store, "rl", 50 * CREDIT, NOW)
    other = option(1_030, 8, None, leg(units=16, hours=8))
    placed(fin.store, request("rl", "b", other))
    run(fin.store)
    hands.close_line(fin.store, "nlp-line", bazaar.CLOSE + HOUR)
    with browsing.later(fin, bazaar.CLOSE + HOUR) as after:
        browsing.sign_in(after, "fin")
        told = said(after)
        assert "30.00 are drawn and not repaid" in told
        assert "over closed owes still" in told
        assert "30.00 credits drawn of it are owed still" in said(after, f"{PATH}?line=nlp-line")
        browsing.sign_in(after, "mia")
        told = said(after, "/teams/nlp")
        assert "30.00 credits drawn of a credit line that was closed are not repaid" in told


def test_a_team_sees_its_own_line_and_no_grant_that_never_ends(desk: Desk) -> None:
    hands.credit_line(desk.store, "nlp", 50 * CREDIT, NOW)
    hands.credit_line(desk.store, "rl", 70 * CREDIT, NOW)
    placed(desk.store, request("nlp", "a", LONG))
    browsing.sign_in(desk, "mia")
    told = said(desk, "/teams/nlp")
    line = "Credit line of 50.00 credits beyond its own: 20.00 drawn, 30.00 left"
    assert f"{line}, open until it is closed line nlp-line" in told
    assert "70.00" not in told
    assert "31 Dec" not in told  # when the line's grant would end
    assert "the last grant ends on Fri 22 Jan" in told
    browsing.sign_in(desk, "fin")
    assert f"{line}, open" in said(desk, "/finance/budgets?team=nlp")


def test_a_line_to_come_is_told_with_its_days(fin: Desk) -> None:
    form = TYPED | {"start": "2026-12-01T00:00", "step": "do"}
    assert browsing.sends(fin, PATH, **form).status_code == 303
    told = said(fin)
    assert "No team may draw beyond its own credits" in told
    assert "nlp-line NLP 200.00 0.00 – Tue 01 Dec 00:00 UTC Fri 01 Jan" in told
    assert "a late grant not begun Change" in told
    told = said(fin, "/teams/nlp")
    assert "0.00 drawn, to be drawn from Tue 01 Dec 00:00 UTC on, until Fri 01 Jan" in told


def test_what_the_forms_send_is_what_the_service_takes(fin: Desk) -> None:
    look = browsing.sends(fin, PATH, **TYPED).text
    command = "gpumarket credit-line set nlp 200 --reason 'a late grant' --until 2027-01-01T00:00Z"
    assert shown(fin, "fin", look) == [command, command]
    hands.credit_line(fin.store, "nlp", CREDIT, NOW)
    form = CHANGE | {"credits": "x", "reason": "r"}
    told = browsing.words(browsing.sends(fin, PATH, **form).text)
    assert "gpumarket credit-line change nlp-line --credits x --reason r" in told
    commands = shown(fin, "fin", browsing.page(fin, f"{PATH}?line=nlp-line"))
    assert commands[:2] == [
        "gpumarket credit-line change nlp-line",
        "gpumarket credit-line close nlp-line",
    ]


def test_lines_come_in_pages(fin: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.lines_desk.ROWS", 2)
    for team in ("nlp", "rl", "vision"):
        hands.credit_line(fin.store, team, CREDIT, NOW)
    html = browsing.page(fin, PATH)
    assert "3 teams may draw up to 3.00 credits beyond their own" in browsing.words(html)
    assert ("rl-line" in html, "vision-line" in html) == (True, False)
    [older] = re.findall(r'href="([^"]*\?after=[^"]*)" rel="next"', html)
    assert "vision-line" in browsing.page(fin, older)
