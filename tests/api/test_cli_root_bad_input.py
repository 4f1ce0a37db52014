"""Bad input: one clear sentence that names field and value, a code, and nothing changed."""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.api.counter import Counter

BID = "bid --team nlp --pool h100 -q 4 -d 8h --value 84"
RELATIVE = "+9" * 40


@pytest.mark.parametrize(
    ("line", "code", "named"),
    [
        # times that cannot be read never become now
        (f"{BID} --earliest tomorrow", 2, ("--earliest", "'tomorrow'")),
        (f"{BID} --earliest 2026-11-24T08:00", 2, ("--earliest", "'2026-11-24T08:00'", "offset")),
        (f"{BID} --latest 2026-13-24T08:00Z", 2, ("--latest", "'2026-13-24T08:00Z'")),
        (f"{BID} --latest ''", 2, ("--latest", "''")),
        (f"{BID} --earliest {RELATIVE}h", 2, ("--earliest",)),
        (f"{BID} --earliest +99999d", 2, ("--earliest",)),
        (f"{BID} --earliest 2026-11-24T08:30Z", 2, ("--earliest", "2026-11-24T08:30", "slots")),
        (f"{BID} --standing --valid-until 2026-11-23T00:00Z", 2, ("--valid-until", "2026-11-23")),
        (f"{BID} --latest 2026-11-23T00:00Z", 2, ("--latest", "2026-11-23T00:00")),
        (f"{BID} --earliest 2999-11-23T00:00Z", 2, ("--latest", "2999-11-24")),
        ("grant add nlp 5 --until yesterday", 2, ("--until", "'yesterday'")),
        ("grant add nlp 5 --until 2026-11-23T00:00Z", 2, ("end", "2026-11-23T00:00")),
        ("statement --team nlp --from 2026-11-01", 2, ("--from", "'2026-11-01'")),
        ("pool window h100 --capacity 1 --from +1h --until now", 2, ("end", "2026-11-23T12:00")),
        # what is not there
        (BID.replace("h100", "h10O"), 2, ("pool", "'h10O'", "h100")),
        (BID.replace("nlp", "npl"), 2, ("team", "'npl'", "nlp")),
        ("orders list --team npl", 2, ("team", "'npl'")),
        ("orders show ord_0 --team nlp", 1, ("order", "'ord_0'")),
        ("orders cancel ord_0 --team nlp --yes", 1, ("order", "'ord_0'")),
        ("reservations list --team npl", 2, ("team", "'npl'")),
        ("reservations release rsv_0 --team nlp --yes", 1, ("reservation", "'rsv_0'")),
        ("prices --pool none", 2, ("pool", "'none'")),
        ("statement --team npl", 2, ("team", "'npl'")),
        ("grant add npl 5 --until +1d", 2, ("team", "'npl'")),
        ("team member npl ada", 2, ("team", "'npl'")),
        ("cycle names 1 --team npl", 2, ("team", "'npl'")),
        ("cycle show 7", 1, ("cycle", "'7'")),
        ("pool window none --capacity 1 --from +1h --until +2h", 2, ("pool", "'none'")),
        # windows that cannot hold the duration
        (f"{BID} -d 73h", 2, ("--duration", "3d1h")),
        (f"{BID} -d 90m", 2, ("--duration", "1h30m")),
        (f"{BID} -d 0h", 2, ("--duration", "0h")),
        (f"{BID} -d 8", 2, ("--duration", "'8'")),
        (
            f"{BID} --earliest +3d --latest +2d",
            2,
            ("--latest", "2026-11-25", "before the earliest start"),
        ),
        # numbers: zero, negative, not finite, oversized
        (f"{BID} --value 0", 2, ("--value", "'0'")),
        (f"{BID} --value -5", 2, ("--value", "'-5'")),
        (f"{BID} --value nan", 2, ("--value", "'nan'")),
        (f"{BID} --value inf", 2, ("--value", "'inf'")),
        (f"{BID} --value 1e999", 2, ("--value", "'1e999'")),
        (f"{BID} --value {'9' * 40}", 2, ("--value", "999")),
        (f"{BID} --value 1.0000001", 2, ("--value", "1.0000001")),
        (f"{BID} -q 0", 2, ("--quantity", "'0'")),
        (f"{BID} -q -4", 2, ("--quantity", "'-4'")),
        (f"{BID} -q 4.5", 2, ("--quantity", "'4.5'")),
        (f"{BID} -q {'9' * 5000}", 2, ("--quantity", "999")),
        (f"{BID} -q 17", 1, ("--quantity", "17", "16")),
        (f"{BID} --pool a100 -q 6", 2, ("--quantity", "6", "multiples of 4")),
        ("pool add x --capacity 0 --reserve-price 1", 2, ("--capacity", "'0'")),
        ("pool add x --capacity 9999999 --reserve-price 1", 2, ("--capacity", "9999999")),
        ("pool add x --capacity 1 --reserve-price -1", 2, ("--reserve-price", "'-1'")),
        ("pool add x --capacity 1 --reserve-price 1 --block-size 0", 2, ("--block-size", "'0'")),
        ("pool add x --capacity 1 --reserve-price 1 --unit ''", 2, ("unit", "''")),
        ("pool add X --capacity 1 --reserve-price 1", 2, ("pool", "'X'")),
        ("pool calendar --hours 0", 2, ("--hours", "'0'")),
        ("pool calendar --hours 99999", 2, ("--hours", "99999")),
        ("grant add nlp 0 --until +1d", 2, ("CREDITS", "'0'")),
        ("grant add nlp NaN --until +1d", 2, ("CREDITS", "'NaN'")),
        ("grant add nlp 1000000000001 --until +1d", 2, ("CREDITS", "1000000000001")),
        # more than there is
        (f"{BID} --value 1000.01", 1, ("1,000.01", "1,000.00 free now")),
        (BID.replace("nlp", "poor"), 1, ("poor", "84", "0 free")),
        (f"{BID} --earliest 2026-11-23T11:00Z", 2, ("--earliest", "11:00Z", "in the past")),
        ("ledger list --account team/nobody", 2, ("account", "'team/nobody'", "team/nlp")),
        ("ledger list --account pools", 2, ("account", "'pools'")),
        # ids taken
        ("pool add h100 --capacity 1 --reserve-price 1", 1, ("pool", "'h100'")),
        ("team add nlp", 1, ("team", "'nlp'")),
        ("team add new new", 2, ("team", "'new'", "named twice")),
        ("grant add nlp 1 --until +1d --id nlp-2026-11", 1, ("grant", "'nlp-2026-11'")),
        # words that are none
        ("orders list --team nlp --state won", 2, ("--state", "'won'", "filled")),
        ("reservations list --state gone", 2, ("--state", "'gone'", "released")),
        ("team member nlp ada --role boss", 2, ("--role", "'boss'", "lead")),
        ("team member nlp ''", 2, ("person", "''")),
        (f"{BID} --project {'p' * 200}", 2, ("project", "ppp")),
        (f"{BID} --key {'k' * 200}", 2, ("key", "kkk")),
        ("orders amend ord_0 --team nlp", 2, ("--file",)),
        ("orders amend ord_0 --team nlp --value 1", 1, ("'ord_0'",)),
        ("bid --team nlp --file nowhere.json", 2, ("nowhere.json",)),
    ],
)
def test_one_sentence_names_field_and_value_and_nothing_changed(
    line: str, code: int, named: tuple[str, ...], counter: Counter
) -> None:
    before = counter.contents()
    said = counter.types(line)
    assert said.code == code, said
    assert said.out == ""
    sentence = said.err.removeprefix("gpumarket: ").rstrip()
    assert sentence != said.err.rstrip()
    assert said.err.count("\n") == 1
    assert [word for word in named if word not in said.err] == [], said.err
    assert "should not happen" not in said.err
    in_json = counter.types(line, "--json")
    told = json.loads(in_json.err)
    assert (in_json.code, in_json.out, told["message"]) == (code, "", sentence)
    assert told["code"]
    assert told["field"]
    assert {"value"} <= told.keys()
    assert counter.contents() == before


