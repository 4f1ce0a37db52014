"""Months that are closed, and the statements that are final with them."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthClosed(Event):
    """A month is closed: nothing is dated in it any more. ``head``: where the journal stood."""

    kind: ClassVar[str] = "month.closed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.FINANCE

    month: str
    head: str
    transfers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementClosed(Event):
    """With its month, a team's statement is final: what it opened and closed with."""

    kind: ClassVar[str] = "statement.closed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    month: str
    team: str
    opening_ucr: int
    closing_ucr: int
