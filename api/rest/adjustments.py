"""Adjustments: a correction of teams' credits, proposed by one person, decided by another."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, AnyKey, DryRun, Key, Limit, Who
from api.wire.adjustment import Adjustment, AdjustmentBody, DecisionBody, RerateBody
from api.wire.page import Page
from marketplace.domain.actor import Role
from marketplace.services import adjustment as service
from marketplace.services import rerate as rerating

router: Final = APIRouter(prefix="/v1/adjustments", tags=["adjustments"])
AdjustmentId = Annotated[str, Path(description="Its id.", examples=["adj_000001"])]
DECIDES: Final = frozenset({Role.FINANCE, Role.ADMIN})
NO_WORDS: Final = DecisionBody()


@router.get("", operation_id="list_adjustments", summary="Adjustments")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Adjustment]:
    """Adjustments, the newest first: for finance, and for an admin as the second person."""
    who.check_has(DECIDES, "see adjustments")
    place = cursors.place_of("adjustments", after)
    found = service.listed(who.market.store, after=place, limit=limit)
    return Page[Adjustment].of("adjustments", found, Adjustment.of)


@router.get("/{adjustment}", operation_id="get_adjustment", summary="One adjustment")
def get(adjustment: AdjustmentId, who: Who) -> Adjustment:
    """An adjustment, what became of it and why: for finance, and for an admin."""
    who.check_has(DECIDES, "see adjustments")
    return Adjustment.of(service.get(who.market.store, adjustment))


@router.post(
    "", status_code=201, operation_id="propose_adjustment", summary="Propose an adjustment"
)
def propose(body: AdjustmentBody, who: Who, key: Key, *, dry_run: DryRun = False) -> Adjustment:
    """Put a correction of teams' credits forward: finance does. Nothing moves before another person
    approves it."""
    return Adjustment.of(who.does(body.to_command(), key, dry_run=dry_run))


@router.post(
    ":rerate",
    status_code=201,
    operation_id="rerate",
    summary="Propose what rates past time anew",
)
def rerate(body: RerateBody, who: Who, key: Key, *, dry_run: DryRun = False) -> Adjustment:
    """Put forward, as one proposal, what each team gets back or owes where past time of a pool is
    to cost otherwise: finance does, and another person decides."""
    who.check_has(SEES_CREDITS, "rate anew")
    command = rerating.adding(who.market.store, body.to_rerating(), who.now)
    return Adjustment.of(who.does(command, key, dry_run=dry_run))


@router.post(
    "/{adjustment}:approve", operation_id="approve_adjustment", summary="Post an adjustment"
)
def approve(
    adjustment: AdjustmentId,
    who: Who,
    key: Key,
    body: DecisionBody = NO_WORDS,
    *,
    dry_run: DryRun = False,
) -> Adjustment:
    """Post what another person proposed, dated now: all its lines or none. Finance does, or an
    admin; never who proposed it."""
    return Adjustment.of(who.does(body.to_approve(adjustment), key, dry_run=dry_run))


@router.post(
    "/{adjustment}:refuse", operation_id="refuse_adjustment", summary="Refuse an adjustment"
)
def refuse(
    adjustment: AdjustmentId, body: DecisionBody, who: Who, key: AnyKey, *, dry_run: DryRun = False
) -> Adjustment:
    """Turn down what another person proposed, with the reason: finance does, or an admin."""
    return Adjustment.of(who.does(body.to_refuse(adjustment), key, dry_run=dry_run))


@router.post(
    "/{adjustment}:withdraw", operation_id="withdraw_adjustment", summary="Withdraw an adjustment"
)
def withdraw(
    adjustment: AdjustmentId,
    who: Who,
    key: AnyKey,
    body: DecisionBody = NO_WORDS,
    *,
    dry_run: DryRun = False,
) -> Adjustment:
    """Take one's own proposal back."""
    return Adjustment.of(who.does(body.to_withdraw(adjustment), key, dry_run=dry_run))
