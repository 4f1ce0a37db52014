"""Events: what has happened, page by page, or as it happens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT

from api.rest.caller import A_PAGE, Caller, Limit, Who
from api.rest.tail import Frame, Interest, Listener
from api.wire.event import Event, events_page
from api.wire.page import Page
from marketplace.domain.actor import Actor
from marketplace.domain.event.audience import readers_of
from marketplace.domain.event.kinds import kinds_named
from marketplace.domain.page import LIMIT_MAX
from marketplace.errors import Unrecognised
from marketplace.services import event as service

router: Final = APIRouter(prefix="/v1/events", tags=["events"])
STREAM: Final = "text/event-stream"
PING_S: Final = 15.0
CHECK_S: Final = 30.0
"""So often a stream asks whether its token is good yet, at the next event or ping after that: a
token that is revoked is told of as an event, but one that expires is not."""

HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
RETRY: Final = b"retry: 2000\n\n"
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {STREAM: {"schema": {"type": "string"}}}}
}


@router.get(
    "",
    operation_id="list_events",
    summary="What has happened, page by page or as it happens",
    response_model=Page[Event],
    responses=RESPONSES,
)
def listed(
    who: Who,
    *,
    after: Annotated[
        int | None,
        Query(ge=0, description="From the one after this event on; without it the newest."),
    ] = None,
    kind: Annotated[
        list[str],
        Query(description="Only these: kinds (`order.filled`), or all of a noun (`order`)."),
    ] = [],  # noqa: B006 - FastAPI copies it
    team: Annotated[str, Query(description="Only what this team may read.")] = "",
    limit: Limit = A_PAGE,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[
        int | None, Header(ge=0, description="The last event of a stream that was cut off.")
    ] = None,
) -> Page[Event] | Response:
    """What has happened that the caller may read, the oldest first: a page as JSON.

    With `Accept: text/event-stream` as server-sent events, without an end: those after
    `Last-Event-ID` or `after`, without either from now on; `id` is the event's, `event` its kind,
    `data` what a page has as an item. A stream ends when its token does: come again with the last
    id. Events that are old are taken away; see the rule `event_days`."""
    kinds = frozenset(one for word in kind for one in kinds_named(word))
    reader = Actor.member(who.actor.name, who.team(team)) if team else who.actor
    interest = Interest(readers_of(reader), kinds)
    if STREAM in accept:
        since = after if last_event_id is None else last_event_id
        if since is None:  # before the answer begins: whoever has it misses nothing that they do
            since = service.newest(who.market.store)
        stream = Stream(who, interest, since)
        return StreamingResponse(stream.told(), media_type=STREAM, headers=HEADERS)
    found = service.after(who.market.store, interest.readers, after, limit, kinds)
    return events_page(found, after, limit)


def joined(frames: Sequence[Frame]) -> bytes:
    """Events one after the other; a sign of life where there are none."""
    return b"".join(one.text for one in frames) or KEEPALIVE_COMMENT


@dataclass(slots=True)
class Stream:
    """Events as they happen, to one caller. It runs in the event loop and takes a thread for the
    moments in which it asks the database. ``tell``: how it says what happened at once."""

    who: Caller
    interest: Interest
    since: int
    tell: Callable[[Sequence[Frame]], bytes] = joined

    async def told(self) -> AsyncIterator[bytes]:
        """What is sent: what has been missed, and then what happens, until the token ends."""
        loop, tail = asyncio.get_running_loop(), self.who.market.tail
        listener = Listener(self.interest, self.who.actor.token, loop)
        try:
            yield RETRY
            await run_sync(tail.join, listener)
            last = self.since
            while missed := await run_sync(self._missed, last):
                last = missed[-1].id
                yield self.tell(missed)
            async for frames in self._heard(listener):
                fresh = [one for one in frames if one.id > last]
                if fresh or not frames:
                    yield self.tell(fresh)
        finally:
            tail.leave(listener)

    async def _heard(self, listener: Listener) -> AsyncIterator[list[Frame]]:
        """What happens; an empty list where nothing does for a while."""
        checked = listener.loop.time()
        while not listener.over:
            frames = await listener.heard(PING_S)
            if listener.loop.time() - checked >= CHECK_S:
                if not await run_sync(self._good):
                    return
                checked = listener.loop.time()
            yield frames

    def _missed(self, last: int) -> list[Frame]:
        """The next page of what happened after an event."""
        interest, store = self.interest, self.who.market.store
        found = service.after(store, interest.readers, last, LIMIT_MAX, interest.kinds)
        return [Frame.of(one) for one in found]

    def _good(self) -> bool:
        """Whether the caller is still who they were."""
        try:
            return self.who.again() == self.who.actor
        except Unrecognised:
            return False
