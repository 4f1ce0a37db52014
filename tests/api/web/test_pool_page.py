"""One pool in a browser: windows are added, overrides made and called off after a look."""

import re

import httpx2
import pytest

from marketplace.domain.override import OverrideRequest
from tests.api.rest.desk import PEOPLE, Desk
from tests.api.web import browsing
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, HOUR, NOW, assert_clean, option, request, won

PATH = "/operations/pools/h100"
CLOSED = {
    "act": "override",
    "start": "2026-11-24T08:00",
    "end": "2026-11-24T12:00",
    "quantity": "0",
    "reason": "the building is closed",
}


def confirmed(desk: Desk, looked: httpx2.Response) -> httpx2.Response:
    """Send what a look asks to confirm."""
    assert looked.status_code == 200, looked.text
    form = looked.text.split('id="ahead"')[1].split("</form>")[0]
    return desk.http.post(PATH, data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)))


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_everybody_sees_what_a_pool_has_and_platform_alone_changes_it(desk: Desk, who: str) -> None:
    browsing.sign_in(desk, who)
    said = browsing.words(browsing.page(desk, PATH))
    assert "H100 has 16 units now; 0 are reserved" in said
    assert ("Add a window" in said) is (who == "pia")
    if who != "pia":
        assert browsing.sends(desk, PATH, **CLOSED).status_code == 403
    browsing.page(desk, "/operations/pools/tpu", 404)


def test_a_window_is_added_once_however_often_it_is_sent(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    typed = {"start": "2026-12-01T00:00", "end": "2026-12-02T00:00", "quantity": "8", "key": "k"}
    for _ in range(2):
        done = browsing.sends(desk, PATH, act="window", **typed)
        assert done.headers["location"] == f"{PATH}?done=window"
    said = browsing.words(browsing.page(desk, done.headers["location"]))
    assert "The window is added." in said
    assert said.count("Tue 01 Dec 00:00 UTC Wed 02 Dec 00:00 UTC 8 win_000003") == 1
    other = typed | {"end": "2026-12-03T00:00"}
    reused = browsing.sends(desk, PATH, act="window", **other)
    assert reused.status_code == 422
    assert 'name="key" value="k"' not in reused.text
    wrong = browsing.sends(desk, PATH, act="window", **other | {"end": "soon", "key": "l"})
    assert wrong.status_code == 422
    assert 'name="key" value="l"' in wrong.text
    assert 'aria-describedby="window-end-about"' in wrong.text
    assert 'aria-describedby="override-end-about"' not in wrong.text


def test_an_override_is_made_and_called_off_after_a_look_at_what_fails(desk: Desk) -> None:
    won(desk.store, request("nlp", "a", option(60, 8)))
    with browsing.later(desk, CLOSE + HOUR) as at:
        browsing.sign_in(at, "pia")
        looked = browsing.sends(at, PATH, **CLOSED)
        assert "1 reservation of 1 team would lose units" in browsing.words(looked.text)
        assert "h100 has 0 units in all" in browsing.words(looked.text)
        assert "without touching the windows" in browsing.words(browsing.page(at, PATH))
        done = confirmed(at, looked)
        assert done.headers["location"] == f"{PATH}?done=override"
        assert "the building is closed announced" in browsing.words(browsing.page(at, PATH))
        cancel = {"act": "cancel-override", "override": "ovr_000001"}
        ended = confirmed(at, browsing.sends(at, PATH, **cancel))
        assert "called off" in browsing.words(browsing.page(at, ended.headers["location"]))
        again = browsing.sends(at, PATH, **cancel)
        assert again.status_code == 409
        assert 'role="alert"' in again.text
    assert_clean(desk.store)


def test_a_window_is_ended_after_a_look(desk: Desk) -> None:
    browsing.sign_in(desk, "pia")
    typed = {"act": "end-window", "window": "win_000002", "reason": "sold to another house"}
    looked = browsing.sends(desk, PATH, **typed)
    assert "16 units of h100 end at" in browsing.words(looked.text)
    done = confirmed(desk, looked)
    assert done.headers["location"] == f"{PATH}?done=end-window"
    said = browsing.words(browsing.page(desk, done.headers["location"]))
    assert "The window is ended." in said
    assert "win_000002, ended" in said
    refused = browsing.sends(desk, PATH, **typed | {"reason": " "})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


def test_overrides_that_are_over_come_in_pages_beside_those_that_count(desk: Desk) -> None:
    for k in range(13):
        asked = OverrideRequest(
            pool="h100",
            start=NOW + k * HOUR,
            end=NOW + (k + 1) * HOUR,
            quantity=8,
            reason=f"why-{k:02}",
        )
        hands.override(desk.store, asked, NOW)
    with browsing.later(desk, NOW + 12 * HOUR) as at:
        browsing.sign_in(at, "mia")
        html = browsing.page(at, PATH)
        assert re.findall(r"why-\d\d", html) == [f"why-{k:02}" for k in range(12, 1, -1)]
        [older] = re.findall(r'href="([^"]*\?before=[^"]*)" rel="next"', html)
        assert re.findall(r"why-\d\d", browsing.page(at, older)) == ["why-12", "why-01", "why-00"]
