"""How a run of the command line ends: help, codes, one sentence, never a traceback."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from api.cli import exits, refusals, root, run
from tests import forked
from tests.api.counter import Counter, opened

PROGRAM = [sys.executable, "-c", "from api.cli import main; main()"]
LAZY = ("numpy", "ortools", "scipy", "sqlmodel", "sqlalchemy", "alembic", "plotly", "fastapi")


def test_help_loads_no_solver_and_no_database() -> None:
    """`--help` answers at once: what is heavy is imported where it is used."""
    program = (
        "import sys; from api.cli import run; code = run(['--help']);"
        f"print(code, sorted(set({LAZY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    names = 0
    for words in paths(typer.main.get_command(root.app)):
        assert run([*words, "--help"]) == 0
        said = capsys.readouterr().out
        assert "Usage: gpumarket" in said
        assert len(said.splitlines()) > 5
        names += 1
    assert names >= 30


def paths(command: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words that lead to each command."""
    found = [path]
    for name, inner in getattr(command, "commands", {}).items():
        found += paths(inner, (*path, name))
    return found


def test_every_command_that_prints_data_has_json() -> None:
    whole = typer.main.get_command(root.app)
    without = [
        " ".join(words)
        for words in paths(whole)
        if words and not has_option(whole, words, "--json") and not is_group(whole, words)
    ]
    assert without == []


def at_path(whole: object, words: tuple[str, ...]) -> object:
    """The command of ``whole`` that ``words`` lead to."""
    here = whole
    for word in words:
        here = here.commands[word]  # type: ignore[attr-defined]
    return here


def is_group(whole: object, words: tuple[str, ...]) -> bool:
    return bool(getattr(at_path(whole, words), "commands", {}))


def has_option(whole: object, words: tuple[str, ...], option: str) -> bool:
    return any(option in one.opts for one in at_path(whole, words).params)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("frobnicate",), "'frobnicate'"),
        (("pool", "list", "--frob"), "--frob"),
        (("pool", "add", "x"), "--capacity"),
        (("bid", "--team", "nlp"), "--pool"),
        (("bid", "--team", "nlp", "--file", "x.json", "--pool", "h100"), "--pool"),
        (("--at", "yesterday", "pool", "list"), "'yesterday'"),
    ],
)
def test_bad_usage_is_one_sentence_and_code_2(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(list(words)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("gpumarket: ")
    assert told in said.err
    assert said.err.count("\n") == 1


def test_a_bug_is_told_in_a_sentence_too(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_arguments: object, **_more: object) -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(root, "command", lambda: broken)
    said = counter.types("pool list")
    assert said.code == exits.BAD
    assert said.err == (
        "gpumarket: this should not happen, please report it: ZeroDivisionError: a bug\n"
    )


def test_an_interrupted_command_says_so(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.cli.bidfile.read_bytes", interrupted)
    before = counter.contents()
    said = counter.types("bid --team nlp --file x.json")
    assert said.code == exits.INTERRUPTED
    assert "interrupted" in said.err
    assert counter.contents() == before


@pytest.mark.slow
def test_nor_is_one_a_traceback_that_is_interrupted_before_it_begins() -> None:
    program = (
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name == 'typer': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Broken())\n"
        "from api.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == exits.INTERRUPTED
    assert done.stderr == f"gpumarket: {refusals.interrupted()['message']}\n"


def test_a_reader_that_goes_away_is_no_failure(counter: Counter) -> None:
    """`gpumarket … | head -1`"""
    for words in (["pool", "list"], ["pool", "calendar", "--hours", "8000", "--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        command = [*PROGRAM, "--database", counter.database, *words]
        done = forked.run(command, out=writer)
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_an_output_that_cannot_be_written_is_told(counter: Counter) -> None:
    for words in (["pool", "list"], ["pool", "list", "--json"]):
        with Path("/dev/full").open("w") as full:
            command = [*PROGRAM, "--database", counter.database, *words]
            done = forked.run(command, out=full.fileno())
        assert done.returncode == 2
        assert "no space left on device" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_database_may_be_named_by_the_environment_or_lie_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    monkeypatch.setenv("GPUMARKET_DATABASE", "sqlite:///other.db")
    assert run(["init"]) == 0
    assert {path.name for path in tmp_path.glob("*.db")} == {"market.db", "other.db"}


def test_starting_a_market_again_changes_nothing_and_says_so(counter: Counter) -> None:
    before = counter.contents()
    said = counter.later("2027-05-01T00:00Z").does("init")
    assert "already; nothing was changed" in said.out
    assert counter.contents() == before


def test_a_new_market_says_when_its_first_cycle_closes(bare: Counter) -> None:
    said = bare.sees("init --manual-clock")
    assert said["created"] is True
    assert (said["cycle"], said["closes_at"]) == ("cyc_000001", "2026-11-24T00:00:00Z")


def test_a_new_market_may_start_with_other_rules(bare: Counter) -> None:
    """Slots, ticks and the like stay what they were: this is when they are chosen."""
    assert "slot_minutes" in bare.fails(2, "init --manual-clock --set slot_minutes=7")
    said = bare.sees("init --manual-clock --set slot_minutes=30 --set cycle_minutes=60")
    assert (said["rules"]["slot_minutes"], said["closes_at"]) == (30, "2026-11-23T13:00:00Z")
    assert "has begun" in bare.fails(2, "init --manual-clock --set slot_minutes=60")


def test_only_a_manual_clock_is_foreseen(counter: Counter) -> None:
    assert "only a manual clock may be foreseen" in counter.fails(2, "serve --seed 1")


def test_the_clock_is_read_in_one_place() -> None:
    """Every other module gets the time from the desk."""
    clocks = [
        path.name
        for path in sorted(Path(root.__file__).parent.glob("*.py"))
        if any(
            isinstance(node, ast.Attribute) and ast.unparse(node) == "datetime.now"
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert clocks == ["root.py"]


@pytest.mark.slow
def test_a_market_on_postgresql_is_used_by_the_same_commands(served: Counter) -> None:
    """What README promises of ``--database postgresql://…``."""
    opened(served)
    served.does("bid --team nlp --pool h100 -q 8 -d 4h --value 40 --earliest 2026-11-24T08:00Z")
    served.does("cycle run --early")
    [box] = served.lists("reservations list --team nlp")
    assert (box["pool"], box["quantity"]) == ("h100", 8)
    assert served.sees("ledger check")["clean"]
    assert "is a market already" in served.does("init").out
