"""``spot``: ask for capacity by the tick, follow it, raise a limit, stop; what it has cost."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import (
    TIME,
    TIME_HELP,
    After,
    AsJson,
    Decimal,
    From,
    Key,
    Limit,
    Team,
    Units,
    Until,
    Yes,
    desk,
)
from api.cli.refusals import Misuse
from api.cli.trading import trading
from api.cli.values import (
    When,
    amount_text,
    counted,
    credits_text,
    said,
    text_of_duration,
    typed,
    when,
    zulu,
)
from api.texts import above_zero_ucr, duration
from marketplace.domain.page import LIMIT
from pricing.units import ucr_from_credits

if TYPE_CHECKING:
    from api.wire.price import ExpectedPrices
    from api.wire.spot import AskedSpot, Spot

app = typer.Typer(help="Capacity by the tick: request, list, cancel, limit, prices.")
SpotId = Annotated[str, typer.Argument(metavar="REQUEST", help="Like spot_0123456789abcdef.")]
LimitUcr = Annotated[
    int,
    typer.Option(
        "--limit",
        parser=typed(above_zero_ucr),
        metavar="CREDITS",
        help="The most for a unit-hour; you pay the price of each tick, never more than this.",
    ),
]
Minimum = Annotated[
    timedelta,
    typer.Option(
        "--minimum",
        parser=typed(duration),
        metavar="TIME",
        help="Once started it runs so long at least, whatever the price. Like 30m, 4h.",
    ),
]
End = Annotated[
    When | None,
    typer.Option("--until", parser=typed(when), metavar=TIME, help=f"It stops then. {TIME_HELP}"),
]
DAY: Final = timedelta(days=1)


@app.command("request")
def request(
    ctx: typer.Context,
    *,
    team: Team = "",
    pool: Annotated[str, typer.Option("--pool", "-p", metavar="POOL")],
    quantity: Units,
    limit_ucr: LimitUcr,
    minimum: Minimum = timedelta(0),
    end: End = None,
    persistent: Annotated[
        bool, typer.Option("--persistent", help="Open again after an interruption.")
    ] = False,
    project: Annotated[str, typer.Option(help="What it is for.")] = "",
    theme: Annotated[str, typer.Option(help="The strategic purpose.")] = "",
    cost_centre: Annotated[str, typer.Option(help="Who accounts for it.")] = "",
    key: Key = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask for units by the tick. They run while the price is at most your limit, and may be
    interrupted, with notice. What it needs to start is held at once."""
    from marketplace.domain.spot import SpotTerms
    from marketplace.domain.transfer import Tags

    at = desk(ctx)
    with trading(at, quiet=as_json) as market:
        team = market.whose(team)
        terms = SpotTerms(
            team=team,
            key=at.fresh_key() if key is None else key,
            pool=pool,
            quantity=quantity,
            limit_ucr=limit_ucr,
            minimum=minimum,
            end=end.on(market.now) if end else None,
            persistent=persistent,
            tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
            said=said(ctx.params),
        )
        asked = market.ask_for_spot(terms, dry_run=dry_run)
        free = None if as_json else market.team(team).free_credits
    if free is None:
        show.document(asked.document())
        return
    would = "would be" if dry_run else "is"
    show.say(
        f"Spot request {asked.id} {would} {asked.state}: {_asks(asked)}. "
        f"{amount_text(asked.held_credits)} credits {'would be' if dry_run else 'are'} held for "
        f"it; {amount_text(free)} are free."
    )
    show.say(_outlook(asked))
    if asked.expected:
        show.say(_chance(asked))


def _asks(one: "Spot") -> str:
    text = (
        f"{one.quantity} × {one.pool} at up to {amount_text(one.limit_price_credits)} a unit-hour"
    )
    if one.minimum_runtime:
        text += f", for {text_of_duration(one.minimum_runtime)} at least"
    if one.end is not None:
        text += f", until {zulu(one.end)}"
    return text + (", persistent" if one.persistent else "")


def _outlook(asked: "AskedSpot") -> str:
    newest = asked.newest_price
    if newest is None:
        return f"{asked.pool} has had no tick yet; it starts at the first, if it fits."
    side = "at or above" if asked.limit_price_credits >= newest.price_credits else "below"
    return (
        f"The price is {amount_text(newest.price_credits)} since {zulu(newest.at)}: the limit is "
        f"{side} it. It is looked at in the next tick."
    )


def _chance(asked: "AskedSpot") -> str:
    from marketplace.domain.spot_price import chance_of

    ahead = [one.to_price() for one in asked.expected]
    chance = chance_of(ucr_from_credits(asked.limit_price_credits), ahead)
    between = f"{_about(chance.low_ucr)} and {_about(chance.high_ucr)}"
    return (
        f"By the weeks before, prices of the next {chance.hours} hours lie between {between}, nine "
        f"times of ten. In {chance.enough} of these hours the limit is likely enough, in "
        f"{chance.too_low} it is likely too low."
    )


