"""Many simulations side by side: the command ``gpumarket sim sweep`` with two processes and one.

The runs are short, ten days of a small scenario that ships. Each process first loads the program,
three seconds or so, before it computes anything: longer runs gain more, and shorter ones less.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.bench import children, machine
from tests.bench.cells import COMMAND, Bench
from tests.bench.children import Ran
from tests.bench.plan import Plan
from tests.bench.rows import Row, seconds

SCENARIO: Final = "quiet-research"
WHOLE: Final = "days = 14\n"
SHORT: Final = "days = 10\n"
WORK: Final = "work=2000,3000,4000,5000"
SEEDS: Final = {True: 8, False: 2}
"""In full, or quickly: with four values of the work, 32 runs or 8."""

TURNS: Final = {True: 3, False: 1}
FASTER: Final = 1.8
PATIENCE_S: Final = 1_200.0
PROCESSES: Final = 2
LOOPS: Final = 10
THREADS: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("NUMBA_NUM_THREADS", "ARROW_NUM_THREADS"),
)


def rows(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Whole processes, one thread a run in both, in turns; the pair whose ratio is the median."""
    if plan.only is not None:
        return
    full = plan.every_file
    bench.say(f"a sweep of {4 * SEEDS[full]} runs, {TURNS[full]} × by one process and by two")
    possible = at_most()
    pairs = []
    for _ in range(TURNS[full]):
        alone, together = (swept(count, SEEDS[full]) for count in (1, PROCESSES))
        for one in (alone, together):
            if one.code:
                yield Row(
                    section="simulation", problem="sweep", figure=one.complaint, reached=False
                )
                return
        pairs.append((alone, together))
    yield told(pairs, 4 * SEEDS[full], possible)


def told(pairs: list[tuple[Ran, Ran]], runs: int, possible: float) -> Row:
    """The median pair."""
    ordered = sorted(pairs, key=lambda pair: pair[0].wall_s / pair[1].wall_s)
    alone, together = ordered[len(ordered) // 2]
    ratio = alone.wall_s / together.wall_s
    return Row(
        section="simulation",
        problem=f"gpumarket sim sweep, {runs} runs of {SCENARIO}, 10 days",
        figure=f"{ratio:.2f} × by {PROCESSES} processes: {seconds(together.wall_s)}",
        baseline=f"one process {seconds(alone.wall_s)}",
        bar=f"≥ {FASTER} ×",
        reached=ratio >= FASTER,
        note=f"processor {alone.cpu_s:.0f} s and {together.cpu_s:.0f} s; two calibration loops "
        f"side by side {possible:.2f} ×; {len(os.sched_getaffinity(0))} cores",
    )


def swept(processes: int, seeds: int) -> Ran:
    """The command, whole, with a fresh folder for its results."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "short.toml"
        scenario.write_text(shortened(), encoding="utf-8")
        words = [COMMAND, "sim", "sweep", str(scenario), "--vary", WORK, "--seeds", f"{seeds}"]
        words += ["--no-foresight"]
        words += ["--processes", f"{processes}", "--out", str(Path(folder) / "out"), "--json"]
        return children.run(words, PATIENCE_S, dict.fromkeys(THREADS, "1"))


def shortened() -> str:
    """The scenario with ten days in it, three of them with spot, and nothing else changed."""
    whole = files("sim.scenarios").joinpath(f"{SCENARIO}.toml").read_text(encoding="utf-8")
    if whole.count(WHOLE) != 1:
        raise ValueError(f"{SCENARIO} does not say {WHOLE.strip()}: shorten it in another way")
    return whole.replace(WHOLE, SHORT)


def at_most() -> float:
    """What two processes that share nothing gain here: the machine's own bound on any sweep."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(machine.calibration_s, [1] * PROCESSES))  # both are begun
        took = [_loops(pool, count) for count in (1, PROCESSES)]
    return PROCESSES * took[0] / took[1]


def _loops(pool: ProcessPoolExecutor, count: int) -> float:
    began_s = time.perf_counter()
    list(pool.map(machine.calibration_s, [LOOPS] * count))
    return time.perf_counter() - began_s
