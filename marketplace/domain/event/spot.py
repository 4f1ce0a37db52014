"""A spot request's life, and the prices. While it waits its own team alone is told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSpotRequest(Event):
    """What each event of a spot request says first."""

    request: str
    team: str
    pool: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRequested(OfSpotRequest):
    """A team asks for units."""

    kind: ClassVar[str] = "spot.requested"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotLimitChanged(OfSpotRequest):
    """It pays up to another price, in credits per unit-hour."""

    kind: ClassVar[str] = "spot.limit-changed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    limit_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotStarted(OfSpotRequest):
    """It runs."""

    kind: ClassVar[str] = "spot.started"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotNoticed(OfSpotRequest):
    """Its run was given an interruption notice: it must be gone by ``deadline``."""

    kind: ClassVar[str] = "spot.noticed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    deadline: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotWarned(OfSpotRequest):
    """Its run may be interrupted soon."""

    kind: ClassVar[str] = "spot.warned"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotInterrupted(OfSpotRequest):
    """Its run was taken from it; it is closed, or open again where it is persistent. What its team
    could not pay of the time that it used stays uncollected."""

    kind: ClassVar[str] = "spot.interrupted"
    version: ClassVar[int] = 2
    audience: ClassVar[Audience] = Audience.TEAM_FINANCE_AND_OPERATORS

    code: str
    state: str
    uncollected_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotEnded(OfSpotRequest):
    """It is over, and so is its run, where it had one. What its team could not pay of the time that
    it used stays uncollected."""

    kind: ClassVar[str] = "spot.ended"
    version: ClassVar[int] = 2
    audience: ClassVar[Audience] = Audience.TEAM_FINANCE_AND_OPERATORS

    code: str
    uncollected_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotBilled(Event):
    """So many runs have paid, so much together, for what they used up to now; they go on."""

    kind: ClassVar[str] = "spot.billed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.FINANCE

    runs: int
    paid_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPrice:
    """A pool's price from this tick on, in credits per unit-hour; which part of it decided; the
    units for spot, and those in use."""

    pool: str
    price_ucr: int
    decided_by: str
    supply: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesPublished(Event):
    """The prices of a tick."""

    kind: ClassVar[str] = "price.published"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    due_at: datetime
    prices: tuple[PoolPrice, ...]
