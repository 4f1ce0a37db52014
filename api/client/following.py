"""Follow what happens, by server-sent events: a stream that breaks off goes on where it ended."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx2
from pydantic import TypeAdapter, ValidationError

from api.client import told
from api.client.sending import BUSY, Asked, Line
from api.wire.event import Event

PATH: Final = "/v1/events"
STREAM: Final = "text/event-stream"
TIMEOUT: Final = httpx2.Timeout(60.0, connect=5.0)
"""The service says that it is there every 15 s."""

AGAIN: Final = BUSY | {502, 504}


def follow(line: Line, after: int | None, query: Mapping[str, Any]) -> Iterator[Event]:
    """Events as they happen, those after that one first; without it from now on. It has no end.
    ``query``: which of them, as ``PATH`` takes it.

    Raises ``Refused``, and ``Unserved`` where the service is away for longer than the patience.
    """
    last, tries, since = after, 0, line.patience.now()
    while True:
        lost: httpx2.TransportError | None = None
        try:
            for one in _stream(line, last, query):
                last, tries, since = one.id, 0, line.patience.now()
                yield one
        except httpx2.TransportError as gone:
            lost = gone
        tries += 1
        pause_s = line.patience.pause_s(tries, 0)
        if line.patience.now() + pause_s > since + line.patience.seconds:
            cause = lost or httpx2.ReadError("the stream ended")
            sent = not told.never_sent(cause)
            raise told.of_silence(line.address, cause, sent=sent, safe=True) from lost
        line.patience.sleep(pause_s)


def _stream(line: Line, last: int | None, query: Mapping[str, Any]) -> Iterator[Event]:
    """One stream, until it ends. Nothing, where the service says to come again."""
    since = {"Last-Event-ID": str(last)} if last is not None else {}
    asked = Asked(method="GET", path=PATH, headers={"Accept": STREAM} | since)
    where, headers = f"{line.address}{PATH}", line.headers(asked)
    with line.http.stream("GET", where, params=query, headers=headers, timeout=TIMEOUT) as answer:
        if answer.status_code in AGAIN:
            return
        if not answer.is_success:
            answer.read()
            raise told.of_answer(line.address, answer)
        if not answer.headers.get("content-type", "").startswith(STREAM):
            raise told.no_market_there(line.address, answer)
        for one in httpx2.EventSource(answer):
            if one.data:
                yield _read(line, one.data)


def _read(line: Line, data: str) -> Event:
    try:
        return TypeAdapter(Event).validate_json(data, extra="ignore")
    except ValidationError as bad:
        raise told.not_understood(line.address, bad.errors()[0]["msg"]) from bad
