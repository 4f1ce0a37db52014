"""``orders``: follow a team's orders, change them, cancel them, see why one lost."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli import show
from api.cli.bids import File, Quantity, Value, warn_below_reserve
from api.cli.desk import TIME, TIME_HELP, After, AsJson, Limit, Team, Yes, desk
from api.cli.refusals import in_flags
from api.cli.trading import trading
from api.cli.values import When, credits_text, text_of_duration, typed, when, zulu
from api.client.failures import Refused
from api.texts import duration
from marketplace.domain.page import LIMIT
from marketplace.errors import MarketError

if TYPE_CHECKING:
    from marketplace.domain.order import Leg, Option, Order

app = typer.Typer(help="A team's orders: list, show, amend, cancel.")
TAGS: Final = ("project", "theme")
FAILS: Final = {
    "end": "all that is left of it ends",
    "shrink": "it loses those alone",
    "move": "the rest moves to another start within its window, or else it loses those",
}
"""What an order says of units that are missing, in words."""

OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="Like ord_0123456789abcdef.")]
Start = Annotated[When | None, typer.Option(parser=typed(when), metavar=TIME, help=TIME_HELP)]


@app.command("list")
def list_orders(
    ctx: typer.Context,
    *,
    team: Team = "",
    of_all: Annotated[
        bool, typer.Option("--all", help="All teams' that have ended: for finance and platform.")
    ] = False,
    state: Annotated[str, typer.Option(help="Only those in this state.")] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show the team's orders, the newest first. Finance and platform see any team's that have
    ended, once a cycle was cleared since; with --all those of all teams."""
    if team and of_all:
        raise typer.BadParameter("give --team or --all, one of them", param_hint="--all")
    with trading(desk(ctx), quiet=as_json) as market:
        team = "" if of_all else market.whose(team)
        found = market.orders(team, state, after, limit)
    if as_json:
        show.document(found.document())
        return
    whose = () if team else ("team",)
    columns = (
        *("order", *whose, "state", ">value", "asks for", "starts from", "to", *TAGS),
        "result",
    )
    rows = [_row(one.to_order(), one.back_ucr, of_all=of_all) for one in found.items]
    none = f"{team} has no such order." if state else f"{team} has no order yet."
    if of_all:
        none = "No order has ended yet that a cycle was cleared since."
    show.table(f"Orders of {team or 'all teams'}", columns, rows, empty=none)
    show.goes_on(found.next)


def _row(order: "Order", back_ucr: int, *, of_all: bool) -> tuple[str, ...]:
    options = order.request.options
    more = f" or {len(options) - 1} more" if len(options) > 1 else ""
    return (
        *(order.id, *((order.team,) if of_all else ()), order.state.value),
        credits_text(order.held_ucr),
        " + ".join(leg_text(leg) for leg in options[0].legs[:3]) + more,
        zulu(min(option.earliest_start for option in options)),
        zulu(max(option.latest_start for option in options)),
        order.request.tags.project,
        order.request.tags.theme,
        _result(order, back_ucr),
    )


def leg_text(leg: "Leg") -> str:
    """A leg in a few words."""
    return f"{leg.quantity} × {leg.pool} for {text_of_duration(leg.duration)}"


def _result(order: "Order", back_ucr: int) -> str:
    from marketplace.domain.advice import how

    if order.fill:
        paid = f"won for {zulu(order.fill.start)}, paid {credits_text(order.fill.paid_ucr)}"
        return f"{paid}, {credits_text(back_ucr)} came back" if back_ucr else paid
    loss = order.loss
    if not loss or (order.reason and order.reason != loss.reason):
        return order.reason
    return how(loss)


@app.command("show")
def show_order(
    ctx: typer.Context, order_id: OrderId, *, team: Team = "", as_json: AsJson = False
) -> None:
    """Show one order: what it won, or why it lost, by how much, and what to do next."""
    from api.guarantees import in_words
    from marketplace.domain import advice

    with trading(desk(ctx), quiet=as_json) as market:
        found = market.order(order_id, market.whose_to_read(team))
    order, back_ucr = found.to_order(), found.back_ucr
    if as_json:
        show.document(found.document() | {"advice": advice.of_order(order)})
        return
    show.say(f"Order {order.id} of {order.team} is {order.state.value}.")
    for number, option in enumerate(order.request.options):
        show.say(f"  option {number}: {_option_text(option)}")
    for line in _about(order):
        show.say(line)
    show.say(f"Where units of what it wins are missing, {FAILS[order.request.on_failure]}.")
    show.say(f"How firm its win is: {in_words(order.request.guarantee)}.")
    if order.open:
        show.say(f"{credits_text(order.held_ucr)} credits are held for it.")
    if order.fill:
        show.say(_fill_text(order))
    if order.fill and back_ucr:
        gone = "time that failed, was released or was bought back"
        show.say(f"{credits_text(back_ucr)} credits came back, for {gone}.")
    if order.loss:
        since = "Since" if order.open and order.loss.roomless else "In"
        show.say(f"{since} cycle {order.loss.cycle_id} it got nothing: {advice.how(order.loss)}.")
    elif order.ended_at and not order.fill:
        show.say(f"It ended at {zulu(order.ended_at)}: {order.reason}.")
    if next_step := advice.of_order(order):
        show.say(next_step)


