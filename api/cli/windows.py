"""``pool window``: give a pool units for a time, see that, end it."""

from operator import itemgetter
from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import (
    After,
    AsJson,
    Capacity,
    From,
    Limit,
    SaidAgain,
    SureFrom,
    SureUntil,
    Yes,
    desk,
)
from api.cli.failing import taken_away, tell_failed
from api.cli.pools import Pool
from api.cli.reading import reading
from api.cli.refusals import units_by_capacity
from api.cli.values import zulu
from marketplace.domain.page import LIMIT


def list_all(
    ctx: typer.Context,
    pool: Pool,
    *,
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a pool's windows, in the order in which they were added."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.windows(pool, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (one.id, zulu(one.start), zulu(one.end), f"{one.quantity:,}", "ended" * bool(one.ended_at))
        for one in found.items
    ]
    columns = ("window", "start", "end", ">units", "state")
    show.table(f"Windows of {pool}", columns, rows, empty="It has no window.")
    show.goes_on(found.next)


def add(
    ctx: typer.Context,
    pool: Pool,
    *,
    capacity: Capacity,
    start: SureFrom,
    until: SureUntil,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Add units to a pool for a time; the windows of a pool add up. The same said again adds
    nothing again; --key tells a second window from the first."""
    from marketplace.domain.capacity import Window
    from marketplace.domain.command import AddWindows
    from marketplace.services import market

    at = desk(ctx)
    with units_by_capacity(), at.store() as store:
        slot = market.now_showing(store)[0].slot
        first, end = start.on_slot(at.now, slot), until.on_slot(at.now, slot)
        asked = Window(pool=pool, start=first, end=end, quantity=capacity)
        [new] = at.do(store, AddWindows((asked,)), key=key)
    if as_json:
        from api.wire import capacity as wire

        show.document(wire.Window.of(new).document())
        return
    show.say(
        f"Pool {pool} has {capacity} more units from {zulu(first)} until {zulu(end)}. "
        f"The window's id: {new.id}"
    )


def end(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="WINDOW", help="Its id.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for those who lose time.")],
    start: From = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End a window: once none of its units is sold, or from a time on. What no longer fits then
    is lost, by the latest award first, and paid back at once."""
    from marketplace.domain.command import EndWindow
    from marketplace.services import market

    at = desk(ctx)
    with at.store() as store:
        slot = market.now_showing(store)[0].slot
        first = start.on_slot(at.now, slot) if start else None
        (gone, failed), back_ucr = taken_away(
            at, store, EndWindow(id_, reason, first), itemgetter(1), yes=yes
        )
    if as_json:
        from api.wire.capacity import EndedWindow

        show.document(EndedWindow.ended(gone, failed, back_ucr).document())
        return
    show.say(f"{gone.quantity} units of {gone.pool} end at {zulu(gone.end)}: {reason}.")
    tell_failed(failed, back_ucr)
