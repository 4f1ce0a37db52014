"""What is checked of every request before it is read: its size; and the name that it is known by.

Plain ASGI, for it stands before everything.
"""

import math
import re
import secrets
from typing import Final

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rest.problems import Teller, answered, to_programs

BODY_MAX: Final = 2 * 1024 * 1024
"""Bytes of a body: a batch of a thousand orders is a quarter of it."""

REQUEST_ID: Final = "X-Request-Id"
NAMED: Final = re.compile(r"[\w.:-]{1,64}", re.ASCII)


BODY_S: Final = 20
"""So long a body may take to come: whoever sends it drop by drop holds nobody up."""


class TooSlow(HTTPException):
    """A body that does not come to its end."""

    def __init__(self) -> None:
        super().__init__(408, f"a body must come within {BODY_S} seconds")


class TooLarge(HTTPException):
    """A body that goes on beyond what is read."""

    def __init__(self, most: int) -> None:
        super().__init__(413, f"a body may have {most:,} bytes")


class Requests:
    """Gives each request its id, and refuses bodies that are too large, also those that do not say
    how long they are, and those that come too slowly. ``told``: how whoever sends them is told."""

    def __init__(self, app: ASGIApp, most: int = BODY_MAX, told: Teller = to_programs) -> None:
        self.app, self.most, self.told = app, most, told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = headers.get(REQUEST_ID, "")
        name = sent if NAMED.fullmatch(sent) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = name
        taken, whole, until = 0, False, anyio.current_time() + BODY_S

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = name
            await send(message)

        async def counted() -> Message:
            nonlocal taken, whole
            with anyio.move_on_at(math.inf if whole else until) as limit:
                message = await receive()
            if limit.cancelled_caught:
                raise TooSlow
            whole = not message.get("more_body", False)
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise TooLarge(self.most)
            return message

        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self.most:
            await self.told(scope, answered(TooLarge(self.most)))(scope, receive, named)
            return
        await self.app(scope, counted, named)
