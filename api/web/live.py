"""What has changed, as it does: names alone, by which a page fetches what it shows of them."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.rest.events import HEADERS, STREAM, Stream
from api.rest.tail import Frame, Interest
from api.web.refusals import Page
from api.web.visitor import Seen
from marketplace.domain.event.audience import readers_of

router: Final = APIRouter(include_in_schema=False, route_class=Page)
ALL: Final[frozenset[str]] = frozenset()


@router.get("/live")
def live(
    seen: Seen,
    after: Annotated[int, Query(ge=0)],
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> StreamingResponse:
    """The nouns of what happened after an event that the visitor may read, until they sign out."""
    interest = Interest(readers_of(seen.caller.actor), ALL)
    since = after if last_event_id is None else last_event_id
    stream = Stream(seen.caller, interest, since, changed)
    return StreamingResponse(stream.told(), media_type=STREAM, headers=HEADERS)


def changed(frames: Sequence[Frame]) -> bytes:
    """What happened at once, as one event: each noun once."""
    if not frames:
        return KEEPALIVE_COMMENT
    nouns = " ".join(sorted({one.kind.partition(".")[0] for one in frames}))
    return format_sse_event(data_str=nouns, event="changed", id=str(frames[-1].id))
