"""``clear`` and ``verify`` on files: sound outcomes, planted faults, broken files."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from allocator.files.formats import encode_outcome, encode_problem
from api.cli import clearing, run
from tests import forked
from tests.allocator.planted_faults import FAULTS, Spoil, sound_case

PROGRAM = [sys.executable, "-c", "from api.cli import main; main()"]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A problem and a sound outcome of it, as files."""
    problem, outcome = sound_case()
    paths = tmp_path / "problem.json", tmp_path / "outcome.json"
    paths[0].write_bytes(encode_problem(problem))
    paths[1].write_bytes(encode_outcome(outcome))
    return paths


def test_a_sound_outcome_is_told_so(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", *map(str, files)]) == 0
    assert capsys.readouterr().out.startswith("Sound: 3 awards among 9 bids")


def test_an_optimum_that_prices_alone_cannot_prove_is_told_with_both_proofs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two gangs of two units in three: prices let half of the second hope, a solver does not."""
    leg = {"pool": "p", "quantity": 2, "offset": 0, "duration": 1}
    option = {"value": 10, "earliest_start": 0, "latest_start": 0, "legs": [leg]}
    problem = {
        "format": "clearing-problem/1",
        "start": "2026-11-02T00:00:00Z",
        "slot_minutes": 60,
        "slots": 1,
        "pools": [{"id": "p", "capacity": [3], "reserve_price": 0}],
        "bids": [{"id": name, "team": "t", "options": [option]} for name in "ab"],
    }
    file, out = tmp_path / "problem.json", tmp_path / "outcome.json"
    file.write_text(json.dumps(problem))
    assert run(["clear", str(file), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "33.3333% by the published prices; proven optimal by the solver" in told
    assert run(["verify", str(file), str(out)]) == 0
    assert "proven optimal by the solver" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "spoil"), FAULTS, ids=[name for name, _ in FAULTS])
def test_every_planted_fault_is_refused_in_plain_words(
    name: str, spoil: Spoil, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    data = encode_outcome(spoil(sound_case()[1]))
    files[1].write_bytes(data)
    code = run(["verify", *map(str, files), "--json"])
    said = capsys.readouterr()
    if code == 2:  # some faults cannot even be written down as a sound file
        assert str(files[1]) in said.err
        return
    assert code == 1, said
    assert json.loads(said.out)["faults"], name


def test_most_planted_faults_reach_the_audit(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    codes = []
    for _, spoil in FAULTS:
        files[1].write_bytes(encode_outcome(spoil(sound_case()[1])))
        codes.append(run(["verify", *map(str, files)]))
    assert codes.count(1) >= 40
    assert codes.count(0) == 0


def test_what_clear_writes_verify_accepts_gzipped_or_not(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zipped, out = tmp_path / "problem.json.gz", tmp_path / "out.json.gz"
    zipped.write_bytes(gzip.compress(files[0].read_bytes()))
    assert run(["clear", str(zipped), "--out", str(out), "--work", "20000"]) == 0
    assert "awards" in capsys.readouterr().out
    assert run(["verify", str(files[0]), str(out)]) == 0
    assert run(["clear", str(zipped), "--out", str(tmp_path / "o.json"), "--seconds", "5"]) == 0
    assert run(["verify", str(zipped), str(tmp_path / "o.json")]) == 0


def test_the_same_seed_and_work_give_the_same_bytes_but_for_the_seconds(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []
    for name in ("one", "two"):
        out = tmp_path / name
        assert run(["clear", str(files[0]), "--out", str(out), "--seed", "7"]) == 0
        written.append(json.loads(out.read_bytes()) | {"seconds": 0})
    assert written[0] == written[1]
    assert written[0]["seed"] == 7


def test_an_outcome_to_stdout_is_the_file_and_nothing_else(files: tuple[Path, Path]) -> None:
    done = forked.run([*PROGRAM, "clear", str(files[0]), "--out", "-", "--work", "1000"])
    assert json.loads(done.stdout)["format"] == "clearing-outcome/1"
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "is empty"),
        (b'{"format": "clearing-problem/1", "sta', "truncated"),
        (b'{"format": "clearing-problem/3"}', 'format is "clearing-problem/3"'),
        (b'{"format": "clearing-outcome/1"}', 'format is "clearing-outcome/1"'),
        (b"[1, 2]", "must be an object"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"format": "clearing-problem/1", "start": NaN}', "NaN"),
    ],
)
def test_a_malformed_problem_is_bad_input_and_no_outcome_is_written(
    text: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "problem.json", tmp_path / "outcome.json"
    path.write_bytes(text)
    assert run(["clear", str(path), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert str(path) in said
    assert told in said
    assert not out.exists()
    assert run(["verify", str(path), str(path)]) == 2


def test_a_file_that_is_not_there_or_cut_off_is_named(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(gzip.compress(files[1].read_bytes())[:-9])
    for words in (("nowhere.json", str(files[1])), (str(files[0]), str(cut)), (str(tmp_path),) * 2):
        assert run(["verify", *words]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert any(word in said for word in words)


def test_a_duplicate_id_in_a_problem_is_bad_input(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    problem = json.loads(files[0].read_bytes())
    problem["bids"].append(problem["bids"][0])
    files[0].write_text(json.dumps(problem))
    assert run(["clear", str(files[0]), "--out", "-"]) == 2
    assert "bold" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        *(("--rule", "highest"), ("--work", "0"), ("--work", "many"), ("--seconds", "nan")),
        *(("--seconds", "1e9"), ("--seed", "x"), ("--work", "9" * 18)),
        ("--work", "5", "--seconds", "5"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_read(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["clear", "nowhere.json", "--out", "o.json", *words]) == 2
    said = capsys.readouterr().err
    assert words[0] in said
    assert "nowhere" not in said


def test_a_full_disk_or_a_missing_folder_is_told_and_the_old_outcome_stays(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["clear", str(files[0]), "--out", "/dev/full", "--work", "1000"]) == 2
    assert "no space left" in capsys.readouterr().err
    for out in (tmp_path / "absent" / "o.json", files[1] / "o.json", tmp_path):
        assert run(["clear", str(files[0]), "--out", str(out), "--work", "1000"]) == 2
        assert str(out) in capsys.readouterr().err
    assert files[1].read_bytes() == encode_outcome(sound_case()[1])


def test_the_time_limit_ends_a_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    worked = cleared(tmp_path, capsys, 200, "--work", "2000")
    cut = cleared(tmp_path, capsys, 200, "--seconds", "0.001")
    assert float(cut["surplus_credits"]) < float(worked["surplus_credits"])
    assert cut["seconds"] < 60


def test_the_time_limit_does_not_lengthen_a_search_that_needs_less(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proven = cleared(tmp_path, capsys, 60, "--seconds", "600")
    assert proven["surplus_credits"] == proven["bound_credits"]
    assert proven["seconds"] < 60


def cleared(
    folder: Path, capsys: pytest.CaptureFixture[str], bids: int, *limit: str
) -> dict[str, Any]:
    """What the command says of a problem of so many crowded bids; the outcome was verified."""
    path, out = folder / "problem.json", folder / "outcome.json"
    path.write_text(json.dumps(crowded(bids)))
    assert run(["clear", str(path), "--out", str(out), *limit, "--json"]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert run(["verify", str(path), str(out)]) == 0
    capsys.readouterr()
    return said


def crowded(bids: int) -> dict[str, object]:
    """A problem in which many bids want the same slots."""
    return {
        "format": "clearing-problem/1",
        "start": "2026-11-23T00:00:00Z",
        "slot_minutes": 60,
        "slots": 96,
        "pools": [{"id": f"p{k}", "capacity": 64, "reserve_price": 0.1} for k in range(3)],
        "bids": [
            {
                "id": f"b{n}",
                "team": f"t{n % 9}",
                "options": [
                    {
                        "value": 40 + n * 37 % 101 + 1.5 * (n % 7),
                        "earliest_start": n * 13 % 40,
                        "latest_start": n * 13 % 40 + 30,
                        "legs": [
                            {
                                "pool": f"p{(n + k) % 3}",
                                "quantity": 3 + n * 7 % 23,
                                "duration": 3 + n * 11 % 17,
                            }
                        ],
                    }
                    for k in range(2)
                ],
            }
            for n in range(bids)
        ],
    }


@pytest.mark.parametrize(
    ("limit_s", "reading_s", "left_s"),
    [(30, 0, 30), (30, 2, 25), (30, 4, 20), (30, 8, 15), (10, 20, 5)],
)
def test_a_clearing_gets_what_reading_checking_and_writing_leave(
    limit_s: float, reading_s: float, left_s: float
) -> None:
    """They take as long as they take here, by the time that reading took; half at least is left."""
    assert clearing.searching_s(limit_s, reading_s) == left_s
