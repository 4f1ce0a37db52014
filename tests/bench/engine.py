"""The project's own engine, by its two public doors.

The command ``gpumarket clear`` is run whole by ``tests.bench.cells``. For a time inside the call,
this module runs in a fresh process as ``python -m tests.bench.engine PROBLEM OUTCOME``: it reads
the file, calls ``allocator.clearing.clear`` once, writes the outcome and prints one JSON line.
"""

import argparse
import json
import resource
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from allocator import clearing
from allocator.files.formats import decode_problem, encode_outcome
from allocator.outcome import ClearingRules
from api.cli import clearing as command
from api.compiled import place_cache
from api.files import read_bytes, write_bytes
from tests.bench.families import FAMILIES

GAP_UNITS: Final = {"gap": 1.0, "gap_ppm": 1e6, "gap_ppb": 1e9}
"""How the rules may spell the gap at which a search ends, and in which unit."""


def rules(seconds: float, gap: float, seed: int) -> ClearingRules:
    """As the command makes them from ``--seconds``, ``--gap`` and ``--seed``."""
    given: dict[str, Any] = {"seed": seed}
    given["work"] = max(int(seconds * getattr(command, "WORK_A_SECOND", 25_000)), 1)
    for field in fields(ClearingRules):
        if field.name in GAP_UNITS:
            scaled = gap * GAP_UNITS[field.name]
            given[field.name] = scaled if field.name == "gap" else round(scaled)
    return ClearingRules(**given)


def load() -> None:
    """Load all compiled code, as a service has it loaded by its first clearing. A new process
    takes a second or two for it, once."""
    small = decode_problem(json.dumps(FAMILIES["week"](60, 1)).encode())
    clearing.clear(small, rules(1.0, 0.0, 1))


def main() -> None:
    asked = argparse.ArgumentParser(prog="tests.bench.engine")
    asked.add_argument("problem", type=Path)
    asked.add_argument("outcome", type=Path)
    asked.add_argument("--seconds", type=float, required=True)
    asked.add_argument("--gap", type=float, default=0.0)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    place_cache()
    load()
    problem = decode_problem(read_bytes(given.problem))
    asked_for = rules(given.seconds, given.gap, given.seed)
    began_s = time.perf_counter()
    outcome = clearing.clear(
        problem, asked_for, lambda: time.perf_counter() - began_s >= given.seconds
    )
    took_s = time.perf_counter() - began_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    write_bytes(given.outcome, encode_outcome(outcome))
    sys.stdout.write(json.dumps({"seconds": took_s, "peak_mb": peak_mb}) + "\n")


if __name__ == "__main__":
    main()
