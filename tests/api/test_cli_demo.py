"""The demo's command: a report and its tables, or a sentence."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api.cli import run
from sim import demo
from sim.scenarios.shipped import demo_organisation


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Two dozen jobs of a small cluster, in the Philly trace's columns."""
    rows = [
        f"2017-10-{9 + n % 3:02d} {n % 24:02d}:{n * 7 % 60:02d}:00,{900.0 + 731 * n},{1 + n % 4},"
        f"{(900.0 + 731 * n) * (1 + n % 4)},{('11cb48', '6214e9')[n % 2]}"
        for n in range(24)
    ]
    path = tmp_path / "trace.csv"
    path.write_text("timestamp,duration,num_gpus,gpu_time,cluster\n" + "\n".join(rows) + "\n")
    return path


def test_the_demo_on_a_trace_writes_a_report_and_shows_its_tables(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "demo"
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(
        trace.read_text()
        + "0001-01-01 00:00:00,900,1,900,a\n9999-12-31 00:00:00,900,1,900,a\n"
        + "2017-10-09 07:00:00,1,600000,600000,a\n"
    )
    assert run(["demo", "--trace", str(wrong), "--skip-bad", "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert {
        "2 rows skipped: bad, timestamp is not from 1970 to 2286.",
        "1 row skipped: bad, num_gpus is not a whole number up to 250000.",
    } <= set(facts["notes"])
    assert facts["ok"] is True
    assert Path(facts["report"]).parent == out
    assert Path(facts["report"]).stat().st_size > 1_000
    titles = [section["title"] for section in facts["sections"]]
    assert titles == list(dict.fromkeys(titles))
    for section in facts["sections"]:
        assert {len(row) for row in section["rows"]} == {len(section["columns"])}
    assert said.err
    top = Path(facts["report"]).read_text().split("<main")[0]
    assert "what they are worth, when else they may start" in top
    assert "is invented" in top
    [teams] = [one for one in facts["sections"] if one["title"] == "Teams: credits"]
    assert all(isinstance(cell, int | float) for row in teams["rows"] for cell in row[1:])

    assert facts["database"] == str(out / "market.db")
    assert run(["--database", facts["database"], "ledger", "check"]) == 0
    assert "clean" in capsys.readouterr().out
    assert run(["--database", facts["database"], "clock", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clock"] == "manual"
    named = str(tmp_path / "kept.db")
    again = ["--database", named, "demo", "--trace", str(trace), "--out", str(out)]
    assert run(again) == 0
    assert f"The market: {named}" in capsys.readouterr().out
    assert run(again) == 1
    assert "kept.db" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("days", "fates"),
    [
        pytest.param(1, {"filled", "below-reserve", "cancelled"}, marks=pytest.mark.slow),
        pytest.param(28, {"filled", "outbid", "cancelled"}, marks=pytest.mark.drill),
    ],
)
def test_the_demo_lives_its_days_and_ends_with_clean_books(
    days: int,
    fates: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(demo, "demo_organisation", partial(demo_organisation, days=days))
    if days == 1:
        hourly = replace(demo.rules(), tick_minutes=60, notice_minutes=60)
        monkeypatch.setattr(demo, "rules", lambda: hourly)
    assert run(["demo", "--out", str(tmp_path), "--json"]) == 0
    tables = {one["title"]: one["rows"] for one in json.loads(capsys.readouterr().out)["sections"]}
    [became] = [rows for title, rows in tables.items() if title.startswith("What became")]
    [pools] = [rows for title, rows in tables.items() if title.startswith("Pools: ")]
    assert fates <= {why for _, why, *_ in became}
    assert len(tables["Teams: credits"]) >= 12
    assert len(pools) == 6
    assert ["ledger check", "clean"] in tables["Proof"]
    [furthest] = [share for name, share in tables["Proof"] if name.startswith("at most so far")]
    assert furthest is None or furthest <= 0.005
    if days == 28:
        what_finance_tries_on_it(str(tmp_path / "market.db"), capsys)


def what_finance_tries_on_it(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A month is over and is closed, and use was measured of some pools."""

    def tried(line: str) -> Any:
        assert run(["--database", database, *line.split(), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    would = tried("month close 2026-10 --dry-run")["closed"]
    assert tried("month close 2026-10 --yes") == would
    assert {one["pool"] for one in tried("spend")["idle"]} == {"b200", "h200"}
    assert run(["--database", database, "ledger", "check"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--trace", "{folder}/absent.csv"), "absent.csv"),
        (("--trace", "{folder}/diary.txt"), "diary.txt, line 1"),
        (("--trace", "{folder}/cut.csv"), "cut.csv"),
        (("--out", "{folder}/diary.txt"), "diary.txt"),
        (("--skip-bad",), "--skip-bad"),
        (("--seed", "x"), "--seed"),
        (("--seed", "-1"), "'-1' is below zero"),
    ],
)
def test_a_demo_that_cannot_run_says_why_and_writes_no_report(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "diary.txt").write_text("dear diary\n")
    (tmp_path / "cut.csv").write_text("timestamp,duration,num_gpus,gpu_time,cluster\n2017-10-0")
    given = [word.format(folder=tmp_path) for word in words]
    out = [] if "--out" in words else ["--out", str(tmp_path / "demo")]
    assert run(["demo", *given, *out]) == 2
    said = capsys.readouterr().err.splitlines()
    assert told in said[-1]
    assert "should not happen" not in said[-1]
    assert list(tmp_path.rglob("*.html")) == []