@app.command("list")
def list_requests(
    ctx: typer.Context,
    *,
    team: Team = "",
    state: Annotated[str, typer.Option(help="Only those in this state.")] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show the team's spot requests, the newest first: what runs, what waits, and why."""
    from marketplace.domain import advice

    with trading(desk(ctx), quiet=as_json) as market:
        team = market.whose(team)
        found = market.spot_requests(team, state, after, limit)
    if as_json:
        show.document(found.document())
        return
    columns = ("request", "state", "asks for", "since", "status")
    show.table(
        f"Spot requests of {team}",
        columns,
        [_row(one) for one in found.items],
        empty=f"{team} has no {'such spot request' if state else 'spot request yet'}.",
    )
    codes = dict.fromkeys(one.status.code for one in found.items)
    for code in (one for one in codes if one in advice.SPOT):
        show.note(f"{code}: {advice.SPOT[code]}.")
    show.goes_on(found.next)


def _row(one: "Spot") -> tuple[str, ...]:
    status = one.status.code
    if one.interruption_deadline is not None:
        status = f"must be gone by {zulu(one.interruption_deadline)}: {status}"
    elif one.at_risk:
        status += f", at risk: {one.at_risk}"
    since = one.started_at or one.status.update_time
    return one.id, one.state, _asks(one), zulu(since), status


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="REQUEST...")],
    *,
    team: Team = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End spot requests, all of them or none. What runs stops now and is billed to the second."""
    with trading(desk(ctx), quiet=as_json) as market:
        team = market.whose(team)
        show.confirm(f"End {', '.join(ids)}?", yes=yes)
        after = market.stop_spot(ids, team)
    if as_json:
        show.document([one.document() for one in after])
        return
    show.say(f"{counted(len(after), 'spot request')} ended; what was held and not used is free.")


@app.command("limit")
def limit(
    ctx: typer.Context,
    spot_id: SpotId,
    limit_ucr: Annotated[
        Decimal,
        typer.Argument(
            parser=typed(above_zero_ucr), metavar="CREDITS", help="The new limit, like 1.75."
        ),
    ],
    *,
    team: Team = "",
    as_json: AsJson = False,
) -> None:
    """Give a request another limit: any while it waits, a higher one while it runs. It counts
    from the next tick on."""
    with trading(desk(ctx), quiet=as_json) as market:
        after = market.change_spot_limit(spot_id, limit_ucr, market.whose(team))
    if as_json:
        show.document(after.document())
        return
    held = amount_text(after.held_credits)
    show.say(f"{after.id} asks for {_asks(after)}; {held} credits are held.")


@app.command("prices")
def prices(
    ctx: typer.Context,
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", metavar="POOL")],
    start: From = None,
    until: Until = None,
    ahead: Annotated[
        int,
        typer.Option("--ahead", metavar="HOURS", help="Instead, what the next hours may bring."),
    ] = 0,
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a pool's spot prices tick by tick, and what each was made of: by default of a day."""
    if ahead:
        from pricing.forecast import HOURS

        if start or until:
            raise Misuse("--ahead", ahead, "it looks from now on; leave --from and --until out")
        if not 1 <= ahead <= HOURS:
            raise Misuse("--ahead", ahead, f"give 1 to {HOURS}")
    with trading(desk(ctx), quiet=as_json) as market:
        if ahead:
            _show_ahead(market.expected_spot_prices(pool, ahead), as_json=as_json)
            return
        now = market.now
        end = until.on(now) if until else now + timedelta(seconds=1)
        begin = start.on(now) if start else end - DAY
        found = market.spot_prices(pool, (begin, end), after, limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            zulu(one.at),
            amount_text(one.price_credits),
            amount_text(one.controller_credits),
            amount_text(one.unserved_limit_credits)
            if one.unserved_limit_credits is not None
            else show.NOTHING,
            one.decided_by,
            f"{one.wanted:,}",
            f"{one.supply:,}",
            f"{one.used:,}",
        )
        for one in found.items
    ]
    columns = ("from", ">price", ">controller", ">unserved", "decided by")
    show.table(
        f"Spot prices of {pool}, credits a unit-hour",
        (*columns, ">wanted", ">supply", ">used"),
        rows,
        empty=f"{pool} has no spot prices from {zulu(begin)} until {zulu(end)}.",
    )
    show.goes_on(found.next)


def _show_ahead(found: "ExpectedPrices", *, as_json: bool) -> None:
    if as_json:
        show.document(found.document())
        return
    prices = [one.to_price() for one in found.items]
    show.table(
        f"What {found.pool} may cost on spot, credits a unit-hour, by the same hours of weeks "
        "before",
        ("hour from", ">1 in 20 below", ">middle", ">1 in 20 above"),
        [
            (zulu(one.at), *(_about(each) for each in (one.low_ucr, one.middle_ucr, one.high_ucr)))
            for one in prices
        ],
        empty=f"{found.pool} has not had an hour of ticks yet, so there is nothing to expect by.",
    )


def _about(price_ucr: int) -> str:
    """A price that is only expected: four digits after the point at most."""
    return credits_text(round(price_ucr, -2))
