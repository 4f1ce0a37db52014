"""A reservation's life: for its team, and for those who enforce it on the machines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from marketplace.domain.event.audience import Audience, Event
from marketplace.domain.reservation import Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class OfReservation(Event):
    """What each event of a reservation says first."""

    reservation: str
    team: str
    order: str
    pool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationStarted(OfReservation):
    """So many units are the team's in the slot that begins; it has some until ``until``."""

    kind: ClassVar[str] = "reservation.started"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    quantity: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEnded(OfReservation):
    """Its time is over."""

    kind: ClassVar[str] = "reservation.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationCut(OfReservation):
    """It lost so many units in each slot from ``start`` on, which are refunded; it has some until
    ``until``."""

    kind: ClassVar[str] = "reservation.cut"
    version: ClassVar[int] = 2
    audience: ClassVar[Audience] = Audience.TEAM_FINANCE_AND_OPERATORS

    start: datetime
    units: tuple[int, ...]
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationMoved(OfReservation):
    """The rest of it begins at ``start`` and lasts until ``until``: units were missing before, or
    it is movable and a cycle made room for others (``made-room``)."""

    kind: ClassVar[str] = "reservation.moved"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    start: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRecalled(OfReservation):
    """A cycle bought it back, for so much in all: what was paid and what the holder gains."""

    kind: ClassVar[str] = "reservation.recalled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_FINANCE_AND_OPERATORS

    cycle: str
    buy_out_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationFailed(OfReservation):
    """It is no more; what was not delivered is refunded."""

    kind: ClassVar[str] = "reservation.failed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_FINANCE_AND_OPERATORS

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRefunded(OfReservation):
    """So much came back for it: for what was not delivered, or for what was sold again."""

    kind: ClassVar[str] = "reservation.refunded"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationReleased(OfReservation):
    """Its team gives so many units back in each slot from ``start`` on."""

    kind: ClassVar[str] = "reservation.released"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    start: datetime
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationTaken(OfReservation):
    """Its team took free time before the next cycle sells: so many units from ``start`` until
    ``until``."""

    kind: ClassVar[str] = "reservation.taken"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    quantity: int
    start: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationExtended(OfReservation):
    """It lasts longer, by so many units from ``start`` until ``until``: its team took what was free
    behind it, or won it by a bid."""

    kind: ClassVar[str] = "reservation.extended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    quantity: int
    start: datetime
    until: datetime


def about(reservation: Reservation, now: datetime) -> dict[str, Any]:
    """What each event of a reservation says first."""
    return {
        "at": now,
        "reservation": reservation.id,
        "team": reservation.team,
        "order": reservation.order_id,
        "pool": reservation.pool,
    }
