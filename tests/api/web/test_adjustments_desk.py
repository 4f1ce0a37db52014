"""Adjustments in a browser: proposed by one person of finance, posted or refused by another."""

import re
from datetime import timedelta

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean

PATH = "/finance/adjustments"
TYPED = {
    "act": "propose",
    "key": "k",
    "team": "nlp",
    "credits": "12.5",
    "reason": "the node was down",
    "corrects": "month:2026-11",
    "end": "",
}


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def two(desk: Desk) -> Desk:
    """Finance is two people, and the first is signed in."""
    hands.make_token(desk.store, "fin2", "gpm_fin2", NOW, "finance")
    browsing.sign_in(desk, "fin")
    return desk


def sends(desk: Desk, act: str, adjustment: str = "adj_000001", **more: str) -> str:
    """Where a form leads that does something about a proposal."""
    answer = browsing.sends(desk, PATH, act=act, adjustment=adjustment, key=f"{act}-k", **more)
    assert answer.status_code == 303, browsing.words(answer.text)
    return str(answer.headers["location"])


@pytest.mark.parametrize("who", sorted(set(PEOPLE) - {"fin"}))
def test_nobody_but_finance_gets_in(desk: Desk, who: str) -> None:
    hands.propose_adjustment(desk.store, "nlp", CREDIT, NOW)
    browsing.sign_in(desk, who)
    browsing.page(desk, PATH, 403)
    for act in ("approve", "refuse", "withdraw"):
        sent = browsing.sends(desk, PATH, act=act, adjustment="adj_000001", reason="no", key=act)
        assert sent.status_code == 403
    assert browsing.sends(desk, PATH, **TYPED).status_code == 403


def test_one_proposes_and_another_posts(two: Desk) -> None:
    told = said(two)
    assert "No adjustment waits for a word" in told
    assert "takes two people" in told
    assert "Decided" not in told
    done = browsing.sends(two, PATH, **TYPED)
    assert browsing.sends(two, PATH, **TYPED).headers["location"] == done.headers["location"]
    told = said(two, done.headers["location"])
    for words in (
        "One adjustment waits for a word, which is yours: +12.50 credits",
        "Proposed as adj_000001. Nothing moves before another person posts it.",
        "nlp +12.50 corrects month:2026-11 the node was down by fin, Mon 23 Nov 09:00 UTC",
        "Yours: somebody else decides",
        "Take back",
    ):
        assert words in told, words
    assert "Post +12.50" not in told
    own = browsing.sends(two, PATH, act="approve", adjustment="adj_000001", key="own")
    assert own.status_code == 409
    assert "another person of finance, or an admin, decides" in browsing.words(own.text)
    assert two.gets("mia", "/v1/balances")["items"][0]["free_credits"] == "1000"
    browsing.sign_in(two, "fin2")
    told = said(two)
    assert "One adjustment waits for a word: +12.50 credits" in told
    assert "Post +12.50" in told
    assert "Take back" not in told
    told = said(two, sends(two, "approve"))
    assert "Posted: adj_000001. It is dated now" in told
    assert "the node was down fin posted by fin2, Mon 23 Nov 09:00 UTC" in told
    assert two.gets("mia", "/v1/balances")["items"][0]["free_credits"] == "1012.5"
    browsing.sign_in(two, "fin")
    assert "Posted: adj_000001" not in said(two, f"{PATH}?said=posted&adjustment=adj_000001")
    assert said(two, f"{PATH}?said=posted&adjustment=nonsense")
    assert_clean(two.store)


def test_another_refuses_with_a_reason_and_the_first_takes_back(two: Desk) -> None:
    for amount in ("-40", "+2", "−0.000001"):
        typed = TYPED | {"credits": amount, "corrects": "", "key": amount}
        assert browsing.sends(two, PATH, **typed).status_code == 303
    told = said(two)
    assert "3 adjustments wait for a word, all of them yours" in told
    for words in ("nlp −40.00", "nlp +2.00", "nlp −0.000001"):
        assert words in told, words
    told = said(two, sends(two, "withdraw", "adj_000002"))
    assert "You have taken adj_000002 back: nothing moved." in told
    browsing.sign_in(two, "fin2")
    blank = browsing.sends(two, PATH, act="refuse", adjustment="adj_000001", reason=" ", key="b")
    assert blank.status_code == 422
    assert 'role="alert"' in blank.text
    assert "Nothing moved." in browsing.words(blank.text)
    told = said(two, sends(two, "refuse", reason="it was given twice"))
    assert "You have said no to adj_000001: nothing moved." in told
    assert "refused by fin2, Mon 23 Nov 09:00 UTC : it was given twice" in told
    again = browsing.sends(two, PATH, act="approve", adjustment="adj_000001", key="late")
    assert again.status_code == 409
    unknown = browsing.sends(two, PATH, act="approve", adjustment="adj_000009", key="x")
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"credits": "many"}, 422, "credits"),
        ({"credits": "0"}, 422, "credits"),
        ({"reason": ""}, 422, "reason"),
        ({"corrects": "month:2027-01"}, 422, "corrects"),
        ({"corrects": "transfer:999"}, 404, "corrects"),
        ({"corrects": "order:ord_000009"}, 404, "corrects"),
        ({"corrects": "the weather"}, 422, "corrects"),
        ({"team": "nobody"}, 404, "team"),
        ({"end": "2026-11-01T00:00"}, 422, "end"),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    two: Desk, typed: dict[str, str], status: int, field: str
) -> None:
    refused = browsing.sends(two, PATH, **TYPED | typed)
    assert refused.status_code == status
    assert f'aria-invalid="true" aria-describedby="propose-{field}-about"' in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert f'value="{(TYPED | typed)["credits"]}"' in refused.text
    assert "No adjustment waits for a word" in said(two)


def test_less_than_is_free_is_refused_and_can_be_posted_once_it_is_there(two: Desk) -> None:
    hands.propose_adjustment(two.store, "nlp", -1_500 * CREDIT, NOW)
    browsing.sign_in(two, "fin2")
    refused = browsing.sends(two, PATH, act="approve", adjustment="adj_000001", key="same")
    assert refused.status_code == 409
    assert "of which 1,000.00 are free" in browsing.words(refused.text)
    hands.propose_adjustment(two.store, "nlp", 600 * CREDIT, NOW)
    hands.approve_adjustment(two.store, "adj_000002", NOW)
    [key] = re.findall(r'name="key" value="(approve-adj_000001-[^"]*)"', refused.text)
    done = browsing.sends(two, PATH, act="approve", adjustment="adj_000001", key=key)
    assert done.status_code == 303
    assert two.gets("mia", "/v1/balances")["items"][0]["free_credits"] == "100"


def test_what_was_decided_comes_in_pages(two: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.adjustments_desk.PAST", 2)
    for k in range(1, 4):
        hands.propose_adjustment(two.store, "rl", k * CREDIT, NOW + timedelta(seconds=k))
        hands.approve_adjustment(two.store, f"adj_00000{k}", NOW + timedelta(seconds=k))
    with browsing.later(two, NOW + timedelta(minutes=1)) as at:
        browsing.sign_in(at, "fin")
        html = browsing.page(at, PATH)
        assert re.findall(r"adj_\d+", html) == ["adj_000003", "adj_000002"]
        [older] = re.findall(r'href="([^"]*\?after=[^"]*)" rel="next"', html)
        assert re.findall(r"adj_\d+", browsing.page(at, older)) == ["adj_000001"]
