"""Transfers between teams in a browser: a lead proposes, another answers, and who sees what."""

from datetime import timedelta

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.api.web.test_exact import sends as shown
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, DAY, NOW, assert_clean

PATH = "/teams/nlp/transfers"
TYPED = {
    "act": "propose",
    "key": "k",
    "receiver": "rl",
    "credits": "120.5",
    "reason": "they train our encoder",
}


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.fixture
def led(desk: Desk) -> Desk:
    """Both teams have a lead, and nlp's is signed in."""
    hands.make_token(desk.store, "leo", "gpm_leo", NOW, "lead:rl")
    browsing.sign_in(desk, "lea")
    return desk


def sends(desk: Desk, path: str, act: str, transfer: str = "ctr_000001", **more: str) -> str:
    """Where a form leads that does something about a transfer."""
    answer = browsing.sends(desk, path, act=act, transfer=transfer, key=f"{act}-k", **more)
    assert answer.status_code == 303, browsing.words(answer.text)
    return str(answer.headers["location"])


def test_a_lead_proposes_and_the_others_accepts(led: Desk) -> None:
    told = said(led)
    assert "NLP: no transfer waits for an answer" in told
    assert "Nothing waits. What one team offers another" in told
    assert "What became of others" not in told
    done = browsing.sends(led, PATH, **TYPED)
    assert browsing.sends(led, PATH, **TYPED).headers["location"] == done.headers["location"]
    told = said(led, done.headers["location"])
    for words in (
        "NLP: its own offer of 120.50 credits waits for another team",
        "Proposed as ctr_000001: the credits are set aside until the other team answers.",
        "120.50 credits from NLP nlp to RL rl they train our encoder",
        "Take back: they are free again",
    ):
        assert words in told, words
    assert "Accept 120.50" not in told
    browsing.sign_in(led, "leo")
    assert "nlp offers 120.50 credits: answer until Mon 07 Dec 09:00 UTC" in said(led, "/teams/rl")
    theirs = "/teams/rl/transfers"
    told = said(led, theirs)
    assert "RL: an offer of 120.50 credits waits for its answer" in told
    assert "Accept 120.50 credits" in told
    assert "Take back" not in told
    told = said(led, sends(led, theirs, "accept"))
    assert "Accepted: ctr_000001. The credits are the team's" in told
    assert "ctr_000001 NLP nlp RL rl 120.50 they train our encoder accepted" in told
    assert led.gets("leo", "/v1/balances")["items"][0]["free_credits"] == "1120.5"
    assert "Accepted: ctr" not in said(led, f"{theirs}?said=accepted&transfer=nonsense")
    assert "Refused: ctr" not in said(led, f"{theirs}?said=refused&transfer=ctr_000001")
    assert_clean(led.store)


def test_it_is_refused_with_a_reason_or_taken_back(led: Desk) -> None:
    for k in range(1, 4):
        hands.transfer(led.store, "rl", "nlp", k * CREDIT, NOW)
    told = said(led)
    assert "NLP: 3 offers, 6.00 credits in all, wait for its answer" in told
    blank = browsing.sends(led, PATH, act="refuse", transfer="ctr_000001", reason=" ", key="b")
    assert blank.status_code == 422
    assert 'role="alert"' in blank.text
    assert "Nothing moved." in browsing.words(blank.text)
    told = said(led, sends(led, PATH, "refuse", reason="we have enough"))
    assert "Refused: ctr_000001. The other team has its credits back." in told
    assert "refused , Mon 23 Nov 09:00 UTC : we have enough" in told
    again = browsing.sends(led, PATH, act="accept", transfer="ctr_000001", key="late")
    assert again.status_code == 409
    assert browsing.sends(led, PATH, act="accept", transfer="ctr_9", key="x").status_code == 404
    browsing.sign_in(led, "leo")
    theirs = "/teams/rl/transfers"
    told = said(led, sends(led, theirs, "withdraw", "ctr_000002"))
    assert "Taken back: ctr_000002. The credits are free again." in told
    browsing.sign_in(led, "fin")  # who cannot answer for a team
    told = said(led)
    assert ("Accept" in told, "Take back: they are free again" in told) == (False, True)
    assert "Taken back: ctr_000003" in said(led, sends(led, PATH, "withdraw", "ctr_000003"))
    assert_clean(led.store)


