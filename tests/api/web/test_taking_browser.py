"""Hours are taken and a time-box is extended in a real browser: by keys alone, without scripts."""

from typing import Any

import pytest

from marketplace.domain.page import every
from marketplace.services import reservation
from tests.api.web import chromium
from tests.api.web.conftest import Opens

pytestmark = pytest.mark.slow


def press_on(tab: chromium.Tab, said: str) -> None:
    """Go on with the Tab key to what says that, and press it."""
    keys: Any = tab.page.keyboard
    for _ in range(60):
        keys.press("Tab")
        if tab.page.evaluate("document.activeElement.textContent").startswith(said):
            keys.press("Enter")
            return
    pytest.fail(f"nothing that takes the focus says {said}")


def test_by_keys_alone_and_without_scripts(opens: Opens, at: chromium.Served) -> None:
    tab = opens(chromium.NARROW)
    tab.sign_in("mia")
    tab.page.goto(f"{at.where}/bid/now?pool=h100")
    press_on(tab, "Take 8 × H100")
    tab.page.wait_for_url("**/orders/ord_*")
    plain = opens(chromium.NARROW, java_script_enabled=False)
    plain.sign_in("mia")
    plain.page.goto(tab.page.url)
    plain.click("text=Extend…")
    plain.page.fill("#duration", "2h")
    plain.click("text=See what it costs")
    assert "cost 4.00 credits more" in plain.says()
    plain.click("text=Extend, pay 4.00")
    plain.page.wait_for_url("**/orders/ord_*")
    [one] = every(reservation.listed, at.store, team="nlp")
    assert one.units == (8,) * 3
