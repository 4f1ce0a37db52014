"""``cycle``: run the auction, see what it did, get its files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import exits, show
from api.cli.desk import After, AnyTeam, AsJson, Limit, desk
from api.cli.outcomes import tell_outcome
from api.cli.reading import reading
from api.cli.refusals import sentence
from api.cli.stopping import breakable
from api.cli.values import stamp, zulu
from api.files import FileProblem, write_bytes
from marketplace.domain.page import LIMIT
from marketplace.errors import NotDue

if TYPE_CHECKING:
    from marketplace.services.clock import Run
    from marketplace.services.cycle import Files

app = typer.Typer(help="Auctions: run them, list them, get their files.")
CycleId = Annotated[str, typer.Argument(metavar="CYCLE", help="Like cyc_000001.")]


@app.command("run")
def run(
    ctx: typer.Context,
    *,
    early: Annotated[bool, typer.Option("--early", help="Close it now, before its time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the cycle that is due to its end: freeze the book, clear it, settle it.

    Where a run was cut off, running it again finishes it; nothing is ever done twice. Where none is
    due, that is said, and nothing is done. Ctrl-C or SIGTERM cuts it off with exit code 130.
    """
    from marketplace.services import cycle as cycles
    from marketplace.services.clock import run_cycle

    at = desk(ctx)
    with breakable(), at.store() as store, show.waiting("freezing, clearing and settling"):
        stop, by = at.guard(store), at.actor()
        try:
            done = run_cycle(at.runner(store), at.now, at.salt(), by=by, early=early, stop=stop)
        except NotDue as refusal:
            _tell_none(refusal, as_json=as_json)
            return
        roomless = cycles.result(store, done.cycle).without_room
    if as_json:
        from api.wire import cycle as wire

        show.document(wire.RanCycle.ran(done, roomless).document())
    else:
        _tell_run(done, roomless)
    if done.outcome is None:
        raise typer.Exit(exits.NO)


def _tell_none(refusal: NotDue, *, as_json: bool) -> None:
    """Nothing is due, which is no failure: cron asks every night."""
    if as_json:
        closes_at = stamp(refusal.closes_at)
        show.document({"due": False, "cycle": refusal.cycle_id, "closes_at": closes_at})
        return
    show.say(f"Nothing is due: {sentence(refusal)}.")


def _tell_run(done: "Run", roomless: int) -> None:
    cycle = done.cycle
    from api.wire.cycle import Outcome

    if done.outcome is None:
        show.say(f"Cycle {cycle.id} is {cycle.state.value}: {cycle.reason}. Its orders reopen.")
        return
    if not done.settled_here:
        show.say(f"Cycle {cycle.id} was settled already by another process; nothing done twice.")
    else:
        show.say(f"Cycle {cycle.id} is {cycle.state.value}.")
    tell_outcome(Outcome.of(done.outcome), roomless)


@app.command("list")
def list_cycles(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show cycles, the newest first."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.cycles(after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            cycle.id,
            cycle.state,
            zulu(cycle.closes_at),
            zulu(cycle.sale_start) if cycle.sale_start else "",
            zulu(cycle.settled_at) if cycle.settled_at else "",
            cycle.reason,
        )
        for cycle in found.items
    ]
    show.table("Cycles", ("cycle", "state", "closes", "sells from", "settled", "reason"), rows)
    show.goes_on(found.next)


@app.command("show")
def show_cycle(ctx: typer.Context, cycle_id: CycleId, *, as_json: AsJson = False) -> None:
    """Show one cycle and what its clearing came to."""
    with reading(desk(ctx), quiet=as_json) as market:
        cycle = market.cycle(cycle_id)
    if as_json:
        show.document(cycle.document())
        return
    verb = "closes" if cycle.state == "open" else "closed"
    show.say(f"Cycle {cycle.id} is {cycle.state}; it {verb} at {zulu(cycle.closes_at)}.")
    if cycle.reason:
        show.say(f"Reason: {cycle.reason}.")
    if cycle.problem_sha256:
        show.say(f"Its frozen book has the digest {cycle.problem_sha256}.")
    if cycle.outcome:
        tell_outcome(cycle.outcome, cycle.without_room)


@app.command("files")
def write_files(
    ctx: typer.Context,
    cycle_id: CycleId,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Made where it is not there.")],
    as_json: AsJson = False,
) -> None:
    """Write a cleared cycle's problem.json and outcome.json, for anyone to verify, and
    refused.json: the bids that no start had room for, and that were not cleared."""
    with reading(desk(ctx), quiet=as_json) as market:
        files = market.files(cycle_id)
    names = ("problem", "outcome", "refused")
    problem, outcome, refused = (out / f"{name}.json" for name in names)
    _write(files, out)
    if as_json:
        show.document({"problem": str(problem), "outcome": str(outcome), "refused": str(refused)})
        return
    show.say(f"Written: {problem}, {outcome} and {refused}, the bids that no start had room for.")
    show.say(f"Check them with: gpumarket verify {problem} {outcome}")


def _write(files: "Files", out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as bad:
        raise FileProblem(
            f"--out is {out}: the folder cannot be made: {bad.strerror}", out
        ) from bad
    write_bytes(out / "problem.json", files.problem)
    write_bytes(out / "outcome.json", files.outcome)
    write_bytes(out / "refused.json", files.refused)


@app.command("names")
def names(
    ctx: typer.Context,
    cycle_id: CycleId,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show which bids in a cycle's published files are whose: a team's own, or all of them."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.names(cycle_id, team=team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    cells = [(one.order, one.whose, one.bid, one.team) for one in found.items]
    columns = ("order", "team", "its bid in the files", "the team in the files")
    empty = f"{team or 'Nobody'} has no bid in {cycle_id}."
    show.table(f"Names in {cycle_id}", columns, cells, empty=empty)
    show.goes_on(found.next)
