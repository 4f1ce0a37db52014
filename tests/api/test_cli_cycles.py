"""Cycles and the books from the command line."""

import sqlite3
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.api.counter import BOTH_WAYS, Counter

pytestmark = pytest.mark.both

MIDNIGHT = "2026-11-24T00:00Z"
FIXED = ("--earliest", "2026-11-24T02:00Z", "--latest", "2026-11-24T02:00Z")


def test_a_cycle_is_not_run_before_it_is_due_unless_on_purpose(counter: Counter) -> None:
    before = counter.contents()
    said = counter.does("cycle run")
    assert "Nothing is due: cycle cyc_000001 closes at 2026-11-24T00:00" in said.out
    assert "--early" in said.out
    told = {"due": False, "cycle": "cyc_000001", "closes_at": "2026-11-24T00:00:00Z"}
    assert counter.sees("cycle run") == told
    assert counter.contents() == before
    assert counter.sees("cycle run --early")["state"] == "settled"


@BOTH_WAYS
def test_a_run_tells_awards_losses_surplus_bound_and_what_was_paid(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)
    counter.does("bid --team vision --pool h100 -q 8 -d 4h --value 1", *FIXED)
    said = counter.later(MIDNIGHT).does("cycle run").out
    assert "cyc_000001 is settled" in said
    assert "1: 1 below-reserve" in said
    assert "paid     8.00 credits" in said
    shown = counter.sees("cycle show cyc_000001")
    assert shown["outcome"]["lost"] == {"below-reserve": 1}
    assert [cycle["id"] for cycle in counter.lists("cycle list")] == ["cyc_000002", "cyc_000001"]


@pytest.mark.slow
def test_two_processes_settle_a_cycle_once(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)
    command = [sys.executable, "-c", "from api.cli import main; main()"]
    command += ["--database", counter.database, "--at", MIDNIGHT, "cycle", "run"]
    both = [forked.Told(command) for _ in range(2)]
    ends = [(one.stdout, one.stderr, one.returncode) for one in (told.ended() for told in both)]
    settled = [out for out, _, code in ends if code == 0 and "cyc_000001 is settled." in out]
    assert len(settled) == 1, ends
    [(out, err, _)] = [end for end in ends if end[0] not in settled]
    late = "cyc_000001 was settled already by another process; nothing done twice" in out
    assert late or "cyc_000002 closes at" in out + err, (out, err)
    assert len(counter.lists("reservations list")) == 1
    counter.does("ledger check")


@BOTH_WAYS
def test_anyone_can_verify_a_cycles_files_and_a_team_finds_its_own_bids(
    counter: Counter, tmp_path: Path
) -> None:
    order = counter.sees("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)["id"]
    counter.later(MIDNIGHT).does("cycle run")
    out = tmp_path / "new" / "folder"
    counter.does("cycle files 1 --out", str(out))
    problem, outcome = out / "problem.json", out / "outcome.json"
    assert "Sound" in counter.does("verify", str(problem), str(outcome)).out
    assert "nlp" not in problem.read_text()
    [name] = counter.lists("cycle names cyc_000001 --team nlp")
    assert name["order"] == order
    assert name["bid"] in outcome.read_text()
    assert counter.lists("cycle names cyc_000001 --team vision") == []


@BOTH_WAYS
def test_a_cycle_that_is_not_there_or_not_cleared_has_no_files(
    counter: Counter, tmp_path: Path
) -> None:
    said = counter.types("cycle files cyc_000009 --out", str(tmp_path / "out"))
    assert (said.code, "cyc_000009" in said.err) == (1, True)
    said = counter.types("cycle files cyc_000001 --out", str(tmp_path / "out"))
    assert (said.code, "published when it is cleared" in said.err) == (1, True)
    said = counter.types("cycle show last")
    assert (said.code, "'last'" in said.err) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.sqlite
def test_the_books_are_clean_until_somebody_has_a_hand_in_them(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)
    counter.later(MIDNIGHT).does("cycle run")
    said = counter.does("ledger check")
    assert "The books are clean." in said.out
    report = counter.sees("ledger check")
    assert (report["clean"], report["faults"], report["granted_credits"]) == (True, [], "2000")
    assert report["head"] == counter.does("ledger head").out.strip()
    assert report["replayed"] == 0, "a clean check is gone on from"
    assert counter.sees("ledger check --all")["replayed"] == report["journal_lines"]
    assert counter.sees("ledger check", "--since", report["head"])["clean"]
    with sqlite3.connect(counter.database) as plain:
        table = "transfer"
        [name] = [
            row[0]
            for row in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if row[0].startswith(table)
        ]
        for [trigger] in plain.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            plain.execute(f"DROP TRIGGER {trigger}")
        plain.execute(f"UPDATE {name} SET amount_ucr = amount_ucr + 1 WHERE seq = 1")  # noqa: S608
    plain.close()
    said = counter.types("ledger check")
    assert said.code == 1
    assert "transfer 1: amount_ucr was changed" in said.out
    assert "does not fit the hash chain" in said.out
    assert "The books are broken" in said.out


def test_a_market_is_copied_to_another_database_once(counter: Counter, tmp_path: Path) -> None:
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)
    there = str(tmp_path / "there.db")
    made = counter.sees("ledger copy", there)
    assert (made["same"], made["faults"]) == (True, [])
    assert counter.sees("ledger digests") == {"head": made["head"], "tables": made["tables"]}
    assert made["tables"]["journal"] in counter.does("ledger digests").out
    assert counter.fails(1, "ledger copy", there)
    elsewhere = counter.does("ledger copy", str(tmp_path / "elsewhere.db"))
    assert "Every table has the same digest there." in elsewhere.out
    assert "sqlite://" in counter.fails(2, "ledger copy sqlite://")


def test_the_roles_of_each_command_are_shown(bare: Counter) -> None:
    may = bare.sees("ledger roles")
    assert may["place-order"] == ["lead", "member"]
    assert may["give-grants"] == ["finance"]
    assert "settle-cycle" in bare.does("ledger roles").out


def test_transfers_are_listed_by_account_and_period(counter: Counter) -> None:
    counter.does("bid --team nlp --pool h100 -q 8 -d 4h --value 60", *FIXED)
    counter.later(MIDNIGHT).does("cycle run")
    moves = [one["movement"] for one in counter.lists("ledger list")]
    assert moves == ["grant", "grant", "hold", "pay", "void"]
    assert [one["movement"] for one in counter.lists("ledger list --account pool/h100")] == ["pay"]
    assert len(counter.lists("ledger list --account mint")) == 2
    assert counter.lists("ledger list --account team/poor") == []
    period = ("--from", "2026-11-23T12:00Z", "--until", MIDNIGHT)
    own = counter.lists("ledger list --account team/nlp", *period)
    assert [(one["movement"], one["credits"]) for one in own] == [("grant", "1000"), ("hold", "60")]
    assert "1,000.00" in counter.does("ledger list").out
    assert "no such transfer" in counter.does("ledger list --account team/poor").out


def test_a_flag_of_the_root_after_the_command_is_told_where_it_belongs(counter: Counter) -> None:
    said = counter.types("cycle run --at 2026-11-24T00:00Z")
    assert said.code == 2
    assert "put --at before the command: gpumarket --at … COMMAND" in said.err


def test_the_program_says_its_version(counter: Counter) -> None:
    assert counter.does("--version").out == "gpumarket 0.1.0\n"
