"""From signing in to a placed bid in a real browser: by mouse, by keys, on a phone, without
scripts; and the rest of a member's first minutes."""

import pytest

from marketplace.domain.order import OrderState
from marketplace.domain.page import every
from marketplace.domain.reservation import ReservationState
from marketplace.domain.spot import SpotState
from marketplace.services import order, reservation, spot
from tests.api.web import chromium
from tests.api.web.conftest import Opens
from tests.marketplace import bazaar
from tests.marketplace.bazaar import CLOSE, HOUR, option, request

pytestmark = pytest.mark.slow

CLICKS_MOST = 8


def placed(at: chromium.Served) -> list[str]:
    return [one.id for one in every(order.listed, at.store, team="nlp")]


def test_by_mouse_from_a_slot_that_is_free(opens: Opens, at: chromium.Served) -> None:
    tab = opens()
    tab.sign_in("mia")
    box = tab.page.locator("#map .heatmaplayer").first.bounding_box()
    tab.clicks += 1
    tab.page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.75)
    tab.page.wait_for_selector("#chosen-title")
    assert "H100" in tab.page.inner_text("#chosen-title")
    tab.click("text=Bid here")
    tab.ready()
    assert "hold" in tab.page.inner_text("#place")
    tab.page.fill("#value", "30")
    tab.page.wait_for_function(
        "() => document.querySelector('#place').textContent.includes('30.00')"
    )
    tab.click("#place")
    tab.page.wait_for_url("**/orders/ord_*")
    [one] = placed(at)
    assert tab.page.url.endswith(one)
    assert tab.clicks <= CLICKS_MOST


def test_by_keys_alone(opens: Opens, at: chromium.Served) -> None:
    tab = opens()
    tab.page.goto(f"{at.where}/sign-in")
    keys = tab.page.keyboard
    keys.type("gpm_mia")  # the field has the focus
    keys.press("Enter")
    tab.page.wait_for_url(f"{at.where}/")
    tab.ready()
    tab.page.focus("#map")
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        keys.press(key)
    tab.page.wait_for_function(
        "() => document.querySelector('#spoken').textContent.includes('of 16')"
    )
    assert "H100" in tab.page.inner_text("#spoken")
    keys.press("g")
    keys.press("b")
    tab.page.wait_for_url("**/bid")
    tab.ready()
    for _ in range(40):
        keys.press("Tab")
        if tab.page.evaluate("document.activeElement.id") == "value":
            break
    keys.press("Control+a")
    keys.type("12")
    keys.press("Enter")
    tab.page.wait_for_url("**/orders/ord_*")
    assert len(placed(at)) == 1


def test_on_a_phone(opens: Opens, at: chromium.Served) -> None:
    tab = opens(chromium.NARROW, has_touch=True, is_mobile=True)
    tab.sign_in("mia")
    assert not tab.page.is_visible("#map")
    tab.click("table.cards tr:nth-child(2) >> text=Bid")
    tab.ready()
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.click("#place")
    tab.page.wait_for_url("**/orders/ord_*")
    assert len(placed(at)) == 1
    assert tab.clicks <= CLICKS_MOST


def test_without_scripts(opens: Opens, at: chromium.Served) -> None:
    tab = opens(chromium.NARROW, java_script_enabled=False)
    tab.sign_in("mia")
    assert "16 H100 and 4 A100 are free now" in tab.says()
    tab.click("table.cards tr:nth-child(2) >> text=Bid")
    tab.page.fill("#value", "44")
    tab.click("#look")
    assert "hold 44.00" in tab.page.inner_text("#place")
    tab.click("#place")
    tab.page.wait_for_url("**/orders/ord_*")
    assert len(placed(at)) == 1


def test_what_is_typed_is_looked_at_while_it_is_typed(opens: Opens) -> None:
    tab = opens()
    tab.sign_in("mia")
    tab.goes("/bid?pool=h100")
    tab.page.fill("#quantity", "7")
    tab.page.wait_for_selector("#trouble [role=alert]")
    tab.page.fill("#quantity", "16")
    tab.page.fill("#value", "77")
    tab.page.wait_for_function(
        "() => document.querySelector('#place').textContent.includes('77.00')"
    )
    assert "quantity=16" in tab.page.url
    assert tab.page.input_value("#slider") == "77"
    tab.page.click("text=Spot")
    tab.ready()
    assert "At a limit of" in tab.page.inner_text("h1")


def test_the_rest_of_a_members_first_minutes(opens: Opens, at: chromium.Served) -> None:
    """Somebody in two teams switches, gives a time-box back, bids for it again where the other team
    lost it, changes their mind, asks for spot and stops it, and makes a token."""
    lost, *_ = bazaar.placed(
        at.store,
        request("nlp", "lost", option(10, 8)),
        request("rl", "a", option(90, 8)),
        request("rl", "b", option(80, 8)),
        request("vision", "c", option(40, 8)),
    )
    bazaar.run(at.store)
    at.now = CLOSE + HOUR
    tab = opens()
    tab.sign_in("two")
    tab.click("nav >> text=My team")
    tab.page.wait_for_url("**/teams/nlp")
    tab.page.select_option("#team", "rl")
    tab.click(".switch button")
    tab.page.wait_for_url("**/teams/rl")
    tab.page.locator("text=Release…").first.click()
    tab.click("text=See what comes back")
    tab.click("button.danger")
    tab.page.wait_for_url("**/orders/ord_*")
    [given] = every(reservation.listed, at.store, state=ReservationState.RELEASED, now=at.now)
    assert given.team == "rl"

    tab.page.select_option("#team", "nlp")
    tab.click(".switch button")
    tab.click("nav >> text=My team")
    tab.page.wait_for_url("**/teams/nlp")
    tab.click("text=Bid again to win")
    tab.ready()
    tab.click("#place")
    tab.page.wait_for_url("**/orders/ord_*")
    [again] = every(order.listed, at.store, team="nlp", state=OrderState.OPEN)
    assert again.held_ucr > lost.held_ucr
    tab.click("text=Cancel the order…")
    tab.click("button.danger")
    tab.page.wait_for_selector("text=The order is cancelled")
    assert not every(order.listed, at.store, team="nlp", state=OrderState.OPEN)

    tab.click("nav >> text=Bid")
    tab.click(".tabs >> text=Spot")
    tab.ready()
    tab.page.fill("#limit", "2")
    tab.click("#place")
    tab.page.wait_for_url("**/spot/*")
    tab.click("text=Cancel the request…")
    tab.click("button.danger")
    tab.page.wait_for_selector("text=Ask again")
    [stopped] = every(spot.listed, at.store, team="nlp")
    assert stopped.state is SpotState.CANCELLED

    tab.click("nav >> text=My team")
    tab.click("text=Make a token")
    tab.page.fill("#token-note", "laptop")
    tab.click("text=/^Make token$/")
    tab.page.wait_for_selector("text=Shown this once")
    assert "Bearer gpm_" in tab.says()
