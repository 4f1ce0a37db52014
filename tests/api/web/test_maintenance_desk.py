"""Maintenance in a browser: seen by everybody, announced by platform after a look at what fails."""

import re

import pytest

from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace.bazaar import CLOSE, HOUR, NOW, assert_clean, maintain, option, request, won

PATH = "/operations/maintenance"
TYPED = {
    "act": "announce",
    "pool": "h100",
    "start": "2026-11-24T08:30",
    "end": "2026-11-24T10:00",
    "quantity": "12",
    "reason": "new fans",
    "id": "fans",
}


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_sees_it_and_platform_alone_may_announce(desk: Desk, who: str) -> None:
    maintain(desk.store, "mnt", NOW + HOUR, 4, 2, NOW)
    browsing.sign_in(desk, who)
    html = browsing.page(desk, PATH)
    said = browsing.words(html)
    assert "The next maintenance takes 4 H100 away from Mon 23 Nov 10:00 UTC" in said
    assert ("Announce maintenance" in said) is (who == "pia")
    assert ("Call off" in said) is (who == "pia")
    if who != "pia":
        assert browsing.sends(desk, PATH, **TYPED).status_code == 403


def test_it_is_announced_only_after_a_look_at_what_fails(desk: Desk) -> None:
    won(desk.store, request("nlp", "a", option(60, 8)))
    with browsing.later(desk, CLOSE + HOUR) as at:
        browsing.sign_in(at, "pia")
        looked = browsing.sends(at, PATH, **TYPED)
        said = browsing.words(looked.text)
        assert looked.status_code == 200
        assert "1 reservation of 1 team would lose units" in said
        assert "4.00 credits be paid back at once" in said
        assert "away from Tue 24 Nov 08:00 UTC until Tue 24 Nov 10:00 UTC" in said
        assert "No maintenance is announced" in browsing.words(browsing.page(at, PATH))
        form = looked.text.split('id="ahead"')[1].split("</form>")[0]
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        done = at.http.post(PATH, data=hidden)
        assert done.headers["location"] == f"{PATH}?announced=fans"
        assert "Announced as fans" in browsing.words(browsing.page(at, done.headers["location"]))
        assert at.http.post(PATH, data=hidden).headers["location"] == done.headers["location"]
    assert_clean(desk.store)


def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    refused = browsing.sends(desk, PATH, **TYPED | {"quantity": "17"})
    assert refused.status_code == 422
    assert "H100 has at most 16 units in that time" in browsing.words(refused.text).replace(
        "h100", "H100"
    )
    assert 'value="new fans"' in refused.text
    assert 'aria-invalid="true" aria-describedby="announce-quantity-about"' in refused.text
    unread = browsing.sends(desk, PATH, **TYPED | {"start": "soon", "quantity": "many"})
    assert unread.status_code == 422
    assert unread.text.count('aria-invalid="true"') == 2
    assert browsing.sends(desk, PATH, **TYPED | {"pool": "tpu"}).status_code == 404


def test_it_is_called_off_before_it_begins(desk: Desk) -> None:
    maintain(desk.store, "mnt", NOW + HOUR, 4, 2, NOW)
    browsing.sign_in(desk, "pia")
    done = browsing.sends(desk, PATH, act="cancel", maintenance="mnt")
    said = browsing.words(browsing.page(desk, done.headers["location"]))
    assert "Called off: mnt." in said
    assert "No maintenance is announced" in said
    again = browsing.sends(desk, PATH, act="cancel", maintenance="mnt")
    assert again.status_code == 404
    assert "mnt" in browsing.words(again.text)


def test_what_is_over_comes_in_pages_beside_all_that_is_not(desk: Desk) -> None:
    for k in range(12):
        maintain(desk.store, f"past-{k:02}", NOW + k * HOUR, 1, 1, NOW)
    maintain(desk.store, "coming", CLOSE + HOUR, 1, 1, NOW)
    with browsing.later(desk, CLOSE) as at:
        browsing.sign_in(at, "mia")
        html = browsing.page(at, PATH)
        assert re.findall(r"past-\d\d", html) == [f"past-{k:02}" for k in range(11, 1, -1)]
        [older] = re.findall(r'href="([^"]*\?before=[^"]*)" rel="next"', html)
        second = browsing.page(at, older)
        assert re.findall(r"past-\d\d", second) == ["past-01", "past-00"]
        assert "coming" in second
        assert "Called off" not in browsing.words(browsing.page(at, f"{PATH}?cancelled=coming"))
