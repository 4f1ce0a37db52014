"""``take`` and ``extend``: free time before the next sale, at once and for sure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.bids import Length
from api.cli.desk import TIME, TIME_HELP, AsJson, Key, Team, Units, desk
from api.cli.refusals import Misuse
from api.cli.trading import trading
from api.cli.values import When, amount_text, said, typed, when, zulu
from api.taken import stretches
from api.texts import credits_ucr

if TYPE_CHECKING:
    from api.wire.taking import TakenSlot

Start = Annotated[
    When | None,
    typer.Option(
        "--from",
        parser=typed(when),
        metavar=TIME,
        help=f"{TIME_HELP} By default the next slot's start.",
    ),
]
MaxPrice = Annotated[
    int | None,
    typer.Option(
        "--max-price",
        parser=typed(credits_ucr),
        metavar="CREDITS",
        help="Refuse where any slot costs more a unit-hour.",
    ),
]
MaxCost = Annotated[
    int | None,
    typer.Option(
        "--max-cost",
        parser=typed(credits_ucr),
        metavar="CREDITS",
        help="Refuse where it costs more in all.",
    ),
]


def take(
    ctx: typer.Context,
    *,
    team: Team = "",
    pool: Annotated[str, typer.Option("--pool", "-p", metavar="POOL")],
    quantity: Units,
    length: Length = None,
    start: Start = None,
    max_price: MaxPrice = None,
    max_cost: MaxCost = None,
    project: Annotated[str, typer.Option(help="What it is for.")] = "",
    theme: Annotated[str, typer.Option(help="The strategic purpose.")] = "",
    cost_centre: Annotated[str, typer.Option(help="Who accounts for it.")] = "",
    key: Key = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would cost, slot by slot.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take free units before the next sale begins, at once and for sure. Each slot costs the
    greatest of its published price, its floor and what spot costs now."""
    from marketplace.domain.taking import Most, TakingRequest
    from marketplace.domain.transfer import Tags

    if length is None:
        raise Misuse("--duration", "", "say for how long, like 4h")
    at = desk(ctx)
    with trading(at, quiet=as_json) as market:
        sale = market.sale()
        request = TakingRequest(
            team=market.whose(team),
            key=at.fresh_key() if key is None else key,
            pool=pool,
            quantity=quantity,
            duration=length,
            start=start.on_slot(sale.now, sale.slot) if start else None,
            most=Most(price_ucr=max_price, cost_ucr=max_cost),
            tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
            said=said(ctx.params),
        )
        found = market.take(request, dry_run=dry_run)
    if as_json:
        show.document(found.document())
        return
    for line in lines(found.slots):
        show.say(line)
    would = "would be" if dry_run else "is"
    show.say(
        f"Reservation {found.id} {would} {found.team}'s: {found.quantity} × {found.pool} from "
        f"{zulu(found.start)} until {zulu(found.end)}, for "
        f"{amount_text(found.paid_credits)} credits."
    )


def extend(
    ctx: typer.Context,
    reservation_id: Annotated[str, typer.Argument(metavar="RESERVATION")],
    *,
    team: Team = "",
    length: Length = None,
    max_price: MaxPrice = None,
    max_cost: MaxCost = None,
    key: Key = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would cost, slot by slot.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let a time-box last longer, under its id, where its units are free behind it before the next
    sale begins. Each new slot costs what taking it would."""
    from marketplace.domain.taking import Longer, Most

    if length is None:
        raise Misuse("--duration", "", "say by how much, like 2h")
    at = desk(ctx)
    with trading(at, quiet=as_json) as market:
        team = market.whose(team)
        longer = Longer(duration=length, most=Most(price_ucr=max_price, cost_ucr=max_cost))
        key = at.fresh_key() if key is None else key
        found = market.extend(reservation_id, longer, team, key, dry_run=dry_run)
    if as_json:
        show.document(found.document())
        return
    for line in lines(found.slots):
        show.say(line)
    would = "would last" if dry_run else "lasts"
    last = found.slots[-1].start + (found.end - found.start) / len(found.units)
    show.say(
        f"Reservation {found.id} {would} until {zulu(last)}, for "
        f"{amount_text(found.cost_credits)} credits more."
    )


def lines(slots: "list[TakenSlot]") -> Iterator[str]:
    """The prices of slots, one line for neighbours that cost the same for the same reason."""
    for one in stretches(slots):
        why = f": {one.why}" if one.why else ""
        many = f" ({one.slots} slots)" if one.slots > 1 else ""
        yield f"  from {zulu(one.start)}{many}: {amount_text(one.price)} a unit-hour{why}"
