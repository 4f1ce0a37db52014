"""What finance does with adjustments, as data."""

from dataclasses import dataclass

from marketplace.domain.adjustment import Adjustment, AdjustmentRequest
from marketplace.domain.command import Command


@dataclass(frozen=True, slots=True)
class ProposeAdjustment(Command[Adjustment]):
    """Put a correction of teams' credits forward, for another person to decide."""

    request: AdjustmentRequest


@dataclass(frozen=True, slots=True)
class ApproveAdjustment(Command[Adjustment]):
    """Post what another person proposed."""

    adjustment: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefuseAdjustment(Command[Adjustment]):
    """Turn down what another person proposed, and say why."""

    adjustment: str
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawAdjustment(Command[Adjustment]):
    """Take one's own proposal back."""

    adjustment: str
    reason: str = ""
