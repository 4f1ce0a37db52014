"""Transfers of credits between teams."""

from typing import Self

from pydantic import ConfigDict, Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import credit_transfer as domain
from marketplace.domain.credit_transfer_command import ProposeTransfer, RefuseTransfer
from pricing.units import ucr_from_credits


class CreditTransfer(Shape):
    """Credits that one team would give to another, and what became of that."""

    id: str
    team: str = Field(description="The team that gives.")
    receiver: str = Field(description="The team that is given.")
    credits: Credits
    reason: str
    state: str = Field(description="`proposed`, then one of the others.")
    proposed_at: Instant
    proposed_by: str
    lapses_at: Instant = Field(description="It lapses then, where nobody answers.")
    ended_at: Instant | None
    code: str = Field(description="Why it ended; empty before.")
    answer: str = Field(description="Why it was refused, in the words of who did.")
    grants: list[str] = Field(description="What the receiver got: a grant for each end.")

    @classmethod
    def of(cls, one: domain.CreditTransfer) -> Self:
        """A transfer as data."""
        return cls(
            id=one.id,
            team=one.team,
            receiver=one.receiver,
            credits=credits_of(one.request.amount_ucr),
            reason=one.request.reason,
            state=one.state.value,
            proposed_at=one.proposed_at,
            proposed_by=one.proposed_by,
            lapses_at=one.lapses_at,
            ended_at=one.ended_at,
            code=one.code,
            answer=one.answer,
            grants=list(one.grants),
        )


class CreditTransferBody(Shape):
    """Credits to give to another team."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "team": "nlp",
                    "receiver": "vision",
                    "credits": "120",
                    "reason": "they train our encoder",
                }
            ]
        }
    )

    team: str = Field(description="Who gives them: the team's id.")
    receiver: str = Field(description="Who is given them: another team's id.")
    credits: Credits = Field(description="How many; no more than are free.")
    reason: str = Field(description="Why, for both teams and for the books.")

    def to_command(self) -> ProposeTransfer:
        """The proposal that is meant."""
        asked = domain.CreditTransferRequest(
            team=self.team,
            receiver=self.receiver,
            amount_ucr=ucr_from_credits(self.credits),
            reason=self.reason,
        )
        return ProposeTransfer(asked)


class CreditTransferRefusalBody(Shape):
    """Why a transfer is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "we have enough"}]})

    reason: str = Field(description="Why, for the team that would give.")

    def to_command(self, transfer: str) -> RefuseTransfer:
        """What is meant."""
        return RefuseTransfer(transfer, self.reason)
