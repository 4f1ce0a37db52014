"""The market's rules: one versioned, validated document, the same for everybody."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from allocator.outcome import PaymentRule
from marketplace.errors import BadField

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """How the market runs. Times in minutes and hours as named; shares in parts per million."""

    version: int = 1
    slot_minutes: int = 60
    cycle_minutes: int = 24 * 60  # cycles close at whole multiples of this, counted from 00:00 UTC
    lead_minutes: int = 60  # from closing to the first slot on sale
    horizon_hours: int = 14 * 24  # starts on sale, from the first slot
    longest_hours: int = 72  # the longest time-box; capacity on sale reaches this much further
    reserved_share_ppm: int = PPM  # of each pool's capacity, sold as reserved time
    payment_rule: PaymentRule = PaymentRule.UNIFORM
    work: int = 200_000  # units of work for each clearing

    def __post_init__(self) -> None:
        for name in ("slot_minutes", "cycle_minutes", "horizon_hours", "longest_hours", "work"):
            if getattr(self, name) <= 0:
                raise BadField(name, getattr(self, name), "it must be positive")
        if self.lead_minutes < 0:
            raise BadField("lead_minutes", self.lead_minutes, "it must not be negative")
        if (24 * 60) % self.slot_minutes:
            raise BadField("slot_minutes", self.slot_minutes, "whole slots must fill a day")
        if (24 * 60) % self.cycle_minutes:
            raise BadField("cycle_minutes", self.cycle_minutes, "whole cycles must fill a day")
        for name in ("horizon_hours", "longest_hours"):
            if getattr(self, name) * 60 % self.slot_minutes:
                raise BadField(name, getattr(self, name), "it must be whole slots")
        if not 0 <= self.reserved_share_ppm <= PPM:
            raise BadField("reserved_share_ppm", self.reserved_share_ppm, f"0 to {PPM}")

    @property
    def slot(self) -> timedelta:
        """The market's time step."""
        return timedelta(minutes=self.slot_minutes)

    @property
    def start_slots(self) -> int:
        """How many slots ahead a time-box may start."""
        return self.horizon_hours * 60 // self.slot_minutes

    @property
    def sale_slots(self) -> int:
        """Slots on sale: all starts, plus the longest time-box, so that long and short bids meet
        the same cycles."""
        return self.start_slots + self.longest_hours * 60 // self.slot_minutes

    def sale_start(self, closed_at: datetime) -> datetime:
        """The first slot that a cycle closed at ``closed_at`` sells."""
        return self.slot_ceil(closed_at + timedelta(minutes=self.lead_minutes))

    def slot_floor(self, at: datetime) -> datetime:
        """The start of the slot that ``at`` lies in."""
        return floor_to(at, self.slot)

    def slot_ceil(self, at: datetime) -> datetime:
        """The first slot start not before ``at``."""
        floor = floor_to(at, self.slot)
        return floor if floor == at else floor + self.slot

    def next_close(self, after: datetime) -> datetime:
        """The first regular closing time later than ``after``."""
        period = timedelta(minutes=self.cycle_minutes)
        return floor_to(after, period) + period

    def document(self) -> dict[str, Any]:
        """The rules as plain data, for storing and showing."""
        return asdict(self) | {"payment_rule": self.payment_rule.value}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Read back what ``document`` wrote. Raises ``BadField`` for unknown or bad fields."""
        known = {name for name in cls.__slots__ if not name.startswith("_")}
        for name in document:
            if name not in known:
                raise BadField(name, document[name], "no such rule")
        rule = document.get("payment_rule", PaymentRule.UNIFORM)
        if rule not in list(PaymentRule):
            raise BadField("payment_rule", rule, f"one of {', '.join(PaymentRule)}")
        return cls(**document | {"payment_rule": PaymentRule(rule)})


def floor_to(at: datetime, step: timedelta) -> datetime:
    """``at`` cut down to a whole multiple of ``step`` since 1970-01-01 UTC."""
    seconds, step_s = int(at.timestamp()), int(step.total_seconds())
    return datetime.fromtimestamp(seconds - seconds % step_s, UTC)
