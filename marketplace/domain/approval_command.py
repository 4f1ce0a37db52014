"""Deciding, as data: the policy that says who is asked, their words, and whose say is lent."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.approval import Delegation, DelegationRequest
from marketplace.domain.command import Command
from marketplace.domain.order import Order
from marketplace.domain.policy import AdoptedPolicy, Policy


@dataclass(frozen=True, slots=True)
class AdoptPolicy(Command[AdoptedPolicy]):
    """Decide by another policy, from now on or from a time to come. ``seen``: the newest version
    that was seen, so that nobody's change is written over; 0 where any will do."""

    policy: Policy
    valid_from: datetime | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class ApproveOrder(Command[Order]):
    """Say yes to an order. ``version``: the one that was seen; 0 where any will do."""

    order: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class RefuseOrder(Command[Order]):
    """Say no to an order, and why: it ends, and holds nothing."""

    order: str
    reason: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Delegate(Command[Delegation]):
    """Lend one's say to somebody else for a time."""

    request: DelegationRequest


@dataclass(frozen=True, slots=True)
class EndDelegation(Command[Delegation]):
    """Take one's say back before its time."""

    delegation: str
