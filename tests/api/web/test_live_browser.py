"""Open pages stay true: what changes is shown, and one tab listens for all."""

from datetime import timedelta

import pytest

from tests.api.web import chromium
from tests.api.web.conftest import Opens
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, maintain, window

pytestmark = pytest.mark.slow


def test_a_change_is_shown(opens: Opens, at: chromium.Served) -> None:
    tab = opens()
    tab.sign_in("mia")
    tab.page.wait_for_function("() => document.querySelector('#live').innerText === '● live'")
    before = tab.page.inner_text("#sentence")
    at.now = NOW + timedelta(minutes=1)
    maintain(at.store, "mnt", NOW, 16, 2, at.now)
    tab.page.wait_for_function(
        "(before) => document.querySelector('#sentence').textContent !== before",
        arg=before,
    )
    assert "4 A100 are free now" in tab.page.inner_text("#sentence")
    tab.page.wait_for_function(chromium.DRAWN)


def test_a_price_that_a_tick_publishes_is_shown(opens: Opens, at: chromium.Served) -> None:
    tab = opens()
    tab.sign_in("mia")
    tab.goes("/bid/spot?pool=h100")
    assert "no tick yet" in tab.page.inner_text("#preview")
    at.now = NOW + timedelta(minutes=5)
    hands.tick(at.store, at.now)
    tab.page.wait_for_function(
        "() => !document.querySelector('#preview').textContent.includes('no tick yet')"
    )


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "plain-http"])
def test_many_tabs_of_a_browser_share_one_stream(
    opens: Opens, at: chromium.Served, locks: bool
) -> None:
    first = opens()
    if not locks:  # as where the market is not on this machine and the connection not encrypted
        first.page.context.add_init_script("delete Navigator.prototype.locks")
    first.sign_in("mia")
    others = [
        chromium.Tab(first.page.context.new_page(), at.where) for _ in range(8)
    ]  # a browser opens six connections to a server at most
    for one in others:
        one.goes("/" if one is others[-1] else "/operations/maintenance")  # without charts
        one.page.wait_for_function("() => document.querySelector('#live').innerText === '● live'")
    at.now = NOW + timedelta(minutes=1)
    maintain(at.store, "mnt", NOW, 16, 2, at.now)
    others[-1].page.bring_to_front()
    others[-1].page.wait_for_function(
        "() => document.querySelector('#sentence').textContent.startsWith('4 A100')"
    )
    first.page.close()  # who listened for all is gone: another does
    at.now = NOW + timedelta(minutes=2)
    hands.add_windows(at.store, [window("h100", 8)], at.now)
    others[-1].page.wait_for_function(
        "() => document.querySelector('#sentence').textContent.startsWith('8 H100')"
    )
    assert not [wrong for one in others for wrong in one.wrong]


def test_a_page_says_since_when_it_is_not_live(opens: Opens, at: chromium.Served) -> None:
    tab = opens()
    tab.expected = ("/live", "ERR_")
    tab.sign_in("mia")
    tab.page.wait_for_function("() => document.querySelector('#live').innerText === '● live'")
    tab.page.context.set_offline(True)
    tab.page.evaluate("new BroadcastChannel('gpumarket').postMessage({ kind: 'stale' })")
    tab.page.wait_for_function(
        "() => document.querySelector('#live').textContent.includes('not live since')"
    )
    tab.page.context.set_offline(False)
