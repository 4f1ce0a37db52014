"""``month``: what is still open of a month, closing it, and what closed ones came to."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api import cursors
from api.cli import exits, show
from api.cli.desk import After, AsJson, Desk, Limit, Yes, desk
from api.cli.values import amount_text, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.month import ClosedMonth, Month
    from marketplace.domain.month_command import CloseMonth
    from marketplace.store.engine import Store

app = typer.Typer(help="Months of the books: close them, and see what they came to.")
MonthId = Annotated[str, typer.Argument(metavar="MONTH", help="Like 2026-11.")]
AnyMonth = Annotated[
    str, typer.Argument(metavar="MONTH", help="Like 2026-11.", show_default="the next to close")
]


@app.command("list")
def list_months(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show closed months, the newest first."""
    from api.wire.month import ClosedMonth
    from marketplace.services import month

    with desk(ctx).store() as store:
        found = month.listed(store, after=cursors.place_of("months", after), limit=limit)
    if as_json:
        show.page("months", found, ClosedMonth.of)
        return
    rows = [
        (one.id, zulu(one.closed_at), one.closed_by, f"{one.sums.transfers:,}", one.head.told)
        for one in found
    ]
    columns = ("month", "closed", "by", ">transfers", "head of the journal")
    show.table("Closed months", columns, rows, empty="No month is closed yet.")
    show.more("months", found)


@app.command("show")
def show_month(ctx: typer.Context, month: MonthId, *, as_json: AsJson = False) -> None:
    """Show what a closed month came to; of an open one, what is still in the way."""
    at = desk(ctx)
    with at.store() as store:
        found = _seen(store, month, at.now)
    if as_json:
        show.document(found.document())
    elif found.closed:
        _tell(found.closed)
    else:
        _tell_checklist(found)


@app.command("checklist")
def checklist(ctx: typer.Context, month: AnyMonth = "", *, as_json: AsJson = False) -> None:
    """Show what must be over before a month can be closed. Exits with 1 while something is not."""
    at = desk(ctx)
    with at.store() as store:
        found = _seen(store, month, at.now)
    if as_json:
        show.document(found.document())
    else:
        _tell_checklist(found)
    if not found.ready:
        raise typer.Exit(exits.NO)


@app.command("close")
def close(
    ctx: typer.Context,
    month: MonthId,
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what it would come to, or what is in the way."),
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Close a month that is over, for good: nothing is dated in it any more."""
    from api.wire.month import ClosedMonth
    from marketplace.domain.month_command import CloseMonth

    command, at = CloseMonth(month), desk(ctx)
    if dry_run:
        _rehearse(at, command, as_json=as_json)
        return
    show.confirm(f"Nothing can be posted in {month} any more, for good. Go on?", yes=yes)
    with at.store() as store:
        found = ClosedMonth.of(at.do(store, command))
    if as_json:
        show.document(found.document())
        return
    _tell(found)


def _rehearse(at: Desk, command: "CloseMonth", *, as_json: bool) -> None:
    """Say what closing a month would keep, and what is in the way of it; nothing is closed. Exits
    with 1 while something is in the way."""
    from api.wire.month import ClosedMonth

    with at.store() as store:
        found = _seen(store, command.month, at.now)
        if found.ready or found.state == "closed":  # that it is closed is refused as closing it is
            made = ClosedMonth.of(at.rehearse(store, command))
            found = found.model_copy(update={"closed": made})
    if as_json:
        show.document(found.document() | {"dry_run": True})
    else:
        _tell_checklist(found)
        if found.closed:
            _tell(found.closed, rehearsed=True)
    if not found.ready:
        raise typer.Exit(exits.NO)


def _seen(store: "Store", month: str, now: datetime) -> "Month":
    from api import checked
    from api.wire.month import Month
    from marketplace.services import check, month_seen

    found = month_seen.get(store, month, now) if month else month_seen.next_open(store, now)
    return Month.of(found, checked.last_clean(check.name(store)))


def _tell_checklist(found: "Month") -> None:
    rows = [(one.item, "yes" if one.done else "no", ", ".join(one.open)) for one in found.checklist]
    show.table(f"Before {found.month} is closed", ("", "done", "open"), rows)
    last = zulu(found.last_check) if found.last_check else "never on this machine"
    show.say(f"Last clean `gpumarket ledger check`: {last}.")
    if found.state == "closed":
        show.say(f"{found.month} is closed.")
    elif found.ready:
        show.say(f"It can be closed: `gpumarket month close {found.month}`.")
    else:
        show.say("It cannot be closed yet.")


def _tell(found: "ClosedMonth", *, rehearsed: bool = False) -> None:
    rows = [
        (
            one.team,
            *(
                amount_text(amount)
                for amount in (
                    *(one.opening_credits, one.grant_credits, one.charge_credits),
                    *(one.refund_credits, one.transfer_credits, one.adjustment_credits),
                    *(one.expiry_credits, one.draw_credits + one.repayment_credits),
                    *(one.closing_credits, one.held_credits),
                )
            ),
        )
        for one in found.teams
    ]
    money = (">opening", ">grants", ">charges", ">refunds", ">transfers", ">adjustments")
    columns = ("team", *money, ">expired", ">drawn", ">closing", ">of it held")
    show.table(f"Teams in {found.month}", columns, rows, empty="No team had credits.")
    accounts = [
        (one.account, amount_text(one.opening_credits), amount_text(one.closing_credits))
        for one in found.accounts
    ]
    show.table("Other accounts", ("account", ">opening", ">closing"), accounts)
    total = amount_text(found.total_credits)
    show.say(
        f"All together: {total}. {found.transfers:,} transfers, the last of them number "
        f"{found.last_transfer:,}."
    )
    closed = "Nothing was closed. It would be" if rehearsed else "Closed"
    show.say(f"{closed} at {zulu(found.closed_at)} by {found.closed_by}.")
    show.say(f"Head of the journal: {found.head}")
