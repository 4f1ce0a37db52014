"""How much each caller may ask: so many requests a second, and so many at once before that.

In this process's memory: of several processes each counts for itself.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rest.problems import Teller, problem, to_programs
from marketplace.domain.token import sha256_of, token_id

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
    """Refuses those who ask too much. A caller is a token that was recognised before, a program's
    or a browser's session, or else an address: whoever tries tokens out is one caller. Plain ASGI.

    ``sessions``: the cookies that hold a session's token; ``free``: the beginning of addresses that
    do not count; ``told``: how the refused are told.
    """

    def __init__(
        self,
        app: ASGIApp,
        rate: Rate,
        sessions: Sequence[str] = (),
        free: tuple[str, ...] = (),
        told: Teller = to_programs,
    ) -> None:
        self.app, self.buckets = app, Buckets(rate)
        self.sessions, self.free, self.told = sessions, free, told
        self._known: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(self.free):
            await self.app(scope, receive, send)
            return
        sent = self._sent(scope)
        address = (scope.get("client") or ("",))[0]
        caller = next((one for one in sent if one in self._known), "")
        wait_s = self.buckets.wait_s(caller or address)
        if wait_s:
            answer = problem("too-many-requests", 429, "too many requests; wait, then go on")
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            await self.told(scope, answer)(scope, receive, send)
            return

        async def seen(message: Message) -> None:
            if sent and message["type"] == "http.response.start":
                token = scope.get("state", {}).get("token", "")
                if message["status"] == UNRECOGNISED or token not in sent:
                    self._known.pop(caller, None)
                else:
                    self._note(token)
            await send(message)

        await self.app(scope, receive, seen)

    def _sent(self, scope: Scope) -> list[str]:
        """The tokens that a request came with, by their ids."""
        asked = HTTPConnection(scope)
        _, bearer = get_authorization_scheme_param(asked.headers.get("authorization"))
        texts = [bearer, *(asked.cookies.get(one, "") for one in self.sessions)]
        return [token_id(sha256_of(one)) for one in texts if one]

    def _note(self, token: str) -> None:
        self._known.pop(token, None)
        self._known[token] = None
        if len(self._known) > MOST:
            self._known.popitem(last=False)
