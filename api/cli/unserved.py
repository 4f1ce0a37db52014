"""``pool unserved``: what was asked for and no capacity was there for."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, PeriodFrom, PeriodUntil, desk
from api.cli.values import credits_text, period, zulu

if TYPE_CHECKING:
    from marketplace.domain.unserved import UnservedPool, UnservedSlot


def unserved(
    ctx: typer.Context,
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", help="Only this pool's.")] = "",
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    as_json: AsJson = False,
) -> None:
    """Show demand that no capacity was there for, by pool and hour, and what it was worth: of
    orders that have ended, from four weeks ago on or from --from.

    An order counts where it asked to be first: in its dearest option, at its earliest start; its
    value is spread evenly over its units and hours. Hours in a row that are alike are one line."""
    from marketplace.services import market
    from marketplace.services import unserved as service

    at = desk(ctx)
    with at.store() as store:
        first, end = period(start, until, at.now)
        found = service.seen(store, at.now, pool=pool, start=first, end=end)
        slot = market.now_showing(store)[0].slot
    if as_json:
        from api.wire.unserved import Unserved

        show.document(Unserved.of(found).document())
        return
    rows = [
        (
            *(one.pool, zulu(spell[0].at), zulu(spell[-1].at + slot)),
            *(f"{spell[0].units:,}", f"{spell[0].orders:,}"),
            credits_text(sum(each.worth_ucr for each in spell)),
        )
        for one in found
        for spell in _spells(one.slots, slot)
    ]
    columns = ("pool", "from", "until", ">units", ">orders", ">worth, credits")
    empty = "Whoever asked in that time got a place, or lost by price."
    show.table("Demand that no capacity was there for", columns, rows, empty=empty)
    for one in found:
        show.say(_sum_of(one))


def _sum_of(one: "UnservedPool") -> str:
    orders = f"{one.orders:,} order{'s' * (one.orders > 1)}"
    return f"{one.pool}: {orders}, worth {credits_text(one.worth_ucr)} credits there."


def _spells(slots: "Sequence[UnservedSlot]", slot: timedelta) -> "Iterator[list[UnservedSlot]]":
    """Slots in a row with as many units and orders, together."""
    spell: list[UnservedSlot] = []
    for one in slots:
        if spell and not _goes_on(spell[-1], one, slot):
            yield spell
            spell = []
        spell.append(one)
    if spell:
        yield spell


def _goes_on(last: "UnservedSlot", one: "UnservedSlot", slot: timedelta) -> bool:
    follows: datetime = last.at + slot
    return (follows, last.units, last.orders) == (one.at, one.units, one.orders)
