"""Grants: credits given to teams, valid for a time."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, DryRun, Key, Limit, SomeTeam, Who
from api.wire.ledger import Grant, GrantBody, GrantCorrectionBody, GrantRevocationBody
from api.wire.page import Page
from marketplace.domain.command import GiveGrants
from marketplace.errors import NotFound
from marketplace.services import ledger as service
from marketplace.services.ledger import GrantBalance

router: Final = APIRouter(prefix="/v1/grants", tags=["grants"])
GrantId = Annotated[str, Path(description="The grant's id.", examples=["nlp-2026-11"])]


@router.get("", operation_id="list_grants", summary="Grants and what is left of them")
def listed(
    who: Who, *, team: SomeTeam = "", after: After = "", limit: Limit = A_PAGE
) -> Page[Grant]:
    """Grants by team and end: of one of the caller's teams; for finance of any, or of all."""
    place = cursors.place_of("grants", after)
    whose = who.whose(team, SEES_CREDITS)
    found = service.balances(who.market.store, whose, after=place, limit=limit, now=who.now)
    return Page[Grant].of("grants", found, lambda one: Grant.of(one.at(who.now), who.now))


@router.get("/{grant}", operation_id="get_grant", summary="One grant")
def get(grant: GrantId, who: Who) -> Grant:
    """A grant of one of the caller's teams, and what is left of it; for finance any."""
    found = service.balance(who.market.store, grant, who.now)
    if not who.sees(found.grant.team, SEES_CREDITS):
        raise NotFound("grant", grant)
    return Grant.of(found.at(who.now), who.now)


@router.post("", status_code=201, operation_id="give_grant", summary="Give a team credits")
def give(body: GrantBody, who: Who, key: Key, *, dry_run: DryRun = False) -> Grant:
    """Give a team credits, to be spent from a start until an end: finance does."""
    [made] = who.does(GiveGrants((body.to_request(),)), key, dry_run=dry_run)
    store = who.market.store
    if dry_run:
        left = GrantBalance(grant=made, free_ucr=made.amount_ucr - made.repaid_ucr, held_ucr=0)
    else:
        left = service.balance(store, made.id)
    return Grant.of(left.at(who.now), who.now)


@router.post("/{grant}:correct", operation_id="correct_grant", summary="Correct a grant")
def correct(
    grant: GrantId, body: GrantCorrectionBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> Grant:
    """Let a grant be other than it was given, as far as it is unspent: finance does."""
    return _as_it_is(who, who.does(body.to_command(grant), key, dry_run=dry_run).id)


@router.post("/{grant}:revoke", operation_id="revoke_grant", summary="Take a grant back")
def revoke(
    grant: GrantId, body: GrantRevocationBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> Grant:
    """Take back what is unspent of a grant: finance does. What waits on it is held by what else its
    team has, or ends. What `dry_run` answers is the grant as it stands before."""
    return _as_it_is(who, who.does(body.to_command(grant), key, dry_run=dry_run).id)


def _as_it_is(who: Who, grant: str) -> Grant:
    return Grant.of(service.balance(who.market.store, grant, who.now).at(who.now), who.now)
