"""Transfers: every move of credits, as it stands in the books."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, Limit, Who
from api.rest.periods import AnEdge, said
from api.wire.ledger import Transfer
from api.wire.page import Page
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
    start: Annotated[
        AnEdge | None,
        Query(description="From then on; a month like `2026-11` is all of it without an `end`."),
    ] = None,
    end: Annotated[AnEdge | None, Query(description="Until then.")] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Transfer]:
    """Transfers by time, each with what it was for and the hash that chains it to the one before:
    for finance."""
    who.check_has(SEES_CREDITS, "read the ledger")
    place = cursors.place_of("transfers", after)
    period = said(start, end)
    found = service.posted(who.market.store, account, *period, after=place, limit=limit)
    return Page[Transfer].of("transfers", found, Transfer.of)
