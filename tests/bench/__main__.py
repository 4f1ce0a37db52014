"""``python -m tests.bench``: run the bench, print each row as it is known, keep what is done."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.bench import drawing, peers, quality
from tests.bench.cells import Bench, own_folder
from tests.bench.children import ROOT
from tests.bench.machine import calibration_s, described
from tests.bench.plan import FULL, LEFT_OUT, QUICK, Plan
from tests.bench.rows import Row
from tests.bench.sections import SECTIONS
from tests.bench.shelf import NoSuchProblem, Shelf


def tell(line: str) -> None:
    """A line for the reader of the results."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


PRICES: Final = "aws_gpu_spot_price_history.csv.gz"


def mutter(line: str) -> None:
    """A line for whoever waits."""
    sys.stderr.write(f"    ... {line}\n")
    sys.stderr.flush()


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    asked = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure the clearing engine beside general solvers.",
        epilog="Sections: "
        + "; ".join(f"{name}: {each.promise}" for name, each in SECTIONS.items()),
    )
    add = asked.add_argument
    add("--section", action="append", choices=SECTIONS, metavar="NAME", help="this one (repeat)")
    add("--problem", metavar="NAME", help="this file alone")
    add("--peer", action="append", choices=FULL.peers, help="beside this peer alone (repeat)")
    add("--quick", action="store_true", help="what fits into ten minutes")
    add("--again", action="store_true", help="measure anew what is stored")
    add("--long", action="store_true", help="run and store the 600 s runs of long-2000")
    add("--write-docs", action="store_true", help="put the rows into docs/quality.md")
    add("--shared-peers", action="store_true", help="peers by the other bench's peers.py")
    add(
        "--shared",
        type=Path,
        default=Path(os.environ.get("CLEARING_BENCH", ROOT.parent / "shared" / "clearing-bench")),
        metavar="FOLDER",
        help="another bench with problems/, verify.py and peers.py [../shared/clearing-bench]",
    )
    add(
        "--price-history",
        type=Path,
        default=ROOT.parent / "shared" / "traces" / "aws-spot-gpu-2020" / PRICES,
        metavar="FILE",
        help="spot prices of zones and instance types as CSV [../shared/traces/…]",
    )
    add(
        "--traces",
        type=Path,
        default=ROOT.parent / "shared" / "traces",
        metavar="FOLDER",
        help="traces of real clusters [../shared/traces]",
    )
    add("--folder", type=Path, default=own_folder(), metavar="FOLDER", help="[build/bench]")
    return asked.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """0 where every outcome is sound, 1 where one is not, 130 after Ctrl-C."""
    given = arguments(words)
    plan = replace(QUICK if given.quick else FULL, long=given.long, only=given.problem)
    if given.peer:
        plan = replace(plan, peers=tuple(given.peer))
    bench = Bench(
        shelf=Shelf(given.folder / "problems", given.shared if given.shared.is_dir() else None),
        folder=given.folder,
        say=mutter,
        again=given.again,
        shared_peers=given.shared_peers,
        pictures=_pictures(given),
        price_history=given.price_history if given.price_history.is_file() else None,
        traces=given.traces if given.traces.is_dir() else None,
    )
    _introduce(bench, plan, quick=given.quick)
    rows: list[Row] = []
    try:
        mutter("compiling the engine for this machine, where it is not compiled yet")
        bench.warm_up()
        for name in given.section or SECTIONS:
            for row in SECTIONS[name].rows(bench, plan):
                rows.append(row)
                tell(str(row))
    except KeyboardInterrupt:
        tell("Interrupted: what is finished is kept, and the next run goes on from there.")
        return 130
    except NoSuchProblem as bad:
        tell(str(bad))
        return 2
    _conclude(bench, rows)
    if given.write_docs:
        asked = sys.argv[1:] if words is None else words
        quality.write(rows, shlex.join(["python", "-m", "tests.bench", *asked]))
        tell(f"Written: {quality.PAGE.relative_to(ROOT)}")
    return 1 if bench.unsound else 0


def _pictures(given: argparse.Namespace) -> Path | None:
    """Where pictures go: beside the page that is written, or else beside the results."""
    if not drawing.possible():
        return None
    return quality.PAGE.parent if given.write_docs else Path(given.folder)


def _introduce(bench: Bench, plan: Plan, *, quick: bool) -> None:
    tell(", ".join(f"{name} {value}" for name, value in described().items()))
    tell(f"calibration loop {calibration_s():.3f} s, the median of five")
    if bench.shelf.shared is None:
        tell("No other bench beside us (--shared): our own files and our own check alone.")
    if bench.pictures is None:
        tell(f"No pictures are drawn: {drawing.HOW}")
    if bench.price_history is None:
        tell("No history of spot prices (--price-history): spot-replay has nothing to show.")
    for name in plan.peers:
        if not peers.package(name):
            tell(f"{name} takes no part: install it with {peers.how_to_install(name)}")
    if quick:
        tell(LEFT_OUT)


def _conclude(bench: Bench, rows: list[Row]) -> None:
    if not rows:
        tell("Nothing was measured: no file of that name is of that section's kind.")
    barred = [row for row in rows if row.reached is not None]
    missed = [row for row in barred if not row.reached]
    tell(f"{len(barred) - len(missed)} of {len(barred)} bars reached.")
    for row in missed:
        tell(f"NOT REACHED: {row.section}, {row.problem}: {row.figure} (bar {row.bar})")
    for fault in bench.unsound:
        tell(f"UNSOUND: {fault}")


if __name__ == "__main__":
    sys.exit(main())
