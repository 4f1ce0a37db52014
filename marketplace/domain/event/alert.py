"""Alerts: a threshold of the policy was passed, for the first time in its period."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAlert(Event):
    """What each alert says first: ``amount_ucr`` of ``of_ucr``, as the kind of rule has it."""

    alert: str
    rule: str
    on: str
    policy: int
    since: datetime
    until: datetime
    share_ppm: int
    amount_ucr: int
    of_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(OfAlert):
    """About a team. ``out_on``: the day on which its credits run out, where it is about that."""

    kind: ClassVar[str] = "alert.raised"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    team: str
    out_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagAlertRaised(OfAlert):
    """About a project or a theme, which are of several teams."""

    kind: ClassVar[str] = "alert.tag-raised"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.FINANCE

    project: str
    theme: str
