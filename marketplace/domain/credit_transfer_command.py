"""Transfers of credits between teams, as data: what their leads do."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.credit_transfer import CreditTransfer, CreditTransferRequest


@dataclass(frozen=True, slots=True)
class ProposeTransfer(Command[CreditTransfer]):
    """Set credits of a team aside for another, which may accept them."""

    request: CreditTransferRequest


@dataclass(frozen=True, slots=True)
class AcceptTransfer(Command[CreditTransfer]):
    """Take the credits that another team would give."""

    transfer: str


@dataclass(frozen=True, slots=True)
class RefuseTransfer(Command[CreditTransfer]):
    """Do without the credits that another team would give."""

    transfer: str
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawTransfer(Command[CreditTransfer]):
    """Take back a transfer that was not answered yet."""

    transfer: str
