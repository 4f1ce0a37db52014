"""An override: what a pool has for a time, whatever its windows say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from marketplace.domain.capacity import UNITS_MAX, Grid, Span, check_aligned, how_far
from marketplace.errors import BadField
from marketplace.rules import MarketRules, check_spell

DAYS_MAX: Final = 731
UNITS: Final = {"least": 0, "most": UNITS_MAX}
_ID: Final = re.compile(r"ovr_(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRequest:
    """Let a pool have ``quantity`` units in [start, end), be it none."""

    pool: str
    start: datetime
    end: datetime
    quantity: int
    reason: str

    def __post_init__(self) -> None:
        check_spell("an override", self.start, self.end)
        if self.end - self.start > timedelta(days=DAYS_MAX):
            facts = {"days": DAYS_MAX, "start": self.start}
            raise BadField("end", self.end, "days-after", facts)
        if not 0 <= self.quantity <= UNITS_MAX:
            raise BadField("quantity", self.quantity, "out-of-range", UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A pool has ``quantity`` units in [start, end), before what maintenance takes. Where several
    overlap, the newest counts. One that was called off has the end that it came to; it may be the
    start."""

    number: int  # they count up in the order in which they were made
    pool: str
    start: datetime
    end: datetime
    quantity: int
    reason: str
    created_at: datetime
    cancelled_at: datetime | None = None

    @classmethod
    def of(cls, request: OverrideRequest, number: int, rules: MarketRules, now: datetime) -> Self:
        """The override that is asked for, from the slot that runs at ``now`` on at the earliest.

        Raises ``BadField`` for a time that no slot starts at, or one that is over.
        """
        check_aligned("start", request.start, rules)
        check_aligned("end", request.end, rules)
        if request.end <= now:
            raise BadField("end", request.end, "in-the-past")
        return cls(
            number=number,
            pool=request.pool,
            start=max(request.start, rules.slot_floor(now)),
            end=request.end,
            quantity=request.quantity,
            reason=request.reason,
            created_at=now,
        )

    @property
    def id(self) -> str:
        """Its id: ``ovr_000001``."""
        return f"ovr_{self.number:06d}"

    def says(self, request: OverrideRequest, rules: MarketRules) -> bool:
        """Whether it is what a request asks for, and was asked for so; not called off since."""
        start = max(request.start, rules.slot_floor(self.created_at))
        mine = (self.start, self.end, self.quantity, self.reason)
        asked = (start, request.end, request.quantity, request.reason)
        return self.cancelled_at is None and mine == asked

    def state(self, now: datetime) -> str:
        """How far it has come: ``cancelled``, ``over``, ``under way`` or ``announced``."""
        cancelled = self.cancelled_at is not None
        return "cancelled" if cancelled else how_far(self.start, self.end, now)

    def cancelled(self, rules: MarketRules, now: datetime) -> Self:
        """It, called off: what of it lies in slots that begin later counts no more."""
        end = min(self.end, max(self.start, rules.slot_ceil(now)))
        return replace(self, end=end, cancelled_at=now)


def number_of(id_: str) -> int:
    """The number in an override's id. Raises ``BadField``."""
    found = _ID.fullmatch(id_)
    if not found:
        raise BadField("override", id_, "not-an-id", {"like": "ovr_000001"})
    return int(found[1])


def overridden(there: Grid, span: Span, overrides: Iterable[Override]) -> Grid:
    """Units by slot: of the newest override that counts in a slot, else those that windows give."""
    units = there.copy()
    for one in sorted(overrides, key=lambda one: one.number):
        first, last = (min(max(span.index(at), 0), span.slots) for at in (one.start, one.end))
        units[first:last] = one.quantity
    return units
