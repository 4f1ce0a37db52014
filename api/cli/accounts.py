"""``balance``, ``prices``, ``statement``: what a team has, what time costs, what it paid."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api import cursors
from api.cli import show
from api.cli.desk import After, AsJson, From, Limit, Team, Until, desk
from api.cli.trading import trading
from api.cli.values import amount_text, credits_text, one_of, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.domain.transfer import Tag
    from marketplace.services.price import PricedSlots, PriceList
    from marketplace.services.statement import TagSum


def balance(ctx: typer.Context, *, team: Team, as_json: AsJson = False) -> None:
    """Show a team's credits: what it can spend now, what is held, what comes and what ends."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.team(team)
    if as_json:
        show.document(found.document())
        return
    free, held = amount_text(found.free_credits), amount_text(found.held_credits)
    show.say(f"{team} has {free} credits free; {held} are held for orders and spot.")
    if found.later_credits:
        later = amount_text(found.later_credits)
        show.say(f"{later} more come with grants that have not started.")
    if found.ending_credits:
        ending = amount_text(found.ending_credits)
        show.say(f"{ending} are of grants that end before the next cycle closes.")


def prices(
    ctx: typer.Context,
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", help="Only this pool's.")] = "",
    start: From = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest published prices, in credits a unit-hour: of all hours at a glance, or of
    those from --from until --until, one by one."""
    from marketplace.services import price

    at = desk(ctx)
    with at.store() as store:
        found = price.latest(store, pool)
    if start or until:
        first = start.on(at.now) if start else at.now
        end = until.on(at.now) if until else first + found.span.slot
        found = found.part(first, end)
    if as_json:
        from api.wire import price as wire

        show.document(wire.Prices.of(found).document())
    elif start or until:
        _tell_hours(found)
    else:
        _tell_prices(found, at.now)


def _tell_prices(found: "PriceList", now: datetime) -> None:
    slot = min(max(found.span.index(now), 0), found.span.slots - 1)
    title = (
        f"Prices of {found.cycle.id}, {zulu(found.span.start)} to {zulu(found.span.end)}, "
        "credits a unit-hour"
    )
    hours = found.span.slots * found.span.slot / timedelta(hours=1)
    bar = f"all hours, {show.per_letter(hours, found.span.slots)} h a letter"
    columns = ("pool", ">least", ">mean", ">most", f">{zulu(found.span.at(slot))}", bar)
    show.table(title, columns, [_price_row(one, slot) for one in found.pools])


def _tell_hours(found: "PriceList") -> None:
    rows = [
        (zulu(found.span.at(k)), *(credits_text(one.prices_ucr[k]) for one in found.pools))
        for k in range(found.span.slots)
    ]
    columns = ("from", *(f">{one.pool}" for one in found.pools))
    show.table(f"Prices of {found.cycle.id}, credits a unit-hour", columns, rows)


def _price_row(one: "PricedSlots", slot: int) -> tuple[str, ...]:
    numbers = one.prices_ucr
    mean_ucr = sum(numbers) // len(numbers)
    return (
        one.pool,
        credits_text(min(numbers)),
        credits_text(mean_ucr),
        credits_text(max(numbers)),
        credits_text(numbers[slot]),
        show.sparkline(numbers),
    )


def statement(
    ctx: typer.Context,
    *,
    team: Team,
    start: From = None,
    until: Until = None,
    by: Annotated[
        str, typer.Option("--by", help="Sums by project, theme or cost-centre, in place of lines.")
    ] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a team's account for a period; by default this month, UTC."""
    from api.lines import what_for
    from marketplace.domain.statement import month_around
    from marketplace.domain.transfer import Tag
    from marketplace.services import statement as statements

    tag = one_of("by", by, Tag) if by else None
    at = desk(ctx)
    this_month = month_around(at.now)
    first = start.on(at.now) if start else this_month[0]
    end = until.on(at.now) if until else this_month[1]
    title = f"Statement of {team}, {zulu(first)} to {zulu(end)}"
    with at.store() as store:
        if tag is not None:
            sums = statements.sums_by(statements.of_team(store, team, first, end), tag)
            _tell_sums(title, tag, sums, as_json=as_json)
            return
        place = cursors.place_of("statement", after)
        account = statements.account(store, team, first, end)
        lines = statements.lines(store, team, first, end, after=place, limit=limit)
    if as_json:
        from api.wire import statement as wire

        show.document(wire.Statement.of(account, lines).document())
        return
    rows = [] if after else [("", "opening", credits_text(account.opening_ucr), "", "")]
    rows += [
        (
            zulu(line.at),
            line.type.value,
            credits_text(line.amount_ucr),
            line.transfer.payer.id,
            what_for(line.transfer),
        )
        for line in lines
    ]
    if lines.next is None:
        rows.append(("", "closing", credits_text(account.closing_ucr), "", ""))
    show.table(title, ("time", "", ">credits", "order", "what for"), rows)
    show.more("statement", lines)
    held = credits_text(account.held_ucr)
    show.say(f"Of the closing balance, {held} credits are held for orders and spot.")


def _tell_sums(title: str, tag: "Tag", sums: "list[TagSum]", *, as_json: bool) -> None:
    """Charges and refunds by what the work was for."""
    if as_json:
        from api.wire import statement as wire

        show.document([wire.TagSum.of(tag, one).document() for one in sums])
        return
    rows = [
        (
            one.name or "(none)",
            f"{one.orders:,}",
            credits_text(one.charged_ucr),
            credits_text(one.refunded_ucr),
            credits_text(one.charged_ucr - one.refunded_ucr),
        )
        for one in sums
    ]
    columns = (tag.value, ">orders", ">charged", ">refunded", ">spent")
    show.table(title, columns, rows, empty="Nothing was charged in this period.")
