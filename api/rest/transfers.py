"""Transfers: every move of credits, as it stands in the books."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, Limit, Who
from api.wire.ledger import Transfer
from api.wire.page import Page
from api.wire.shape import Instant
from marketplace.services import ledger as service

router: Final = APIRouter(prefix="/v1/transfers", tags=["transfers"])


@router.get("", operation_id="list_transfers", summary="Moves of credits")
def listed(
    who: Who,
    *,
    account: Annotated[
        str,
        Query(
            description="Only to or from this account, or any below it.",
            examples=["team/nlp", "pool/h100/till", "mint"],
        ),
    ] = "",
    start: Annotated[Instant | None, Query(description="From then on.")] = None,
    end: Annotated[Instant | None, Query(description="Until then.")] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Transfer]:
    """Transfers by time, each with what it was for and the hash that chains it to the one before:
    for finance."""
    who.check_has(SEES_CREDITS, "read the ledger")
    place = cursors.place_of("transfers", after)
    found = service.posted(who.market.store, account, start, end, after=place, limit=limit)
    return Page[Transfer].of("transfers", found, Transfer.of)
