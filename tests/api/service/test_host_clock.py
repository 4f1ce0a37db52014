"""A served market does not follow a clock that is put forward."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from api import heartbeat
from api.rest.market import Market
from api.service import host_clock
from api.service.clock import Clock
from api.service.host_clock import HostClock
from marketplace.domain.command import SetClock
from marketplace.errors import ClockAhead
from marketplace.services import lease
from marketplace.services.host_clock import Beat
from marketplace.services.runner import Runner
from tests.marketplace import hands
from tests.marketplace.bazaar import HOUR, NOW, a_market


class Machine:
    """A machine whose clock a test moves."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now, self.seconds = NOW, 500
        patch.setattr(host_clock, "utc_now", lambda: self.now)
        patch.setattr(heartbeat, "beat", lambda: Beat("start", self.seconds))

    def passes(self, time: timedelta) -> datetime:
        """Time goes by."""
        self.seconds += int(time.total_seconds())
        self.now += time
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_it_follows_time_that_passes_and_no_hand(tmp_path: Path, machine: Machine) -> None:
    clock = HostClock(a_market(str(tmp_path / "market.db")))
    assert clock() == NOW
    assert machine.passes(60 * HOUR) == clock()
    machine.now += 8 * HOUR
    with pytest.raises(ClockAhead):
        clock()
    Runner(clock.store).run(SetClock(machine.now, "it was slow"), by=hands.ROOT, at=machine.now)
    assert clock() == machine.now
    assert machine.passes(30 * HOUR) == clock()


def test_nothing_falls_due_by_it(
    tmp_path: Path, machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    store = a_market(str(tmp_path / "market.db"))
    clock = Clock(Market(store, HostClock(store)))
    clock.lead()
    machine.now += 24 * HOUR
    clock.beat()
    assert "what is due cannot be done now: the clock of this machine says" in caplog.text
    clock.stop()
    assert clock.leads is None
    found = lease.held(store)
    assert found is not None
    assert found.until < NOW + HOUR


def test_what_a_machine_counts_goes_on() -> None:
    first, second = heartbeat.beat(), heartbeat.beat()
    assert first.start == second.start
    assert 0 <= second.seconds - first.seconds <= 60


def test_a_machine_may_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(heartbeat, "START", tmp_path / "none")
    assert heartbeat.beat() == Beat("", 0)
