"""Events: what has happened, as the outbox tells it."""

from collections.abc import Sequence
from typing import Any, Self

from pydantic import Field

from api.wire.page import Page
from api.wire.shape import Instant, Shape
from marketplace.domain.event import wire


class Event(Shape):
    """An event: its number, the journal's line that made it happen, and its facts."""

    id: int
    line: int
    kind: str
    version: int
    audience: list[str]
    at: Instant
    data: dict[str, Any] = Field(description="Its own facts; their names depend on the kind.")

    @classmethod
    def of(cls, told: wire.Told) -> Self:
        """An event as data: as the outbox keeps it."""
        return cls.read(told.document())


def events_page(found: Sequence[wire.Told], after: int | None, limit: int) -> Page[Event]:
    """Events as a page; those that were asked for as the newest have none that follow."""
    more = after is not None and len(found) == limit
    return Page(items=[Event.of(one) for one in found], next=str(found[-1].id) if more else None)
