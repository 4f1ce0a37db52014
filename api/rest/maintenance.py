"""Maintenance: announce that units will be away, see it, call it off."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, Who
from api.rest.pools import PoolId
from api.wire.capacity import Maintenance, MaintenanceBody, ScheduledMaintenance
from api.wire.page import Page
from marketplace.domain.capacity import slots_taken
from marketplace.domain.command import CancelMaintenance, ScheduleMaintenance
from marketplace.services import maintenance, market, reservation

router: Final = APIRouter(prefix="/v1", tags=["maintenance"])
MaintenanceId = Annotated[
    str, Path(description="The maintenance's id.", examples=["mnt-h100-fans"])
]


@router.get("/maintenance", operation_id="list_maintenance", summary="Maintenance by its start")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Maintenance]:
    """Maintenance that was announced, and not called off."""
    place = cursors.place_of("maintenance", after)
    found = maintenance.listed(who.market.store, after=place, limit=limit)
    return Page[Maintenance].of("maintenance", found, Maintenance.of)


@router.post(
    "/pools/{pool}/maintenance",
    status_code=201,
    operation_id="schedule_maintenance",
    summary="Take units away for a time",
)
def schedule(
    pool: PoolId, body: MaintenanceBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> ScheduledMaintenance:
    """Announce maintenance. Reservations lose what no longer fits, the latest award first, and
    are paid back at once: try it with `dry_run` to see which. Takes the role platform."""
    store, meant = who.market.store, body.to_maintenance(pool)
    rules, _ = market.now_showing(store)
    taken = slots_taken(meant.start, meant.end, rules, who.now)
    failed = who.does(ScheduleMaintenance(meant), key, dry_run=dry_run)
    back_ucr = reservation.comes_back(store, failed)
    kept = replace(meant, start=max(meant.start, who.now))
    return ScheduledMaintenance.scheduled(kept, taken, failed, back_ucr)


@router.delete(
    "/maintenance/{maintenance}",
    operation_id="cancel_maintenance",
    summary="Call off maintenance",
)
def cancel(maintenance: MaintenanceId, who: Who, *, dry_run: DryRun = False) -> Maintenance:
    """Call off a maintenance that has not begun: its units are on sale from the next cycle on.
    What failed for it stays failed. Takes the role platform."""
    return Maintenance.of(who.does(CancelMaintenance(maintenance), dry_run=dry_run))
