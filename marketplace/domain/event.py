"""What happened, as the outbox tells it: written in the transaction that made it happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact for the outbox. ``kind`` is noun.verb; ``team`` is empty for everybody."""

    kind: str  # order.placed, order.filled, cycle.cleared, reservation.failed, …
    subject: str  # the id of the order, cycle, reservation, pool, …
    at: datetime
    team: str = ""
    data: Mapping[str, Any]
