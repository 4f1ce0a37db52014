"""A team's first five minutes over HTTP, as README types them: commands, then curl; and what
finance may copy out of its page."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.cli import run
from tests import forked
from tests.api.service.program import PROGRAM, free_port, start

ROOT = Path(__file__).parents[3]
MARKET = (
    "init",
    "pool add h100-east --capacity 64 --reserve-price 0.25 --block-size 8",
    "team add nlp vision",
    "grant add nlp 5000 --until +60d",
)
"""What README has set up before."""


def blocks(page: str) -> list[str]:
    """The lines for a shell, block by block."""
    return re.findall(
        r"^```sh\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.fixture(autouse=True)
def _market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GPUMARKET_DATABASE", "GPUMARKET_SERVER", "GPUMARKET_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for line in MARKET:
        assert run(shlex.split(line)) == 0


def test_a_teams_first_five_minutes_are_as_readme_says(tmp_path: Path) -> None:
    [begun, *asked] = blocks("README.md")
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


def test_finance_gives_a_grant_a_line_and_a_policy_as_its_page_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(shlex.split("token add fin --role finance")) == 0
    (tmp_path / "token.txt").write_text(capsys.readouterr().out)
    [asked] = blocks("docs/finance.md")
    port = free_port()
    server = start(tmp_path, port=port)
    try:
        server.wait()
        said = typed(tmp_path, asked, port)
    finally:
        server.stop()
    grant, line, would, policy = documents(said)
    assert (grant["credits"], grant["purpose"]) == ("1500", "the quarter")
    assert (line["id"], line["limit_credits"]) == ("nlp-line", "200")
    assert would["tiers"] == policy["tiers"]
    assert (policy["version"], policy["tiers"][0]["needs"]) == (1, ["finance"])


def documents(said: str) -> list[Any]:
    """The answers, one after the other."""
    found, place = list[Any](), 0
    while place < len(said.rstrip()):
        one, place = json.JSONDecoder().raw_decode(said, place)
        found.append(one)
    return found


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
