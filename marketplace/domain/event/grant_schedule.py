"""Schedules that grants are given by."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from marketplace.domain.event.audience import Audience, Event
from marketplace.domain.grant_schedule import GrantSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSchedule(Event):
    """What each event of a schedule says first."""

    schedule: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfItsTerms(OfSchedule):
    """What it gives, from when on."""

    every: str
    amount_ucr: int
    lasts_days: int
    purpose: str
    expiry: str
    next_at: datetime
    reason: str

    @classmethod
    def of(cls, one: GrantSchedule, at: datetime, reason: str = "") -> Self:
        """That it goes on so, from ``at`` on."""
        return cls(
            at=at,
            schedule=one.id,
            team=one.team,
            every=one.every.value,
            amount_ucr=one.terms.amount_ucr,
            lasts_days=one.terms.lasts_days,
            purpose=one.terms.purpose,
            expiry=one.terms.expiry.rule.value,
            next_at=one.next_at or at,
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleMade(OfItsTerms):
    """A team is given credits in each period from then on."""

    kind: ClassVar[str] = "schedule.made"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged(OfItsTerms):
    """It gives otherwise from the next period on, and why."""

    kind: ClassVar[str] = "schedule.changed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEnded(OfSchedule):
    """It gives nothing more: by a code, and in people's words."""

    kind: ClassVar[str] = "schedule.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    code: str
    reason: str
