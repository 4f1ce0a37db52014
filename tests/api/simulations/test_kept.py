"""The folder of simulations: one at a time, watched, stopped, gone on with after a kill."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from api.simulations import kept as room
from api.simulations.asked import PAST, Asked, program_words
from api.simulations.kept import Busy, Kept, State, folder_of
from api.simulations.outcome import outcome_of, trouble_of
from marketplace.store.engine import connect

ASKED = Asked(
    key="k",
    by="pia",
    at="2026-11-23T09:00:00+00:00",
    source="few",
    title="Few",
    seeds=3,
    version=1,
    rules={"work": 200, "payment_rule": "uniform"},
    changes={"work": 300},
)
FAKE = """
import json, os, pathlib, sys, time
words = sys.argv[1:]
out = pathlib.Path(words[words.index("--out") + 1])
first = out / "runs" / "one"
begun = first.exists()
first.mkdir(parents=True, exist_ok=True)
(out / "runs" / ".two.77").mkdir(exist_ok=True)
how = (out.parent / "rules" / "the change.json").read_text()
if '"work": 666' in how:
    print("runs …", file=sys.stderr)
    sys.exit("the pools are empty")
while '"work": 300' in how and not begun:
    time.sleep(0.02)
(out / "runs" / "two").mkdir()
(out / "report.html").write_text("<p>" + os.environ["GPUMARKET_DATABASE"])
cells = [{"value": "1", "step": "", "side": "", "mark": ""},
         {"value": "2", "step": "+1", "side": "better", "mark": "best"}]
print(json.dumps({"headline": "h", "adopt": "the change", "why": "Adopt the change", "faults": [],
                  "measures": [{"name": "Value", "unit": "h", "cells": cells}]}))
"""
LONGEST_S = 20


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """A folder whose program is a fake."""
    return Kept(tmp_path / "sims", "sqlite:///market.db", (sys.executable, "-c", FAKE))


def until(true: Callable[[], bool]) -> None:
    """Wait for that."""
    end = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def state(kept: Kept, id_: str) -> State | None:
    """How it goes with one."""
    found = kept.found(id_)
    return found.state if found else None


def begun(kept: Kept, asked: Asked = ASKED) -> str:
    """One that is under way, with its first run done."""
    id_ = kept.begin(asked)
    assert state(kept, id_) is State.RUNNING
    until(lambda: kept.listed()[0].done == 1)
    return id_


def test_one_at_a_time_is_watched_stopped_and_gone_on_with(kept: Kept) -> None:
    assert kept.listed() == []
    id_ = begun(kept)
    assert kept.begin(ASKED) == id_  # sent again
    with pytest.raises(Busy):
        kept.begin(replace(ASKED, key="other"))
    assert kept.report(id_) is None
    assert (kept.folder.stat().st_mode & 0o777) == 0o700
    other = Kept(kept.folder, kept.address, kept.program)  # another process of the service
    assert state(other, id_) is State.RUNNING
    other.stop(id_)
    assert state(kept, id_) is State.STOPPED
    kept.go_on(id_)
    until(lambda: state(kept, id_) is State.DONE)
    found = kept.found(id_)
    assert found
    assert found.outcome
    assert (found.done, found.outcome.adopt) == (2, "the change")
    assert [one.step for one in found.outcome.measures] == ["+1"]
    assert kept.report(id_) == b"<p>sqlite:///market.db"
    kept.go_on(id_)  # there is nothing more to do
    assert state(kept, id_) is State.DONE


def test_what_was_killed_is_interrupted_and_goes_on(kept: Kept) -> None:
    id_ = begun(kept)
    os.killpg(int((kept.folder / id_ / "pid").read_text()), signal.SIGKILL)
    until(lambda: state(kept, id_) is State.INTERRUPTED)
    kept.go_on(id_)
    until(lambda: state(kept, id_) is State.DONE)


def test_what_fails_says_why_and_is_no_obstacle(kept: Kept) -> None:
    id_ = kept.begin(replace(ASKED, changes={"work": 666}))
    until(lambda: state(kept, id_) is State.FAILED)
    found = kept.found(id_)
    assert found
    assert (found.trouble, found.runs) == ("the pools are empty", False)
    good = kept.begin(replace(ASKED, key="2", changes={"work": 5}, at="2026-11-24T09:00:00+00:00"))
    until(lambda: state(kept, good) is State.DONE)
    assert [one.id for one in kept.listed()] == [good, id_]


def test_the_oldest_are_forgotten(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "KEPT", 2)
    ids = []
    for day in (1, 2, 3):
        quick = replace(ASKED, key=str(day), at=f"2026-11-0{day}T09:00:00+00:00", changes={})
        ids.append(kept.begin(quick))
        until(lambda: state(kept, ids[-1]) is State.DONE)
    assert [one.id for one in kept.listed()] == [ids[2], ids[1]]


def test_what_is_none_of_ours_is_left_alone(kept: Kept) -> None:
    for content in (b"", b"[]", b'{"key": 1}', b"\xff"):
        place = kept.folder / "abc"
        place.mkdir(parents=True, exist_ok=True)
        (place / "asked.json").write_bytes(content)
        assert kept.listed() == []
    assert kept.found("../abc") is None
    assert kept.found("") is None


def test_where_they_are_kept(tmp_path: Path) -> None:
    filed = connect(f"sqlite:///{tmp_path}/market.db")
    assert folder_of(filed, {}) == tmp_path / "market.db.simulations"
    named = folder_of(filed, {"GPUMARKET_SIMULATIONS": str(tmp_path / "here")})
    assert named is not None
    assert named.parent == tmp_path / "here"
    assert folder_of(connect("sqlite://"), {}) is None
    server = connect("postgresql://bob@db/market")
    at = folder_of(server, {"XDG_STATE_HOME": str(tmp_path)})
    assert at is not None
    assert at.parent == tmp_path / "gpumarket"
    other = folder_of(connect("postgresql://bob@db/other"), {"XDG_STATE_HOME": str(tmp_path)})
    assert other != at


def test_the_past_is_taken_first_and_both_versions_are_whole() -> None:
    asked = replace(ASKED, source=PAST, until="2026-11-23T00:00:00+00:00", proposal="more")
    folder = Path("folder")
    first, second = (" ".join(program_words(one, folder)) for one in asked.commands(folder))
    assert first == (
        "gpumarket sim from-history --from 2026-10-26T00:00Z --to 2026-11-23T00:00Z "
        "--out history.parquet --json"
    )
    assert (
        "compare last-28-days.toml --rules rules/version 1.json --rules rules/more.json" in second
    )
    assert b'"work": 200' in asked.files["rules/version 1.json"]
    assert b'"work": 300' in asked.files["rules/more.json"]
    assert b'"payment_rule": "uniform"' in asked.files["rules/more.json"]
    assert Asked.read(asked.content) == asked


def test_trouble_is_a_sentence() -> None:
    assert trouble_of(b'runs \xe2\x80\xa6\n{"code": "bad-file", "message": "x is not there"}') == (
        "x is not there"
    )
    assert "short of memory" in trouble_of("runs …\n".encode())
    assert "short of memory" in trouble_of(b"")
    assert trouble_of(b"Traceback\n  at\nValueError: odd") == "ValueError: odd"
    assert outcome_of(b"{}") is None
    assert outcome_of(b"") is None
