"""``gpumarket serve --demo``: from one command to a market that one may bid on."""

import json
import time
from pathlib import Path

import httpx2
import pytest

from api.cli import run
from marketplace.services import check
from marketplace.services.books import silent
from marketplace.store.engine import open_store
from tests.api.service.program import PROGRAM, start

LONG_S = 240
SHORT = (
    PROGRAM[0],
    "-c",
    (
        "from dataclasses import replace; from api.cli import main, served_demo;"
        "from sim import demo;"
        "few = replace(demo.rules(), tick_minutes=60, notice_minutes=60); demo.rules = lambda: few;"
        "served_demo.DAYS = 1; main()"
    ),
)
"""The program, with yesterday and what there is of today: just after midnight that is little. A
tick an hour takes half the time of four."""


@pytest.mark.slow
def test_a_newcomer_bids_on_the_made_up_organisations_market(tmp_path: Path) -> None:
    program = start(tmp_path, "--demo", "--json", database="demo.db", program=SHORT)
    until = time.monotonic() + LONG_S
    while "tokens" not in program.log.read_text():
        assert program.child.poll() is None, program.log.read_text()
        assert time.monotonic() < until
        time.sleep(0.2)
    try:
        program.wait()
        said = program.log.read_text()
        facts, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
        tokens = {name.split()[0]: text for name, text in facts["tokens"].items()}
        assert set(tokens) == {"mia", "lea", "fin", "pia", "adam"}
        for text in tokens.values():
            headers = {"Authorization": f"Bearer {text}"}
            assert httpx2.get(f"{program.where}/v1/me", headers=headers).status_code == 200
        headers = {"Authorization": f"Bearer {tokens['mia']}"}
        assert httpx2.get(f"{program.where}/v1/orders", headers=headers).json()["items"]
        assert httpx2.get(f"{program.where}/v1/pools", headers=headers).json()["items"]
    finally:
        program.stop()
    with check.books_beside(open_store(str(tmp_path / "demo.db"))) as report:
        assert report(silent).faults == ()


def test_it_lives_in_no_market_that_is_there_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["--database", "mine.db", "init"]) == 0
    assert run(["--database", "mine.db", "serve", "--demo"]) != 0
    assert "already" in capsys.readouterr().err
