"""Deciding: the policy, what waits for whom, who said what, whose say is lent."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdopted(Event):
    """From then on another version says which orders wait for whom."""

    kind: ClassVar[str] = "policy.adopted"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    policy: int
    valid_from: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfApproval(Event):
    """What each event of an approval says first."""

    order: str
    order_version: int
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(OfApproval):
    """An order waits for somebody's word, by the tiers of a version of the policy."""

    kind: ClassVar[str] = "approval.asked"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    policy: int
    tiers: tuple[str, ...]
    needs: tuple[str, ...]
    held_ucr: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven(OfApproval):
    """Somebody has said yes, and others are still to."""

    kind: ClassVar[str] = "approval.given"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    need: str
    by: str
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEnded(OfApproval):
    """It is decided: approved, refused, or as the policy says where nobody decided in time."""

    kind: ClassVar[str] = "approval.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    state: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDelegation(Event):
    """What each event of a say that is lent says: whose it is, and who has it."""

    delegation: str
    person: str
    to: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationMade(OfDelegation):
    """Somebody decides in another's place for a time."""

    kind: ClassVar[str] = "delegation.made"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationEnded(OfDelegation):
    """It was taken back before its time."""

    kind: ClassVar[str] = "delegation.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY
