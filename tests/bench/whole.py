"""A whole trace of a real cluster, lived through in hourly cycles: time and memory, by policy."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench import children, machine
from tests.bench.cells import COMMAND, Bench
from tests.bench.rows import Row, seconds

FILE: Final = "philly/philly.csv.gz"
SCENARIO: Final = """name = "philly"
title = "A whole trace, hourly cycles, 48 hours ahead"

[rules]
cycle_minutes = 60
lead_minutes = 60
horizon_hours = 48
indicative_hours = ""
work = 200

[trace]
file = "{file}"
whole = true
"""
POLICIES: Final = ("market", "fcfs-easy")
MOST_S: Final = 300.0
MOST_MB: Final = 2_048
PATIENCE_S: Final = 1_800.0


def rows(bench: Bench) -> Iterator[Row]:
    """``gpumarket sim run`` as a whole process, with the trace read and the report written."""
    if bench.traces is None or not (bench.traces / FILE).is_file():
        yield Row(section="simulation", problem="whole trace", figure="no such trace (--traces)")
        return
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "philly.toml"
        scenario.write_text(SCENARIO.format(file=bench.traces / FILE), encoding="utf-8")
        for policy in POLICIES:
            bench.say(f"the whole trace under {policy}")
            out = str(Path(folder) / policy)
            words = [COMMAND, "sim", "run", str(scenario), "--policy", policy, "--out", out]
            ran = children.run(words, PATIENCE_S)
            if ran.code:
                yield Row(section="simulation", problem=policy, figure=ran.complaint, reached=False)
                continue
            yield Row(
                section="simulation",
                problem=f"whole Philly trace, {policy}",
                figure=f"{seconds(ran.wall_s)}, {ran.peak_mb:,.0f} MB",
                baseline=f"calibration loop {machine.calibration_s():.2f} s",
                bar=f"≤ {MOST_S:.0f} s, {MOST_MB:,} MB",
                reached=ran.wall_s <= MOST_S and ran.peak_mb <= MOST_MB,
                note=f"{ran.cpu_s:.0f} s of processor; the report included",
            )
