"""What people are told where a page cannot do what they asked."""

import httpx2
import pytest
from fastapi import Request

from api.rest.requests import BODY_MAX, TooSlow
from api.web import assets, frame
from api.web.visitor import Visitor
from marketplace.errors import StorageFailed
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
    assert '<a class="button" href="/">Try again</a>' in bug.text
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


def away(_store: object, *_more: object, **_named: object) -> None:
    raise StorageFailed("market.db", "no-tables")


def test_who_is_signed_in_is_told_in_the_frame_and_where_to_go(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    said = browsing.words(browsing.page(desk, "/orders/ord_0000000000000000", 404))
    assert "Nothing was changed. It may be spelt otherwise, or be another team's." in said
    assert "To My team" in said
    assert "1,000.00 credits free" in said
    html = browsing.page(desk, "/?zoom=x", 422)
    assert '<a class="button" href="/">The page without it</a>' in html


def test_what_passes_can_be_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    browsing.sign_in(desk, "mia")
    monkeypatch.setattr("api.web.bid.order.sale", away)
    answer = desk.http.get("/bid?pool=h100")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert '<a class="button" href="/bid?pool=h100">Try again</a>' in answer.text
    assert "orders, reservations and holds stay as they are" in browsing.words(answer.text)


def test_a_form_that_met_no_market_is_given_back_to_be_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browsing.sign_in(desk, "mia")
    mark = browsing.mark(browsing.page(desk, "/"))
    monkeypatch.setattr("api.web.orders.service.own", away)
    fields = {"form": mark, "key": "k1", "version": "1", "value-0": "<44>"}
    answer = desk.http.post("/orders/ord_1/amend", data=fields)
    assert answer.status_code == 503
    browsing.well_formed(answer.text)
    for name, text in (("form", mark), ("key", "k1"), ("value-0", "&lt;44&gt;")):
        assert f'<input type="hidden" name="{name}" value="{text}">' in answer.text
    said = browsing.words(answer.text)
    assert "However often it is sent, it is done once." in said
    assert "What you typed Value-0 <44>" in said
    assert "k1" not in said


def test_a_form_of_another_session_is_said_back_and_never_offered_to_be_sent(desk: Desk) -> None:
    browsing.sign_in(desk, "mia")
    answer = desk.http.post("/orders/ord_1/amend", data={"form": "0" * 64, "value-0": "44"})
    assert answer.status_code == 403
    said = browsing.words(answer.text)
    assert "What you typed Value-0 44" in said
    assert "Send it again" not in said
    assert 'name="value-0"' not in answer.text


def test_no_token_is_said_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.rest.market.Market.recognise", away)
    answer = desk.http.post("/sign-in", data={"token": "gpm_secret"})
    assert answer.status_code == 503
    browsing.well_formed(answer.text)
    assert "gpm_secret" not in answer.text
