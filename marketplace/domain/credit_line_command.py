"""Credit lines, as data: what finance does."""

from dataclasses import dataclass

from marketplace.domain.command import Command
from marketplace.domain.credit_line import CreditLine, CreditLineChange, CreditLineRequest


@dataclass(frozen=True, slots=True)
class SetCreditLine(Command[CreditLine]):
    """Let a team draw credits where its own do not suffice, up to a limit."""

    request: CreditLineRequest


@dataclass(frozen=True, slots=True)
class ChangeCreditLine(Command[CreditLine]):
    """Let a line have another limit or another end."""

    line: str
    change: CreditLineChange


@dataclass(frozen=True, slots=True)
class CloseCreditLine(Command[CreditLine]):
    """Let nothing more be drawn of a line; what it holds moves to other credits, or ends."""

    line: str
    reason: str
