"""Large files, growth with the number of bids, and the start of the smallest."""

import statistics
import time
from collections.abc import Iterator
from typing import Final

from tests.bench import children, machine
from tests.bench.cells import PYTHON, Bench
from tests.bench.plan import CLUSTER, Plan
from tests.bench.proving import files
from tests.bench.racing import failure
from tests.bench.rows import Row, percent, seconds, slope
from tests.bench.shelf import EVERY

GAP_BARS: Final = {"rush": 0.01, "sprint": 0.01, "week": 0.04}
LARGE_GAP: Final = 0.04
LARGE_S: Final = 120.0
LARGE_MB: Final = 4096.0
NEARLY: Final = 0.98
EXPONENT: Final = 1.2
RUNG: Final = 2**0.5  # the ladder of limits on which 98 % is looked for
START_UP_S: Final = 1.5


def gap_20000(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each file of 20,000 bids: the gap that the published prices prove, beside greedy's."""
    for family in CLUSTER if plan.every_file or plan.only else CLUSTER[:1]:
        for problem in files(bench, plan, family, 20000):
            own = bench.own(problem, plan.middle_s)
            if not own.ok:
                yield failure("gap-20000", problem, own)
                continue
            greedy = bench.peer(problem, "greedy", plan.middle_s)
            lost = 1 - greedy.surplus / own.price_bound if own.price_bound else 0.0
            yield Row(
                section="gap-20000",
                problem=problem,
                figure=f"gap {percent(own.gap)} in {plan.middle_s:g} s",
                baseline=f"greedy {percent(lost)} under the same bound",
                bar=f"≤ {percent(GAP_BARS[family])}",
                reached=own.gap <= GAP_BARS[family],
                note=f"whole process {seconds(own.wall_s)}, {own.peak_mb:.0f} MB",
            )


def week_100000(bench: Bench, plan: Plan) -> Iterator[Row]:
    """The largest week: wall time of the whole process and its memory, at a gap of 4 %."""
    if not plan.large:
        return
    pace_s = machine.calibration_s()
    for problem in files(bench, plan, "week", int(plan.large)):
        runs = [
            bench.own(problem, plan.large_s, gap=LARGE_GAP, run=run)
            for run in range(1, plan.repeats + 1)
        ]
        if bad := [run for run in runs if not run.ok]:
            yield failure("week-100000", problem, bad[0])
            continue
        wall_s = statistics.median(run.wall_s for run in runs)
        gap = max(run.gap for run in runs)
        peak_mb = max(run.peak_mb for run in runs)
        greedy = bench.peer(problem, "greedy", plan.large_s)
        lost = 1 - greedy.surplus / (runs[0].price_bound or 1.0)
        enough = gap <= LARGE_GAP and wall_s <= LARGE_S and peak_mb <= LARGE_MB
        yield Row(
            section="week-100000",
            problem=problem,
            figure=f"gap {percent(gap)} in {seconds(wall_s)}, {peak_mb:.0f} MB",
            baseline=f"greedy {percent(lost)} under the same bound in {seconds(greedy.seconds)}",
            bar=f"≤ {percent(LARGE_GAP)}, ≤ {LARGE_S:g} s, ≤ {LARGE_MB:g} MB",
            reached=enough,
            note=f"median of {len(runs)}; calibration loop {pace_s:.2f} s",
        )


def scaling(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Every k-th bid of the largest week: how the time to 98 % grows with the bids."""
    if not plan.steps:
        return
    whole = files(bench, plan, "week", int(plan.large))[:1]
    for problem in whole:
        sizes: list[float] = []
        times: list[float] = []
        rung = -6
        for step in plan.steps:
            name = problem if step == 1 else f"{problem}{EVERY}{step}"
            best = bench.call(name, plan.large_s)
            if not best.ok:
                yield failure("scaling", name, best)
                continue
            rung, took_s = _first_rung(bench, name, NEARLY * best.surplus, rung, plan.large_s)
            sizes.append(int(plan.large) / step)
            times.append(took_s)
            yield Row(
                section="scaling",
                problem=name,
                figure=f"{NEARLY:.0%} after {seconds(took_s)}",
                baseline=f"own surplus {best.surplus:.2f} after {plan.large_s:g} s",
            )
        if len(sizes) > 1:
            exponent = slope(sizes, times)
            yield Row(
                section="scaling",
                problem=f"{len(sizes)} sizes",
                figure=f"time ~ bids^{exponent:.2f}",
                baseline="linear growth, 1.00",
                bar=f"≤ {EXPONENT}",
                reached=exponent <= EXPONENT,
                note="limits in steps of √2; times inside the call",
            )


def _first_rung(
    bench: Bench, problem: str, enough: float, rung: int, most_s: float
) -> tuple[int, float]:
    """The least limit on the ladder, near ``rung``, whose surplus is enough; and its time."""

    def climbed(number: int) -> float | None:
        found = bench.call(problem, round(RUNG**number, 4))
        return found.seconds if found.ok and found.surplus >= enough else None

    took_s = climbed(rung)
    if took_s is not None:
        while rung > -10 and (sooner := climbed(rung - 1)) is not None:
            rung, took_s = rung - 1, sooner
        return rung, took_s
    while RUNG ** (rung + 1) < most_s:
        rung += 1
        if (took_s := climbed(rung)) is not None:
            return rung, took_s
    return rung, most_s


def start_up(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Ten bids by the command, caches warm: median of five, beside an import and a fixed loop."""
    problem = "own-week-10-1"
    if not plan.wants(problem):
        return
    pace_s = machine.calibration_s()
    first = bench.own(problem, None)
    runs = [bench.own(problem, None, run=run) for run in range(2, 7)]
    if bad := [run for run in (first, *runs) if not run.ok]:
        yield failure("start-up", problem, bad[0])
        return
    wall_s = statistics.median(run.wall_s for run in runs)
    yield Row(
        section="start-up",
        problem=problem,
        figure=f"whole process {seconds(wall_s)}",
        baseline=f"python -c 'import numpy' {seconds(_bare_s())}",
        bar=f"≤ {seconds(START_UP_S)}",
        reached=wall_s <= START_UP_S,
        note=f"median of five; first {seconds(first.wall_s)}; calibration loop {pace_s:.2f} s",
    )


def _bare_s() -> float:
    """The least that a process with NumPy costs here, the median of five."""
    times = []
    for _ in range(5):
        began_s = time.perf_counter()
        children.run([PYTHON, "-c", "import numpy"], 60)
        times.append(time.perf_counter() - began_s)
    return statistics.median(times)
