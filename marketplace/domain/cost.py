"""What a team was charged, or got back: one posted movement of credits, as a bill tells it."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final, NamedTuple

from marketplace.domain.transfer import Movement, Tags

COSTS: Final = (Movement.PAY, Movement.REFUND)
"""Movements that are a cost. A grant is money to spend, its expiry is money that was not spent, and
a hold is spent by its charge alone. An adjustment is a cost where it corrects one: where it names
an order or a spot request; any other is money to spend, or was."""


class Cost(NamedTuple):
    """A charge, a refund, or what corrects them: one transfer with what it was for. A tuple, for
    bills are long.

    ``paid_at`` is when the charge was posted that a refund gives back, or an adjustment corrects,
    where that is known. An adjustment has no quantity and no unit-seconds; its pool is that of what
    it corrects, or empty where that was of several, or nothing was charged."""

    seq: int
    at: datetime
    refund: bool  # whether the team has more, as by a refund
    team: str
    grant: str
    amount_ucr: int  # above zero, also of a refund
    pool: str
    quantity: int  # the most units at a time
    start: datetime  # of the time that was sold, or paid back
    end: datetime
    unit_seconds: int | Fraction  # a part's, where several grants paid
    order_id: str
    spot_id: str
    reservation_id: str
    cycle_id: str
    rule: str
    reason: str
    tags: Tags
    paid_at: datetime | None
    note: str
    adjustment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A pool as a bill names it."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How teams and pools are called, by their ids."""

    teams: dict[str, str]
    pools: dict[str, Sold]
