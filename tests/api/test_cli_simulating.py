"""``sim``: scenarios, runs, comparisons and sweeps from the command line."""

import json
from pathlib import Path

import pytest

from api.cli import run
from sim import door
from tests.api.counter import Counter
from tests.sim.trials.few import TEXT

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small scenario in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "few.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def told(capsys: Capture, *line: str, code: int = 0) -> str:
    """What a command says: on stdout, or where it fails on stderr."""
    capsys.readouterr()
    assert run(["sim", *line]) == code, capsys.readouterr().err
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return said.err if code else said.out


def test_scenarios_are_listed_and_their_shape_is_published(capsys: Capture) -> None:
    assert "node-failures" in told(capsys, "list")
    names = [one["name"] for one in json.loads(told(capsys, "list", "--json"))]
    assert names == list(door.names())
    shape = json.loads(told(capsys, "schema"))
    assert "teams" in shape["properties"]
    assert shape["additionalProperties"] is False


def test_a_run_is_measured_reported_and_repeated_to_the_byte(few: Path, capsys: Capture) -> None:
    line = ("run", "few.toml", "--seed", "3", "--json")
    first = json.loads(told(capsys, *line, "--out", "a"))
    again = json.loads(told(capsys, *line, "--out", "b"))
    assert first["fingerprints"] == again["fingerprints"]
    assert list(first["fingerprints"]) == ["GPU Market/3"]
    [measured] = first["policies"]
    assert measured["measures"]["value"] > 0
    value = next(one for one in first["measures"] if one["id"] == "value")
    assert [cell["value"] for cell in value["cells"]]
    assert "Value delivered" in Path("a/report.html").read_text(encoding="utf-8")
    jobs = [path.name for path in Path("a/runs").glob("*/jobs.parquet")]
    assert jobs == ["jobs.parquet"]


def test_policies_are_compared_and_what_is_done_is_not_run_again(
    few: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("compare", "few.toml", "--policy", "fcfs-easy", "--policy", "karma", "--seeds", "3")
    said = told(capsys, *line, "--out", "c")
    assert "Value delivered" in said
    assert "3 seeds, means" in said
    monkeypatch.setattr("sim.trials.cell.Cell.run", lambda *_: pytest.fail("run again"))
    assert told(capsys, *line, "--out", "c") == said


def test_of_two_versions_of_rules_one_is_named_and_written(few: Path, capsys: Capture) -> None:
    Path("little.json").write_text('{"reserved_share_ppm": 125000}', encoding="utf-8")
    Path("all.json").write_text('{"rules": {"work": 300}}', encoding="utf-8")
    line = ("compare", "few.toml", "--rules", "little.json", "--rules", "all.json")
    said = told(capsys, *line, "--seeds", "8", "--out", "d")
    assert "Adopt all: it delivers" in said
    assert "gpumarket rules adopt --file d/rules-to-adopt.json" in said
    assert json.loads(Path("d/rules-to-adopt.json").read_bytes())["rules"] == {"work": 300}


def test_how_teams_bid_is_compared_with_how_the_scenario_says(few: Path, capsys: Capture) -> None:
    line = ("compare", "few.toml", "--agents", "recallable,speculators", "--seeds", "1")
    found = json.loads(told(capsys, *line, "--json", "--out", "f"))
    names = [one["name"] for one in found["policies"]]
    assert names == ["as it is", "recallable + speculators"]
    assert found["rules"] is None
    assert found["speculation"].startswith("Who buys to be bought out gains −")
    said = told(capsys, *line, "--out", "f")
    assert f"{found['foresight']}." in said
    assert f"{found['speculation']}." in said
    Path("floors.json").write_text('{"forward_floor_ppm": 1000000}', encoding="utf-8")
    both = ("compare", "few.toml", "--agents", "movable", "--rules", "floors.json", "--json")
    found = json.loads(told(capsys, *both, "--seeds", "1", "--no-foresight", "--out", "f"))
    assert [one["name"] for one in found["policies"]] == [
        "as it is",
        "as it is + floors",
        "movable",
        "movable + floors",
    ]


def test_a_sweep_tries_every_combination(few: Path, capsys: Capture) -> None:
    line = ("sweep", "few.toml", "--vary", "work=100,200", "--seeds", "1", "--json")
    names = [one["name"] for one in json.loads(told(capsys, *line))["policies"]]
    assert names == ["work=100", "work=200"]


def test_a_trace_becomes_a_demand_file_that_a_scenario_takes(few: Path, capsys: Capture) -> None:
    lengths = [900.0 + 731 * n for n in range(24)]
    rows = [
        f"2017-10-{9 + n % 3:02d} {n:02d}:00:00,{length},{1 + n % 4},{length * (1 + n % 4)},11cb48"
        for n, length in enumerate(lengths)
    ]
    bad = "2017-10-10 03:00:00,-5,1,-5,11cb48"
    head = "timestamp,duration,num_gpus,gpu_time,cluster"
    Path("jobs.csv").write_text("\n".join((head, *rows, bad)) + "\n", encoding="utf-8")
    assert "line 26" in told(capsys, "import", "jobs.csv", code=2)
    said = told(capsys, "import", "jobs.csv", "--skip-bad", "--out", "jobs.parquet")
    assert "24 jobs of" in said
    Path("replay.toml").write_text(
        'name = "replay"\ntitle = "A trace"\n[trace]\nfile = "jobs.parquet"\n', encoding="utf-8"
    )
    line = ("run", "replay.toml", "--policy", "fcfs-easy", "--json", "--out", "e")
    [found] = json.loads(told(capsys, *line))["policies"]
    assert found["measures"]["served"] > 0


def test_a_market_gives_its_own_history_back(counter: Counter, tmp_path: Path) -> None:
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 40 --earliest 2026-11-24T08:00Z")
    file = tmp_path / "history.parquet"
    line = f"sim from-history --from 2026-11-23T00:00Z --to 2026-11-24T00:00Z --out {file}"
    assert counter.sees(line)["jobs"] == 1
    assert "1 job of" in counter.does(line).out
    empty = f"sim from-history --from 2026-11-01T00:00Z --to 2026-11-02T00:00Z --out {file}"
    assert "nothing was asked for" in counter.fails(2, empty)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("run nothing.toml", "no such file, and no scenario of that name"),
        ("run few.toml --policy lottery", "there is no policy 'lottery'; there are market"),
        ("compare few.toml --rules x.json --policy karma", "each alone"),
        ("compare few.toml --economy sprints --policy karma", "each alone"),
        ("compare few.toml --agents movable --policy karma", "each alone"),
        ("compare few.toml --agents lucky", "there is no agent 'lucky'"),
        ("compare few.toml --economy gold", "there is no economy 'gold'; there are sprints"),
        ("compare few.toml --rules x.json", "x.json cannot be read"),
        ("sweep few.toml --vary work", "give each rule once, like work=500,5000"),
        ("sweep few.toml --vary work=0,5", "work"),
        ("run few.toml --seed -1", "--seed"),
        ("import few.toml", "few.toml"),
        ("import nothing.csv", "nothing.csv"),
        ("run few.toml --out few.toml", "few.toml"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    few: Path, capsys: Capture, line: str, says: str
) -> None:
    said = told(capsys, *line.split(), code=2)
    assert says in said
    assert said.count("\n") == 1
