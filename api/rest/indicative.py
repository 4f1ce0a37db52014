"""Indicative prices: what the open cycle's book would clear at, at fixed times, the same to all;
and forward floors, the least that it sells for."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api import cursors
from api.rest.caller import A_PAGE, After, Limit, Who
from api.rest.cycles import CycleId
from api.wire.page import Page
from api.wire.price import ForwardFloors, Indicative, IndicativePrices
from marketplace.services import forward_floor, indicative

router: Final = APIRouter(prefix="/v1", tags=["prices"])


@router.get(
    "/indicative",
    operation_id="get_indicative",
    summary="What the open cycle would clear at",
    response_model=Indicative,
)
def latest(
    who: Who,
    *,
    cycle: Annotated[
        str, Query(description="Another cycle than the open one.", examples=["cyc_000001"])
    ] = "",
    pool: Annotated[str, Query(description="Only this pool's.")] = "",
) -> Response:
    """The newest indicative prices of a cycle, and when the next come. At fixed times before a
    cycle closes (the rule `indicative_hours`) its book is cleared as it stands, without effect.
    Prices alone are told, rounded up to two digits, of the slots that at least three teams bid
    for; to everybody the same, and to nobody more often."""
    store = who.market.store
    asked = ("indicative", cycle, pool)
    return who.published(asked, lambda: Indicative.of(indicative.showing(store, cycle, pool)))


@router.get(
    "/forward-floors",
    operation_id="get_forward_floors",
    summary="The least that hours ahead are sold for",
    response_model=ForwardFloors,
)
def floors(
    who: Who,
    *,
    cycle: Annotated[
        str, Query(description="Another cycle than the open one.", examples=["cyc_000001"])
    ] = "",
) -> Response:
    """The floors of a cycle: what a repeat of the last week's orders would make each hour cost,
    told when the cycle before has ended, rounded up, of hours that at least three teams would bid
    for. `share` of it (the rule `forward_floor_ppm`) is the least that a bid pays in that cycle,
    where it is more than the pool's reserve price."""
    store = who.market.store
    asked = ("floors", cycle)
    return who.published(asked, lambda: ForwardFloors.of(forward_floor.showing(store, cycle)))


@router.get(
    "/cycles/{cycle}/indicative",
    operation_id="list_indicative",
    summary="All indicative prices of a cycle",
)
def listed(
    cycle: CycleId, who: Who, *, after: After = "", limit: Limit = A_PAGE
) -> Page[IndicativePrices]:
    """What was told while a cycle was open, the newest first."""
    place = cursors.place_of("indicative", after)
    found = indicative.listed(who.market.store, cycle, after=place, limit=limit)
    return Page[IndicativePrices].of("indicative", found, IndicativePrices.of)
