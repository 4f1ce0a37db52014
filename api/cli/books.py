"""``ledger``: transfers, the journal and its head, who may do what; prove that the books add up."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import cursors
from api.cli import exits, show
from api.cli.desk import After, AsJson, Limit, PeriodFrom, PeriodUntil, desk
from api.cli.values import Document, counted, credits_text, money, period, zulu
from marketplace.domain.page import LIMIT
from marketplace.errors import BadField

if TYPE_CHECKING:
    from marketplace.services.check import CheckReport

app = typer.Typer(help="The books.")


@app.command("list")
def list_transfers(
    ctx: typer.Context,
    *,
    account: Annotated[
        str, typer.Option(help="Only to or from it and those below it, like team/nlp or mint.")
    ] = "",
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show transfers by their time."""
    from api.lines import what_for
    from marketplace.services import ledger

    at = desk(ctx)
    with at.store() as store:
        first, end = period(start, until, at.now)
        place = cursors.place_of("transfers", after)
        found = ledger.posted(store, account, first, end, after=place, limit=limit)
    if as_json:
        from api.wire import ledger as wire

        show.page("transfers", found, wire.Transfer.of)
        return
    rows = [
        (
            f"{one.seq:,}",
            zulu(one.at),
            one.transfer.movement.value,
            one.transfer.source,
            one.transfer.target,
            credits_text(one.transfer.amount_ucr),
            one.transfer.payer.id,
            what_for(one.transfer),
        )
        for one in found
    ]
    columns = (">number", "time", "", "from", "to", ">credits", "order", "what for")
    show.table("Transfers", columns, rows, empty="There is no such transfer.")
    show.more("transfers", found)


@app.command("journal")
def list_lines(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show what was done, by whom and when, in the order in which it was written."""
    from marketplace.services import journal

    with desk(ctx).store() as store:
        found = journal.listed(store, after=cursors.place_of("journal", after), limit=limit)
    if as_json:
        from api.wire import journal as wire

        show.page("journal", found, wire.JournalLine.of)
        return
    rows = [
        (
            *(f"{one.seq:,}", zulu(one.at), one.actor, one.kind, one.team),
            "done" if one.accepted else f"refused: {one.refused}",
        )
        for one in found
    ]
    columns = (">line", "time", "who", "what", "for", "")
    show.table("Journal", columns, rows, empty="Nothing was done yet.")
    show.more("journal", found)


@app.command("head")
def head(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Print the head of the journal: kept elsewhere, it proves later that nothing before it was
    written anew (`ledger check --since HEAD`)."""
    from marketplace.services import check as checks

    with desk(ctx).store() as store:
        found = checks.head(store)
    if as_json:
        show.document({"head": found})
    else:
        show.say(found)


@app.command("digests")
def digests(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Print a SHA-256 of all that each table says: the same on SQLite and on PostgreSQL."""
    from marketplace.services import copying

    with desk(ctx).store() as store:
        head, found = copying.digests(store)
    if as_json:
        show.document({"head": head, "tables": found})
        return
    show.table(f"Tables at {head}", ("table", "digest"), list(found.items()))


@app.command("copy")
def copy(
    ctx: typer.Context,
    into: Annotated[str, typer.Argument(metavar="DATABASE", help="A file, or a server's URL.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Make the market in another, empty database by replaying its journal there, and compare the
    digests of all tables. Stop what serves the market first: what is written meanwhile is not in
    the copy."""
    from marketplace.services import copying
    from marketplace.store import address
    from marketplace.store.engine import connect

    if address.read(into).memory:
        raise BadField("database", into, "not-an-address")
    with desk(ctx).store() as store, show.progress() as step:
        twin = connect(into)
        try:
            faults = copying.copy(store, twin, step)
            head, found = copying.digests(twin)
        finally:
            twin.close()
    if as_json:
        show.document({"same": not faults, "faults": faults, "head": head, "tables": found})
    else:
        for fault in faults:
            show.say(fault)
        same = "Every table has the same digest there." if not faults else "It is no copy."
        show.say(f"{address.shown(into)} is at {head}. {same}")
    if faults:
        raise typer.Exit(exits.NO)


@app.command("roles")
def roles(ctx: typer.Context, *, as_json: AsJson = False) -> None:  # noqa: ARG001 - needs no market
    """Show which roles each command takes. Whoever works on the database itself may all."""
    from marketplace.domain.actor import Role
    from marketplace.domain.commands import kind_of
    from marketplace.services.powers import MAY

    if as_json:
        show.document({kind_of(one): sorted(allowed) for one, allowed in MAY.items()})
        return
    columns = [role for role in Role if role is not Role.OPERATOR]
    rows = [
        (kind_of(one), *("yes" if role in allowed else "" for role in columns))
        for one, allowed in MAY.items()
    ]
    show.table("Who may do what", ("command", *columns), rows)


@app.command("check")
def check(
    ctx: typer.Context,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="From the first line, not from the last clean check on.")
    ] = False,
    since: Annotated[
        str, typer.Option(metavar="HEAD", help="A head that you kept: it must still be there.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Replay the journal into an empty database, compare every table, and name what differs; then
    rebuild the books from the transfers and audit every settled cycle."""
    from api import checked
    from marketplace.services import check as checks
    from marketplace.store.engine import connect

    with (
        desk(ctx).store() as store,
        show.progress() as step,
        checked.copy_of(checks.name(store), anew=everything) as file,
    ):
        replica = connect(str(file), throwaway=True)
        try:
            report = checks.check(store, step, replica=replica, since=since)
        finally:
            replica.close()
        if report.faults:
            checked.forget(file)
        else:
            checked.found_clean(file)
    if as_json:
        show.document(_report_document(report))
    else:
        _tell_report(report)
    if report.faults:
        raise typer.Exit(exits.NO)


def _tell_report(report: "CheckReport") -> None:
    for fault in report.faults:
        show.say(fault)
    counts = (
        (report.lines, "journal line"),
        (report.transfers, "transfer"),
        (report.accounts, "account"),
        (report.holds, "hold"),
        (report.orders, "order"),
        (report.spot_requests, "spot request"),
        (report.cycles, "settled cycle"),
    )
    told = ", ".join(counted(number, noun) for number, noun in counts)
    show.say(f"{told}; {credits_text(report.minted_ucr)} credits granted in all.")
    compared = f"{report.rows:,} of {counted(report.rows_there, 'row')} compared"
    done = f"{counted(report.replayed, 'line')} done again, {compared}"
    show.say(f"{done[0].upper()}{done[1:]}.")
    show.say(f"Head of the journal: {report.head}")
    show.say("The books are clean." if not report.faults else _broken(len(report.faults)))


def _broken(faults: int) -> str:
    return f"The books are broken: {counted(faults, 'fault')}, listed above."


def _report_document(report: "CheckReport") -> Document:
    return {
        "clean": not report.faults,
        "journal_lines": report.lines,
        "replayed": report.replayed,
        "rows_compared": report.rows,
        "rows": report.rows_there,
        "transfers": report.transfers,
        "accounts": report.accounts,
        "holds": report.holds,
        "orders": report.orders,
        "spot_requests": report.spot_requests,
        "cycles": report.cycles,
        "granted_credits": money(report.minted_ucr),
        "head": report.head,
        "faults": list(report.faults),
    }
