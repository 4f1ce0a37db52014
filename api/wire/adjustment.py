"""Adjustments: corrections of teams' credits, proposed by one person and posted by another."""

from typing import Self

from pydantic import ConfigDict, Field

from api.wire.shape import Credits, Instant, Shape, SignedCredits, credits_of
from marketplace.domain import adjustment as domain
from marketplace.domain.adjustment import AdjustmentState
from marketplace.domain.adjustment_command import (
    ApproveAdjustment,
    ProposeAdjustment,
    RefuseAdjustment,
    WithdrawAdjustment,
)
from marketplace.domain.rerating import Rerating
from pricing.units import ucr_from_credits


class AdjustmentLine(Shape):
    """So many credits more for a team, or fewer where they lie below zero."""

    team: str = Field(description="Whose credits: the team's id.")
    credits: SignedCredits = Field(description="Above zero: the team gets more.")
    corrects: str = Field(
        default="",
        description="What is put right by it: `transfer:17`, `order:ord_…` or `month:2026-10`.",
    )

    @classmethod
    def of(cls, line: domain.AdjustmentLine) -> Self:
        """A line as data."""
        return cls(team=line.team, credits=credits_of(line.amount_ucr), corrects=line.corrects)

    def to_line(self) -> domain.AdjustmentLine:
        """The line that is meant."""
        amount_ucr = ucr_from_credits(abs(self.credits))
        sign = -1 if self.credits < 0 else 1
        return domain.AdjustmentLine(
            team=self.team, amount_ucr=sign * amount_ucr, corrects=self.corrects
        )


class Adjustment(Shape):
    """An adjustment: who proposed it, what became of it, by whom and why."""

    id: str
    state: AdjustmentState
    reason: str
    credits: SignedCredits = Field(description="By how much all its teams together have more.")
    lines: list[AdjustmentLine]
    end: Instant | None = Field(description="Until when what it gives can be spent, where said.")
    proposed_at: Instant
    proposed_by: str
    ended_at: Instant | None
    ended_by: str
    ended_for: str

    @classmethod
    def of(cls, one: domain.Adjustment) -> Self:
        """An adjustment as data."""
        return cls(
            id=one.id,
            state=one.state,
            reason=one.request.reason,
            credits=credits_of(one.sum_ucr),
            lines=[AdjustmentLine.of(line) for line in one.request.lines],
            end=one.request.end,
            proposed_at=one.proposed_at,
            proposed_by=one.proposed_by,
            ended_at=one.ended_at,
            ended_by=one.ended_by,
            ended_for=one.ended_for,
        )


class AdjustmentBody(Shape):
    """A correction of teams' credits that another person decides about: all its lines or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lines": [{"team": "nlp", "credits": "12.5", "corrects": "month:2026-11"}],
                    "reason": "the node was down, and nobody said so",
                }
            ]
        }
    )

    lines: list[AdjustmentLine] = Field(description="What each team gets, or loses.")
    reason: str = Field(description="Why, for its teams and for the books.")
    end: Instant | None = Field(
        default=None,
        description="What it gives can be spent until then; without it as long as the team's other "
        "credits, and 14 days at least.",
    )

    def to_command(self) -> ProposeAdjustment:
        """The proposal that is meant."""
        lines = tuple(line.to_line() for line in self.lines)
        request = domain.AdjustmentRequest(lines=lines, reason=self.reason, end=self.end)
        return ProposeAdjustment(request)


class RerateBody(Shape):
    """Past time of a pool that is to cost otherwise: a factor or a price."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "pool": "h100",
                    "start": "2026-11-23T00:00:00Z",
                    "end": "2026-11-23T08:00:00Z",
                    "factor": "0.5",
                    "reason": "it ran at half its speed",
                }
            ]
        }
    )

    pool: str = Field(description="Whose time: the pool's id.")
    start: Instant = Field(description="Time that was sold from then on.")
    end: Instant = Field(description="Until then: it must have passed.")
    factor: Credits | None = Field(
        default=None, description="What was charged times that: `0.5` is half of it, `0` nothing."
    )
    price: Credits | None = Field(default=None, description="Or credits for a unit-hour.")
    reason: str = Field(description="Why, for its teams and for the books.")

    def to_rerating(self) -> Rerating:
        """What is meant."""
        return Rerating(
            pool=self.pool,
            start=self.start,
            end=self.end,
            reason=self.reason,
            factor_ppm=None if self.factor is None else ucr_from_credits(self.factor),
            price_ucr=None if self.price is None else ucr_from_credits(self.price),
        )


class DecisionBody(Shape):
    """Why it is decided so."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "seen in the logs"}]})

    reason: str = Field(default="", description="Why; a refusal needs it.")

    def to_approve(self, adjustment: str) -> ApproveAdjustment:
        """The approval that is meant."""
        return ApproveAdjustment(adjustment, self.reason)

    def to_refuse(self, adjustment: str) -> RefuseAdjustment:
        """The refusal that is meant."""
        return RefuseAdjustment(adjustment, self.reason)

    def to_withdraw(self, adjustment: str) -> WithdrawAdjustment:
        """The withdrawal that is meant."""
        return WithdrawAdjustment(adjustment, self.reason)
