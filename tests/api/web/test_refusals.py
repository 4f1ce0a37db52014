"""What people are told where a page cannot do what they asked."""

import httpx2
import pytest
from fastapi import Request

from api.rest.requests import BODY_MAX, TooSlow
from api.web import assets, frame
from api.web.visitor import Visitor
from tests.api.rest.desk import Desk
from tests.api.web import browsing

LIBRARY = assets.digest(assets.LIBRARY)
LIBRARY_ONLY = f'src="{assets.address(assets.LIBRARY)}" integrity="{LIBRARY}"'
PEOPLE = {"Accept": "text/html,application/xhtml+xml"}


def test_people_are_told_in_a_page_and_programs_as_a_problem(desk: Desk) -> None:
    for path, headers, html in (
        ("/nowhere", PEOPLE, True),
        ("/nowhere", {}, False),
        ("/v1/nowhere", PEOPLE, False),
    ):
        answer = desk.http.get(path, headers=headers)
        assert answer.status_code == 404
        assert ("text/html" in answer.headers["content-type"]) is html
        if html:
            browsing.well_formed(answer.text)
            assert "There is no such page" in browsing.words(answer.text)


def test_a_page_that_is_posted_to_by_mistake_says_so(desk: Desk) -> None:
    answer = desk.http.post("/", headers=PEOPLE)
    assert answer.status_code == 405
    browsing.well_formed(answer.text)


def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    for path in ("/sign-in", "/", "/bid", "/bid/spot"):
        answer = desk.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.count("unsafe") == 1  # attributes of style alone: the charts' bold words
        assert "style-src-attr 'unsafe-inline'" in policy
        assert "default-src 'none'" in policy
        nonce = policy.partition("script-src 'nonce-")[2].partition("'")[0]
        assert f"script-src 'nonce-{nonce}' '{LIBRARY}';" in policy
        named = ('nonce="{nonce}"', 'type="application/json"', LIBRARY_ONLY)
        may = sum(answer.text.count(f"<script {one.format(nonce=nonce)}") for one in named)
        assert answer.text.count("<script") == may
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
        assert "http://" not in answer.text.replace("http://www.w3.org", "").replace(
            "http://testserver", ""
        )


def test_a_bug_and_what_is_too_large_are_told_in_a_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browsing.sign_in(desk, "mia")
    large = desk.http.post("/team", content=b" " * (BODY_MAX + 1), headers=PEOPLE)
    assert large.status_code == 413
    assert "Nothing was changed. Go back to what you typed." in _said(large)
    monkeypatch.setattr(frame, "frame_of", lambda *_: 1 / 0)
    named = PEOPLE | {"X-Request-Id": "run-7"}
    bug = desk.http.get("/", headers=named)
    assert bug.status_code == 500
    assert "This page has failed, and should not: please report it" in _said(bug)
    assert "run-7" in bug.text
    assert "ZeroDivision" not in bug.text
    assert '<a class="button" href="">Try again</a>' in bug.text
    mark = Visitor.form_mark
    monkeypatch.setattr(Visitor, "form_mark", property(lambda _: 1 / 0))
    sent = desk.http.post("/team", data={"team": "nlp", "form": "0"}, headers=PEOPLE)
    monkeypatch.setattr(Visitor, "form_mark", mark)
    assert "It is not sure whether what you sent was done" in _said(sent)
    assert desk.http.get("/").headers["content-type"] == "application/problem+json"


def test_a_body_that_never_comes_is_told_in_a_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_request: Request, **_limits: int) -> None:
        raise TooSlow

    browsing.sign_in(desk, "mia")
    monkeypatch.setattr(Request, "form", slow)
    answer = desk.http.post("/team", data={"team": "nlp"}, headers=PEOPLE)
    assert answer.status_code == 408
    assert "Load this page again to send the same once more" in _said(answer)


def _said(answer: httpx2.Response) -> str:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    browsing.well_formed(answer.text)
    assert '<nav aria-label="Pages">' in answer.text
    return browsing.words(answer.text)
