"""Spot requests: ask for units by the tick, follow them, change a limit, stop."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from api import cursors
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, OfTeam, Who
from api.wire.page import Page
from api.wire.spot import AskedSpot, LimitBody, Spot, SpotBody
from marketplace.domain.command import RequestSpot, StopSpot
from marketplace.domain.spot import SpotState
from marketplace.services import spot as service

router: Final = APIRouter(prefix="/v1/spot", tags=["spot"])
HOURS_AHEAD: Final = 24
SpotId = Annotated[
    str, Path(description="The spot request's id.", examples=["spot_0123456789abcdef"])
]


@router.post("", status_code=201, operation_id="request_spot", summary="Ask for spot capacity")
def request(body: SpotBody, who: Who, key: Key, *, dry_run: DryRun = False) -> AskedSpot:
    """Ask for units by the tick. What they need to start is held from now on; they run while the
    price is at most the limit. `expected` says what the price may be in each of the hours ahead."""
    made = who.does(RequestSpot(body.to_terms(key)), key, dry_run=dry_run)
    ahead = service.expected(who.market.store, made.terms.pool, who.now, HOURS_AHEAD)
    return AskedSpot.asked(made, ahead, dry_run=dry_run)


@router.get("", operation_id="list_spot_requests", summary="A team's spot requests")
def listed(
    who: Who,
    *,
    team: OfTeam = "",
    state: Annotated[SpotState | None, Query(description="Only those in this state.")] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Spot]:
    """The spot requests of one of the caller's teams, the newest first."""
    place = cursors.place_of("spot-requests", after)
    found = service.listed(
        who.market.store, team=who.team(team), state=state, after=place, limit=limit
    )
    return Page[Spot].of("spot-requests", found, Spot.of)


@router.get("/{request}", operation_id="get_spot_request", summary="One spot request")
def get(request: SpotId, who: Who) -> Spot:
    """A spot request of one of the caller's teams: whether it runs, and why or why not."""
    return Spot.of(service.own(who.market.store, request, who.actor))


@router.patch("/{request}", operation_id="change_spot_limit", summary="Change a limit")
def change_limit(request: SpotId, body: LimitBody, who: Who, *, dry_run: DryRun = False) -> Spot:
    """Give a request another limit: any while it waits, a higher one while it runs. What it holds
    moves with it."""
    return Spot.of(who.does(body.to_command(request), dry_run=dry_run))


@router.delete("/{request}", operation_id="stop_spot", summary="Stop a spot request")
def stop(request: SpotId, who: Who, *, dry_run: DryRun = False) -> Spot:
    """End a request. A run stops at once and is paid to the second; the rest of what it held is
    free again."""
    [ended] = who.does(StopSpot((request,)), dry_run=dry_run)
    return Spot.of(ended)