@pytest.mark.parametrize(
    ("who", "sees", "proposes"),
    [
        ("mia", True, False),
        ("lea", True, True),
        ("two", True, False),
        ("fin", True, True),
        ("rob", False, False),
        ("pia", False, False),
        ("adam", False, False),
    ],
)
def test_who_sees_and_who_gives(desk: Desk, who: str, sees: bool, proposes: bool) -> None:
    """§7.11, §7.12"""
    assert who in PEOPLE
    hands.transfer(desk.store, "rl", "nlp", CREDIT, NOW)
    browsing.sign_in(desk, who)
    html = browsing.page(desk, PATH, 200 if sees else 403)
    assert ("Give credits to another team" in html) is proposes
    assert ("1.00 credits from" in html) is sees
    assert (browsing.sends(desk, PATH, **TYPED).status_code == 303) is proposes
    if who != "lea":
        sent = browsing.sends(desk, PATH, act="accept", transfer="ctr_000001", key="a")
        assert sent.status_code == 403
        assert "Accept 1.00" not in html


def test_what_each_form_sends_is_what_the_service_takes(led: Desk) -> None:
    hands.transfer(led.store, "rl", "nlp", CREDIT, NOW)
    hands.transfer(led.store, "nlp", "rl", CREDIT, NOW)
    assert browsing.sends(led, PATH, **TYPED).status_code == 303
    other = browsing.sends(led, PATH, **TYPED | {"credits": "7"})
    assert (other.status_code, "key" in browsing.words(other.text)) == (422, True)
    assert shown(led, "lea", other.text) == [
        "gpumarket transfer accept ctr_000001",  # what is to be answered stands first
        "gpumarket transfer refuse ctr_000001",
        "gpumarket transfer withdraw ctr_000003",
        "gpumarket transfer withdraw ctr_000002",
        "gpumarket transfer propose nlp rl 7 --reason 'they train our encoder'",
    ]


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"credits": "many"}, 422, "credits"),
        ({"credits": "0"}, 422, "credits"),
        ({"credits": "1000.000001"}, 402, "credits"),
        ({"reason": ""}, 422, "reason"),
        ({"receiver": "nlp"}, 422, "receiver"),
        ({"receiver": "zzz"}, 404, "receiver"),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    led: Desk, typed: dict[str, str], status: int, field: str
) -> None:
    refused = browsing.sends(led, PATH, **TYPED | typed)
    assert refused.status_code == status
    assert f'aria-invalid="true" aria-describedby="propose-{field}-about"' in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert f'value="{(TYPED | typed)["credits"]}"' in refused.text
    assert "no transfer waits" in said(led)


def test_what_nobody_answered_waits_no_more_and_the_past_comes_in_pages(
    led: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.team_transfers.PAST", 2)
    for k in range(3):
        hands.transfer(led.store, "nlp", "rl", (k + 1) * CREDIT, NOW + timedelta(seconds=k))
    with browsing.later(led, NOW + 15 * DAY) as at:
        hands.make_token(led.store, "late", "gpm_late", NOW + DAY, "lead:nlp", days=30)
        browsing.sign_in(at, "late")
        assert "no transfer waits for an answer" in said(at)  # before any clock let them lapse
        hands.advance(led.store, NOW + 15 * DAY)
        html = browsing.page(at, PATH)
        told = browsing.words(html)
        assert ("ctr_000003" in told, "ctr_000001" in told) == (True, False)
        assert "lapsed , Mon 07 Dec 09:00 UTC : not-answered" in told
        assert 'rel="next"' in html
