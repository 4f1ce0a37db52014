"""What is on sale next."""

from typing import Final

from fastapi import APIRouter

from api.rest.caller import Who
from api.wire.cycle import Sale
from marketplace.services import order

router: Final = APIRouter(prefix="/v1", tags=["cycles"])


@router.get("/sale", operation_id="get_sale", summary="What is on sale next")
def sale(who: Who) -> Sale:
    """The cycle that takes orders now, until when it does, and which starts it sells."""
    return Sale.of(order.sale(who.market.store, who.now))
