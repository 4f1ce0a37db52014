"""Balances, and what is held of them for which order or spot request."""

from typing import Final

from fastapi import APIRouter

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, Limit, SomeTeam, Who
from api.wire.ledger import Hold
from api.wire.page import Page
from api.wire.team import Balance
from marketplace.domain import page as domain
from marketplace.services import ledger as service
from marketplace.services import team as teams

router: Final = APIRouter(prefix="/v1", tags=["balances"])


@router.get("/balances", operation_id="list_balances", summary="What teams have")
def listed(
    who: Who, *, team: SomeTeam = "", after: After = "", limit: Limit = A_PAGE
) -> Page[Balance]:
    """The credits of the caller's teams, or of the one that is named; for finance of any, or of
    all. `free_credits` are what an order placed now can hold."""
    store = who.market.store
    if team:
        who.check_sees(team, SEES_CREDITS)
        found = domain.Page((teams.get(store, team).id,))
    elif who.actor.roles & SEES_CREDITS:
        place = cursors.place_of("balances", after)
        found = teams.listed(store, after=place, limit=limit).each(lambda one: one.id)
    else:
        found = domain.Page(who.teams)
    purses = service.purses(store, who.now, found)
    return Page[Balance].of("balances", found, lambda one: Balance.of(purses[one]))


@router.get("/holds", operation_id="list_holds", summary="What is locked, and for what")
def holds(who: Who, *, team: SomeTeam = "", after: After = "", limit: Limit = A_PAGE) -> Page[Hold]:
    """What orders and spot requests lock now of the credits of one of the caller's teams; for
    finance of any, or of all. A settled or ended order locks nothing."""
    place = cursors.place_of("holds", after)
    whose = who.whose(team, SEES_CREDITS)
    found = service.held(who.market.store, whose, after=place, limit=limit, now=who.now)
    return Page[Hold].of("holds", found, Hold.of)
