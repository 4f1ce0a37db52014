"""Adjustments: proposed, decided, and what they moved for each team."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentProposed(Event):
    """A correction of teams' credits waits for another person: so much given and taken in all."""

    kind: ClassVar[str] = "adjustment.proposed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.FINANCE

    adjustment: str
    by: str
    lines: int
    given_ucr: int
    taken_ucr: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentEnded(Event):
    """It was posted, refused or withdrawn, by whom and why."""

    kind: ClassVar[str] = "adjustment.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.FINANCE

    adjustment: str
    state: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentPosted(Event):
    """A team's credits were put right: so much was given and taken, and why."""

    kind: ClassVar[str] = "adjustment.posted"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    adjustment: str
    team: str
    given_ucr: int
    taken_ucr: int
    reason: str
