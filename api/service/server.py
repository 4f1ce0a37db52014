"""The web server of a market: it starts the clock with itself, and both stop together."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.rest.market import Market
from api.service.clock import Clock

GRACE_S: Final = 15
"""So long requests in hand may take after the server was told to stop."""

CONNECTIONS: Final = 2_000
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


def served(market: Market) -> FastAPI:
    """The service with its clock, which starts and stops with it."""
    app, clock = create_app(market), Clock(market)

    @asynccontextmanager
    async def alive(_app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(clock.start)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(clock.stop)

    app.router.lifespan_context = alive
    return app


def run(market: Market, host: str, port: int) -> None:
    """Serve until told to stop (Ctrl-C, SIGTERM): then what is in hand is finished."""
    logging.basicConfig(level=logging.INFO, format=FORMAT)
    # It warns each second that a clearing takes longer than one.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    uvicorn.run(
        served(market),
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )
