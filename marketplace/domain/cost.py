"""What a team was charged, or got back: one posted movement of credits, as a bill tells it."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final, NamedTuple

from marketplace.domain.transfer import Movement, Tags

COSTS: Final = (Movement.PAY, Movement.REFUND)
"""Movements that are a cost. A grant is money to spend, its expiry is money that was not spent, and
a hold is spent by its charge alone."""


class Cost(NamedTuple):
    """A charge, or a refund: one transfer with what it was for. A tuple, for bills are long.

    ``paid_at`` is when the charge was posted that a refund gives back, where that is known."""

    seq: int
    at: datetime
    refund: bool
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
