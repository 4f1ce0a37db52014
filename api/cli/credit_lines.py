"""``credit-line``: what a team may draw where its own credits do not suffice."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import (
    After,
    AmountUcr,
    AnyTeam,
    AsJson,
    From,
    Limit,
    SaidAgain,
    Until,
    Yes,
    desk,
)
from api.cli.grants import TakesNegatives, Why
from api.cli.reading import reading
from api.cli.teams import TeamId
from api.cli.values import amount_text, typed, zulu
from api.texts import credits_ucr
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.credit_line import CreditLine
    from marketplace.domain import credit_line as domain

app = typer.Typer(help="Credits that a team may draw where its own do not suffice.")
LineId = Annotated[str, typer.Argument(metavar="LINE", help="Its id.")]


@app.command("set", cls=TakesNegatives)
def set_line(
    ctx: typer.Context,
    team: TeamId,
    amount_ucr: AmountUcr,
    *,
    reason: Why,
    start: From = None,
    until: Until = None,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Let a team draw credits, so many at most, from a start (now) until an end, or until the line
    is closed. Its orders and spot requests draw what its own credits lack; new credits of the team
    repay that first."""
    from marketplace.domain.credit_line import CreditLineRequest
    from marketplace.domain.credit_line_command import SetCreditLine

    at = desk(ctx)
    with at.store() as store:
        asked = CreditLineRequest(
            team=team,
            limit_ucr=amount_ucr,
            reason=reason,
            start=start.on(at.now) if start else None,
            end=until.on(at.now) if until else None,
        )
        _tell(at.do(store, SetCreditLine(asked), key=key), at.now, as_json=as_json)


@app.command("change", cls=TakesNegatives)
def change(
    ctx: typer.Context,
    line: LineId,
    *,
    reason: Why,
    amount_ucr: Annotated[
        int | None,
        typer.Option("--credits", parser=typed(credits_ucr), metavar="CREDITS", help="At most."),
    ] = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Let a line have another limit, no less than is drawn of it, or another end."""
    from marketplace.domain.credit_line import CreditLineChange
    from marketplace.domain.credit_line_command import ChangeCreditLine

    at = desk(ctx)
    with at.store() as store:
        end = until.on(at.now) if until else None
        change = CreditLineChange(reason=reason, limit_ucr=amount_ucr, end=end)
        _tell(at.do(store, ChangeCreditLine(line, change)), at.now, as_json=as_json)


@app.command("close")
def close(
    ctx: typer.Context, line: LineId, *, reason: Why, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Let nothing more be drawn of a line. What waits on it is held by what else its team has, or
    ends; what is owed stays owed, and is repaid first."""
    from marketplace.domain.credit_line_command import CloseCreditLine

    show.confirm(f"Nothing more can be drawn of {line}, for good. Go on?", yes=yes)
    at = desk(ctx)
    with at.store() as store:
        _tell(at.do(store, CloseCreditLine(line, reason)), at.now, as_json=as_json)


@app.command("show")
def show_line(ctx: typer.Context, line: LineId, *, as_json: AsJson = False) -> None:
    """Show a line: what is drawn of it, and what is left."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.credit_line(line)
    _say(found, as_json=as_json)


def _tell(one: "domain.CreditLine", now: datetime, *, as_json: bool) -> None:
    from api.wire.credit_line import CreditLine

    _say(CreditLine.of(one, now), as_json=as_json)


def _say(one: "CreditLine", *, as_json: bool) -> None:
    if as_json:
        show.document(one.document())
        return
    until = f"until {zulu(one.end)}" if one.end else "until it is closed"
    stands = {
        "open": f"{amount_text(one.rest_credits)} can be drawn {until}",
        "not-started": f"it can be drawn from {zulu(one.start)} {until}",
        "closed": "it is closed",
        "ended": "it has ended",
    }[one.state]
    show.say(
        f"Credit line {one.id} of {one.team}: {amount_text(one.drawn_credits)} of "
        f"{amount_text(one.limit_credits)} credits are drawn; {stands}."
    )


@app.command("list")
def list_lines(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show credit lines, those that are over too."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.credit_lines(team=team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.team, one.state),
            *(amount_text(each) for each in (one.limit_credits, one.drawn_credits)),
            amount_text(one.rest_credits),
            zulu(one.start),
            zulu(one.end) if one.end else "",
            one.reason,
        )
        for one in found.items
    ]
    columns = ("line", "team", "state", ">limit", ">drawn", ">left", "from", "until", "why")
    empty = "There is no credit line yet; `gpumarket credit-line set` makes one."
    show.table("Credit lines", columns, rows, empty=empty)
    show.goes_on(found.next)
