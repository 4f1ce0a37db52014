"""Alerts that were raised."""

from typing import Annotated, Final

from fastapi import APIRouter, Query

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, Limit, SomeTeam, Who
from api.wire.alert import Alert
from api.wire.page import Page
from marketplace.domain.alert import AlertKind
from marketplace.services import alert as service

router: Final = APIRouter(prefix="/v1/alerts", tags=["alerts"])


@router.get("", operation_id="list_alerts", summary="Alerts")
def listed(
    who: Who,
    *,
    team: SomeTeam = "",
    on: Annotated[AlertKind | None, Query(description="Only those of that kind.")] = None,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Alert]:
    """Thresholds that were passed, the newest first: of one of the caller's teams; for finance of
    any team, or all, those of projects and themes too."""
    place = cursors.place_of("alerts", after)
    whose = who.whose(team, SEES_CREDITS)
    found = service.listed(who.market.store, whose, on, after=place, limit=limit)
    return Page[Alert].of("alerts", found, Alert.of)
