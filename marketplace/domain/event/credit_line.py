"""Credit lines that teams draw on."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from marketplace.domain.credit_line import CreditLine
from marketplace.domain.event.audience import Audience, Event
from marketplace.words import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCreditLine(Event):
    """What each event of a line says first."""

    line: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfItsLimit(OfCreditLine):
    """What it lets its team draw, and from when until when; ``until`` is empty where it is open."""

    limit_ucr: int
    start: datetime
    until: str
    reason: str

    @classmethod
    def of(cls, one: CreditLine, at: datetime) -> Self:
        """That it is so from ``at`` on."""
        return cls(
            at=at,
            line=one.id,
            team=one.team,
            limit_ucr=one.limit_ucr,
            start=one.start,
            until=stamp(one.end) if one.end else "",
            reason=one.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineSet(OfItsLimit):
    """A team may draw credits."""

    kind: ClassVar[str] = "line.set"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineChanged(OfItsLimit):
    """It has another limit or another end from now on, and why."""

    kind: ClassVar[str] = "line.changed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineEnded(OfCreditLine):
    """Nothing more can be drawn: its end has come, or it was closed, and why; so much of it is
    drawn still."""

    kind: ClassVar[str] = "line.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    state: str
    drawn_ucr: int
    reason: str

    @classmethod
    def of(cls, one: CreditLine, at: datetime) -> Self:
        """That it is over at ``at``."""
        return cls(
            at=at,
            line=one.id,
            team=one.team,
            state=one.state(at),
            drawn_ucr=one.drawn_ucr,
            reason=one.reason if one.closed_at else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineDrawn(OfCreditLine):
    """So many credits were drawn for holds; so many are drawn in all then."""

    kind: ClassVar[str] = "line.drawn"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    drawn_ucr: int

    @classmethod
    def of(cls, one: CreditLine, amount_ucr: int, at: datetime) -> Self:
        """That so much was drawn of a line, as it is then."""
        return cls(
            at=at, line=one.id, team=one.team, amount_ucr=amount_ucr, drawn_ucr=one.drawn_ucr
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineRepaid(OfCreditLine):
    """So many credits that were owed are repaid, and so many went back that holds drew and did not
    spend; so many are drawn in all then."""

    kind: ClassVar[str] = "line.repaid"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    amount_ucr: int
    unspent_ucr: int
    drawn_ucr: int

    @classmethod
    def of(cls, one: CreditLine, amount_ucr: int, unspent_ucr: int, at: datetime) -> Self:
        """That so much went back of a line, as it is then."""
        return cls(
            at=at,
            line=one.id,
            team=one.team,
            amount_ucr=amount_ucr,
            unspent_ucr=unspent_ucr,
            drawn_ucr=one.drawn_ucr,
        )
