"""``docs/quality.md``: the table of quality, a part for each release, written from the rows."""

import json
import subprocess
import time
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tests.bench import machine
from tests.bench.children import ROOT
from tests.bench.rows import Row
from tests.bench.sections import SECTIONS

DATA: Final = ROOT / "docs" / "quality.json"
PAGE: Final = ROOT / "docs" / "quality.md"

INTRODUCTION: Final = """\
# Quality of the clearing engine, by release

Written by `make bench BENCH=--write-docs`; nothing here is typed by hand. `make bench` runs
everything and prints it, `make bench-quick` what fits into ten minutes, and
`make bench BENCH="--section NAME"` one section; a section that did not run keeps its rows.

- **Problems** come from seeded families of our own (`own-FAMILY-BIDS-SEED`, made by
  `tests/bench/families` into `build/bench/problems/`) and, where it is present, from another bench
  beside the repository (`--shared`, by default `../shared/clearing-bench`).
- **Peers** are general solvers that get the same problem whole, each in a process of its own: SCIP
  and CP-SAT from OR-Tools (a literal a column, or intervals and cumulatives) and HiGHS where
  `highspy` is installed. `fifo` and `greedy` are what a desk does without a solver. A peer's
  surplus is recounted from its awards.
- **Other simulators**, in section `simulation`, run in environments of their own, which are made
  once under `build/bench/peers` with one version of each; where that fails their rows show ours
  alone. What each of them counts is named: an order, a job or a row of an order is not the same.
- **Ours** is the command `gpumarket clear` as a whole process; where a time inside the call is
  compared, `allocator.clearing.clear` in a fresh process that has cleared a small market, so that
  its code is loaded, and read the file before. Every outcome is checked by `gpumarket verify`, and
  by the other bench's `verify.py`, before its figures count.
- **Times** of this machine alone stand beside a calibration loop (fixed Python and NumPy): on
  another machine, compare the two.
- Finished runs are kept in `build/bench/results.jsonl` and reused while problem, solver, limits,
  code, packages and machine are the same; `--again` measures anew.

| section | what it measures | minutes on two cores |
| --- | --- | --- |
"""


def release() -> str:
    """The version that the package calls itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def record(rows: Iterable[Row], command: str, path: Path = DATA) -> dict[str, Any]:
    """Keep this run's rows under the release: sections that ran replace what they said before."""
    fresh = list(rows)
    kept: dict[str, Any] = {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    before = kept.get(release(), {}).get("sections", {})
    ran = {
        name: {
            "command": command,
            "day": time.strftime("%Y-%m-%d", time.gmtime()),
            "commit": _commit(),
            "engine": machine.engine_version(),
            "machine": machine.described(),
            "rows": [
                asdict(row) | {"verdict": row.verdict} for row in fresh if row.section == name
            ],
        }
        for name in SECTIONS
        if any(row.section == name for row in fresh)
    }
    sections = {name: {**before, **ran}[name] for name in SECTIONS if name in {**before, **ran}}
    kept[release()] = {"sections": sections}
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return kept


def page(kept: dict[str, Any]) -> str:
    """The whole page, the newest release first."""
    lines = [INTRODUCTION.rstrip("\n")]
    lines += [f"| `{name}` | {each.promise} | {each.minutes} |" for name, each in SECTIONS.items()]
    for version in sorted(kept, key=_order, reverse=True):
        lines += ["", f"## {version}"]
        for name, section in kept[version]["sections"].items():
            lines += _section(name, section)
    return "\n".join(lines) + "\n"


def rewrite() -> None:
    """Write the page anew from what was kept."""
    PAGE.write_text(page(json.loads(DATA.read_text(encoding="utf-8"))), encoding="utf-8")


def write(rows: Iterable[Row], command: str) -> None:
    """Keep the rows and write the page."""
    PAGE.write_text(page(record(rows, command)), encoding="utf-8")


def _order(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]


def _section(name: str, section: dict[str, Any]) -> list[str]:
    facts = dict(section["machine"])
    packages = ", ".join(f"{key} {facts.pop(key)}" for key in machine.PACKAGES if key in facts)
    what = (
        f"`{section['command']}` on {section['day']}, commit {section['commit']}, engine code "
        f"{section['engine']}; {facts['processor']}, {facts['cores']} cores, {facts['memory']}, "
        f"{facts['system']}; Python {facts['python']}, {packages}."
    )
    lines = ["", f"### {name}", "", what, ""]
    lines += ["| problem | figure | beside | bar | | |", "| --- | --- | --- | --- | --- | --- |"]
    for row in section["rows"]:
        cells = (row[key] for key in ("problem", "figure", "baseline", "bar", "verdict", "note"))
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    rewrite()
