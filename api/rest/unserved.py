"""Demand that no capacity was there for, for whoever plans it."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api.rest.caller import Who
from api.rest.periods import AnEdge, said
from api.wire.unserved import Unserved
from marketplace.services import unserved

router: Final = APIRouter(prefix="/v1", tags=["pools"])


@router.get(
    "/unserved-demand",
    operation_id="get_unserved_demand",
    summary="What was asked for and no capacity was there for",
)
def seen(
    who: Who,
    *,
    pool: Annotated[str, Query(description="Only this pool's.")] = "",
    start: Annotated[
        AnEdge | None,
        Query(
            description="From the slot that runs then, or from four weeks ago; a month like "
            "`2026-11` is all of it without an `end`."
        ),
    ] = None,
    end: Annotated[AnEdge | None, Query(description="Until then; or as far as any asked.")] = None,
) -> Unserved:
    """Units by pool and slot, and what they were worth in credits, of orders that have ended and
    for which price was not the cause: no start had room for them (`capacity-not-available`), or
    none was left beside what won (`unfit`, `not-found`). An order is counted where it asked to be
    first: in its dearest option, at its earliest start; its value is spread evenly over its units
    and slots. Sums of all teams, of what was cleared: the same to all."""
    first, last = said(start, end)
    store = who.market.store
    return Unserved.of(unserved.seen(store, who.now, pool=pool, start=first, end=last))
