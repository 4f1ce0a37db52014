"""Look before placing an order: its price, its chance, other starts."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.rest import problems
from api.rest.caller import Who
from api.wire.order import OrderBody
from api.wire.preview import Preview
from marketplace.services import preview as service

router: Final = APIRouter(prefix="/v1", tags=["orders"])
AROUND_MOST: Final = 14 * 24


@router.post("/orders/preview", operation_id="preview_order", summary="Look before placing")
def preview(
    body: OrderBody,
    who: Who,
    around_hours: Annotated[
        int,
        Query(
            ge=0,
            le=AROUND_MOST,
            description="Look for other starts so many hours before and behind the window too.",
        ),
    ] = 0,
) -> Preview:
    """What an order would cost, hold and have for a chance, and the body to post: nothing is
    placed, so that no key is needed. It is known from published prices, the calendar and the team's
    own credits alone, so that it says nothing of other teams' open orders. What the market could
    never serve is refused as placing it would be."""
    who.team(body.team)
    around = timedelta(hours=around_hours)
    found = service.preview(who.market.store, body.to_request("preview"), who.now, around=around)
    problem = problems.document(found.refusal) if found.refusal else None
    return Preview.of(found, problem)