def _about(order: "Order") -> Iterator[str]:
    """What it extends, and what it is for."""
    if extends := order.request.extends:
        yield f"It asks for more of reservation {extends}, right behind it."
    if purpose := _purpose(order):
        yield f"It is for {purpose}."


def _purpose(order: "Order") -> str:
    tags = order.request.tags
    named = {"project": tags.project, "theme": tags.theme, "cost centre": tags.cost_centre}
    return ", ".join(f"{name} {value}" for name, value in named.items() if value)


def _option_text(option: "Option") -> str:
    legs = " + ".join(leg_text(leg) for leg in option.legs)
    window = f"starting {zulu(option.earliest_start)} to {zulu(option.latest_start)}"
    return f"{credits_text(option.value_ucr)} credits for {legs}, {window}"


def _fill_text(order: "Order") -> str:
    fill = order.fill
    if fill is None:
        return ""
    more = f"; extended since for {credits_text(fill.extended_ucr)}" if fill.extended_ucr else ""
    if not fill.cycle_id:
        paid = f"paid {credits_text(fill.payment_ucr)} credits{more}"
        return f"It was taken at once, in no cycle: for {zulu(fill.start)}, {paid}."
    capped = " (its own value: the price was above it)" if fill.capped else ""
    return (
        f"It won option {fill.option} in cycle {fill.cycle_id} for {zulu(fill.start)}, paid "
        f"{credits_text(fill.payment_ucr)} credits{capped}{more}."
    )


@app.command("amend")
def amend(
    ctx: typer.Context,
    order_id: OrderId,
    *,
    team: Team = "",
    value_ucr: Value = None,
    quantity: Quantity = None,
    length: Annotated[
        timedelta | None,
        typer.Option("--duration", "-d", parser=typed(duration), metavar="TIME"),
    ] = None,
    earliest: Start = None,
    latest: Start = None,
    file: File = "",
    as_json: AsJson = False,
) -> None:
    """Change an open order's terms; its hold moves with them. Flags change an order of one option
    and one leg; for any other, give all its options by --file."""
    from marketplace.domain.order import pools_of

    given = (value_ucr, quantity, length, earliest, latest)
    if bool(file) == any(one is not None for one in given):
        raise typer.BadParameter("give flags or --file, one of them", param_hint="--file")
    with trading(desk(ctx), quiet=as_json) as market:
        team = market.whose(team)
        if file:
            from api.cli import bidfile

            found = market.amend(order_id, bidfile.options(file), team)
        else:
            order, sale = market.order(order_id, team).to_order(), market.sale()
            option = _changed(
                order,
                value_ucr=value_ucr,
                quantity=quantity,
                duration=length,
                earliest_start=earliest.on_slot(sale.now, sale.slot) if earliest else None,
                latest_start=latest.by_slot(sale.now, sale.slot) if latest else None,
            )
            try:
                found = market.amend(order_id, (option,), team)
            except (MarketError, Refused) as refusal:
                raise in_flags(refusal) from refusal
        after = found.to_order()
        pools = {} if as_json else market.pools(pools_of([after.request]))
    if as_json:
        show.document(found.document())
        return
    show.say(
        f"Order {after.id} is amended (version {after.version}): "
        f"{credits_text(after.held_ucr)} credits are held."
    )
    for number, one in enumerate(after.request.options):
        show.say(f"  option {number}: {_option_text(one)}")
    warn_below_reserve([after], pools)


def _changed(order: "Order", **terms: Any) -> "Option":
    """The order's one option with other terms; a note tells where its window moves along."""
    from marketplace.domain.terms import Changes, changed

    option = changed(order, Changes(**terms))
    moved = option.latest_start != order.request.options[0].latest_start
    if moved and terms["latest_start"] is None:
        show.note(f"Its latest start moves along, to {zulu(option.latest_start)}.")
    return option


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ORDER...")],
    *,
    team: Team = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Cancel open orders, all of them or none. It costs nothing; what they hold comes back."""
    with trading(desk(ctx), quiet=as_json) as market:
        team = market.whose(team)
        show.confirm(f"Cancel {', '.join(ids)}?", yes=yes)
        after = market.cancel(ids, team)
    if as_json:
        show.document([order.document() for order in after])
        return
    back_ucr = sum(order.to_order().held_ucr for order in after)
    show.say(f"{len(after)} cancelled; {credits_text(back_ucr)} credits are free again.")
