"""``floors``: the least that hours ahead are sold for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, desk
from api.cli.indicative import priced_spans
from api.cli.trading import trading
from api.cli.values import counted, zulu
from pricing.shown import percent_shown, price_shown
from pricing.units import ucr_from_credits

if TYPE_CHECKING:
    from api.wire.price import FloorsMade, FloorsPast


def floors(
    ctx: typer.Context,
    cycle: Annotated[
        str, typer.Argument(metavar="[CYCLE]", help="Like cyc_000001; else the open one.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show the least that a cycle sells hours ahead for: a share, which the rule forward_floor_ppm
    says, of what a repeat of last week's orders would make them cost; and what came of the floors
    of the last 28 cycles."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.forward_floors(cycle)
    if as_json:
        show.document(found.document())
        return
    if not found.share:
        show.say(f"{found.cycle} sells for each pool's reserve price: forward_floor_ppm is 0.")
    if found.made is not None:
        _tell_made(found.cycle, found.share, found.made)
    elif found.share:
        show.say(f"No floors of {found.cycle} were made: there was no week to repeat.")
    if found.past:
        _tell_past(found.past)


def _tell_made(cycle: str, share: float, made: "FloorsMade") -> None:
    rows = priced_spans(made.pools, made.start, made.slot_minutes)
    week = f"a repeat of {counted(made.orders, 'order')} up to {zulu(made.as_of)}"
    show.table(
        f"What {week} would cost, credits a unit-hour", ("pool", "from", "until", ">price"), rows
    )
    if share:
        part = percent_shown(share)
        show.say(f"{part} of it is the least that {cycle} sells for, or the reserve price.")


def _tell_past(past: "Sequence[FloorsPast]") -> None:
    rows = [
        (
            one.pool,
            f"{one.hours:,}",
            price_shown(ucr_from_credits(one.floor_credits)),
            price_shown(ucr_from_credits(one.price_credits)),
            percent_shown(one.reached_share),
            percent_shown(one.empty_share),
        )
        for one in past
    ]
    columns = ("pool", ">hours", ">floor", ">cost", ">the floor or more", ">the reserve price")
    show.table("What came of the floors of past cycles, credits a unit-hour", columns, rows)
