"""No page has a serious fault for people who use a keyboard or a screen reader, in either scheme,
wide or narrow; and nothing scrolls sideways."""

from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.api.web import chromium
from tests.api.web.conftest import Opens
from tests.marketplace import hands
from tests.marketplace.bazaar import CLOSE, HOUR, option, placed, request, run

pytestmark = pytest.mark.slow

PAGES: Final = {
    "mia": (
        *("/", "/?zoom=hours&cell_pool=h100&cell_at=2026-11-24T14:00:00Z"),
        *("/bid?pool=h100", "/bid?pool=h100&quantity=7", "/bid/spot?pool=h100", "/market"),
        *("/teams/nlp", "/teams/nlp/access", "/orders", "/operations"),
    ),
    "pia": (  # what is alike for all is looked at as mia
        "/bid",
        *("/operations", "/operations/pools", "/operations/pools/h100", "/operations/maintenance"),
        *("/operations/rules", "/operations/rules/edit", "/operations/journal"),
    ),
}
BAD: Final = {"serious", "critical"}


@pytest.fixture
def lived(at: chromium.Served) -> chromium.Served:
    """A market with a cycle behind it, an order won and one open, and a tick."""
    placed(at.store, request("nlp", "o1", option(40, 8)), request("rl", "o2", option(4, 8)))
    run(at.store)
    at.now = CLOSE + HOUR
    hands.tick(at.store, at.now)
    placed(at.store, request("nlp", "o3", option(40, 32)), now=at.now)
    return at


@pytest.mark.parametrize(
    ("scheme", "size"),
    [("light", chromium.WIDE), ("dark", chromium.NARROW)],
    ids=["light-wide", "dark-narrow"],
)
@pytest.mark.parametrize("who", sorted(PAGES))
@pytest.mark.usefixtures("lived")
def test_no_page_has_a_serious_fault(
    opens: Opens, who: str, scheme: str, size: dict[str, int]
) -> None:
    tab = opens(size, color_scheme=scheme)
    tab.goes("/sign-in")
    faults = _faults(tab, "/sign-in")
    tab.sign_in(who)
    for path in PAGES[who]:
        tab.goes(path)
        if path == "/orders":  # the newest, which is open
            tab.page.click("main a[href^='/orders/ord_']")
            tab.ready()
        faults += _faults(tab, path)
        wide = tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{path} scrolls sideways by {wide} px"] if wide > 0 else []
    assert not faults, "\n".join(faults)


def _faults(tab: chromium.Tab, path: str) -> list[str]:
    found = Axe().run(tab.page).response["violations"]
    return [
        f"{path}: {one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in BAD
        for node in one["nodes"][:2]
    ]
