"""Changing the market's rules in a browser: edited, compared, then adopted or proposed."""

import re

from tests.api.rest.desk import Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, assert_clean

PATH = "/operations/rules/edit"
TYPED = {"reserved_share_ppm": "750000", "payment_rule": "pay_as_bid", "seen": "1"}


def hidden(html: str, act: str) -> dict[str, str]:
    """The fields of the form that does that."""
    form = html.split(f'name="act" value="{act}"')[1].split("</form>")[0]
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    return {"form": browsing.mark(html), "act": act, **found}


def test_what_changes_is_shown_before_it_is_adopted(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    assert "What shall be other than in version 1?" in browsing.words(browsing.page(desk, PATH))
    looked = browsing.sends(desk, PATH, act="edit", **TYPED)
    said = browsing.words(looked.text)
    browsing.well_formed(looked.text)
    assert looked.status_code == 200
    assert "2 rules change from cyc_000002 on" in said
    assert "reserved_share_ppm 100 % 75 %" in said
    assert "no other comes yet" in browsing.words(browsing.page(desk, "/operations/rules"))
    done = desk.http.post(PATH, data=hidden(looked.text, "adopt"))
    assert done.headers["location"] == "/operations/rules?done=adopted&what=2"
    assert desk.gets("mia", "/v1/rules")["coming"][0]["rules"]["payment_rule"] == "pay_as_bid"
    assert_clean(desk.store)


def test_it_may_be_proposed_first(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    looked = browsing.sends(desk, PATH, act="edit", from_cycle="3", **TYPED)
    fields = hidden(looked.text, "propose")
    unnamed = desk.http.post(PATH, data=fields | {"id": "Not a name", "reason": "dry"})
    assert unnamed.status_code == 422
    assert "What would be other" in unnamed.text
    assert 'aria-describedby="wrong-id"' in unnamed.text
    done = desk.http.post(PATH, data=fields | {"id": "more-for-spot", "reason": "Spot was dry."})
    said = browsing.words(browsing.page(desk, done.headers["location"]))
    assert "Proposed as more-for-spot, announced to everybody." in said
    assert desk.gets("mia", "/v1/rules/proposals")["items"][0]["from_cycle"] == "cyc_000003"


def test_what_cannot_be_is_told_beside_its_rule(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    for typed, field in (
        ({"reserved_share_ppm": "7500000"}, "reserved_share_ppm"),
        ({"work": "much"}, "work"),
        ({"indicative_hours": "1,6"}, "indicative_hours"),
        ({"work": "3000", "from_cycle": "soon"}, "from_cycle"),
    ):
        refused = browsing.sends(desk, PATH, act="edit", **typed)
        assert refused.status_code == 422
        assert f'aria-describedby="wrong-{field}"' in refused.text
    nothing = browsing.sends(desk, PATH, act="edit", work="2000")
    assert "The rules of version 1 are so already." in browsing.words(nothing.text)


def test_another_change_since_is_refused_and_nobody_else_may(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    hands.adopt(desk.store, NOW, ("work", 9_000))
    refused = browsing.sends(desk, PATH, act="adopt", **TYPED)
    assert refused.status_code == 412
    assert "Start again from version 2" in browsing.words(refused.text)
    for who in ("mia", "lea", "fin", "adam"):
        browsing.sign_in(desk, who)
        browsing.page(desk, PATH, 403)
        assert browsing.sends(desk, PATH, act="adopt", **TYPED).status_code == 403
