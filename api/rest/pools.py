"""Pools, their windows, and the calendar of what is free."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from api import cursors
from api.rest.caller import A_PAGE, After, DryRun, Key, Limit, Who
from api.wire.capacity import (
    Calendar,
    EndedWindow,
    OpenedPool,
    Pool,
    PoolBody,
    PoolChangeBody,
    Window,
    WindowBody,
    WindowEndBody,
)
from api.wire.page import Page
from api.wire.recurrence import DatedWindows, RecurrenceBody
from api.wire.shape import Instant
from marketplace.domain.command import AddWindows
from marketplace.services import capacity, market, recurrence, reservation, window

router: Final = APIRouter(prefix="/v1", tags=["pools"])
PoolId = Annotated[str, Path(description="The pool's id.", examples=["h100"])]
WindowId = Annotated[
    str, Path(alias="window", description="The window's id.", examples=["win_000001"])
]
HOURS: Final = 48
HOURS_MAX: Final = 24 * 366


@router.get("/pools", operation_id="list_pools", summary="Pools by id")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Pool]:
    """What is on the market: each pool's unit, block size and reserve price."""
    place = cursors.place_of("pools", after)
    found = capacity.listed(who.market.store, after=place, limit=limit)
    return Page[Pool].of("pools", found, Pool.of)


@router.post("/pools", status_code=201, operation_id="open_pool", summary="Open a pool")
def open_(body: PoolBody, who: Who, *, dry_run: DryRun = False) -> OpenedPool:
    """Put a pool on the market, with its first window. Takes the role platform. A pool whose id is
    there already is refused."""
    rules, _ = market.now_showing(who.market.store)
    command = body.to_command(rules, who.now)
    [opened] = who.does(command, dry_run=dry_run)
    if dry_run:
        return OpenedPool.opened(opened, command.windows)
    return OpenedPool.opened(opened, window.listed(who.market.store, opened.id).items)


@router.get("/pools/{pool}", operation_id="get_pool", summary="One pool")
def get(pool: PoolId, who: Who) -> Pool:
    """A pool, by its id."""
    return Pool.of(capacity.get(who.market.store, pool))


@router.post("/pools/{pool}:change", operation_id="change_pool", summary="Change a pool")
def change(
    pool: PoolId, body: PoolChangeBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> Pool:
    """Give a pool another reserve price, or retire it, from a later cycle on: the open cycle goes
    on as it was announced, and spot follows when that cycle opens. What is sold stays; a retired
    pool's spot runs are given notice. Takes the role platform."""
    return Pool.of(who.does(body.to_command(pool), key, dry_run=dry_run))


@router.get("/pools/{pool}/windows", operation_id="list_windows", summary="A pool's windows")
def windows(pool: PoolId, who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Window]:
    """When the pool has how many units: its windows add up. In the order in which they came."""
    place = cursors.place_of("windows", after)
    found = window.listed(who.market.store, pool, after=place, limit=limit)
    return Page[Window].of("windows", found, Window.of)


@router.post(
    "/pools/{pool}/windows",
    status_code=201,
    operation_id="add_window",
    summary="Give a pool more units for a time",
)
def add_window(
    pool: PoolId, body: WindowBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> Window:
    """Add units to a pool for a time, beside its other windows. Takes the role platform."""
    [added] = who.does(AddWindows((body.to_window(pool),)), key, dry_run=dry_run)
    return Window.of(added)


@router.post("/windows/{window}:end", operation_id="end_window", summary="End a window")
def end_window(
    id_: WindowId, body: WindowEndBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> EndedWindow:
    """End a window: once none of its units is sold, or from a time on. Reservations then lose
    what no longer fits, the latest award first, and are paid back at once: try it with `dry_run` to
    see which. Takes the role platform."""
    ended, failed = who.does(body.to_command(id_), key, dry_run=dry_run)
    return EndedWindow.ended(ended, failed, reservation.comes_back(who.market.store, failed))


@router.post(
    "/pools/{pool}/windows:recur",
    status_code=201,
    operation_id="recur_windows",
    summary="Give a pool more units week by week",
)
def recur_windows(
    pool: PoolId, body: RecurrenceBody, who: Who, key: Key, *, dry_run: DryRun = False
) -> DatedWindows:
    """Add units to a pool on days of the week, while the clock of a time zone reads from one time
    to another. What is added are dated windows, which are answered: a zone whose law changes later
    changes none of them. Takes the role platform."""
    meant = body.to_recurrence(pool)
    command = recurrence.adding(who.market.store, meant)
    return DatedWindows.of(meant, who.does(command, key, dry_run=dry_run))


@router.get(
    "/calendar",
    operation_id="get_calendar",
    summary="What is free, slot by slot",
    response_model=Calendar,
)
def calendar(
    who: Who,
    *,
    start: Annotated[
        Instant | None, Query(description="From the slot that runs then; without it from now on.")
    ] = None,
    hours: Annotated[int, Query(ge=1, le=HOURS_MAX, description="So many hours.")] = HOURS,
) -> Response:
    """What each pool has in each slot, what is sold ahead, what spot runs keep, what is away for
    maintenance, and what is free."""

    def made() -> Calendar:
        store = who.market.store
        slots = -(-hours * 60 // market.now_showing(store)[0].slot_minutes)
        return Calendar.of(*capacity.calendar(store, start or who.now, slots, now=who.now))

    return who.published(("calendar", start or who.now.replace(second=0), hours), made)
