"""Credit lines: what teams may draw beyond their own credits."""

from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import credit_line as domain
from marketplace.domain.credit_line_command import (
    ChangeCreditLine,
    CloseCreditLine,
    SetCreditLine,
)
from pricing.units import ucr_from_credits


class CreditLine(Shape):
    """What a team may draw beyond its own credits, and has drawn."""

    id: str
    team: str
    state: str = Field(description="`not-started`, `open`, `ended` or `closed`.")
    limit_credits: Credits
    drawn_credits: Credits = Field(
        description="Drawn and not repaid: held for orders and spot, or spent and owed."
    )
    rest_credits: Credits = Field(description="What can be drawn yet; nothing unless it is open.")
    start: Instant
    end: Instant | None = Field(description="Null: until it is closed.")
    reason: str
    set_at: Instant
    set_by: str
    closed_at: Instant | None

    @classmethod
    def of(cls, one: domain.CreditLine, now: datetime) -> Self:
        """A line at ``now`` as data."""
        state = one.state(now)
        return cls(
            id=one.id,
            team=one.team,
            state=state,
            limit_credits=credits_of(one.limit_ucr),
            drawn_credits=credits_of(one.drawn_ucr),
            rest_credits=credits_of(one.rest_ucr if state == "open" else 0),
            start=one.start,
            end=one.end,
            reason=one.reason,
            set_at=one.set_at,
            set_by=one.set_by,
            closed_at=one.closed_at,
        )


class CreditLineBody(Shape):
    """Credits that a team may draw where its own do not suffice."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "team": "nlp",
                    "credits": "200",
                    "end": "2027-01-01T00:00:00Z",
                    "reason": "the quarter's grant comes late",
                }
            ]
        }
    )

    team: str = Field(description="Who may draw: the team's id.")
    credits: Credits = Field(description="So many at most are drawn and not repaid.")
    reason: str = Field(description="Why, for its team and for the books.")
    start: Instant | None = Field(default=None, description="From then on; without it from now.")
    end: Instant | None = Field(default=None, description="Until then; or until it is closed.")

    def to_command(self) -> SetCreditLine:
        """What is meant."""
        asked = domain.CreditLineRequest(
            team=self.team,
            limit_ucr=ucr_from_credits(self.credits),
            reason=self.reason,
            start=self.start,
            end=self.end,
        )
        return SetCreditLine(asked)


class CreditLineChangeBody(Shape):
    """What of a line is to be other, and why; what is not named stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"credits": "300", "reason": "two people more"}]}
    )

    reason: str = Field(description="Why, for its team and for the books.")
    credits: Credits | None = Field(
        default=None, description="So many at most; no fewer than are drawn."
    )
    end: Instant | None = Field(default=None, description="Until then.")

    def to_command(self, line: str) -> ChangeCreditLine:
        """The change that is meant."""
        change = domain.CreditLineChange(
            reason=self.reason,
            limit_ucr=None if self.credits is None else ucr_from_credits(self.credits),
            end=self.end,
        )
        return ChangeCreditLine(line, change)


class CreditLineCloseBody(Shape):
    """Why a line is closed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "the grant is there"}]})

    reason: str = Field(description="Why, for its team and for the books.")

    def to_command(self, line: str) -> CloseCreditLine:
        """What is meant."""
        return CloseCreditLine(line, self.reason)
