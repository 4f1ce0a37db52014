"""Schedules of grants: credits that teams are given in each period."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, DryRun, Key, Limit, SomeTeam, Who
from api.wire.grant_schedule import (
    GrantSchedule,
    GrantScheduleBody,
    GrantScheduleChangeBody,
    GrantScheduleEndBody,
)
from api.wire.page import Page
from marketplace.errors import NotFound
from marketplace.services import grant_schedule as service

router: Final = APIRouter(prefix="/v1/grant-schedules", tags=["grant schedules"])
ScheduleId = Annotated[str, Path(description="The schedule's id.", examples=["nlp-month"])]


@router.get("", operation_id="list_grant_schedules", summary="Schedules of grants")
def listed(
    who: Who, *, team: SomeTeam = "", after: After = "", limit: Limit = A_PAGE
) -> Page[GrantSchedule]:
    """Schedules by id, those that ended too: of one of the caller's teams; for finance of any, or
    of all."""
    place = cursors.place_of("grant-schedules", after)
    whose = who.whose(team, SEES_CREDITS)
    found = service.listed(who.market.store, whose, after=place, limit=limit)
    return Page[GrantSchedule].of("grant-schedules", found, GrantSchedule.of)


@router.get("/{schedule}", operation_id="get_grant_schedule", summary="One schedule")
def get(schedule: ScheduleId, who: Who) -> GrantSchedule:
    """A schedule of one of the caller's teams; for finance any."""
    found = service.get(who.market.store, schedule)
    if not who.sees(found.team, SEES_CREDITS):
        raise NotFound("schedule", schedule)
    return GrantSchedule.of(found)


@router.post(
    "", status_code=201, operation_id="schedule_grants", summary="Give credits in each period"
)
def make(body: GrantScheduleBody, who: Who, key: Key, *, dry_run: DryRun = False) -> GrantSchedule:
    """Give a team credits each week, month or quarter, on its first day, until it is ended: finance
    does. The clock gives each grant when it falls due."""
    return GrantSchedule.of(who.does(body.to_command(), key, dry_run=dry_run))


@router.post(
    "/{schedule}:change", operation_id="change_grant_schedule", summary="Change a schedule"
)
def change(
    schedule: ScheduleId,
    body: GrantScheduleChangeBody,
    who: Who,
    key: Key,
    *,
    dry_run: DryRun = False,
) -> GrantSchedule:
    """Let a schedule be other from its next period on: finance does."""
    return GrantSchedule.of(who.does(body.to_command(schedule), key, dry_run=dry_run))


@router.post("/{schedule}:end", operation_id="end_grant_schedule", summary="End a schedule")
def end(
    schedule: ScheduleId, body: GrantScheduleEndBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> GrantSchedule:
    """Give nothing more by it; what was given stays: finance does."""
    return GrantSchedule.of(who.does(body.to_command(schedule), key, dry_run=dry_run))
