"""Insight for every door: what its services say, as whoever asks may see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from api.wire.insight import Spend, ValueMap
from marketplace.domain.actor import Role
from marketplace.services import insight
from marketplace.store.engine import Store

SEES_ALL: Final = frozenset({Role.FINANCE, Role.PLATFORM})
"""Who sees every team's rows; others see their own, and the sums of all."""


def spend(
    store: Store,
    period: tuple[datetime, datetime],
    teams: Sequence[str] | None,
    now: datetime,
) -> Spend:
    """What was spent in a period: the rows of some teams, or of all, and the sums of all. Raises
    ``BadField`` for the times."""
    return Spend.of(period, teams, insight.spending(store, *period, now=now))


def value_map(
    store: Store,
    period: tuple[datetime, datetime],
    teams: Sequence[str] | None,
    now: datetime,
) -> ValueMap:
    """What bids were worth in a period: as in ``spend``."""
    return ValueMap.of(period, teams, insight.bids(store, *period, now=now))
