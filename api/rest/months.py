"""Months: what is still open of one, closing it, and what closed ones came to."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import checked, cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, AnyKey, DryRun, Limit, Who
from api.wire.month import ClosedMonth, Month
from api.wire.page import Page
from marketplace.domain.month_command import CloseMonth
from marketplace.services import check, month_seen
from marketplace.services import month as service

router: Final = APIRouter(prefix="/v1/months", tags=["months"])
MonthId = Annotated[str, Path(description="Year and month.", examples=["2026-11"])]


@router.get("", operation_id="list_months", summary="Closed months")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[ClosedMonth]:
    """Closed months and what they came to, the newest first: for finance."""
    who.check_has(SEES_CREDITS, "see months")
    place = cursors.place_of("months", after)
    found = service.listed(who.market.store, after=place, limit=limit)
    return Page[ClosedMonth].of("months", found, ClosedMonth.of)


@router.get("/{month}", operation_id="get_month", summary="A month as it stands")
def get(month: MonthId, who: Who) -> Month:
    """What is still in the way of closing a month; or what it came to, and the journal's head when
    it was closed. For finance."""
    who.check_has(SEES_CREDITS, "see months")
    store = who.market.store
    return Month.of(month_seen.get(store, month, who.now), checked.last_clean(check.name(store)))


@router.post("/{month}:close", operation_id="close_month", summary="Close a month")
def close(month: MonthId, who: Who, key: AnyKey, *, dry_run: DryRun = False) -> ClosedMonth:
    """Close a month that is over, for good: finance does. Nothing is dated in it any more; what
    must be put right is an adjustment of the open month. With `dry_run` it tells what it comes
    to."""
    return ClosedMonth.of(who.does(CloseMonth(month), key, dry_run=dry_run))
