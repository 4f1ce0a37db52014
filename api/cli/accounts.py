"""``balance``, ``statement``: what a team has, and what it paid."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import After, AsJson, From, Limit, Team, Until, desk
from api.cli.trading import trading
from api.cli.values import amount_text, one_of, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.statement import Statement, Sums
    from marketplace.domain.transfer import Tag


def balance(ctx: typer.Context, *, team: Team = "", as_json: AsJson = False) -> None:
    """Show a team's credits: what it can spend now, what is held, what comes and what ends."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.team(market.whose(team))
    if as_json:
        show.document(found.document())
        return
    free, held = amount_text(found.free_credits), amount_text(found.held_credits)
    show.say(f"{found.id} has {free} credits free; {held} are held for orders and spot.")
    if found.later_credits:
        later = amount_text(found.later_credits)
        show.say(f"{later} more come with grants that have not started.")
    if found.ending_credits:
        ending = amount_text(found.ending_credits)
        show.say(f"{ending} are of grants that end before the next cycle closes.")


def statement(
    ctx: typer.Context,
    *,
    team: Team = "",
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
    from marketplace.domain.transfer import Tag

    tag = one_of("by", by, Tag) if by else None
    with trading(desk(ctx), quiet=as_json) as market:
        team, now = market.whose(team), market.now
        period = (start.on(now) if start else None, until.on(now) if until else None)
        if tag is not None:
            _tell_sums(market.sums(team, period, tag), tag, as_json=as_json)
            return
        found = market.statement(team, period, after, limit)
    if as_json:
        show.document(found.document())
        return
    rows = [] if after else [("", "opening", amount_text(found.opening_credits), "", "")]
    rows += [
        (
            zulu(line.at),
            line.type,
            amount_text(line.credits),
            line.order or line.spot_request,
            line.what_for,
        )
        for line in found.lines
    ]
    if found.next is None:
        rows.append(("", "closing", amount_text(found.closing_credits), "", ""))
    show.table(_titled(found), ("time", "", ">credits", "order", "what for"), rows)
    show.goes_on(found.next)
    held = amount_text(found.held_credits)
    show.say(f"Of the closing balance, {held} credits are held for orders and spot.")


def _titled(found: "Statement | Sums") -> str:
    return f"Statement of {found.team}, {zulu(found.start)} to {zulu(found.end)}"


def _tell_sums(found: "Sums", tag: "Tag", *, as_json: bool) -> None:
    """Charges and refunds by what the work was for."""
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            one.name or "(none)",
            f"{one.orders:,}",
            amount_text(one.charge_credits),
            amount_text(one.refund_credits),
            amount_text(one.charge_credits - one.refund_credits),
        )
        for one in found.items
    ]
    columns = (tag.value, ">orders", ">charged", ">refunded", ">spent")
    show.table(_titled(found), columns, rows, empty="Nothing was charged in this period.")
