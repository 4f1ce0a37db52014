"""A real browser at a served market. Whatever its console complains of, or cannot load, fails the
test that made it."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn

from api.app import create_app
from api.rest.market import Market
from marketplace.store.engine import Store
from tests.marketplace.bazaar import NOW

PROGRAM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or ""
MISSING: Final = "no Chromium here: apt-get install chromium fonts-dejavu-core"
QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Chromium asks nobody on the network, and runs as root too."""

PATIENCE_MS: Final = 20_000
DRAWN: Final = """() => [...document.querySelectorAll(".chart")]
    .filter((one) => one.offsetParent).every((one) => one.dataset.drawn)"""
WIDE: Final = {"width": 1400, "height": 900}
NARROW: Final = {"width": 390, "height": 844}


@dataclass(slots=True)
class Served:
    """A market that answers browsers; its clock is moved by hand."""

    store: Store
    where: str
    now: datetime = NOW


@contextmanager
def serving(store: Store) -> Iterator[Served]:
    """The market, served by a thread of this process."""
    served = Served(store, "")
    app = create_app(Market(store, lambda: served.now))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        served.where = f"http://127.0.0.1:{door.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, args=([door],), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            app.state.market.tail.end()
            server.should_exit = True
            thread.join(10)


@contextmanager
def launched() -> Iterator[Any]:
    """The browser, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, headless=True, args=list(QUIET))
        yield browser
        browser.close()


@dataclass  # without slots: the browser's driver notes on it whom it calls
class Tab:
    """A page of the browser, what went wrong in it, and how often something was clicked."""

    page: Any
    where: str
    wrong: list[str] = field(default_factory=list)
    clicks: int = 0
    expected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not any(
            one in message.text for one in self.expected
        ):
            self.wrong.append(f"{message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        # What was still loading when somebody went on is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.wrong.append(f"{request.failure}: {request.url}")

    def goes(self, path: str) -> None:
        """Load a page of the market, and wait until its charts are drawn."""
        self.page.goto(self.where + path)
        self.ready()

    def ready(self) -> None:
        """Wait until what the page draws is drawn."""
        self.page.wait_for_load_state()
        if self.page.locator("html.scripts .chart").count():
            self.page.wait_for_function(DRAWN)

    def click(self, what: str) -> None:
        """Click what a selector finds."""
        self.clicks += 1
        self.page.click(what)

    def sign_in(self, who: str) -> None:
        """Sign in as somebody of the tests."""
        self.sign_in_by(f"gpm_{who}")

    def sign_in_by(self, token: str) -> None:
        """Sign in, by typing a token and clicking once."""
        self.goes("/sign-in")
        self.page.fill("#token", token)
        self.click("button[type=submit]")
        self.page.wait_for_url(lambda at: urlsplit(at).path in ("/", "/finance"))
        self.ready()

    def says(self) -> str:
        """What the page says."""
        return " ".join(self.page.inner_text("body").split())
