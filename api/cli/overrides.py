"""``pool override``: let a pool have other units for a time, see that, call it off."""

from operator import itemgetter
from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import After, AsJson, Limit, SureFrom, SureUntil, Yes, desk
from api.cli.failing import taken_away, tell_failed
from api.cli.pools import Pool
from api.cli.reading import reading
from api.cli.refusals import units_by_capacity
from api.cli.values import from_zero, typed, zulu
from marketplace.domain.page import LIMIT

UnitsOrNone = Annotated[
    int,
    typer.Option(
        "--capacity",
        parser=typed(from_zero),
        metavar="UNITS",
        help="So many units it has in all, or 0.",
    ),
]


def override(
    ctx: typer.Context,
    pool: Pool,
    *,
    capacity: UnitsOrNone,
    start: SureFrom,
    until: SureUntil,
    reason: Annotated[str, typer.Option(help="Why, for those who lose time.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let a pool have so many units for a time, whatever its windows say. What no longer fits
    is lost, by the latest award first, and paid back at once."""
    from marketplace.domain.command import OverrideWindows
    from marketplace.domain.override import OverrideRequest
    from marketplace.services import market

    at = desk(ctx)
    with units_by_capacity(), at.store() as store:
        slot = market.now_showing(store)[0].slot
        request = OverrideRequest(
            pool=pool,
            start=start.on_slot(at.now, slot),
            end=until.on_slot(at.now, slot),
            quantity=capacity,
            reason=reason,
        )
        (made, failed), back_ucr = taken_away(
            at, store, OverrideWindows(request), itemgetter(1), yes=yes
        )
    if as_json:
        from api.wire.override import ChangedOverride

        show.document(ChangedOverride.changed(made, failed, back_ucr).document())
        return
    show.say(
        f"Pool {pool} has {capacity} units from {zulu(made.start)} until {zulu(made.end)}, "
        f"whatever its windows say: {reason}. Its id: {made.id}"
    )
    tell_failed(failed, back_ucr)


def list_overrides(
    ctx: typer.Context,
    pool: Pool,
    *,
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a pool's overrides, in the order in which they were made; where several overlap, the
    newest counts."""
    with reading(desk(ctx), quiet=as_json) as market:
        found, now = market.overrides(pool, after=after, limit=limit), market.now
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, f"{one.quantity:,}", zulu(one.start), zulu(one.end)),
            *(one.state(now), one.reason),
        )
        for one in found.items
    ]
    columns = ("override", ">units", "start", "end", "state", "reason")
    show.table(f"Overrides of {pool}", columns, rows, empty="It has no override.")
    show.goes_on(found.next)


def cancel(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="OVERRIDE", help="Its id.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Call off an override; of one that is under way, the slots that have not begun."""
    from marketplace.domain.command import CancelOverride

    at = desk(ctx)
    with at.store() as store:
        (gone, failed), back_ucr = taken_away(
            at, store, CancelOverride(id_), itemgetter(1), yes=yes
        )
    if as_json:
        from api.wire.override import ChangedOverride

        show.document(ChangedOverride.changed(gone, failed, back_ucr).document())
        return
    show.say(f"Called off: from {zulu(gone.end)} on {gone.pool} has what it had without {gone.id}.")
    tell_failed(failed, back_ucr)
