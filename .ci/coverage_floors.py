"""Hold what the tests covered against the floors of each house, which only rise.

``python .ci/coverage_floors.py REPORT.json``: the report of ``coverage json``. Counts lines and
branches together. Exits 1 where a house lies below its floor, and says where one can be raised.
"""

import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
SLACK = 0.5
"""Per cent that a house may lie above its floor before it is said that the floor can be raised."""


def covered(files: dict[str, dict[str, dict[str, int]]], house: str) -> float:
    """Per cent of the lines and branches of a house that were run."""
    own = [one["summary"] for name, one in files.items() if name.startswith(f"{house}/")]
    there = sum(one["num_statements"] + one["num_branches"] for one in own)
    run = sum(one["covered_lines"] + one["covered_branches"] for one in own)
    return 100 * run / there if there else 0.0


def main(report: str) -> int:
    """Print a line for each house; 1 where one lies below its floor."""
    files = json.loads(Path(report).read_text())["files"]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    floors: dict[str, float] = settings["tool"]["gpumarket"]["coverage-floors"]
    low = False
    for house, floor in floors.items():
        found = covered(files, house)
        told = "BELOW: test what is new" if found < floor else ""
        told = "raise it in pyproject.toml" if found >= floor + SLACK else told
        print(f"{house:<22} {found:6.2f} %   floor {floor:6.2f} %   {told}".rstrip())
        low |= found < floor
    return int(low)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
