"""Credits that one team would give to another. Each of the two has events of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTransfer(Event):
    """What each event of a transfer says first. ``team`` is whom it is told, ``other`` the other
    one of the two."""

    transfer: str
    team: str
    other: str
    amount_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferProposed(OfTransfer):
    """A team would give these credits; they are set aside until the other answers."""

    kind: ClassVar[str] = "transfer.proposed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    reason: str
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOffered(OfTransfer):
    """The same, for the team that may accept them."""

    kind: ClassVar[str] = "transfer.offered"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    reason: str
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded(OfTransfer):
    """What became of it, for the team that would give; with an answer in people's words."""

    kind: ClassVar[str] = "transfer.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_FINANCE

    state: str
    reason: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferClosed(OfTransfer):
    """The same, for the team that was offered it; with the grants that it got."""

    kind: ClassVar[str] = "transfer.closed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM

    state: str
    reason: str
    grants: tuple[str, ...]
