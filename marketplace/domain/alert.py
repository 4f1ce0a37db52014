"""Alerts: what is told once a period where spend or what is left passes a threshold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.domain.burn import Ahead
from marketplace.domain.limit import Limit
from marketplace.domain.period import Period
from marketplace.domain.team import checked_id
from marketplace.errors import BadField
from marketplace.rules import PPM, checked_instant

EVERY: Final = timedelta(hours=1)
"""How often it is looked whether a threshold was passed."""


AHEAD_MOST: Final = 366
"""So many days ahead it is reckoned when credits run out, however far the date."""


class AlertKind(StrEnum):
    """What is looked at."""

    SPEND = "spend"  # against a spending limit of the policy
    FREE = "free"  # free credits, against what was granted
    RUN_OUT = "run-out"  # at the pace of late, before a date


TAKES: Final = {
    AlertKind.SPEND: "share_ppm, and team, project or theme",
    AlertKind.FREE: "share_ppm, team and period",
    AlertKind.RUN_OUT: "before, team and period",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When to tell: once in each period, for each team, project or theme that it is about; for all
    where none is named. ``period``: of what is left; a limit has its own. ``name`` says from
    version to version that it is the same."""

    name: str
    on: AlertKind
    share_ppm: int | None = None
    team: str = ""
    project: str = ""
    theme: str = ""
    period: Period = Period.MONTH
    before: datetime | None = None

    def __post_init__(self) -> None:
        checked_id("name", self.name)
        names = [name for name in (self.team, self.project, self.theme) if name]
        by_time = self.on is AlertKind.RUN_OUT
        told_so = (self.share_ppm is None) == by_time and (self.before is None) == (not by_time)
        of_tags = self.on is AlertKind.SPEND or not (self.project or self.theme)
        if not (told_so and of_tags and len(names) <= 1):
            raise BadField("on", self.on, "alert-takes", {"on": self.on, "takes": TAKES[self.on]})
        if self.share_ppm is not None and not 0 < self.share_ppm <= PPM:
            facts = {"least": 1, "most": PPM}
            raise BadField("share_ppm", self.share_ppm, "out-of-range", facts)
        if self.before is not None:
            at = checked_instant("before", self.before).astimezone(UTC)
            object.__setattr__(self, "before", at)

    def about(self, limit: Limit) -> bool:
        """Whether it looks at spend against that limit."""
        mine = (self.team, self.project, self.theme)
        return self.on is AlertKind.SPEND and (
            not any(mine) or mine == (limit.team, limit.project, limit.theme)
        )


def check_alerts(rules: Sequence[AlertRule], limits: Iterable[Limit]) -> None:
    """Refuse alerts that could never tell: on spend of what has no limit. Raises ``BadField``."""
    there = tuple(limits)
    for rule in rules:
        if rule.on is AlertKind.SPEND and not any(rule.about(one) for one in there):
            raise BadField("alerts", rule.name, "no-limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an alert is about: a team, a project or a theme in a period, by a rule. It is told
    once."""

    rule: str
    on: AlertKind
    since: datetime
    until: datetime
    team: str = ""
    project: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found of a subject. ``amount_ucr`` of ``of_ucr``: spent of the limit; free of what
    was granted; what is left, and what goes in a day. ``out_on``: the day on which it runs out."""

    subject: Subject
    amount_ucr: int
    of_ucr: int
    share_ppm: int = 0
    out_on: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A threshold that was passed, and by which version of the policy it is one."""

    number: int
    reading: Reading
    policy: int
    raised_at: datetime

    @property
    def id(self) -> str:
        """Its name in commands."""
        return f"alr_{self.number:06}"


def spend_passes(rule: AlertRule, limit: Limit, spent_ucr: int, at: datetime) -> Reading | None:
    """What to tell of a limit of which so much is spent in the period around ``at``; None: less
    than the rule's share of it."""
    share_ppm = rule.share_ppm or 0
    if spent_ucr <= 0 or spent_ucr * PPM < limit.credits_ucr * share_ppm:
        return None
    return Reading(
        subject=subject_of(rule, limit, at),
        amount_ucr=spent_ucr,
        of_ucr=limit.credits_ucr,
        share_ppm=share_ppm,
    )


def subject_of(rule: AlertRule, limit: Limit, at: datetime) -> Subject:
    """What a rule tells of a limit, in the period around ``at``."""
    since, until = limit.period.around(at)
    return Subject(
        rule=rule.name,
        on=rule.on,
        since=since,
        until=until,
        team=limit.team,
        project=limit.project,
        theme=limit.theme,
    )


def of_team(rule: AlertRule, team: str, at: datetime) -> Subject:
    """What a rule tells of what a team has left, in the period around ``at``."""
    since, until = rule.period.around(at)
    return Subject(rule=rule.name, on=rule.on, since=since, until=until, team=team)


def falls_below(rule: AlertRule, subject: Subject, free_ucr: int, of_ucr: int) -> Reading | None:
    """What to tell of a team that has so much free of what it was granted; None: enough."""
    share_ppm = rule.share_ppm or 0
    if free_ucr * PPM >= of_ucr * share_ppm:
        return None
    return Reading(subject=subject, amount_ucr=free_ucr, of_ucr=of_ucr, share_ppm=share_ppm)


def runs_out(
    rule: AlertRule, subject: Subject, coming: Ahead, left_ucr: int, rate_ucr: int
) -> Reading | None:
    """What to tell of a team that has so much left, and spends that in a day; None: it lasts till
    the rule's date, or ends there unspent, of which there are notices."""
    day, before = coming.out_on, rule.before
    if day is None or before is None or day >= before or coming.lapses:
        return None
    return Reading(subject=subject, amount_ucr=left_ucr, of_ucr=rate_ucr, out_on=day)
