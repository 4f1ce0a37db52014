"""An auction's life: what everybody may know of it at each step."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleOpened(Event):
    """Orders placed until ``closes_at`` are in it."""

    kind: ClassVar[str] = "cycle.opened"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleClosed(Event):
    """Its book is frozen, under this digest; it sells from ``sale_start`` on."""

    kind: ClassVar[str] = "cycle.closed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    closed_at: datetime
    sale_start: datetime
    bids: int
    problem_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleCleared(Event):
    """Its outcome passed the audit and is kept, under this digest."""

    kind: ClassVar[str] = "cycle.cleared"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    awards: int
    outcome_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSettled(Event):
    """Its outcome is money and reservations."""

    kind: ClassVar[str] = "cycle.settled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    awards: int
    rejections: int
    surplus_ucr: int
    bound_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleFailed(Event):
    """Nothing was sold, and its orders are open again. Why is told by a code alone: an audit's
    words may speak of bids that stay sealed."""

    kind: ClassVar[str] = "cycle.failed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    code: str
    reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorsPublished(Event):
    """A repeat of the week that ended at ``as_of`` makes prices that are the least an open cycle
    sells for; ``orders``: how many the week had; ``pools``: those that have any."""

    kind: ClassVar[str] = "price.floors"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    as_of: datetime
    orders: int
    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicativePublished(Event):
    """An open cycle's book, as it stood at ``as_of``, would clear at prices that are there to be
    read; ``pools``: those that have any."""

    kind: ClassVar[str] = "price.indicative"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    cycle: str
    due_at: datetime
    as_of: datetime
    pools: tuple[str, ...]