COMMANDS = ("pool list", "team add late", BID, "cycle run --early", "ledger check", "init")
"""One of each kind: reads, writes, runs."""


@pytest.mark.sqlite
@pytest.mark.parametrize("line", COMMANDS)
def test_a_database_of_a_newer_version_is_left_alone(counter: Counter, line: str) -> None:
    with sqlite3.connect(counter.database) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
    plain.close()
    before = counter.contents()
    said = counter.types(line)
    assert (said.code, counter.contents()) == (2, before)
    assert "'9999'" in said.err
    assert "update gpumarket" in said.err


@pytest.mark.parametrize("line", COMMANDS)
def test_a_file_that_is_no_database_is_left_alone(bare: Counter, line: str) -> None:
    path = Path(bare.database)
    path.write_text("dear diary, " * 100)
    said = bare.types(line)
    assert said.code == 2
    assert str(path) in said.err
    assert "not a market database" in said.err
    assert path.read_text() == "dear diary, " * 100
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.sqlite
@pytest.mark.parametrize("line", COMMANDS)
def test_a_cut_off_database_is_refused(counter: Counter, line: str) -> None:
    path = Path(counter.database)
    counter.contents()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 3])
    before = path.read_bytes()
    said = counter.types(line)
    assert said.code in (1, 2)
    assert "should not happen" not in said.err
    assert path.read_bytes() == before


