"""``adjustment``: corrections of teams' credits, proposed by one person, decided by another."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import cursors
from api.cli import show
from api.cli.desk import (
    After,
    AsJson,
    Limit,
    PeriodUntil,
    SaidAgain,
    SurePeriodFrom,
    Until,
    Yes,
    desk,
)
from api.cli.grants import TakesNegatives, Why
from api.cli.refusals import Misuse
from api.cli.teams import TeamId
from api.cli.values import counted, credits_text, period, typed, zulu
from api.texts import credits_ucr, signed_ucr
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.domain.adjustment import Adjustment
    from marketplace.domain.command import Command

app = typer.Typer(help="Corrections of teams' credits: one person proposes, another one posts.")
FEW = 3
"""So many teams are named in a list."""

AdjustmentId = Annotated[str, typer.Argument(metavar="ADJUSTMENT", help="Its id.")]
SignedUcr = Annotated[
    int,
    typer.Argument(
        parser=typed(signed_ucr),
        metavar="CREDITS",
        help="Like 12.5: the team gets more; -12.5: it gets less.",
    ),
]
MaybeWhy = Annotated[str, typer.Option("--reason", help="Why, for the books.")]
Corrects = Annotated[
    str,
    typer.Option(
        metavar="WHAT", help="What it puts right: transfer:17, order:ord_…, month:2026-10."
    ),
]


@app.command("propose", cls=TakesNegatives)
def propose(
    ctx: typer.Context,
    team: TeamId,
    amount_ucr: SignedUcr,
    *,
    reason: Why,
    corrects: Corrects = "",
    until: Until = None,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Put a correction of a team's credits forward. Nothing moves before another person approves
    it; then it is dated in the month that is open."""
    from marketplace.domain.adjustment import AdjustmentLine, AdjustmentRequest
    from marketplace.domain.adjustment_command import ProposeAdjustment

    at = desk(ctx)
    with at.store() as store:
        line = AdjustmentLine(team=team, amount_ucr=amount_ucr, corrects=corrects)
        end = until.on(at.now) if until else None
        request = AdjustmentRequest(lines=(line,), reason=reason, end=end)
        made = at.do(store, ProposeAdjustment(request), key=key)
    if as_json:
        _show(made)
        return
    show.say(f"Proposed: {made.id}, {credits_text(amount_ucr)} credits for {team}.")
    show.note(f"Another person posts it: `gpumarket adjustment approve {made.id}`.")


