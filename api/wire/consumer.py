"""Consumers: who reads events by a name, and how far they have read."""

from typing import Self

from api.wire.shape import Instant, Shape
from marketplace.domain import consumer as domain
from marketplace.domain.event.audience import text_of
from marketplace.services.event import Reading as Read


class Consumer(Shape):
    """Somebody who reads events by a name, and as whom."""

    consumer: str
    reader: str

    @classmethod
    def named(cls, consumer: domain.Consumer) -> Self:
        """A consumer as data."""
        return cls(consumer=consumer.name, reader=text_of(consumer.reader))


class Reading(Consumer):
    """A consumer, how far it has read, and how many events it has still to read past."""

    registered_at: Instant
    position: int
    behind: int
    moved_at: Instant | None

    @classmethod
    def of(cls, one: Read) -> Self:
        """A consumer and its place as data."""
        return cls(
            **dict(Consumer.named(one.cursor.consumer)),
            registered_at=one.cursor.consumer.registered_at,
            position=one.cursor.position,
            behind=one.behind,
            moved_at=one.cursor.moved_at,
        )
