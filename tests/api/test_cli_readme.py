"""The README's commands, typed one after the other, do what it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import run

ROOT = Path(__file__).parents[2]
BY_HAND = ("make ", "export PATH")
"""Lines a test does not repeat: set-up and the demo, which have tests of their own."""


def readme_lines() -> list[list[str]]:
    """The words of each command; a line that only a shell could run is no such thing."""
    blocks = re.findall(
        r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    lines = [line for block in blocks for line in block.splitlines() if line]
    words = [shlex.split(line, comments=True) for line in lines if not line.startswith(BY_HAND)]
    for line in words:
        assert line[0] == "gpumarket"
        assert not set("|<>$&;`*\\") & set("".join(line)), line
    return words


def test_every_command_of_the_readme_runs_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GPUMARKET_DATABASE", raising=False)
    commands = readme_lines()
    assert len(commands) >= 20
    for _, *words in commands:
        assert run(words) == 0, (words, capsys.readouterr().err)
    said = capsys.readouterr().out
    for seen in ("Cycle cyc_000001 is settled.", "below-reserve", "Sound:", "The books are clean."):
        assert seen in said


@pytest.mark.slow
def test_the_program_that_is_installed_is_the_command_line(tmp_path: Path) -> None:
    """README's first command that does something, as it types it."""
    program = Path(sys.executable).with_name("gpumarket")
    [words] = [one for one in readme_lines() if one[1:] == ["init"]]
    done = subprocess.run(
        [program, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "market.db").exists()
