"""A run in a folder: read back as it was, equal bytes for equal runs, and whole or not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from sim.results import parquet
from sim.results.comparison import compare
from sim.results.measured import measured
from sim.results.parquet import TABLES, RunFileProblem, read_measured, read_run, write_run
from tests.sim import made_runs as made


def test_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    run = made.small()
    told = write_run(run, tmp_path / "one")
    read = read_run(tmp_path / "one")
    assert told == read.measured == measured(run)
    rows = {name: table.to_pylist() for name, table in read.tables.items()}
    assert [row["id"] for row in rows["jobs"]] == ["r1", "r2", "b1", "b2"]
    third, last = rows["jobs"][2:]
    assert (third["start"], third["end"], third["option"]) == (made.at(7), made.at(8), 1)
    assert (third["wait_h"], third["lost_unit_s"], third["soft"]) == (5.0, 1800, None)
    assert (last["start"], last["wait_h"], last["reason"]) == (None, None, "outbid")
    gpu = [row for row in rows["pools"] if row["pool"] == "gpu"]
    assert [row["used"] for row in gpu] == run.used["gpu"].tolist()
    assert [row["price_ucr"] for row in gpu[:3]] == [None, 2_000_000, 4_000_000]
    assert gpu[3]["at"] == made.at(3)
    assert rows["teams"][0]["spent_ucr"] == 30_000_000
    assert {row["id"]: row["value"] for row in rows["measures"]} == measured(run).values


def test_every_file_says_which_run_it_is(tmp_path: Path) -> None:
    run = made.small()
    write_run(run, tmp_path / "one")
    for table in read_run(tmp_path / "one").tables.values():
        known = table.schema.metadata
        assert known[b"policy"] == b"GPU Market"
        assert known[b"fingerprint"] == run.fingerprint().encode()


def test_equal_runs_give_equal_bytes_in_parts_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROWS", 3)
    for name in ("one", "two"):
        write_run(made.small(), tmp_path / name)
    for name in TABLES:
        one, two = (tmp_path / folder / f"{name}.parquet" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    assert len(read_run(tmp_path / "one").tables["jobs"]) == 4
    write_run(replace(made.small(), seed=2), tmp_path / "two")
    assert one.read_bytes() != two.read_bytes()


def test_a_run_that_stopped_while_it_was_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(made.small(), tmp_path / "one")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(parquet, "_pools", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_run(replace(made.small(), seed=2), tmp_path / "one")
        with pytest.raises(KeyboardInterrupt):
            write_run(made.small(), tmp_path / "two")
    assert read_measured(tmp_path / "one").seed == 1
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    (tmp_path / ".one.part").mkdir()  # a kill leaves this
    write_run(replace(made.small(), seed=2), tmp_path / "one")
    assert read_measured(tmp_path / "one").seed == 2


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RunFileProblem, match="is left as it is"):
        write_run(made.small(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_what_is_no_whole_run_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunFileProblem, match="holds no whole run"):
        read_measured(tmp_path / "nowhere")
    folder = tmp_path / "one"
    write_run(made.small(), folder)
    (folder / "jobs.parquet").unlink()
    with pytest.raises(RunFileProblem, match="holds no whole run"):
        read_run(folder)
    (folder / "teams.parquet").rename(folder / "measures.parquet")
    with pytest.raises(RunFileProblem, match="was not written by this version"):
        read_measured(folder)
    (folder / "measures.parquet").write_bytes(b"PAR1 is no table")
    with pytest.raises(RunFileProblem, match="holds no whole run"):
        read_run(folder)


def test_runs_read_back_are_compared(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        write_run(replace(made.small(), seed=seed), tmp_path / str(seed))
    told = compare(read_measured(tmp_path / str(seed)) for seed in (1, 2, 3))
    assert told.policies[0].seeds == (1, 2, 3)
