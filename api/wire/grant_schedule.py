"""Schedules that grants are given by."""

from typing import Self

from pydantic import ConfigDict, Field

from api.wire.ledger import amount_of
from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import grant_schedule as domain
from marketplace.domain.expiry import Expiry
from marketplace.domain.grant_schedule_command import ChangeSchedule, EndSchedule, ScheduleGrants
from marketplace.domain.period import Period
from marketplace.errors import BadField
from pricing.units import ucr_from_credits

LASTS = "So many days each grant lasts; without it to the end of its period."


class GrantSchedule(Shape):
    """Credits that a team is given in each period."""

    id: str
    team: str
    every: str = Field(description="`week` (from Monday on), `month` or `quarter`, UTC.")
    credits: Credits
    lasts_days: int = Field(description="0: to the end of its period.")
    purpose: str
    expiry: str
    carry_credits: Credits
    carry_days: int
    start: Instant
    until: Instant | None
    next_at: Instant | None = Field(description="When the next grant falls due.")
    ended_at: Instant | None
    code: str = Field(description="Why it ended; empty before.")
    reason: str = Field(description="Why it was ended, in the words of who did.")

    @classmethod
    def of(cls, one: domain.GrantSchedule) -> Self:
        """A schedule as data."""
        terms = one.terms
        return cls(
            id=one.id,
            team=one.team,
            every=one.every.value,
            credits=credits_of(terms.amount_ucr),
            lasts_days=terms.lasts_days,
            purpose=terms.purpose,
            expiry=terms.expiry.rule.value,
            carry_credits=credits_of(terms.expiry.carry_ucr),
            carry_days=terms.expiry.carry_days,
            start=one.start,
            until=terms.until,
            next_at=one.next_at,
            ended_at=one.ended_at,
            code=one.code,
            reason=one.reason,
        )


def every_of(text: str) -> Period:
    """The period that is meant. Raises ``BadField``."""
    if text not in list(Period):
        choices = tuple(one.value for one in Period)
        raise BadField("every", text, "not-one-of", {"choices": choices})
    return Period(text)


class GrantScheduleBody(Shape):
    """Credits to give to a team in each period."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"team": "nlp", "every": "month", "credits": "1500", "purpose": "base budget"}
            ]
        }
    )

    team: str = Field(description="Who is given them: the team's id.")
    every: str = Field(description="`week`, `month` or `quarter`: on its first day.")
    credits: Credits = Field(description="How many each time.")
    lasts_days: int = Field(default=0, strict=True, description=LASTS)
    purpose: str = Field(default="", description="What they are for.")
    expiry: str = Field(default="all", description="As of a grant.")
    carry_credits: Credits | None = Field(default=None, description="As of a grant.")
    carry_days: int = Field(default=0, strict=True, description="As of a grant.")
    start: Instant | None = Field(
        default=None, description="In periods that begin from then on; without it from now on."
    )
    until: Instant | None = Field(
        default=None, description="In none that begins then or later; without it until it is ended."
    )
    id: str = Field(default="", description="A name for it; without it one is made.")

    def to_command(self) -> ScheduleGrants:
        """What is meant."""
        terms = domain.ScheduleTerms(
            amount_ucr=ucr_from_credits(self.credits),
            lasts_days=self.lasts_days,
            purpose=self.purpose,
            expiry=Expiry.read(self.expiry, amount_of(self.carry_credits), self.carry_days),
            until=self.until,
        )
        asked = domain.ScheduleRequest(
            id=self.id,
            team=self.team,
            every=every_of(self.every),
            terms=terms,
            start=self.start,
        )
        return ScheduleGrants(asked)


class GrantScheduleChangeBody(Shape):
    """What of a schedule is to be other from its next period on, and why; what is not named is
    not."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"credits": "1800", "reason": "two people more"}]}
    )

    reason: str = Field(description="Why, for its team.")
    credits: Credits | None = Field(default=None, description="So many each time.")
    lasts_days: int | None = Field(default=None, strict=True, description=LASTS)
    purpose: str | None = Field(default=None, description="What they are for.")
    expiry: str | None = Field(default=None, description="As of a grant.")
    carry_credits: Credits | None = Field(default=None, description="As of a grant.")
    carry_days: int = Field(default=0, strict=True, description="As of a grant.")
    until: Instant | None = Field(default=None, description="In none that begins then or later.")

    def to_command(self, schedule: str) -> ChangeSchedule:
        """The change that is meant."""
        carry = amount_of(self.carry_credits)
        named = self.expiry or ("all" if carry or self.carry_days else "")
        change = domain.ScheduleChange(
            reason=self.reason,
            amount_ucr=None if self.credits is None else ucr_from_credits(self.credits),
            lasts_days=self.lasts_days,
            purpose=self.purpose,
            expiry=Expiry.read(named, carry, self.carry_days) if named else None,
            until=self.until,
        )
        return ChangeSchedule(schedule, change)


class GrantScheduleEndBody(Shape):
    """Why a schedule is ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the project is over"}]})

    reason: str = Field(description="Why, for its team.")

    def to_command(self, schedule: str) -> EndSchedule:
        """What is meant."""
        return EndSchedule(schedule, self.reason)
