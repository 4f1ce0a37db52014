"""Statements: a team's account for a period, line by line or added up."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, Limit, TeamId, Who
from api.wire.shape import Instant
from api.wire.statement import Statement, Sums
from marketplace.domain.statement import month_or
from marketplace.domain.transfer import Tag
from marketplace.services import statement as service

router: Final = APIRouter(prefix="/v1/teams/{team}/statement", tags=["statements"])
Start = Annotated[
    Instant | None, Query(description="From then on; without it from the start of the month.")
]
End = Annotated[
    Instant | None, Query(description="Until then; without it until the end of the month.")
]


@router.get("", operation_id="get_statement", summary="A team's account for a period")
def get(
    team: TeamId,
    who: Who,
    *,
    start: Start = None,
    end: End = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Statement:
    """What a team had when a period began, a page of its lines, and what it has at its end: for the
    team and for finance. Each line names its order, cycle, price and rule."""
    who.check_sees(team, SEES_CREDITS)
    first, last = month_or(who.now, start, end)
    place, store = cursors.place_of("statement", after), who.market.store
    account = service.account(store, team, first, last, now=who.now)
    lines = service.lines(store, team, first, last, after=place, limit=limit, now=who.now)
    return Statement.of(account, lines)


@router.get("/sums", operation_id="sum_statement", summary="What a team's work cost, by its tags")
def sums(
    team: TeamId,
    who: Who,
    by: Annotated[Tag, Query(description="By which tag the work is added up.")],
    *,
    start: Start = None,
    end: End = None,
) -> Sums:
    """A period's charges and refunds, added up by what the work was for, the dearest first: for the
    team and for finance."""
    who.check_sees(team, SEES_CREDITS)
    period = month_or(who.now, start, end)
    found = service.of_team(who.market.store, team, *period, now=who.now)
    return Sums.of(found, by)
