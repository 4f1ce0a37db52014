"""The market's rules in a browser: seen by everybody, adopted and withdrawn by platform."""

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, assert_clean

PATH = "/operations/rules"


@pytest.fixture
def proposed(desk: Desk) -> Desk:
    """A market in which other rules are proposed."""
    hands.propose(desk.store, "more-for-spot", NOW, ("reserved_share_ppm", 750_000))
    return desk


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_reads_the_rules_and_platform_alone_acts(proposed: Desk, who: str) -> None:
    browsing.sign_in(proposed, who)
    said = browsing.words(browsing.page(proposed, PATH))
    assert "Version 1 of the rules runs cycle 1; no other comes yet" in said
    assert "more-for-spot : open" in said
    assert "reserved_share_ppm 100 % 75 %" in said
    assert "slot_minutes 60 minutes The market's time step. Stays for ever." in said
    assert ("Take back" in said) is (who == "pia")
    if who != "pia":
        for act in ("adopt", "withdraw"):
            sent = browsing.sends(proposed, PATH, act=act, proposal="more-for-spot")
            assert sent.status_code == 403


def test_a_proposal_is_adopted_from_a_cycle_on(proposed: Desk) -> None:
    browsing.sign_in(proposed, "pia")
    typed = {"act": "adopt", "proposal": "more-for-spot"}
    soon = browsing.sends(proposed, PATH, **typed, from_cycle="1")
    assert soon.status_code == 422
    assert 'role="alert"' in soon.text
    done = browsing.sends(proposed, PATH, **typed, from_cycle="cyc_000003")
    said = browsing.words(browsing.page(proposed, done.headers["location"]))
    assert "Adopted as version 2, announced to everybody." in said
    assert "version 2 comes with cycle 3" in said
    version = browsing.words(browsing.page(proposed, f"{PATH}?version=2"))
    assert "Version 2, from cyc_000003 on" in version
    assert "as more-for-spot proposed" in version
    browsing.page(proposed, f"{PATH}?version=9", 404)
    assert_clean(proposed.store)


def test_a_proposal_is_taken_back_and_once_the_rules_changed_it_is_outdated(proposed: Desk) -> None:
    browsing.sign_in(proposed, "pia")
    hands.adopt(proposed.store, NOW, ("work", 9_000))
    said = browsing.words(browsing.page(proposed, PATH))
    assert "open, outdated" in said
    assert "it can be adopted no more" in said
    typed = {"proposal": "more-for-spot"}
    assert browsing.sends(proposed, PATH, act="adopt", **typed).status_code == 412
    done = browsing.sends(proposed, PATH, act="withdraw", **typed)
    said = browsing.words(browsing.page(proposed, done.headers["location"]))
    assert "Taken back: more-for-spot." in said
    assert browsing.sends(proposed, PATH, act="withdraw", **typed).status_code == 409


def test_an_address_says_nothing_that_was_not_done(proposed: Desk) -> None:
    browsing.sign_in(proposed, "mia")
    for made_up in ("adopted&what=7", "withdrawn&what=more-for-spot", "x&what=y"):
        html = browsing.page(proposed, f"{PATH}?done={made_up}")
        assert 'class="said"' not in html
