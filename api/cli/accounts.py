"""``balance``, ``statement``: what a team has, and what it or its work paid."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import After, AsJson, Limit, PeriodFrom, PeriodUntil, Team, desk
from api.cli.papers import Wanted
from api.cli.refusals import Misuse
from api.cli.trading import trading
from api.cli.values import amount_text, one_of, period, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.statement import Line, PoolHours, Statement, Sums, TagStatement
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
    if found.drawn_credits or found.line_credits:
        drawn, more = amount_text(found.drawn_credits), amount_text(found.line_credits)
        show.say(f"{drawn} are drawn of its credit line; {more} more can be drawn.")


Project = Annotated[str, typer.Option("--project", help="Of a project's work.")]
Theme = Annotated[str, typer.Option("--theme", help="Of a theme's work.")]
Centre = Annotated[str, typer.Option("--cost-centre", help="Of a cost centre's work.")]


def statement(
    ctx: typer.Context,
    *,
    team: Team = "",
    project: Project = "",
    theme: Theme = "",
    cost_centre: Centre = "",
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    by: Annotated[
        str, typer.Option("--by", help="Sums by project, theme or cost-centre, in place of lines.")
    ] = "",
    csv: Annotated[
        str, typer.Option("--csv", metavar="FILE", help='All lines as CSV; "-" for stdout.')
    ] = "",
    html: Annotated[
        str, typer.Option("--html", metavar="FILE", help='A page to print; "-" for stdout.')
    ] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a team's account for a period, or what a project, theme or cost centre cost; by default
    this month, UTC."""
    from marketplace.domain.transfer import Tag

    named = {Tag.PROJECT: project, Tag.THEME: theme, Tag.COST_CENTRE: cost_centre}
    of = _one_tag(named, by)
    tag = one_of("by", by, Tag) if by else None
    with trading(desk(ctx), quiet=as_json) as market:
        span = period(start, until, market.now)
        team = market.whose(team) if of is None else team
        if csv or html:
            wanted = Wanted(team=team, tagged=of, period=span, csv=csv, html=html)
            other = {"--by": by, "--after": after, "--json": as_json}
            wanted.check(other=next((flag for flag, given in other.items() if given), ""))
            wanted.write(market)
            return
        if of is not None:
            spent = market.tag_statement(*of, team, span, after, limit)
            _tell_tag(spent, first=not after, as_json=as_json)
            return
        if tag is not None:
            _tell_sums(market.sums(team, span, tag), tag, as_json=as_json)
            return
        found = market.statement(team, span, after, limit)
    _tell(found, first=not after, as_json=as_json)


def _one_tag(named: Mapping["Tag", str], by: str) -> "tuple[Tag, str] | None":
    """The tag that was named. Raises ``Misuse`` for two, or for one with its sums."""
    given = [(tag, name) for tag, name in named.items() if name]
    if len(given) > 1:
        raise Misuse(
            f"--{given[1][0].value}", given[1][1], "a statement is of one tag: leave one out"
        )
    if given and by:
        raise Misuse("--by", by, "sums are a team's; a tag's statement has its lines")
    return given[0] if given else None


def _tell(found: "Statement", *, first: bool, as_json: bool) -> None:
    """A team's account."""
    if as_json:
        show.document(found.document())
        return
    rows = [("", "opening", amount_text(found.opening_credits), "", "")] if first else []
    rows += [_row(line) for line in found.lines]
    if found.next is None:
        rows.append(("", "closing", amount_text(found.closing_credits), "", ""))
    show.table(_titled(found), ("time", "", ">credits", "order", "what for"), rows)
    show.goes_on(found.next)
    held = amount_text(found.held_credits)
    show.say(f"Of the closing balance, {held} credits are held for orders and spot.")
    _tell_hours(found.hours)


def _tell_tag(found: "TagStatement", *, first: bool, as_json: bool) -> None:
    """What a tag's work cost."""
    if as_json:
        show.document(found.document())
        return
    rows = [("", "", "before", amount_text(found.before_credits), "", "")] if first else []
    for line in found.lines:
        time, type_, amount, order, what = _row(line)
        rows.append((time, line.team, type_, amount, order, what))
    if found.next is None:
        rows.append(("", "", "in all", amount_text(found.in_all_credits), "", ""))
    of = f"{found.by.value} {found.name}"
    title = f"Statement of {of}, {zulu(found.start)} to {zulu(found.end)}"
    show.table(title, ("time", "team", "", ">credits", "order", "what for"), rows)
    show.goes_on(found.next)
    spent, held = amount_text(found.spent_credits), amount_text(found.held_credits)
    whose = "all teams" if found.teams is None else ", ".join(found.teams)
    show.say(f"{of} of {whose} spent {spent} credits in this period; {held} are held for it.")
    _tell_hours(found.hours)


def _row(line: "Line") -> tuple[str, str, str, str, str]:
    order = line.order or line.spot_request
    return zulu(line.at), line.type, amount_text(line.credits), order, line.what_for


def _tell_hours(hours: Sequence["PoolHours"]) -> None:
    """The three columns of time."""
    if not hours:
        return
    rows = [
        (
            one.pool,
            f"{one.reserved_hours:,.2f}",
            f"{one.allocated_hours:,.2f}",
            "" if one.used_hours is None else f"{one.used_hours:,.2f}",
        )
        for one in hours
    ]
    show.table("Unit-hours", ("pool", ">reserved", ">allocated", ">used"), rows)
    if all(one.used_hours is None for one in hours):
        show.say("Used hours are empty: no usage was imported.")
    else:
        show.say("Used hours are those that were measured.")


def _titled(found: "Statement | Sums") -> str:
    return f"Statement of {found.team}, {zulu(found.start)} to {zulu(found.end)}"


def _tell_sums(found: "Sums", tag: "Tag", *, as_json: bool) -> None:
    """Charges, refunds and adjustments of them by what the work was for."""
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            one.name or "(none)",
            f"{one.orders:,}",
            amount_text(one.charge_credits),
            amount_text(one.refund_credits),
            amount_text(one.adjustment_credits),
            amount_text(one.charge_credits - one.refund_credits - one.adjustment_credits),
        )
        for one in found.items
    ]
    columns = (tag.value, ">orders", ">charged", ">refunded", ">adjusted", ">spent")
    show.table(_titled(found), columns, rows, empty="Nothing was charged in this period.")
