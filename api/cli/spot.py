"""``spot``: ask for capacity by the tick, follow it, raise a limit, stop; what it has cost."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api import cursors
from api.cli import show
from api.cli.desk import TIME, TIME_HELP, After, AsJson, From, Limit, Team, Units, Until, Yes, desk
from api.cli.refusals import Misuse
from api.cli.values import When, counted, credits_text, one_of, text_of_duration, typed, when, zulu
from api.texts import above_zero_ucr, duration
from marketplace.domain.page import LIMIT
from marketplace.errors import MarketError

if TYPE_CHECKING:
    from marketplace.domain.spot import SpotRequest
    from marketplace.domain.spot_price import ExpectedPrice, TickPrice

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
HOURS_AHEAD: Final = 24


@app.command("request")
def request(
    ctx: typer.Context,
    *,
    team: Team,
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
    key: Annotated[str, typer.Option(help="Makes a repeat harmless.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask for units by the tick. They run while the price is at most your limit, and may be
    interrupted, with notice. What it needs to start is held at once."""
    from api.wire import spot as wire
    from marketplace.domain.command import RequestSpot
    from marketplace.domain.spot import SpotTerms
    from marketplace.domain.transfer import Tags
    from marketplace.services import ledger, spot

    at = desk(ctx)
    terms = SpotTerms(
        team=team,
        key=key or at.fresh_key(),
        pool=pool,
        quantity=quantity,
        limit_ucr=limit_ucr,
        minimum=minimum,
        end=end.on(at.now) if end else None,
        persistent=persistent,
        tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
    )
    with at.store() as store:
        if dry_run:
            [answer] = spot.try_out(store, [terms], at.now)
            if isinstance(answer, MarketError):
                raise answer
        else:
            answer = at.do(store, RequestSpot(terms), team=team)
        last = spot.last_price(store, pool, at.now)
        held_ucr = spot.held(store, answer)
        free_ucr = ledger.purses(store, at.now, [team])[team].free_ucr
        ahead = spot.expected(store, pool, at.now, HOURS_AHEAD)
    if as_json:
        show.document(wire.AskedSpot.asked(answer, ahead, dry_run=dry_run).document())
        return
    would = "would be" if dry_run else "is"
    show.say(
        f"Spot request {answer.id} {would} {answer.state.value}: {_asks(answer)}. "
        f"{credits_text(held_ucr)} credits {'would be' if dry_run else 'are'} held for it; "
        f"{credits_text(free_ucr)} are free."
    )
    show.say(_outlook(answer, last))
    if ahead:
        show.say(_chance(answer, ahead))


def _asks(one: "SpotRequest") -> str:
    terms = one.terms
    text = f"{terms.quantity} × {terms.pool} at up to {credits_text(terms.limit_ucr)} a unit-hour"
    if terms.minimum:
        text += f", for {text_of_duration(terms.minimum)} at least"
    if terms.end is not None:
        text += f", until {zulu(terms.end)}"
    return text + (", persistent" if terms.persistent else "")


def _outlook(one: "SpotRequest", last: "TickPrice | None") -> str:
    if last is None:
        return f"{one.terms.pool} has had no tick yet; it starts at the first, if it fits."
    side = "at or above" if one.terms.limit_ucr >= last.price_ucr else "below"
    return (
        f"The price is {credits_text(last.price_ucr)} since {zulu(last.at)}: the limit is {side} "
        "it. It is looked at in the next tick."
    )


def _chance(one: "SpotRequest", ahead: "list[ExpectedPrice]") -> str:
    from marketplace.domain.spot_price import chance_of

    chance = chance_of(one.terms.limit_ucr, ahead)
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
    team: Team,
    state: Annotated[str, typer.Option(help="Only those in this state.")] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show the team's spot requests, the newest first: what runs, what waits, and why."""
    from marketplace.domain import advice
    from marketplace.domain.spot import SpotState
    from marketplace.services import spot

    only = one_of("state", state, SpotState) if state else None
    with desk(ctx).store() as store:
        found = spot.listed(
            store,
            team=team,
            state=only,
            after=cursors.place_of("spot-requests", after),
            limit=limit,
        )
    if as_json:
        from api.wire import spot as wire

        show.page("spot-requests", found, wire.Spot.of)
        return
    columns = ("request", "state", "asks for", "since", "status")
    show.table(
        f"Spot requests of {team}",
        columns,
        [_row(one) for one in found],
        empty=f"{team} has no such spot request.",
    )
    for code in dict.fromkeys(one.code for one in found if one.code in advice.SPOT):
        show.note(f"{code}: {advice.SPOT[code]}.")
    show.more("spot-requests", found)