def test_another_programs_database_is_no_market(bare: Counter) -> None:
    with sqlite3.connect(bare.database) as plain:
        plain.execute("CREATE TABLE recipes (name TEXT)")
    plain.close()
    before = bare.contents()
    said = bare.types("pool list")
    assert (said.code, bare.contents()) == (2, before)
    assert "gpumarket init" in said.err


@pytest.mark.parametrize("line", COMMANDS[:-1])
def test_a_database_that_is_not_there_is_not_made_by_looking(bare: Counter, line: str) -> None:
    said = bare.types(line)
    assert said.code == 2
    assert "gpumarket init" in said.err
    assert not Path(bare.database).exists()


@pytest.mark.parametrize("line", COMMANDS)
def test_a_folder_that_cannot_hold_it_is_told(bare: Counter, line: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    for database in (
        *(tmp_path / "absent" / "market.db", tmp_path / "file" / "market.db", tmp_path),
        *("postgresql://db/market", "sqlite://", "", "\\x00:// ", "n" * 300),
    ):
        said = Counter(str(database), bare.capsys).types(line)
        assert said.code == 2, said
        assert "should not happen" not in said.err
        assert said.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.sqlite
@pytest.mark.parametrize("line", ["team add late", BID, "cycle run --early"])
def test_a_read_only_database_is_told_and_stays(counter: Counter, line: str) -> None:
    before = counter.contents()
    read_only = Counter(
        f"sqlite:///file:{counter.database}?mode=ro&uri=true", counter.capsys, counter.at
    )
    said = read_only.types(line)
    assert (said.code, counter.contents()) == (2, before)
    assert "it is read-only; nothing was changed" in said.err


LONGER = pytest.mark.drill


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("team add late", marks=LONGER),
        BID,
        pytest.param("cycle run --early", marks=LONGER),
    ],
)
def test_a_full_disk_is_told_and_nothing_changed(
    counter: Counter, line: str, tmp_path: Path
) -> None:
    """A limit on the size of files stands in for the disk."""
    before = counter.contents()
    size = Path(counter.database).stat().st_size
    program = (
        "import resource, signal, sys; from api.cli import run;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size // 64}, {size // 64}));"
        "sys.exit(run(sys.argv[1:]))"
    )
    command = ["--database", counter.database, "--at", counter.at, *line.split()]
    done = forked.run([sys.executable, "-c", program, *command])
    assert done.returncode == 2, done
    assert "nothing was changed" in done.stderr
    assert done.stderr.count("\n") == 1
    assert counter.contents() == before
    assert shutil.disk_usage(tmp_path).free > 0
    counter.does("ledger check")
