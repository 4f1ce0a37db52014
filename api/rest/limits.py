"""How much each caller may ask: so many requests a second, and so many at once before that.

In this process's memory: of several processes each counts for itself.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rest.problems import problem

MOST: Final = 20_000
"""Callers who are remembered; beyond, whoever asked longest ago starts afresh."""

UNRECOGNISED: Final = 401


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and how many may come at once."""

    per_second: float = 50
    burst: int = 200


@dataclass(slots=True)
class Buckets:
    """For each caller, how many requests are left and when that was counted."""

    rate: Rate
    now: Callable[[], float] = time.monotonic
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait_s(self, caller: str) -> float:
        """Take one request: 0, or how long the caller must wait for the next."""
        now = self.now()
        left, at = self._left.pop(caller, (float(self.rate.burst), now))
        left = min(float(self.rate.burst), left + (now - at) * self.rate.per_second)
        taken = left >= 1
        self._left[caller] = (left - taken, now)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return 0.0 if taken else (1 - left) / self.rate.per_second


class Limits:
    """Refuses those who ask too much. A caller is a token that was recognised before, or else an
    address: whoever tries tokens out is one caller. Plain ASGI."""

    def __init__(self, app: ASGIApp, rate: Rate) -> None:
        self.app, self.buckets = app, Buckets(rate)
        self._known: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).get("authorization", "")
        token = sha256(sent.encode()).hexdigest() if sent else ""
        address = (scope.get("client") or ("",))[0]
        wait_s = self.buckets.wait_s(token if token in self._known else address)
        if wait_s:
            answer = problem("too-many-requests", 429, "too many requests; wait, then go on")
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            await answer(scope, receive, send)
            return

        async def seen(message: Message) -> None:
            if token and message["type"] == "http.response.start":
                actor = scope.get("state", {}).get("actor")
                self._note(token, recognised=bool(actor) and message["status"] != UNRECOGNISED)
            await send(message)

        await self.app(scope, receive, seen)

    def _note(self, token: str, *, recognised: bool) -> None:
        self._known.pop(token, None)
        if recognised:
            self._known[token] = None
            if len(self._known) > MOST:
                self._known.popitem(last=False)
