"""An order's life. While it is open its own team alone is told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A team has offered; so many credits are held."""

    kind: ClassVar[str] = "order.placed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    order: str
    team: str
    held_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmended(Event):
    """Its options are others; so many credits are held for them."""

    kind: ClassVar[str] = "order.amended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    order: str
    team: str
    held_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """Its team has taken it back; so many credits are free again."""

    kind: ClassVar[str] = "order.cancelled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    order: str
    team: str
    held_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(Event):
    """It has won, begins at ``start``, and has brought these reservations."""

    kind: ClassVar[str] = "order.filled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    order: str
    team: str
    cycle: str
    start: datetime
    payment_ucr: int
    reservations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLost(Event):
    """It has lost, and waits for no other cycle."""

    kind: ClassVar[str] = "order.lost"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    order: str
    team: str
    cycle: str
    reason: str
    shortfall_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(Event):
    """It could win no more."""

    kind: ClassVar[str] = "order.expired"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    order: str
    team: str
    reason: str
