"""Credits that are given, come, and go."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from marketplace.domain.event.audience import Audience, Event
from marketplace.domain.grant import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class OfGrant(Event):
    """What each event of a grant says first."""

    grant: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfItsCredits(OfGrant):
    """What is told of a grant that can be spent: what is free of it, and until when."""

    left_ucr: int
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantCreated(OfGrant):
    """A team was given credits, to be spent in [start, end)."""

    kind: ClassVar[str] = "grant.created"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    start: datetime
    end: datetime
    purpose: str

    @classmethod
    def of(cls, grant: Grant, amount_ucr: int, now: datetime) -> Self:
        """That there is a grant, and with how much."""
        return cls(
            at=now,
            grant=grant.id,
            team=grant.team,
            amount_ucr=amount_ucr,
            start=grant.start,
            end=grant.end,
            purpose=grant.purpose,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantCorrected(OfGrant):
    """It is other than it was given, from now on, and why."""

    kind: ClassVar[str] = "grant.corrected"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    end: datetime
    purpose: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(OfGrant):
    """It can be spent no more; so many credits that were free were taken back, and why."""

    kind: ClassVar[str] = "grant.revoked"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStarted(OfItsCredits):
    """Its credits can be spent from now on."""

    kind: ClassVar[str] = "grant.started"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantEnding(OfItsCredits):
    """Its end is near, and so many of its credits are free: they will expire, or go on as far as
    its rule carries them over."""

    kind: ClassVar[str] = "grant.ending"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExpired(OfGrant):
    """It has ended, and so many credits with it."""

    kind: ClassVar[str] = "grant.expired"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantShrinking(OfGrant):
    """It is to be used linearly, and lags behind: so many of its free credits will expire then,
    where no more are spent."""

    kind: ClassVar[str] = "grant.shrinking"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    left_ucr: int
    over_ucr: int
    checkpoint: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantShrunk(OfGrant):
    """So many credits expired, which lay above a linear use of it."""

    kind: ClassVar[str] = "grant.shrunk"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    left_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantCarriedOver(OfGrant):
    """It has ended, and so many of its credits go on in the next grant, until its end."""

    kind: ClassVar[str] = "grant.carried-over"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    next: str
    end: datetime