@app.command("rerate")
def rerate(
    ctx: typer.Context,
    pool: Annotated[str, typer.Argument(metavar="POOL", help="Whose time.")],
    *,
    start: SurePeriodFrom,
    until: PeriodUntil = None,
    factor_ppm: Annotated[
        int | None,
        typer.Option(
            "--factor",
            parser=typed(credits_ucr),
            metavar="FACTOR",
            help="What was charged times that: 0.5 is half of it.",
        ),
    ] = None,
    price_ucr: Annotated[
        int | None,
        typer.Option(
            "--price", parser=typed(credits_ucr), metavar="CREDITS", help="Or that a unit-hour."
        ),
    ] = None,
    reason: Why,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Propose what puts past time of a pool right, for all teams charged then, as one batch:
    --factor of what was charged, or at another --price."""
    from marketplace.domain.rerating import Rerating
    from marketplace.services import rerate as rerating

    at = desk(ctx)
    with at.store() as store:
        first, end = period(start, until, at.now)
        if first is None or end is None:
            raise Misuse("--until", "", "say until when: only a month needs no end")
        asked = Rerating(
            pool=pool,
            start=first,
            end=end,
            reason=reason,
            factor_ppm=factor_ppm,
            price_ucr=price_ucr,
        )
        made = at.do(store, rerating.adding(store, asked, at.now), key=key)
    if as_json:
        _show(made)
        return
    _tell_lines(made)
    show.note(f"Another person posts it: `gpumarket adjustment approve {made.id}`.")


@app.command("approve")
def approve(
    ctx: typer.Context,
    adjustment: AdjustmentId,
    *,
    reason: MaybeWhy = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Post what another person proposed, dated now."""
    from marketplace.domain.adjustment_command import ApproveAdjustment

    show.confirm(f"The credits of {adjustment} move, for good. Go on?", yes=yes)
    _decide(ctx, ApproveAdjustment(adjustment, reason), as_json=as_json)


@app.command("refuse")
def refuse(
    ctx: typer.Context, adjustment: AdjustmentId, *, reason: Why, as_json: AsJson = False
) -> None:
    """Turn down what another person proposed, and say why."""
    from marketplace.domain.adjustment_command import RefuseAdjustment

    _decide(ctx, RefuseAdjustment(adjustment, reason), as_json=as_json)


@app.command("withdraw")
def withdraw(
    ctx: typer.Context, adjustment: AdjustmentId, *, reason: MaybeWhy = "", as_json: AsJson = False
) -> None:
    """Take your own proposal back."""
    from marketplace.domain.adjustment_command import WithdrawAdjustment

    _decide(ctx, WithdrawAdjustment(adjustment, reason), as_json=as_json)


def _decide(ctx: typer.Context, command: "Command[Adjustment]", *, as_json: bool) -> None:
    from marketplace.domain.adjustment import AdjustmentState

    at = desk(ctx)
    with at.store() as store:
        done = at.do(store, command)
    if as_json:
        _show(done)
        return
    moved = f": {credits_text(done.sum_ucr)} credits in all"
    posted = done.state is AdjustmentState.POSTED
    show.say(f"{done.id} is {done.state.value}{moved if posted else ''}.")


@app.command("list")
def list_adjustments(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show adjustments, the newest first."""
    from api.wire.adjustment import Adjustment as Told
    from marketplace.services import adjustment

    with desk(ctx).store() as store:
        place = cursors.place_of("adjustments", after)
        found = adjustment.listed(store, after=place, limit=limit)
    if as_json:
        show.page("adjustments", found, Told.of)
        return
    rows = [
        (
            *(one.id, one.state.value, credits_text(one.sum_ucr), _whose(one)),
            *(one.proposed_by, zulu(one.proposed_at), one.request.reason),
            *(one.ended_by, one.ended_for),
        )
        for one in found
    ]
    columns = ("adjustment", "state", ">credits", "teams", "by", "proposed", "reason")
    show.table("Adjustments", (*columns, "ended by", "why"), rows, empty="There is none yet.")
    show.more("adjustments", found)


@app.command("show")
def show_adjustment(
    ctx: typer.Context, adjustment: AdjustmentId, *, as_json: AsJson = False
) -> None:
    """Show an adjustment line by line."""
    from marketplace.services import adjustment as service

    with desk(ctx).store() as store:
        found = service.get(store, adjustment)
    if as_json:
        _show(found)
        return
    _tell_lines(found)
    show.say(
        f"Proposed at {zulu(found.proposed_at)} by {found.proposed_by}: {found.request.reason}."
    )
    if found.ended_at:
        why = f": {found.ended_for}" if found.ended_for else ""
        show.say(f"{found.state.value} at {zulu(found.ended_at)} by {found.ended_by}{why}.")


def _tell_lines(found: "Adjustment") -> None:
    rows = [(one.team, credits_text(one.amount_ucr), one.corrects) for one in found.request.lines]
    show.table(f"{found.id}: {found.state.value}", ("team", ">credits", "corrects"), rows)


def _whose(one: "Adjustment") -> str:
    teams = sorted({line.team for line in one.request.lines})
    return ", ".join(teams) if len(teams) <= FEW else counted(len(teams), "team")


def _show(one: "Adjustment") -> None:
    from api.wire.adjustment import Adjustment as Told

    show.document(Told.of(one).document())
