"""Who acts for a team: tokens, members and the calendar's address, by forms."""

import re

import pytest

from tests.api.rest.desk import Desk
from tests.api.web import browsing


def shown_once(html: str) -> str:
    found = re.search(r"<pre>(gpm_[^<]+)</pre>", html)
    assert found, html
    return found[1]


def test_a_member_makes_a_token_of_their_own_and_revokes_it(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    made = browsing.sends(desk, "/teams/nlp/tokens", note="laptop", good_for="a week")
    assert made.status_code == 200
    browsing.well_formed(made.text)
    text = shown_once(made.text)
    headers = {"Authorization": f"Bearer {text}"}
    me = desk.asks("", "GET", "/v1/me", headers=headers).json()
    assert (me["person"], me["roles"]) == ("mia", ["member:nlp"])
    html = browsing.page(desk, "/teams/nlp")
    assert text not in html
    assert "laptop mia, member:nlp" in browsing.words(html)
    gone = browsing.sends(desk, "/teams/nlp/tokens/revoke", token=me["token"])
    assert gone.headers["location"] == "/teams/nlp/access"
    assert desk.asks("", "GET", "/v1/me", headers=headers).status_code == 401


def test_a_member_makes_none_for_others(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for fields in ({"role": "lead"}, {"person": "ada"}, {"role": "admin"}):
        refused = browsing.sends(desk, "/teams/nlp/tokens", **fields)
        assert refused.status_code in (403, 422), fields
        assert "gpm_" not in refused.text
        assert 'role="alert"' in refused.text
    assert browsing.sends(desk, "/teams/rl/tokens", note="x").status_code == 403


def test_a_lead_takes_people_in_and_out(desk: Desk) -> None:
    browsing.sign_in(desk, "lea")
    assert browsing.sends(desk, "/teams/nlp/members", person="ada").status_code == 303
    made = browsing.sends(desk, "/teams/nlp/tokens", person="ada", role="member", note="hers")
    text = shown_once(made.text)
    said = browsing.words(browsing.page(desk, "/teams/nlp/access"))
    assert "ada member Remove…" in said
    assert "hers ada, member:nlp" in said
    assert browsing.sends(desk, "/teams/nlp/members/remove", person="ada").status_code == 303
    headers = {"Authorization": f"Bearer {text}"}
    assert desk.asks("", "GET", "/v1/me", headers=headers).status_code == 401
    nobody = browsing.sends(desk, "/teams/nlp/members/remove", person="ada")
    assert nobody.status_code == 404
    empty = browsing.sends(desk, "/teams/nlp/members", person=" ", role="x")
    assert empty.status_code == 422


def test_a_member_takes_nobody_in(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    assert "Take somebody in" not in browsing.page(desk, "/teams/nlp")
    assert browsing.sends(desk, "/teams/nlp/members", person="ada").status_code == 403
    assert browsing.sends(desk, "/teams/nlp/members/remove", person="lea").status_code == 403


def test_the_calendar_s_address_is_shown_once_and_ends(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    html = browsing.sends(desk, "/teams/nlp/calendar").text
    found = re.search(r"<pre>https?://[^/]+(/v1/calendars/gpm_[^<]+\.ics)</pre>", html)
    assert found
    assert desk.asks("", "GET", found[1]).status_code == 200
    assert "calendar of nlp calendar" in browsing.words(browsing.page(desk, "/teams/nlp"))
    assert browsing.sends(desk, "/teams/nlp/calendar/end").status_code == 303
    assert desk.asks("", "GET", found[1]).status_code == 404
    assert browsing.sends(desk, "/teams/nlp/calendar/end").status_code == 404
    assert browsing.sends(desk, "/teams/rl/calendar").status_code == 403


@pytest.mark.parametrize(
    ("who", "status", "parts"),
    [
        ("mia", 200, {"tokens", "members", "ics"}),
        ("lea", 200, {"tokens", "members", "ics"}),
        ("pia", 200, {"members"}),
        ("adam", 200, {"tokens", "members"}),
        ("fin", 403, set()),
        ("rob", 403, set()),
    ],
)
def test_each_role_sees_its_part(desk: Desk, who: str, status: int, parts: set[str]) -> None:
    browsing.sign_in(desk, who)
    html = browsing.page(desk, "/teams/nlp/access", status)
    for part in ("tokens", "members", "ics"):
        assert (f'id="{part}-title"' in html) == (part in parts), part
