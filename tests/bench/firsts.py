"""What a newcomer waits for: the demo's report, and a served market to click in."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.bench import children, machine
from tests.bench.cells import COMMAND, Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row, seconds
from tests.bench.service import SERVE, running

DEMO_S: Final = 90.0
SERVED_S: Final = 60.0
PATIENCE_S: Final = 600.0
GAP_MOST: Final = 0.005


def rows(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Whole processes, beside the calibration loop before and after them."""
    if plan.only is not None:
        return
    bench.say("gpumarket demo")
    yield _demo()
    bench.say("gpumarket serve --demo")
    yield _served()


def _demo() -> Row:
    paces = [machine.calibration_s()]
    with tempfile.TemporaryDirectory() as folder:
        ran = children.run([COMMAND, "demo", "--out", folder, "--json"], PATIENCE_S)
    paces.append(machine.calibration_s())
    if ran.code:
        return Row(section="first-minutes", problem="demo", figure=ran.complaint, reached=False)
    proof = _section(json.loads(ran.out), "Proof")
    cycles, optimal = proof["cycles"], proof["proven optimal"]
    apart = proof["at most so far from the optimum"]
    return Row(
        section="first-minutes",
        problem="gpumarket demo",
        figure=f"{seconds(ran.wall_s)}, {optimal} of {cycles} cycles proven optimal",
        baseline=f"calibration loop {statistics.mean(paces):.2f} s",
        bar=f"≤ {DEMO_S:g} s, all within {100 * GAP_MOST:g} %",
        reached=ran.wall_s <= DEMO_S and float(apart) <= GAP_MOST,
        note=f"whole process, {ran.peak_mb:.0f} MB",
    )


def _section(document: dict[str, Any], title: str) -> dict[str, Any]:
    """A table of two columns, as names and values."""
    [found] = [one for one in document["sections"] if one["title"] == title]
    return dict(found["rows"])


def _served() -> Row:
    pace_s, began_s = machine.calibration_s(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        market = str(Path(folder) / "market.db")
        line = [*SERVE, "--database", market, "serve", "--demo", "--port"]
        with running(line, PATIENCE_S) as port:
            answer = httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE_S)
            wall_s = time.perf_counter() - began_s
    return Row(
        section="first-minutes",
        problem="gpumarket serve --demo",
        figure=f"{seconds(wall_s)} to the first answer ({answer.status_code})",
        baseline=f"calibration loop {pace_s:.2f} s",
        bar=f"≤ {SERVED_S:g} s",
        reached=wall_s <= SERVED_S and answer.status_code == httpx2.codes.OK,
    )
