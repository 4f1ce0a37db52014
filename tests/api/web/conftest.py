"""A served market, as browsers see it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.rest.desk import Desk, peopled, served
from tests.api.web import browsing, chromium


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A served market with its people, nobody signed in."""
    store = peopled()
    with served(store) as http:
        http.follow_redirects = False
        yield Desk(store, http)


@pytest.fixture
def fin(desk: Desk) -> Desk:
    """Finance is signed in."""
    browsing.sign_in(desk, "fin")
    return desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real browser, for the tests of one file: while it is driven, no other can run asyncio."""
    if not chromium.PROGRAM:
        pytest.skip(chromium.MISSING)
    with chromium.launched() as started:
        yield started


Opens = Callable[..., chromium.Tab]


@pytest.fixture
def at() -> Iterator[chromium.Served]:
    """A market with its people that answers browsers."""
    with chromium.serving(peopled()) as found:
        yield found


@pytest.fixture
def opens(browser: Any, at: chromium.Served) -> Iterator[Opens]:
    """Opens a window of its own at the market; nothing may have gone wrong in any."""
    tabs: list[chromium.Tab] = []

    def open_one(size: dict[str, int] = chromium.WIDE, **more: Any) -> chromium.Tab:
        context = browser.new_context(viewport=size, **more)
        tabs.append(chromium.Tab(context.new_page(), at.where))
        return tabs[-1]

    yield open_one
    for one in tabs:
        one.page.context.close()
    assert not [wrong for one in tabs for wrong in one.wrong]
