"""Who reads events by a name, and how far they have read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.domain.actor import Actor, Role
from marketplace.domain.event.audience import Circle, OneTeam, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Somebody who reads, as whom, from the event after ``starts_after`` on."""

    name: str
    reader: Reader
    registered_at: datetime
    starts_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a consumer has read: up to the event ``position``. ``moved_at`` is None where it has
    read nothing yet."""

    consumer: Consumer
    position: int
    moved_at: datetime | None = None


SETS_UP: Final = {
    Circle.FINANCE: frozenset({Role.FINANCE}),
    Circle.OPERATORS: frozenset({Role.PLATFORM, Role.ADMIN}),
    Circle.EVERYBODY: frozenset({Role.FINANCE, Role.PLATFORM, Role.ADMIN, Role.LEAD}),
}


def sets_up(reader: Reader) -> frozenset[Role]:
    """The roles that may set up a consumer that reads as ``reader`` and goes on without them: for a
    team its lead."""
    return frozenset({Role.LEAD}) if isinstance(reader, OneTeam) else SETS_UP[reader]


def may_set_up(actor: Actor, reader: Reader) -> bool:
    """Whether somebody may set up such a consumer, or take it away."""
    if isinstance(reader, OneTeam):
        return actor.in_team(reader.team, sets_up(reader))
    return bool(actor.roles & (sets_up(reader) | {Role.OPERATOR}))
