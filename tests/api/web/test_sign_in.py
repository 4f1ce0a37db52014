"""Signing in with a browser, and out again."""

import httpx2
import pytest

from marketplace.services import token as tokens
from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW


def link(desk: Desk) -> None:
    hands.make_token(desk.store, "adam", "gpm_link", NOW, "admin", kind="sign-in")


def test_a_link_that_is_looked_at_is_not_used_up(desk: Desk) -> None:
    link(desk)
    for _ in range(2):
        shown = browsing.page(desk, "/sign-in?token=gpm_link")
        assert '<button type="submit">Sign in</button>' in shown
    made = desk.http.post("/sign-in", data={"token": "gpm_link"})
    assert "You are signed in as adam" in made.text
    token = made.text.partition("<pre>")[2].partition("</pre>")[0]
    headers = {"Authorization": f"Bearer {token}"}
    assert desk.asks("", "GET", "/v1/me", headers=headers).json()["roles"] == ["admin"]
    assert "adam" in browsing.page(desk, "/")
    again = desk.http.post("/sign-in", data={"token": "gpm_link"})
    assert (again.status_code, "link was used" in again.text) == (401, True)


def test_what_a_link_says_is_shown_as_text_alone(desk: Desk) -> None:
    answer = desk.http.get("/sign-in", params={"token": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text
    assert "script-src 'nonce-" in answer.headers["Content-Security-Policy"]
    assert "Open the link" in browsing.page(desk, "/sign-in")
    assert desk.http.post("/sign-in", content=b"\xff\xfe").status_code == 401


def test_a_token_signs_in_and_its_reader_goes_where_they_wanted(desk: Desk) -> None:
    asked = desk.http.get("/?zoom=hours&pool=h100")
    assert asked.status_code == 303
    where = asked.headers["location"]
    assert where == "/sign-in?next=%2F%3Fzoom%3Dhours%26pool%3Dh100"
    assert 'value="/?zoom=hours&amp;pool=h100"' in browsing.page(desk, where)
    answer = desk.http.post(
        "/sign-in", data={"token": " gpm_mia ", "next": "/?zoom=hours&pool=h100"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/?zoom=hours&pool=h100")
    assert "mia" in browsing.page(desk, "/")


@pytest.mark.parametrize(
    ("roles", "where"),
    [
        (("finance",), "/finance"),
        (("finance", "platform"), "/"),
        (("finance", "member:nlp"), "/"),
        (("admin",), "/"),
    ],
)
def test_who_has_the_role_finance_alone_begins_there(
    desk: Desk, roles: tuple[str, ...], where: str
) -> None:
    hands.make_token(desk.store, "kim", "gpm_kim", NOW, *roles)
    answer = desk.http.post("/sign-in", data={"token": "gpm_kim"})
    assert answer.headers["location"] == where
    browsing.page(desk, where)
    asked = desk.http.post("/sign-in", data={"token": "gpm_kim", "next": "/market"})
    assert asked.headers["location"] == "/market"


def test_a_link_leads_there_too(desk: Desk) -> None:
    hands.make_token(desk.store, "kim", "gpm_kim-link", NOW, "finance", kind="sign-in")
    made = desk.http.post("/sign-in", data={"token": "gpm_kim-link"})
    assert '<a class="button" href="/finance">' in made.text


def test_nobody_is_sent_to_another_site(desk: Desk) -> None:
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example", "/\r\nX: y", ""):
        answer = desk.http.post("/sign-in", data={"token": "gpm_mia", "next": evil})
        assert answer.headers["location"] == "/"


def test_a_session_is_for_pages_and_no_programs_token(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    text = desk.http.cookies["gpumarket-session"]
    headers = {"Authorization": f"Bearer {text}"}
    problem = desk.refused(401, "", "GET", "/v1/me", headers=headers)
    assert problem["detail"].startswith("that token is a browser's session")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk: Desk) -> None:
    plain = desk.http.post("/sign-in", data={"token": "gpm_mia"}).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    desk.http.base_url = httpx2.URL("https://market.example")
    answer = desk.http.post("/sign-in", data={"token": "gpm_mia"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-gpumarket-session=gpm_")
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    assert "mia" in browsing.page(desk, "/")


def test_signing_out_ends_the_session_everywhere(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    text = desk.http.cookies["gpumarket-session"]
    gone = browsing.sends(desk, "/sign-out")
    assert (gone.status_code, gone.headers["location"]) == (303, "/sign-in")
    desk.http.cookies.set("gpumarket-session", text)
    assert desk.http.get("/").headers["location"] == "/sign-in"
    assert desk.asks("mia", "GET", "/v1/me").status_code == 200  # the token is good yet


def test_a_session_ends_with_the_token_that_opened_it(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    [mine] = [
        one.token.id
        for one in tokens.listed(desk.store, hands.ROOT, "mia")
        if one.token.request.kind.value == "bearer"
    ]
    assert desk.asks("mia", "DELETE", f"/v1/tokens/{mine}").status_code == 200
    assert desk.http.get("/").status_code == 303


def test_a_form_without_the_sessions_mark_does_nothing(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for fields in ({}, {"form": "0" * 64}, {"form": ""}):
        answer = desk.http.post("/sign-out", data=fields)
        assert answer.status_code == 403
        assert "of another session" in answer.text
    assert desk.http.get("/").status_code == 200


def test_somebody_in_two_teams_looks_at_one_and_switches(desk: Desk) -> None:
    browsing.sign_in(desk, "two")
    assert "<option selected>nlp</option>" in browsing.page(desk, "/")
    answer = browsing.sends(desk, "/team", team="rl", next="/?zoom=hours")
    assert answer.headers["location"] == "/?zoom=hours"
    assert "<option selected>rl</option>" in browsing.page(desk, "/")
    browsing.sends(desk, "/team", team="vision")
    assert "<option selected>rl</option>" in browsing.page(desk, "/")
