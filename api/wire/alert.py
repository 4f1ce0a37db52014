"""Alerts: the rules that the decision policy has for them, and those that were raised."""

from datetime import date
from typing import Self

from pydantic import Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import alert as domain
from marketplace.domain.alert import AlertKind
from marketplace.domain.period import Period


class AlertRule(Shape):
    """When to tell of spend, or of what is left: once a period, for whomever it is about."""

    name: str = Field(description="Says from version to version that it is the same.")
    on: AlertKind = Field(
        description="`spend`: spent of a spending limit; `free`: free of what was granted; "
        "`run-out`: nothing left before a date, at the pace of late."
    )
    share_ppm: int | None = Field(
        default=None, strict=True, description="Told from so much on, or below it, by its kind."
    )
    team: str = ""
    project: str = ""
    theme: str = ""
    period: Period = Field(
        default=Period.MONTH, description="Told once in it; on spend, in the limit's period."
    )
    before: Instant | None = None

    @classmethod
    def of(cls, rule: domain.AlertRule) -> Self:
        """A rule as data."""
        return cls(
            name=rule.name,
            on=rule.on,
            share_ppm=rule.share_ppm,
            team=rule.team,
            project=rule.project,
            theme=rule.theme,
            period=rule.period,
            before=rule.before,
        )

    def to_rule(self) -> domain.AlertRule:
        """The rule that is meant. Raises ``BadField``."""
        return domain.AlertRule(
            name=self.name,
            on=self.on,
            share_ppm=self.share_ppm,
            team=self.team,
            project=self.project,
            theme=self.theme,
            period=self.period,
            before=self.before,
        )


class Alert(Shape):
    """A threshold that was passed, for the first time in its period."""

    id: str
    rule: str
    on: AlertKind
    policy: int = Field(description="The version of the decision policy that has the rule.")
    team: str
    project: str
    theme: str
    since: Instant
    until: Instant = Field(description="When the period ends, in which it is told no more.")
    share_ppm: int
    credits: Credits = Field(description="Spent; free; or left, by its kind.")
    of_credits: Credits = Field(description="The limit; granted; or spent in a day of late.")
    out_on: date | None = Field(description="The day on which the credits run out.")
    raised_at: Instant

    @classmethod
    def of(cls, alert: domain.Alert) -> Self:
        """An alert as data."""
        reading, subject = alert.reading, alert.reading.subject
        return cls(
            id=alert.id,
            rule=subject.rule,
            on=subject.on,
            policy=alert.policy,
            team=subject.team,
            project=subject.project,
            theme=subject.theme,
            since=subject.since,
            until=subject.until,
            share_ppm=reading.share_ppm,
            credits=credits_of(reading.amount_ucr),
            of_credits=credits_of(reading.of_ucr),
            out_on=reading.out_on.date() if reading.out_on else None,
            raised_at=alert.raised_at,
        )
