"""``indicative``: what the open cycle would clear at."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, desk
from api.cli.trading import trading
from api.cli.values import amount_text, zulu

if TYPE_CHECKING:
    from api.wire.price import Indicative, IndicativePool, IndicativePrices

WHY: Final = {
    "too-few-bidders": "in no hour enough teams bid for it",
    "not-cleared": "it could not be cleared in time",
}


def indicative(
    ctx: typer.Context,
    cycle: Annotated[
        str, typer.Argument(metavar="[CYCLE]", help="Like cyc_000001; else the open one.")
    ] = "",
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", help="Only this pool's.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what the open cycle would clear at, in credits a unit-hour: told to everybody at fixed
    times before it closes, rounded up, and only of hours that at least three teams bid for."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.indicative(cycle, pool)
    if as_json:
        show.document(found.document())
        return
    if found.latest is not None:
        _tell(found.latest)
    else:
        show.say(f"No indicative prices of {found.cycle} were told yet.")
    show.say(_next(found))


def _next(found: "Indicative") -> str:
    if found.next_due_at is None:
        return f"No more are told of {found.cycle}."
    return f"The next are told at {zulu(found.next_due_at)}."


def _tell(told: "IndicativePrices") -> None:
    rows = priced_spans(told.pools, told.start, told.slot_minutes)
    title = f"Indicative prices of {told.cycle} as of {zulu(told.as_of)}, credits a unit-hour"
    empty = "There are no prices that could be told."
    show.table(title, ("pool", "from", "until", ">price"), rows, empty=empty)
    for one in told.pools:
        if one.reason:
            show.say(f"None of {one.pool}: {WHY.get(one.reason, one.reason)}.")


def priced_spans(
    pools: "Sequence[IndicativePool]", start: datetime, slot_minutes: int
) -> list[tuple[str, str, str, str]]:
    """Rows of a table: pool, from, until, price."""
    slot = timedelta(minutes=slot_minutes)
    return [
        (one.pool, zulu(start + first * slot), zulu(start + end * slot), price)
        for one in pools
        for first, end, price in _spans(one)
    ]


def _spans(one: "IndicativePool") -> Iterator[tuple[int, int, str]]:
    """Slots of one price after another, from the first to before the last, with that price."""
    for price, slots in groupby(enumerate(one.price_credits or ()), key=lambda each: each[1]):
        numbers = [number for number, _ in slots]
        if price is not None:
            yield numbers[0], numbers[-1] + 1, amount_text(price)
