"""What people are told where a page cannot do what they asked."""

from api.web import assets
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
