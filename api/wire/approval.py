"""Approvals: whose word an order waits for, who gave it; says that are lent."""

from typing import Self

from pydantic import ConfigDict, Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import approval as domain
from marketplace.domain.approval_command import Delegate, RefuseOrder
from marketplace.domain.order import Order, pools_of
from marketplace.domain.policy import Need, Then


class Word(Shape):
    """Somebody's yes; `instead_of`: whose say it was, where that was lent."""

    need: Need
    person: str
    at: Instant
    instead_of: str


class Approval(Shape):
    """What one version of an order waits for, or waited for; `policy`: the version that asks."""

    order: str
    order_version: int
    team: str
    held_credits: Credits
    pools: list[str] = Field(description="What it asks for: the pools that it names.")
    project: str
    theme: str
    cost_centre: str
    policy: int
    tiers: list[str]
    needs: list[Need]
    left: list[Need] = Field(description="Whose word is missing.")
    words: list[Word]
    then: Then
    asked_by: str
    asked_at: Instant
    due_at: Instant
    state: domain.ApprovalState
    reason: str
    ended_at: Instant | None
    ended_by: str

    @classmethod
    def of(cls, found: domain.Approval, order: Order) -> Self:
        """An approval as data, with what its order is about."""
        tags = order.request.tags
        waits = found.state is domain.ApprovalState.WAITING
        return cls(
            order=found.order_id,
            order_version=found.order_version,
            team=found.team,
            held_credits=credits_of(found.held_ucr),
            pools=sorted(pools_of([order.request])),
            project=tags.project,
            theme=tags.theme,
            cost_centre=tags.cost_centre,
            policy=found.policy,
            tiers=list(found.tiers),
            needs=list(found.needs),
            left=list(found.left) if waits else [],
            words=[
                Word(need=one.need, person=one.person, at=one.at, instead_of=one.instead_of)
                for one in found.words
            ],
            then=found.then,
            asked_by=found.asked_by,
            asked_at=found.asked_at,
            due_at=found.due_at,
            state=found.state,
            reason=found.reason,
            ended_at=found.ended_at,
            ended_by=found.ended_by,
        )


class RefuseBody(Shape):
    """A no, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "wait for the cluster that comes in May"}]}
    )

    reason: str = Field(description="Why: its team reads it.")

    def to_command(self, order: str, version: int) -> RefuseOrder:
        """The refusal that is meant, by whoever saw that version."""
        return RefuseOrder(order, self.reason, version)


class Delegation(Shape):
    """A say that is lent, from a start to an end."""

    id: str
    person: str = Field(description="Whose say it is.")
    to: str = Field(description="Who has it.")
    role: Need
    team: str
    start: Instant
    end: Instant
    made_at: Instant
    ended_at: Instant | None

    @classmethod
    def of(cls, found: domain.Delegation) -> Self:
        """A delegation as data."""
        request = found.request
        return cls(
            id=found.id,
            person=found.person,
            to=request.to,
            role=request.role,
            team=request.team,
            start=request.start,
            end=request.end,
            made_at=found.made_at,
            ended_at=found.ended_at,
        )


class DelegationBody(Shape):
    """One's say, lent to somebody else while one is away."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "role": "lead",
                    "team": "nlp",
                    "to": "ann@example.org",
                    "start": "2026-12-20T00:00:00Z",
                    "end": "2027-01-07T00:00:00Z",
                }
            ]
        }
    )

    role: Need = Field(description="Whose say: a lead's, or that of finance.")
    to: str = Field(description="Who decides meanwhile: a person.")
    start: Instant = Field(description="From when on they decide.")
    end: Instant = Field(description="When it is one's own say again.")
    team: str = Field(default="", description="A lead's team.")

    def to_command(self) -> Delegate:
        """The delegation that is meant. Raises ``BadField``."""
        return Delegate(
            domain.DelegationRequest(
                role=self.role, to=self.to, start=self.start, end=self.end, team=self.team
            )
        )
