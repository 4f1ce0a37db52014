"""The web server of a market: it starts the clock with itself, and both stop together."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import FrameType
from typing import Final

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.operations import logs
from api.operations.metrics import Metrics
from api.rest.limits import Rate
from api.rest.market import Market
from api.service import manual_clock
from api.service.clock import Clock
from api.service.manual_clock import ManualClock
from api.service.patience import Patient

GRACE_S: Final = 15
"""So long requests in hand may take after the server was told to stop."""

STARTUP_FAILURE: Final = 3
"""The exit code where nothing can be served, as uvicorn's own."""

CONNECTIONS: Final = 2_000

COLLECT_AFTER: Final = 20_000
"""So many new objects are looked through for garbage at a time: a large batch makes as many."""


def served(market: Market, rate: Rate | None = None) -> FastAPI:
    """The service with its clock, which starts and stops with it."""
    clock = Clock(market)
    metrics = Metrics(market, clock.holder)
    clock.ran, clock.died = metrics.cycle.observe, metrics.deaths.inc
    app = create_app(market, metrics, rate)

    @asynccontextmanager
    async def alive(_app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(clock.start)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(clock.stop)

    app.router.lifespan_context = alive
    return app


def served_by_hand(market: Market, clock: ManualClock, rate: Rate | None = None) -> FastAPI:
    """The service on a clock that is moved through it."""
    app = create_app(market, rate=rate)
    app.state.manual_clock = clock
    app.include_router(manual_clock.router)
    return app


def run(app: FastAPI, host: str, port: int, *, as_json: bool = False) -> None:
    """Serve until told to stop (Ctrl-C, SIGTERM): then what is in hand is finished."""
    logs.begin(as_json=as_json)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        http=Patient,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Server(config, app.state.market)
    _collect_less()
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _collect_less() -> None:
    """What is there now stays: a look through all of it for garbage would hold every request up for
    a tenth of a second or two."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


class Server(uvicorn.Server):
    """Lets streams of events end once it is told to stop: they never would, and it waits for
    them."""

    def __init__(self, config: uvicorn.Config, market: Market) -> None:
        super().__init__(config)
        self._market = market

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal has come."""
        self._market.tail.end()
        super().handle_exit(sig, frame)
