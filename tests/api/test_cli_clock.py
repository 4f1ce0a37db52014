"""Which time a market has: the machine's, or what ``--at`` says of one that is played with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api import heartbeat
from api.cli import root
from marketplace.services.host_clock import Beat
from tests.api.counter import Counter, opened
from tests.postgresql import Server

TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Machine:
    """A machine whose clock a test moves."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now_, self.start, self.seconds = TODAY, "start", 500
        patch.setattr(root, "datetime", self)
        patch.setattr(heartbeat, "beat", lambda: Beat(self.start, self.seconds))

    def now(self, _zone: object) -> datetime:
        """What its clock says."""
        return self.now_

    def passes(self, time: timedelta) -> None:
        """Time goes by."""
        self.seconds += int(time.total_seconds())
        self.now_ += time


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def real(bare: Counter) -> Counter:
    """A market that runs on real time."""
    counter = replace(bare, at="")
    counter.does("init")
    return counter


def test_at_is_for_markets_to_play_with(bare: Counter, machine: Machine) -> None:
    assert machine.now_ == TODAY
    assert "--manual-clock makes one" in bare.fails(2, "init")
    real(bare)
    for line in ("team add nlp", "team list", "cycle run --early", "init", "clock show"):
        told = bare.later("2126-01-01T00:00Z").fails(2, line)
        assert "--at is " in told
        assert "--manual-clock" in told
    assert "--at" in bare.fails(2, "serve")
    assert "has run on the real clock" in bare.fails(2, "init --manual-clock")


def test_the_time_of_a_market_to_play_with_stands_until_it_is_moved(counter: Counter) -> None:
    standing = replace(counter, at="")
    assert standing.sees("clock show") == {
        "clock": "manual",
        "now": "2026-11-23T12:00:00Z",
        "newest": "2026-11-23T12:00:00Z",
    }
    counter.later("2026-11-24T09:00Z").does("team add late")
    assert "it is 2026-11-24T09:00Z" in standing.does("clock show").out
    standing.does("team add later")
    assert "entries of 2026-11-24T09:00Z" in counter.fails(2, "team add early")
    counter.does("clock set --reason again --yes")
    counter.does("team add early")
    assert standing.sees("ledger check")["clean"]


def test_a_market_rests_for_days_and_a_clock_put_forward_is_refused(
    bare: Counter, machine: Machine
) -> None:
    counter = real(bare)
    machine.passes(timedelta(days=3))
    counter.does("team add nlp")
    machine.now_ += timedelta(hours=8)
    for line in ("team add vision", "cycle run --early", "tick run", "advance"):
        told = counter.fails(2, line)
        assert "nothing shows that so much time has passed" in told
        assert "`gpumarket clock set` says so" in told
    assert [one["id"] for one in counter.lists("team list")] == ["nlp"]
    machine.now_ -= timedelta(hours=8)
    counter.does("team add vision")


def test_an_operator_puts_the_time_right_and_the_journal_has_it(
    bare: Counter, machine: Machine
) -> None:
    counter = real(bare)
    machine.start = "another"
    machine.now_ += timedelta(hours=8)
    counter.fails(2, "team add nlp")
    assert "--yes" in counter.fails(2, "clock set --reason checked")
    assert counter.sees("clock set --reason checked --yes")["now"] == "2026-11-23T20:00:00Z"
    counter.does("team add nlp")
    machine.now_ -= timedelta(hours=8)
    assert "`gpumarket clock set`" in counter.fails(2, "team add vision")
    said = counter.does("clock set --yes --reason", "the host was eight hours fast").out
    assert said == "The market goes on from 2026-11-23T12:00Z.\n"
    counter.does("team add vision")
    assert [one["command"] for one in counter.lists("ledger journal")].count("set-clock") == 2
    assert "on real time" in counter.does("clock show").out
    assert counter.sees("ledger check")["clean"]


@pytest.mark.slow
def test_a_server_has_a_clock_of_its_own(
    capsys: pytest.CaptureFixture[str], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By which a quiet weekend is believed from any host, and a fast one is not."""
    real(Counter(server.new_database(), capsys))
    played = Counter(server.new_database(), capsys)
    opened(played)
    machine = Machine(monkeypatch)
    fresh = Counter(server.new_database(), capsys, at="")
    machine.now_ = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
    fresh.does("init")
    machine.start, machine.now_ = "another", machine.now_ + timedelta(days=3)
    fresh.does("team add nlp")
    machine.now_ += timedelta(hours=8)
    assert "nothing shows" in fresh.fails(2, "team add vision")
