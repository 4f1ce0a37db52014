"""``cycle`` and ``ledger``: run the auction, see what it did, prove that the books add up."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import documents, exits, show
from api.cli.desk import AsJson, From, Team, Until, desk
from api.cli.values import counted, credits_text, zulu
from api.files import FileProblem, write_bytes
from marketplace.errors import BadField, NotAllowedNow, NotFound

if TYPE_CHECKING:
    from allocator.outcome import Outcome
    from marketplace.domain.cycle import Cycle
    from marketplace.services.check import CheckReport
    from marketplace.services.clock import Run
    from marketplace.services.cycle import Files
    from marketplace.store.engine import Store

app = typer.Typer(help="Auctions: run them, list them, get their files.")
ledger_app = typer.Typer(help="The books.")
CycleId = Annotated[str, typer.Argument(metavar="CYCLE", help="Like cyc_000001.")]
CYCLE_ID = re.compile(r"(?:cyc_)?(\d{1,9})", re.ASCII)


@app.command("run")
def run(
    ctx: typer.Context,
    *,
    early: Annotated[bool, typer.Option("--early", help="Close it now, before its time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the cycle that is due to its end: freeze the book, clear it, settle it.

    Where a run was cut off, running it again finishes it; nothing is ever done twice.
    """
    from marketplace.services.clock import run_cycle
    from marketplace.services.runner import Runner

    at = desk(ctx)
    with at.store() as store, show.waiting("freezing, clearing and settling"):
        stop, by = at.guard(store), at.actor()
        done = run_cycle(Runner(store), at.now, at.salt(), by=by, early=early, stop=stop)
        roomless = _without_room(store, done.cycle)
    if as_json:
        facts = documents.of_cycle(done.cycle) | {"settled_here": done.settled_here}
        outcome = done.outcome and documents.of_outcome(done.outcome)
        show.document(facts | {"outcome": outcome, "without_room": roomless})
    else:
        _tell_run(done, roomless)
    if done.outcome is None:
        raise typer.Exit(exits.NO)


def _without_room(store: "Store", cycle: "Cycle") -> int:
    """How many orders of a frozen book had no start with room, and so no bid in the files."""
    from marketplace.services import cycle as cycles

    return sum(not entry.options for entry in cycles.entries(store, cycle.number))


def _tell_run(done: "Run", roomless: int) -> None:
    cycle = done.cycle
    if done.outcome is None:
        show.say(f"Cycle {cycle.id} is {cycle.state.value}: {cycle.reason}. Its orders reopen.")
        return
    if not done.settled_here:
        show.say(f"Cycle {cycle.id} was settled already by another process; nothing done twice.")
    else:
        show.say(f"Cycle {cycle.id} is {cycle.state.value}.")
    tell_outcome(done.outcome, roomless)


def how_near(outcome: "Outcome") -> str:
    """The gap in words. An optimum may lie below what prices alone can prove: then a solver's word
    stands beside theirs."""
    if outcome.status != "optimal":
        return f"{outcome.gap:.4%} by the published prices, not proven optimal"
    if outcome.gap == 0:
        return "0.0000%, optimal"
    return f"{outcome.gap:.4%} by the published prices; proven optimal by the solver"


def tell_outcome(outcome: "Outcome", roomless: int = 0) -> None:
    """A clearing's figures, in two columns."""
    facts = documents.of_outcome(outcome)
    lost = ", ".join(f"{number:,} {reason}" for reason, number in facts["lost"].items())
    rows = [
        ("awards", f"{len(outcome.awards):,}"),
        ("lost", f"{len(outcome.rejections):,}" + (f": {lost}" if lost else "")),
        *([("", f"{roomless:,} without room, not in the files")] if roomless else []),
        ("surplus", f"{credits_text(outcome.surplus_ucr)} credits"),
        ("bound", f"{credits_text(outcome.bound_ucr)} credits"),
        ("gap", how_near(outcome)),
        ("paid", f"{credits_text(sum(award.payment_ucr for award in outcome.awards))} credits"),
    ]
    show.table("", ("", ""), rows)


