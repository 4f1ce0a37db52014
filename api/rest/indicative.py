"""Indicative prices: what the open cycle's book would clear at, at fixed times, the same to all."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from api import cursors
from api.rest.caller import A_PAGE, After, Limit, Who
from api.rest.cycles import CycleId
from api.wire.page import Page
from api.wire.price import Indicative, IndicativePrices
from marketplace.services import indicative

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
