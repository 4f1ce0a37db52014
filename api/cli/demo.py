"""``demo``: four weeks of an organisation's market, and its report."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from api.cli import exits, show
from api.cli.desk import AsJson
from api.cli.stopping import breakable
from api.cli.values import from_zero, typed
from api.files import FileProblem


def demo(
    *,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the report goes.")
    ] = Path("gpumarket-demo"),
    seed: Annotated[int, typer.Option("--seed", parser=typed(from_zero), metavar="N")] = 1,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="FILE", help="A real cluster's jobs.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the report.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let an organisation live four weeks on the market, and write the report.

    Ctrl-C or SIGTERM breaks it off: no report is written, and the exit code is 130.
    """
    from api.report.page import write_report
    from sim.door import TraceProblem, run_demo

    try:
        out.mkdir(parents=True, exist_ok=True)
        with breakable(), show.progress() as step:
            summary = run_demo(seed=seed, trace=trace, progress=step)
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
    if as_json:
        sections = [
            {"title": one.title, "columns": list(one.columns), "rows": [list(r) for r in one.rows]}
            for one in summary.sections
        ]
        facts = {"ok": summary.ok, "report": str(path), "sections": sections}
        show.document(facts)
    else:
        for section in summary.sections:
            first, *others = section.columns
            show.table(section.title, (first, *(f">{name}" for name in others)), section.rows)
            show.say("")
        show.say(f"Report: {path}")
    if open_:
        webbrowser.open(path.resolve().as_uri())
    if not summary.ok:
        raise typer.Exit(exits.NO)
