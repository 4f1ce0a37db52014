"""``demo``: four weeks of an organisation's market, its report, and the market to look at."""

import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import exits, show
from api.cli.desk import MARKET_HERE, AsJson, Desk, desk
from api.cli.values import from_zero, typed
from api.files import FileProblem
from marketplace.errors import Duplicate

if TYPE_CHECKING:
    from marketplace.store.engine import Store
    from sim.door import DemoSummary

REPORT: Final = "report.html"
PARTS: Final = ("", "-wal", "-shm")
"""What SQLite adds to a database's name for the files that belong to it."""


def demo(
    ctx: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the report and the market go.")
    ] = Path("gpumarket-demo"),
    seed: Annotated[int, typer.Option("--seed", parser=typed(from_zero), metavar="N")] = 1,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="FILE", help="A real cluster's jobs.")
    ] = None,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Count rows of the trace that are wrong, and go on."),
    ] = False,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the report.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let an organisation live four weeks on the market, and write the report.

    The market that it lived stays to be looked at: as market.db beside the report, where an earlier
    demo's is replaced, or in the --database that is named, which must be new.

    Ctrl-C or SIGTERM breaks it off: no report is written, and the exit code is 130.
    """
    if skip_bad and trace is None:
        raise typer.BadParameter("there is no --trace to skip rows of", param_hint="--skip-bad")
    from api.report.page import write_report
    from sim.door import TraceProblem, run_demo

    try:
        out.mkdir(parents=True, exist_ok=True)
        with show.progress() as step, _empty(desk(ctx), out) as (store, where):
            summary = run_demo(
                seed=seed, trace=trace, skip_bad=skip_bad, store=store, progress=step
            )
            step("report", 0, 1)
            path = write_report(summary.run, out)
            step("report", 1, 1)
    except TraceProblem as bad:
        raise FileProblem(f"--trace: {bad}", str(trace)) from bad
    except OSError as bad:
        named = bad.filename or out
        raise FileProblem(
            f"{named} cannot be used: {(bad.strerror or str(bad)).lower()}", named
        ) from bad
    _tell(summary, path, where, as_json=as_json)
    if open_:
        webbrowser.open(path.resolve().as_uri())
    if not summary.ok:
        raise typer.Exit(exits.NO)


@contextmanager
def _empty(at: Desk, out: Path) -> "Iterator[tuple[Store, str]]":
    """An empty database for the market, and its address. Raises ``Duplicate`` where there is a
    market in it."""
    from marketplace.store.engine import connect, prepared

    where = at.address()
    if at.database is None:
        where = str(out / MARKET_HERE)
        if (out / REPORT).is_file():  # an earlier demo's
            _remove(out / MARKET_HERE)
    # Nobody minds if a demo is lost in a power cut, so it does not wait for the disk.
    store = connect(where, throwaway=True)
    if prepared(store):
        store.close()
        raise Duplicate("market", where)
    whole = False
    try:
        yield store, where
        whole = True
    finally:
        store.close()
        if not whole and at.database is None:  # half a market is nothing to look at
            _remove(out / MARKET_HERE)


def _remove(file: Path) -> None:
    for part in PARTS:
        file.with_name(file.name + part).unlink(missing_ok=True)


def _tell(summary: "DemoSummary", path: Path, where: str, *, as_json: bool) -> None:
    if as_json:
        sections = [
            {"title": one.title, "columns": list(one.columns), "rows": one.numbers()}
            for one in summary.sections
        ]
        kept = {"report": str(path), "database": where}
        show.document({"ok": summary.ok, **kept, "notes": summary.notes, "sections": sections})
        return
    for section in summary.sections:
        first, *others = section.columns
        show.table(section.title, (first, *(f">{name}" for name in others)), section.shown())
        show.say("")
    for note in summary.notes:
        show.say(note)
    show.say(f"Report: {path}")
    show.say(f"The market: {where}; try `gpumarket --database {where} cycle list`.")
    show.say("Its clock stands where the four weeks end; --at moves it on.")
