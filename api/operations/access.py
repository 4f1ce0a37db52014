"""Each request's line in the log, and its place in the metrics. It tells the operation and never
the address: some addresses are secrets, and some have them in their query."""

import logging
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.operations.metrics import Metrics

LOG: Final = logging.getLogger("gpumarket.requests")
UNWELL: Final = 400
UNKNOWN: Final = "none"
PROBES: Final = frozenset({"health", "ready", "metrics"})
"""Asked every few seconds for ever; they are in the metrics, and not in the log."""


class Access:
    """Stands before everything, and tells of it. Plain ASGI."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and tell of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, first = time.perf_counter(), 500, 0.0

        async def seen(message: Message) -> None:
            nonlocal status, first
            if message["type"] == "http.response.start":
                status, first = message["status"], time.perf_counter() - began
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            self._tell(scope, status, first or time.perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        operation = getattr(scope.get("route"), "operation_id", None) or UNKNOWN
        self.metrics.count(operation, status, seconds)
        state = scope.get("state", {})
        facts = {
            "method": scope["method"],
            "operation": operation,
            "status": status,
            "ms": round(seconds * 1_000, 1),
            "request": state.get("request_id", ""),
            "actor": state.get("actor") or state.get("reader", ""),
        }
        level = logging.DEBUG if operation in PROBES and status < UNWELL else logging.INFO
        LOG.log(level, "%s", " ".join(f"{k}={v}" for k, v in facts.items()), extra={"facts": facts})
