"""What waits for a word, in a browser: seen by those who may say it, said by mouse and keys."""

import pytest

from marketplace.domain.approval_command import AdoptPolicy
from marketplace.domain.order import OrderState
from marketplace.domain.policy import Need, Policy, Tier
from marketplace.services import order
from marketplace.services.runner import Runner
from tests.api.rest.desk import Desk
from tests.api.rest.test_orders import body
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, NOW, assert_clean

PATH = "/approvals"


@pytest.fixture
def waiting(desk: Desk) -> str:
    """An order of mia's that waits for its lead and for finance."""
    tier = Tier(name="large", needs=(Need.LEAD, Need.FINANCE), from_ucr=50 * CREDIT)
    Runner(desk.store).run(AdoptPolicy(Policy(tiers=(tier,))), by=hands.FINANCE, at=NOW)
    asked = body(value="60") | {"theme": "safety"}
    return str(desk.asks("mia", "POST", "/v1/orders", json=asked).json()["id"])


def said(desk: Desk, path: str = PATH) -> str:
    return browsing.words(browsing.page(desk, path))


@pytest.mark.parametrize("who", ["lea", "fin"])
def test_those_who_are_asked_see_what_waits_and_what_it_is_about(
    desk: Desk, waiting: str, who: str
) -> None:
    browsing.sign_in(desk, who)
    told = said(desk)
    assert "One order waits for a word, the first until " in told
    for words in (waiting, "nlp", "H100; theme safety", "60.00", "lead and finance", "tier large"):
        assert words in told, words
    assert "Approve" in told
    assert 'href="/finance/policy?version=1"' in browsing.page(desk, PATH)
    assert (f'href="/orders/{waiting}"' in browsing.page(desk, PATH)) is (who == "lea")
    assert ">Approvals</a>" in browsing.page(desk, "/market")


def test_nobody_else_is_told(desk: Desk, waiting: str) -> None:
    browsing.sign_in(desk, "rob")
    assert waiting not in said(desk)
    browsing.sign_in(desk, "pia")
    assert browsing.page(desk, PATH, 403)
    browsing.sign_in(desk, "mia")
    assert "Yours: ask somebody else who may" in said(desk)
    assert ">Approvals</a>" not in browsing.page(desk, "/market")
    refused = browsing.sends(desk, PATH, act="approve", order=waiting, version="1", key="k")
    assert refused.status_code == 409
    assert "nobody approves their own" in browsing.words(refused.text)


def test_yes_and_yes_open_it_and_its_page_tells_who_said_so(desk: Desk, waiting: str) -> None:
    for who in ("lea", "fin"):
        browsing.sign_in(desk, who)
        done = browsing.sends(desk, PATH, act="approve", order=waiting, version="1", key=who)
        assert f"You have said yes to {waiting}" in said(desk, done.headers["location"])
        assert "Approve" not in said(desk).replace("Approvals", "")
    assert order.get(desk.store, waiting, team="nlp").state is OrderState.OPEN
    told = said(desk)
    assert "Nothing waits for a word" in told
    assert "approved" in told
    browsing.sign_in(desk, "mia")
    html = browsing.page(desk, f"/orders/{waiting}")
    for words in ("Waits for lead and finance", "lea said yes, as lead", "fin said yes"):
        assert words in browsing.words(html), words
    assert 'href="/finance/policy?version=1"' in html
    assert_clean(desk.store)


def test_its_teams_page_says_what_it_waits_for(desk: Desk, waiting: str) -> None:
    browsing.sign_in(desk, "mia")
    page = browsing.page(desk, "/teams/nlp")
    assert f'href="/orders/{waiting}"' in page
    assert "once it is approved" in browsing.words(page)


def test_a_no_takes_a_reason_and_ends_it(desk: Desk, waiting: str) -> None:
    browsing.sign_in(desk, "mia")
    assert "Waits for approval: 8 × H100" in said(desk, f"/orders/{waiting}")
    browsing.sign_in(desk, "fin")
    blank = browsing.sends(
        desk, PATH, act="refuse", order=waiting, version="1", reason=" ", key="n"
    )
    assert blank.status_code == 422
    assert 'role="alert"' in blank.text
    done = browsing.sends(
        desk, PATH, act="refuse", order=waiting, version="1", reason="wait for May", key="n"
    )
    told = said(desk, done.headers["location"])
    assert f"You have said no to {waiting}" in told
    assert "wait for May" in told
    again = browsing.sends(desk, PATH, act="approve", order=waiting, version="1", key="y")
    assert again.status_code == 409
    browsing.sign_in(desk, "mia")
    page = said(desk, f"/orders/{waiting}")
    assert "fin said no" in page
    assert "Wait for May." in page
    assert "Refused" in page


def test_what_was_changed_since_is_not_approved_by_an_old_page(desk: Desk, waiting: str) -> None:
    asked = {"options": [body(value="70")["options"][0]]}
    desk.asks("mia", "PATCH", f"/v1/orders/{waiting}", json=asked)
    browsing.sign_in(desk, "lea")
    late = browsing.sends(desk, PATH, act="approve", order=waiting, version="1", key="y")
    assert late.status_code == 412
