"""A team's first five minutes over HTTP, as README types them: commands, then curl."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from api.cli import run
from tests import forked
from tests.api.service.program import PROGRAM, free_port, start

README = Path(__file__).parents[3] / "README.md"
MARKET = (
    "init",
    "pool add h100-east --capacity 64 --reserve-price 0.25 --block-size 8",
    "team add nlp vision",
    "grant add nlp 5000 --until +60d",
)
"""What README has set up before."""


def blocks() -> list[str]:
    """The lines for a shell, block by block."""
    return re.findall(r"^```sh\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_a_teams_first_five_minutes_are_as_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GPUMARKET_DATABASE", "GPUMARKET_SERVER", "GPUMARKET_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for line in MARKET:
        assert run(shlex.split(line)) == 0
    [begun, *asked] = blocks()
    assert begun.endswith("gpumarket serve &\n")
    port = free_port()
    said = typed(tmp_path, begun.removesuffix("gpumarket serve &\n"), port)
    server = start(tmp_path, port=port)
    try:
        server.wait()
        said = "".join(typed(tmp_path, block, port) for block in asked)
    finally:
        server.stop()
    assert "You are ada (member:nlp)" in said
    assert "would have an open order" in said
    assert '"chance":' in said
    assert '"key":"run-7"' in said
    assert (tmp_path / "token.txt").read_text().strip() not in said


def typed(folder: Path, block: str, port: int) -> str:
    """What a shell says to a block of README's, which must succeed."""
    (folder / "bin").mkdir(exist_ok=True)
    known = forked.stand_in(folder / "bin", "gpumarket", PROGRAM[2])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(":8000", f":{port}")],
        cwd=folder,
        env=known | {"XDG_CONFIG_HOME": str(folder)},
        pass_fds=[int(known[forked.WAY])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (block, done.stdout, done.stderr)
    return done.stdout
