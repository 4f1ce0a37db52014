"""``prices``: what reserved time costs, published and ahead."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, From, Until, desk
from api.cli.refusals import Misuse
from api.cli.trading import trading
from api.cli.values import amount_text, credits_text, zulu
from pricing.units import ucr_from_credits

if TYPE_CHECKING:
    from api.wire.price import ForwardPrice, ForwardPrices, PoolPrices, Prices


def prices(
    ctx: typer.Context,
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", help="Only this pool's.")] = "",
    cycle: Annotated[
        str, typer.Option("--cycle", metavar="CYCLE", help="Those that a past cycle published.")
    ] = "",
    start: From = None,
    until: Until = None,
    ahead: Annotated[
        int,
        typer.Option(
            "--ahead", metavar="HOURS", help="Instead, what so many hours cost, sold yet or not."
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the newest published prices, or those of --cycle, in credits a unit-hour: of all hours
    at a glance, or of those from --from until --until, one by one.

    With --ahead, of each hour from --from or from now on: the price that it was last cleared at,
    and what hours alike (same hour, same kind of day) have cost."""
    if ahead:
        _check_ahead(ahead, cycle, until.on(desk(ctx).now) if until else None)
    with trading(desk(ctx), quiet=as_json) as market:
        now = market.now
        first = start.on(now) if start else None
        if ahead:
            _tell_ahead(market.forward_prices(pool, first, ahead), as_json=as_json)
            return
        if start or until:
            first = first or now
            end = until.on(now) if until else first + market.sale().slot
            found = market.prices(pool, first, end, cycle)
        else:
            found = market.prices(pool, None, None, cycle)
    if as_json:
        show.document(found.document())
    elif start or until:
        _tell_hours(found)
    else:
        _tell_prices(found, now)


def _check_ahead(hours: int, cycle: str, until: datetime | None) -> None:
    from marketplace.services.forward_price import HOURS_MOST

    if cycle:
        raise Misuse("--cycle", cycle, "leave it out: --ahead looks at hours to come")
    if until:
        raise Misuse("--until", zulu(until), "leave it out: --ahead says how far")
    if not 1 <= hours <= HOURS_MOST:
        raise Misuse("--ahead", hours, f"give 1 to {HOURS_MOST}")


def _tell_ahead(found: "ForwardPrices", *, as_json: bool) -> None:
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.pool, zulu(slot.at), _text(slot.price_credits)),
            _source(slot),
            *map(_text, (slot.low_credits, slot.middle_credits, slot.high_credits)),
            f"{slot.hours:,}",
        )
        for one in found.pools
        for slot in one.slots
    ]
    columns = ("pool", "from", ">price", "", ">quarter below", ">middle", ">quarter above")
    empty = "There is no pool yet; `gpumarket pool add` opens one."
    title = "Prices ahead, credits a unit-hour"
    show.table(title, (*columns, ">hours alike"), rows, empty=empty)


def _source(slot: "ForwardPrice") -> str:
    """Where its price comes from."""
    if slot.price_credits is None:
        return "nothing is known"
    return "cleared" if slot.cleared_credits is not None else "of hours alike"


def _text(amount: Decimal | None) -> str:
    return show.NOTHING if amount is None else amount_text(amount)


def _starts(found: "Prices") -> list[datetime]:
    """When each slot begins, and when the last one ends."""
    slots, step = len(found.pools[0].price_credits), timedelta(minutes=found.slot_minutes)
    return [found.start + k * step for k in range(slots + 1)]


def _tell_prices(found: "Prices", now: datetime) -> None:
    starts = _starts(found)
    slots = len(starts) - 1
    slot = max(sum(one <= now for one in starts[:-1]) - 1, 0)
    title = f"Prices of {found.cycle}, {zulu(starts[0])} to {zulu(starts[-1])}, credits a unit-hour"
    hours = (starts[-1] - starts[0]) / timedelta(hours=1)
    bar = f"all hours, {show.per_letter(hours, slots)} h a letter"
    columns = ("pool", ">least", ">mean", ">most", f">{zulu(starts[slot])}", bar)
    show.table(title, columns, [_price_row(one, slot) for one in found.pools])


def _tell_hours(found: "Prices") -> None:
    rows = [
        (zulu(at), *(amount_text(one.price_credits[k]) for one in found.pools))
        for k, at in enumerate(_starts(found)[:-1])
    ]
    columns = ("from", *(f">{one.pool}" for one in found.pools))
    show.table(f"Prices of {found.cycle}, credits a unit-hour", columns, rows)


def _price_row(one: "PoolPrices", slot: int) -> tuple[str, ...]:
    prices_ucr = [ucr_from_credits(price) for price in one.price_credits]
    mean_ucr = sum(prices_ucr) // len(prices_ucr)
    numbers = (min(prices_ucr), mean_ucr, max(prices_ucr), prices_ucr[slot])
    return (one.pool, *(credits_text(number) for number in numbers), show.sparkline(prices_ucr))
