"""Overrides: let a pool have other units for a time, see them, call them off."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, Who
from api.rest.pools import PoolId
from api.wire.override import ChangedOverride, Override, OverrideBody
from api.wire.page import Page
from marketplace.domain.command import CancelOverride, OverrideWindows
from marketplace.services import override as service
from marketplace.services import reservation

router: Final = APIRouter(prefix="/v1", tags=["overrides"])
OverrideId = Annotated[str, Path(description="The override's id.", examples=["ovr_000001"])]


@router.get("/pools/{pool}/overrides", operation_id="list_overrides", summary="A pool's overrides")
def listed(pool: PoolId, who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Override]:
    """When the pool has other units than its windows say; in the order in which they were made,
    with those that were called off. Where several overlap, the newest counts."""
    place = cursors.place_of("overrides", after)
    found = service.listed(who.market.store, pool, after=place, limit=limit)
    return Page[Override].of("overrides", found, Override.of)


@router.post(
    "/pools/{pool}/overrides",
    status_code=201,
    operation_id="override_windows",
    summary="Let a pool have other units for a time",
)
def make(
    pool: PoolId, body: OverrideBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> ChangedOverride:
    """Let a pool have so many units for a time, whatever its windows say. Reservations
    lose what no longer fits, the latest award first, and are paid back at once: try it with
    `dry_run` to see which. Takes the role platform."""
    command = OverrideWindows(body.to_request(pool))
    made, failed = who.does(command, key, dry_run=dry_run)
    return ChangedOverride.changed(made, failed, reservation.comes_back(who.market.store, failed))


@router.delete(
    "/overrides/{override}", operation_id="cancel_override", summary="Call off an override"
)
def cancel(override: OverrideId, who: Who, *, dry_run: DryRun = False) -> ChangedOverride:
    """Call off an override; of one that is under way, the slots that have not begun. Where its pool
    has fewer units without it, reservations that no longer fit fail as when one is made. Takes the
    role platform."""
    gone, failed = who.does(CancelOverride(override), dry_run=dry_run)
    return ChangedOverride.changed(gone, failed, reservation.comes_back(who.market.store, failed))
