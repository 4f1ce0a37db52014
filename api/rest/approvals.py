"""Approvals: what waits for a word, saying yes or no, lending one's say."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from api import cursors
from api.rest.caller import (
    A_PAGE,
    SEES_CREDITS,
    After,
    AnyKey,
    Caller,
    DryRun,
    Limit,
    SomeTeam,
    Who,
)
from api.rest.orders import IfMatch, OrderId, told, version_of
from api.wire.approval import Approval, Delegation, DelegationBody, RefuseBody
from api.wire.order import Order
from api.wire.page import Page
from marketplace.domain.approval import ApprovalState
from marketplace.domain.approval_command import ApproveOrder, EndDelegation
from marketplace.domain.policy import Need
from marketplace.services import approval as service
from marketplace.services import publication

router: Final = APIRouter(prefix="/v1", tags=["approvals"])
DelegationId = Annotated[str, Path(description="The delegation's id.", examples=["dlg_000001"])]


@router.get("/approvals", operation_id="list_approvals", summary="What waits for a word")
def listed(
    who: Who,
    *,
    team: SomeTeam = "",
    state: Annotated[
        ApprovalState | None, Query(description="Only those in this state.")
    ] = ApprovalState.WAITING,
    after: After = "",
    limit: Limit = A_PAGE,
) -> Page[Approval]:
    """Orders of one's team that wait for a word, what is due first first; finance sees every
    team's, and whoever has somebody's say what that one sees. `state` names others than those
    that wait."""
    place = cursors.place_of("approvals", after)
    whose = whose_waits(who, team)
    found = service.listed(who.market.store, team=whose, state=state, after=place, limit=limit)
    orders = service.orders_of(who.market.store, found)
    return Page[Approval].of("approvals", found, lambda one: Approval.of(one, orders[one.order_id]))


def whose_waits(who: Caller, team: str) -> str:
    """The team whose waiting orders are meant, or none for all: one's own, any for finance, and for
    whoever has somebody's say what that one sees. Raises ``Forbidden``, and ``BadField`` where
    there is a choice."""
    lent = service.lent_says(who.market.store, who.actor, who.now)
    if any(one.role is Need.FINANCE or (team and one.team == team) for one in lent):
        return team
    own = {one.team for one in lent} | set(who.teams)
    if not team and not who.actor.roles & SEES_CREDITS and len(own) == 1:
        return own.pop()
    return who.whose(team, SEES_CREDITS)


@router.get(
    "/orders/{order}/approvals",
    operation_id="list_order_approvals",
    summary="What an order waits for, or waited for",
)
def of_order(order: OrderId, who: Who) -> list[Approval]:
    """By the order's versions: for whoever may see the order."""
    found = publication.seen(who.market.store, order, by=who.actor)
    return [Approval.of(one, found) for one in service.of_order(who.market.store, found.id)]


@router.post("/orders/{order}:approve", operation_id="approve_order", summary="Say yes to an order")
def approve(
    order: OrderId, who: Who, key: AnyKey, *, if_match: IfMatch = "", dry_run: DryRun = False
) -> Order:
    """Say yes to an order that waits for one's word. It is open once nobody's word is missing.
    Nobody approves their own."""
    command = ApproveOrder(order, version_of(if_match))
    return told(who, who.does(command, key, dry_run=dry_run))


@router.post("/orders/{order}:refuse", operation_id="refuse_order", summary="Say no to an order")
def refuse(
    order: OrderId,
    body: RefuseBody,
    who: Who,
    key: AnyKey,
    *,
    if_match: IfMatch = "",
    dry_run: DryRun = False,
) -> Order:
    """Say no to an order that waits for one's word: it ends, and what it held is free again."""
    command = body.to_command(order, version_of(if_match))
    return told(who, who.does(command, key, dry_run=dry_run))


@router.get("/delegations", operation_id="list_delegations", summary="Says that you have lent")
def delegations(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Delegation]:
    """What the caller has lent, the oldest first, with what is over."""
    place = cursors.place_of("delegations", after)
    found = service.delegations(who.market.store, who.actor.name, after=place, limit=limit)
    return Page[Delegation].of("delegations", found, Delegation.of)


@router.post("/delegations", status_code=201, operation_id="delegate", summary="Lend your say")
def delegate(body: DelegationBody, who: Who, key: AnyKey, *, dry_run: DryRun = False) -> Delegation:
    """Let somebody else decide in one's place for a time: as lead of a team, or as finance. They
    do not decide on orders of whoever lent it."""
    return Delegation.of(who.does(body.to_command(), key, dry_run=dry_run))


@router.delete(
    "/delegations/{delegation}", operation_id="end_delegation", summary="Take your say back"
)
def end(delegation: DelegationId, who: Who, key: AnyKey, *, dry_run: DryRun = False) -> Delegation:
    """End a delegation before its time."""
    return Delegation.of(who.does(EndDelegation(delegation), key, dry_run=dry_run))