def _row(one: "SpotRequest") -> tuple[str, ...]:
    run, status = one.run, one.code
    if run is not None and run.deadline is not None:
        status = f"must be gone by {zulu(run.deadline)}: {run.why}"
    elif one.at_risk:
        status += f", at risk: {one.at_risk}"
    since = run.started_at if run is not None else one.updated_at
    return one.id, one.state.value, _asks(one), zulu(since), status


@app.command("cancel")
def cancel(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="REQUEST...")],
    *,
    team: Team,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End spot requests, all of them or none. What runs stops now and is billed to the second."""
    from marketplace.domain.command import StopSpot

    at = desk(ctx)
    with at.store() as store:
        show.confirm(f"End {', '.join(ids)}?", yes=yes)
        after = at.do(store, StopSpot(tuple(ids)), team=team)
    if as_json:
        from api.wire import spot as wire

        show.document([wire.Spot.of(one).document() for one in after])
        return
    show.say(f"{counted(len(after), 'spot request')} ended; what was held and not used is free.")


@app.command("limit")
def limit(
    ctx: typer.Context,
    spot_id: SpotId,
    limit_ucr: Annotated[
        int, typer.Argument(parser=typed(above_zero_ucr), metavar="CREDITS", help="The new limit.")
    ],
    *,
    team: Team,
    as_json: AsJson = False,
) -> None:
    """Give a request another limit: any while it waits, a higher one while it runs. It counts
    from the next tick on."""
    from marketplace.domain.command import ChangeSpotLimit
    from marketplace.services import spot

    at = desk(ctx)
    with at.store() as store:
        after = at.do(store, ChangeSpotLimit(spot_id, limit_ucr), team=team)
        held_ucr = spot.held(store, after)
    if as_json:
        from api.wire import spot as wire

        show.document(wire.Spot.of(after).document())
        return
    show.say(f"{after.id} asks for {_asks(after)}; {credits_text(held_ucr)} credits are held.")


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
    from marketplace.services import spot

    at = desk(ctx)
    if ahead:
        if start or until:
            raise Misuse("--ahead", ahead, "it looks from now on; leave --from and --until out")
        with at.store() as store:
            _show_ahead(pool, spot.expected(store, pool, at.now, ahead), as_json=as_json)
        return
    end = until.on(at.now) if until else at.now + timedelta(seconds=1)
    begin = start.on(at.now) if start else end - DAY
    with at.store() as store:
        place = cursors.place_of("spot-prices", after)
        found = spot.prices(store, pool, begin, end, after=place, limit=limit)
    if as_json:
        from api.wire import price as wire

        show.page("spot-prices", found, wire.TickPrice.of)
        return
    rows = [
        (
            zulu(one.at),
            credits_text(one.price_ucr),
            credits_text(one.controller_ucr),
            credits_text(one.unserved_ucr) if one.unserved_ucr else show.NOTHING,
            one.decided_by,
            f"{one.wanted:,}",
            f"{one.supply:,}",
            f"{one.used:,}",
        )
        for one in found
    ]
    columns = ("from", ">price", ">controller", ">unserved", "decided by")
    show.table(
        f"Spot prices of {pool}, credits a unit-hour",
        (*columns, ">wanted", ">supply", ">used"),
        rows,
        empty=f"{pool} has no spot prices from {zulu(begin)} until {zulu(end)}.",
    )
    show.more("spot-prices", found)


def _show_ahead(pool: str, found: "list[ExpectedPrice]", *, as_json: bool) -> None:
    if as_json:
        from api.wire import price as wire

        show.document(wire.ExpectedPrices.of(pool, found).document())
        return
    rows = [
        (
            zulu(one.at),
            *(_about(each) for each in (one.low_ucr, one.middle_ucr, one.high_ucr)),
        )
        for one in found
    ]
    show.table(
        f"What {pool} may cost on spot, credits a unit-hour, by the same hours of weeks before",
        ("hour from", ">1 in 20 below", ">middle", ">1 in 20 above"),
        rows,
        empty=f"{pool} has not had an hour of ticks yet, so there is nothing to expect by.",
    )


def _about(price_ucr: int) -> str:
    """A price that is only expected: four digits after the point at most."""
    return credits_text(round(price_ucr, -2))
