"""The floors of coverage: whoever falls below one is told, and the build ends."""

import json
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "coverage_floors.py"


def report(tmp_path: Path, share: float) -> str:
    """A report in which every house is covered to that share, half of it by branches."""
    floors = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["gpumarket"]
    lines, run = 1_000, round(1_000 * share)
    one = {
        "num_statements": lines,
        "covered_lines": run,
        "num_branches": lines,
        "covered_branches": run,
    }
    files = {f"{house}/some.py": {"summary": one} for house in floors["coverage-floors"]}
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps({"files": files}))
    return str(path)


@pytest.mark.parametrize(("share", "code"), [(1.0, 0), (0.5, 1)])
def test_a_house_below_its_floor_ends_the_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float, code: int
) -> None:
    script: dict[str, Any] = runpy.run_path(str(SCRIPT))
    assert script["main"](report(tmp_path, share)) == code
    said = capsys.readouterr().out
    assert ("BELOW" in said) == bool(code)
    assert "pricing " in said


def test_lines_and_branches_count_together() -> None:
    script: dict[str, Any] = runpy.run_path(str(SCRIPT))
    summary = {"num_statements": 3, "covered_lines": 3, "num_branches": 1, "covered_branches": 0}
    files = {"a/x.py": {"summary": summary}, "ab/x.py": {"summary": summary | {"covered_lines": 0}}}
    assert script["covered"](files, "a") == 75.0
