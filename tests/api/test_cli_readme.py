"""The README's commands, typed one after the other, do what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BY_HAND = ("make ", "export PATH")
"""Lines a test does not repeat: set-up and the demo, which have tests of their own."""


def readme_script() -> str:
    blocks = re.findall(
        r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    lines = [line for block in blocks for line in block.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(BY_HAND))


def test_every_command_of_the_readme_runs_in_its_order(tmp_path: Path) -> None:
    script = readme_script()
    assert script.count("gpumarket ") >= 20
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eux", "-c", script],
        cwd=tmp_path,
        env={"PATH": path, "HOME": str(tmp_path), "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    for seen in ("Cycle cyc_000001 is settled.", "below-reserve", "Sound:", "The books are clean."):
        assert seen in done.stdout
