"""An order's life. While it is open its own team alone is told of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from marketplace.domain.event.audience import Audience, Event
from marketplace.domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOrder(Event):
    """What each event of an order says first."""

    order: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfItsHold(OfOrder):
    """What is told of an order while its hold comes, changes and goes."""

    held_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OfItsHold):
    """A team has offered; so many credits are held."""

    kind: ClassVar[str] = "order.placed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmended(OfItsHold):
    """Its options are others; so many credits are held for them."""

    kind: ClassVar[str] = "order.amended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OfItsHold):
    """Its team has taken it back; so many credits are free again."""

    kind: ClassVar[str] = "order.cancelled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(OfOrder):
    """It has won, begins at ``start``, and has brought these reservations."""

    kind: ClassVar[str] = "order.filled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    cycle: str
    start: datetime
    payment_ucr: int
    reservations: tuple[str, ...]

    @classmethod
    def of(cls, order: Order, reservations: Iterable[str], now: datetime) -> Self:
        """Tell of an order that was filled. Raises ``ValueError`` for another."""
        fill = order.fill
        if fill is None:
            raise ValueError(f"{order.id} won nothing")
        return cls(
            at=now,
            order=order.id,
            team=order.team,
            cycle=fill.cycle_id,
            start=fill.start,
            payment_ucr=fill.payment_ucr,
            reservations=tuple(reservations),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLost(OfOrder):
    """It has lost, and waits for no other cycle."""

    kind: ClassVar[str] = "order.lost"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    cycle: str
    reason: str
    shortfall_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused(OfOrder):
    """Those whose word it waited for have said no, or nothing in time."""

    kind: ClassVar[str] = "order.refused"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OfOrder):
    """It could win no more."""

    kind: ClassVar[str] = "order.expired"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    reason: str
