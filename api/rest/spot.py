"""Spot requests: ask for units by the tick, follow them, change a limit, stop."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from api import cursors
from api.rest.caller import A_PAGE, After, AnyKey, Caller, DryRun, Key, Limit, OfTeam, Who
from api.wire.page import Page
from api.wire.spot import AskedSpot, LimitBody, Spot, SpotBody, StopAnswer, StopBody
from marketplace.domain.command import RequestSpot, StopSpot
from marketplace.domain.spot import SpotRequest, SpotState
from marketplace.services import spot as service

router: Final = APIRouter(prefix="/v1/spot", tags=["spot"])
SpotId = Annotated[
    str, Path(description="The spot request's id.", examples=["spot_0123456789abcdef"])
]


@router.post("", status_code=201, operation_id="request_spot", summary="Ask for spot capacity")
def request(body: SpotBody, who: Who, key: Key, *, dry_run: DryRun = False) -> AskedSpot:
    """Ask for units by the tick. What they need to start is held from now on; they run while the
    price is at most the limit. `expected` says what the price may be in each of the hours ahead."""
    made = who.does(RequestSpot(body.to_terms(key)), key, dry_run=dry_run)
    outlook = service.outlook(who.market.store, made, who.now)
    return AskedSpot.asked(made, outlook, dry_run=dry_run)


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
    store = who.market.store
    found = service.listed(store, team=who.team(team), state=state, after=place, limit=limit)
    held = service.held(store, found)
    return Page[Spot].of("spot-requests", found, lambda one: Spot.of(one, held[one.id]))


@router.get("/{request}", operation_id="get_spot_request", summary="One spot request")
def get(request: SpotId, who: Who) -> Spot:
    """A spot request of one of the caller's teams: whether it runs, and why or why not."""
    [found] = _told(who, [service.own(who.market.store, request, who.actor)])
    return found


@router.patch("/{request}", operation_id="change_spot_limit", summary="Change a limit")
def change_limit(
    request: SpotId, body: LimitBody, who: Who, key: AnyKey, *, dry_run: DryRun = False
) -> Spot:
    """Give a request another limit: any while it waits, a higher one while it runs. What it holds
    moves with it. With a key it is done once, however often it is sent."""
    [changed] = _told(who, [who.does(body.to_command(request), key, dry_run=dry_run)])
    return changed


@router.post(":stop", operation_id="stop_spots", summary="Stop spot requests, all or none")
def stop_all(body: StopBody, who: Who, key: Key, *, dry_run: DryRun = False) -> StopAnswer:
    """End requests: all of them, or none. Runs stop at once and are paid to the second; the rest of
    what they held is free again."""
    return StopAnswer(items=_told(who, who.does(body.to_command(), key, dry_run=dry_run)))


@router.delete("/{request}", operation_id="stop_spot", summary="Stop a spot request")
def stop(request: SpotId, who: Who, key: AnyKey, *, dry_run: DryRun = False) -> Spot:
    """End a request. A run stops at once and is paid to the second; the rest of what it held is
    free again. With a key a repeat answers the same."""
    [ended] = _told(who, who.does(StopSpot((request,)), key, dry_run=dry_run))
    return ended


def _told(who: Caller, requests: Sequence[SpotRequest]) -> list[Spot]:
    held = service.held(who.market.store, requests)
    return [Spot.of(one, held[one.id]) for one in requests]