@app.command("list")
def list_cycles(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show all cycles, the newest first."""
    from marketplace.services import cycle as cycles

    with desk(ctx).store() as store:
        found = cycles.listed(store)
    if as_json:
        show.document([documents.of_cycle(cycle) for cycle in found])
        return
    rows = [
        (
            cycle.id,
            cycle.state.value,
            zulu(cycle.closes_at),
            zulu(cycle.sale_start) if cycle.sale_start else "",
            zulu(cycle.settled_at) if cycle.settled_at else "",
            cycle.reason,
        )
        for cycle in found
    ]
    show.table("Cycles", ("cycle", "state", "closes", "sells from", "settled", "reason"), rows)


@app.command("show")
def show_cycle(ctx: typer.Context, cycle_id: CycleId, *, as_json: AsJson = False) -> None:
    """Show one cycle and what its clearing came to."""
    from allocator.files.formats import decode_outcome
    from marketplace.domain.cycle import CycleState
    from marketplace.services import cycle as cycles

    with desk(ctx).store() as store:
        cycle = _named(store, cycle_id)
        data = cycles.files(store, cycle.number).outcome
        roomless = _without_room(store, cycle)
    outcome = decode_outcome(data) if data else None
    if as_json:
        facts = documents.of_cycle(cycle)
        show.document(
            facts | {"outcome": outcome and documents.of_outcome(outcome), "without_room": roomless}
        )
        return
    verb = "closes" if cycle.state is CycleState.OPEN else "closed"
    show.say(f"Cycle {cycle.id} is {cycle.state.value}; it {verb} at {zulu(cycle.closes_at)}.")
    if cycle.reason:
        show.say(f"Reason: {cycle.reason}.")
    if cycle.problem_sha256:
        show.say(f"Its frozen book has the digest {cycle.problem_sha256}.")
    if outcome:
        tell_outcome(outcome, roomless)


@app.command("files")
def write_files(
    ctx: typer.Context,
    cycle_id: CycleId,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Made where it is not there.")],
    as_json: AsJson = False,
) -> None:
    """Write a cleared cycle's problem.json and outcome.json, for anyone to verify."""
    from marketplace.services import cycle as cycles

    with desk(ctx).store() as store:
        cycle = _named(store, cycle_id)
        files = cycles.files(store, cycle.number)
    problem, outcome = out / "problem.json", out / "outcome.json"
    _write(cycle, files, out)
    if as_json:
        show.document({"problem": str(problem), "outcome": str(outcome)})
        return
    show.say(f"Written: {problem} and {outcome}.")
    show.say(f"Check them with: gpumarket verify {problem} {outcome}")


def _write(cycle: "Cycle", files: "Files", out: Path) -> None:
    if not files.outcome:
        raise NotAllowedNow("cycle", cycle.id, cycle.state.value, "not-cleared")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise FileProblem(
            f"--out is {out}: the folder cannot be made: {bad.strerror}", out
        ) from bad
    write_bytes(out / "problem.json", files.problem)
    write_bytes(out / "outcome.json", files.outcome)


@app.command("names")
def names(ctx: typer.Context, cycle_id: CycleId, *, team: Team, as_json: AsJson = False) -> None:
    """Show which bids in a cycle's published files are the team's own."""
    from marketplace.services import cycle as cycles
    from marketplace.services import ledger
    from marketplace.services import order as orders

    with desk(ctx).store() as store:
        ledger.balances(store, team)
        own = {order.id for order in orders.listed(store, team=team)}
        cycle = _named(store, cycle_id)
        entries = cycles.entries(store, cycle.number)
        found = [one for one in entries if one.order_id in own and one.options]
    if as_json:
        rows = [{"order": one.order_id, "bid": one.alias, "team": one.team_alias} for one in found]
        show.document(rows)
        return
    cells = [(one.order_id, one.alias, one.team_alias) for one in found]
    columns = ("order", "its bid in the files", "the team in the files")
    show.table(f"{team} in {cycle.id}", columns, cells, empty=f"{team} has no bid in {cycle.id}.")


def _named(store: "Store", text: str) -> "Cycle":
    """The cycle that ``text`` names. Raises ``BadField`` or ``NotFound``."""
    from marketplace.services import cycle as cycles

    found = CYCLE_ID.fullmatch(text)
    if not found:
        raise BadField("cycle", text, "not-an-id", {"like": "cyc_000001"})
    known = cycles.listed(store)
    for cycle in known:
        if cycle.number == int(found[1]):
            return cycle
    raise NotFound("cycle", text, tuple(cycle.id for cycle in known[:8]))


@ledger_app.command("list")
def list_transfers(
    ctx: typer.Context,
    *,
    account: Annotated[
        str, typer.Option(help="Only to or from it and those below it, like team/nlp or mint.")
    ] = "",
    start: From = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Show transfers in the order they were posted."""
    from api.lines import what_for
    from marketplace.services import ledger

    at = desk(ctx)
    first = start.on(at.now) if start else None
    end = until.on(at.now) if until else None
    with at.store() as store:
        found = ledger.posted(store, account, first, end)
    if as_json:
        show.document([documents.of_posted(one) for one in found])
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


@ledger_app.command("head")
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


@ledger_app.command("roles")
def roles(ctx: typer.Context, *, as_json: AsJson = False) -> None:  # noqa: ARG001 - needs no market
    """Show which roles each command takes. Whoever works on the database itself may all."""
    from marketplace.domain.actor import Role
    from marketplace.domain.command import kind_of
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


@ledger_app.command("check")
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
    done = f"{counted(report.replayed, 'line')} done again, {counted(report.rows, 'row')} compared"
    show.say(f"{done[0].upper()}{done[1:]}.")
    show.say(f"Head of the journal: {report.head}")
    show.say("The books are clean." if not report.faults else _broken(len(report.faults)))


def _broken(faults: int) -> str:
    return f"The books are broken: {counted(faults, 'fault')}, listed above."


def _report_document(report: "CheckReport") -> documents.Document:
    return {
        "clean": not report.faults,
        "journal_lines": report.lines,
        "replayed": report.replayed,
        "rows_compared": report.rows,
        "transfers": report.transfers,
        "accounts": report.accounts,
        "holds": report.holds,
        "orders": report.orders,
        "spot_requests": report.spot_requests,
        "cycles": report.cycles,
        "granted_credits": documents.money(report.minted_ucr),
        "head": report.head,
        "faults": list(report.faults),
    }
