"""Schedules of grants, as data: what finance does."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.grant_schedule import GrantSchedule, ScheduleChange, ScheduleRequest


@dataclass(frozen=True, slots=True)
class ScheduleGrants(Command[GrantSchedule]):
    """Give a team credits in each period from now on."""

    request: ScheduleRequest


@dataclass(frozen=True, slots=True)
class ChangeSchedule(Command[GrantSchedule]):
    """Let a schedule be other from its next period on."""

    schedule: str
    change: ScheduleChange


@dataclass(frozen=True, slots=True)
class EndSchedule(Command[GrantSchedule]):
    """Give nothing more by a schedule; what was given stays."""

    schedule: str
    reason: str
