"""Ctrl-C and SIGTERM: whenever they come, the best found so far is written, and nothing aborts."""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from api.cli import exits, run, show
from tests import forked
from tests.api.counter import Counter
from tests.api.test_cli_clearing import crowded

PROGRAM = [sys.executable, "-c", "from api.cli import main; main()"]
INTERRUPTED = exits.INTERRUPTED


def singles(bids: int) -> dict[str, Any]:
    """Bids for a few of many single units each: what CP-SAT and SCIP prove side by side."""
    chance = Random(1)
    names = [f"p{number:02}" for number in range(40)]
    return {
        "format": "clearing-problem/1",
        "start": "2026-11-23T00:00:00Z",
        "slot_minutes": 60,
        "slots": 1,
        "pools": [{"id": name, "capacity": 1, "reserve_price": 0} for name in names],
        "bids": [_bid(number, chance.sample(names, 7), chance) for number in range(bids)],
    }


def _bid(number: int, wanted: list[str], chance: Random) -> dict[str, Any]:
    legs = [{"pool": name, "quantity": 1, "offset": 0, "duration": 1} for name in wanted]
    value = 10 + chance.randrange(40) / 4
    option = {"value": value, "earliest_start": 0, "latest_start": 0, "legs": legs}
    return {"id": f"b{number}", "team": f"t{number % 9}", "options": [option]}


PROBLEMS = {
    "search": crowded(1500),  # GLOP, then a search without any proof
    "proof": crowded(120),  # GLOP, and CP-SAT beside a tree of our own
    "singles": singles(700),  # CP-SAT beside SCIP
}


def moments(number: int) -> list[tuple[str, signal.Signals, float]]:
    """So many (problem, signal, seconds after the solver was loaded), spread over all of them."""
    signals = (signal.SIGINT, signal.SIGTERM)
    names = sorted(PROBLEMS)
    return [
        (names[k % 3], signals[k // 3 % 2], round(0.1 + 4.9 * k / number, 2)) for k in range(number)
    ]


def interrupted_at(folder: Path, name: str, number: signal.Signals, after_s: float) -> None:
    """The outcome of a clearing that was interrupted then is written, and is sound."""
    path, out = folder / "problem.json", folder / "outcome.json"
    path.write_text(json.dumps(PROBLEMS[name]))
    told = forked.Told([*PROGRAM, "clear", str(path), "--out", str(out), "--work", "900000000"])
    while not clearing(told.program.pid) and told.program.poll() is None:
        time.sleep(0.02)
    time.sleep(after_s)
    came_in_time = told.program.poll() is None
    told.program.send_signal(number)
    done = told.ended()
    assert "terminate" not in done.stderr
    if came_in_time:
        assert done.returncode == INTERRUPTED, done.stderr
        assert "Interrupted: this is the best outcome found so far." in done.stderr
    assert "awards" in done.stdout
    assert run(["verify", str(path), str(out)]) == 0


def clearing(pid: int) -> bool:
    """Whether the process listens to Ctrl-C by a handler of its own: Python's is there before."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return False
    caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "number", "after_s"), moments(3))
def test_whenever_a_clearing_is_interrupted_the_best_so_far_is_written(
    tmp_path: Path, name: str, number: signal.Signals, after_s: float
) -> None:
    interrupted_at(tmp_path, name, number, after_s)


@pytest.mark.drill
@pytest.mark.parametrize(("name", "number", "after_s"), moments(30))
def test_at_thirty_moments_the_best_so_far_is_written(
    tmp_path: Path, name: str, number: signal.Signals, after_s: float
) -> None:
    interrupted_at(tmp_path, name, number, after_s)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_broken_off_says_so(tmp_path: Path, number: signal.Signals) -> None:
    told = forked.Told([*PROGRAM, "demo", "--out", str(tmp_path / "report")])
    while not clearing(told.program.pid) and told.program.poll() is None:
        time.sleep(0.02)
    time.sleep(3)
    told.program.send_signal(number)
    done = told.ended()
    assert done.returncode == INTERRUPTED, done.stderr
    assert "interrupted" in done.stderr
    assert not list((tmp_path / "report").iterdir())


def full_book(counter: Counter, folder: Path) -> Counter:
    """A market at its first close, with bids that take a while to clear."""
    chance = Random(2)
    for team in ("nlp", "vision"):
        bids = [
            {
                "key": f"{team}-{number}",
                "options": [
                    {
                        "value": f"{4 + chance.random() * 3:.2f}",
                        "earliest_start": "2026-11-24T01:00Z",
                        "latest_start": "2026-11-26T01:00Z",
                        "legs": [
                            {
                                "pool": "h100",
                                "quantity": chance.randrange(2, 9),
                                "duration": f"{chance.randrange(2, 9)}h",
                            }
                        ],
                    }
                ],
            }
            for number in range(60)
        ]
        path = folder / f"{team}.json"
        path.write_text(json.dumps(bids))
        counter.does(f"bid --team {team} --file", str(path))
    return counter.later("2026-11-24T00:00Z")


def settling_cut_off(counter: Counter, number: signal.Signals, after_s: float) -> None:
    """A cycle's run that is cut off then is finished by the next one, once."""
    where = ["--database", counter.database, "--at", counter.at]
    told = forked.Told([*PROGRAM, *where, "cycle", "run"])
    while not clearing(told.program.pid) and told.program.poll() is None:
        time.sleep(0.02)
    time.sleep(after_s)
    came_in_time = told.program.poll() is None
    told.program.send_signal(number)
    done = told.ended()
    assert "terminate" not in done.stderr
    assert done.returncode == INTERRUPTED or not came_in_time, done.stderr
    shown = counter.sees("cycle show 1")["state"]
    if shown != "settled":
        assert counter.sees("cycle run")["id"] == "cyc_000001"
    assert counter.sees("cycle show 1")["state"] == "settled"
    counter.does("ledger check")


@pytest.mark.slow
def test_a_cycle_that_is_cut_off_is_finished_by_the_next_run(
    counter: Counter, tmp_path: Path
) -> None:
    settling_cut_off(full_book(counter, tmp_path), signal.SIGTERM, 0.5)


@pytest.mark.drill
@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cycle_that_is_cut_off_at_any_moment_is_finished_by_the_next_run(
    counter: Counter, tmp_path: Path, number: signal.Signals, after_s: float
) -> None:
    settling_cut_off(full_book(counter, tmp_path), number, after_s)


def test_an_interruption_of_which_something_else_was_made_is_one_all_the_same(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def load() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:  # as an extension module does that is just being loaded
            raise ImportError("initialization failed") from None

    with pytest.raises(KeyboardInterrupt), show.progress():
        load()
    capfd.readouterr()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_that_was_lost_breaks_off_at_the_next_step(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with show.progress() as step:
        with contextlib.suppress(KeyboardInterrupt):  # as an object does that just dies
            os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            step("next", 0, 1)
    assert signal.getsignal(number) is before
    capfd.readouterr()


def test_a_failure_without_an_interruption_stays_what_it_is() -> None:
    with pytest.raises(ImportError), show.progress():
        raise ImportError("initialization failed")
