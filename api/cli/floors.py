"""``floors``: the least that hours ahead are sold for."""

from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, desk
from api.cli.indicative import priced_spans
from api.cli.trading import trading
from api.cli.values import counted, zulu
from pricing.shown import percent_shown


def floors(
    ctx: typer.Context,
    cycle: Annotated[
        str, typer.Argument(metavar="[CYCLE]", help="Like cyc_000001; else the open one.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show the least that a cycle sells hours ahead for: a share, which the rule forward_floor_ppm
    says, of what a repeat of last week's orders would make them cost."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.forward_floors(cycle)
    if as_json:
        show.document(found.document())
        return
    if not found.share:
        show.say(f"{found.cycle} sells for each pool's reserve price: forward_floor_ppm is 0.")
    if found.made is None:
        if found.share:
            show.say(f"No floors of {found.cycle} were made: there was no week to repeat.")
        return
    made = found.made
    rows = priced_spans(made.pools, made.start, made.slot_minutes)
    week = f"a repeat of {counted(made.orders, 'order')} up to {zulu(made.as_of)}"
    show.table(
        f"What {week} would cost, credits a unit-hour", ("pool", "from", "until", ">price"), rows
    )
    if found.share:
        part = percent_shown(found.share)
        show.say(f"{part} of it is the least that {found.cycle} sells for, or the reserve price.")
