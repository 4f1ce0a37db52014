"""Insight: what was spent on what, and what bids were worth."""

from typing import Final

from fastapi import APIRouter

from api import insight
from api.insight import SEES_ALL
from api.rest.caller import Caller, Who
from api.rest.periods import End, Start, asked
from api.wire.insight import Spend, ValueMap

router: Final = APIRouter(prefix="/v1", tags=["insight"])


@router.get("/spend", operation_id="get_spend", summary="What was spent on what, and how evenly")
def spend(who: Who, *, start: Start = None, end: End = None) -> Spend:
    """A period's spend by team, theme and pool, what moved most against the period before, and what
    teams paid beside the market's average: for finance and platform of all teams, for everybody
    else of their own. With the sums of all."""
    period = asked(who, start, end)
    return insight.spend(who.market.store, period, _teams(who), who.now)


@router.get(
    "/value-map", operation_id="get_value_map", summary="What bids were worth, won and lost"
)
def value_map(who: Who, *, start: Start = None, end: End = None) -> ValueMap:
    """Bid value won and lost, and what was paid, by week, theme and pool, of cycles that closed in
    a period and are settled: for finance and platform of all teams' bids, for everybody else of
    their own. With the sums of all."""
    period = asked(who, start, end)
    return insight.value_map(who.market.store, period, _teams(who), who.now)


def _teams(who: Caller) -> tuple[str, ...] | None:
    """Whose rows the caller sees; None: all."""
    return None if who.actor.roles & SEES_ALL else who.teams
