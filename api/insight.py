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

ALL: Final = 1_000_000
"""So many changes as there can be: which of them somebody sees is decided after."""


def spend(
    store: Store,
    period: tuple[datetime, datetime],
    teams: Sequence[str] | None,
    now: datetime,
) -> Spend:
    """What was spent in a period: the rows of some teams, or of all, and the sums of all. Raises
    ``BadField`` for the times."""
    movers = insight.movers(store, *period, most=ALL, now=now)
    mine = [one for one in movers if teams is None or one.team in teams]
    return Spend.of(
        period,
        teams,
        rows=insight.spend(store, *period, now=now),
        movers=mine[: insight.MOVERS],
        against=insight.against_market(store, *period, now=now),
        even=insight.concentration(store, *period, now=now),
        resold=insight.resold(store, *period, now=now),
    )


def value_map(
    store: Store,
    period: tuple[datetime, datetime],
    teams: Sequence[str] | None,
    now: datetime,
) -> ValueMap:
    """What bids were worth in a period: as in ``spend``."""
    everybody = insight.value_map(store, *period, now=now)
    if teams is None:
        return ValueMap.of(period, None, everybody, everybody)
    mine = insight.value_map(store, *period, teams=teams, now=now)
    return ValueMap.of(period, teams, mine, everybody)
