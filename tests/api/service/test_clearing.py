"""The process that clears: where it is killed, whoever waits for it is told so at once."""

import multiprocessing
import threading
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from api.service.clearing import Abandoned, Child, Died
from marketplace.services import indicative
from marketplace.services.indicative import Asked
from tests.marketplace.bazaar import CLOSE, HOUR, TEAMS, a_market, leg, option, placed, request

PATIENCE_S = 30.0


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """Something to clear."""
    store = a_market(str(tmp_path / "market.db"))
    for team in TEAMS:
        placed(store, request(team, "a", option(60, 8, None, leg(units=16))))
    found = indicative.asked(store, CLOSE - HOUR)
    assert found is not None
    return found


def kill_when_there(others: set[BaseProcess]) -> None:
    """Kill the process that clears, a moment after it has begun to wait for work."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        for one in set(multiprocessing.active_children()) - others:
            time.sleep(0.5)
            one.kill()
            return
        time.sleep(0.01)


def test_a_process_that_is_killed_has_died_and_the_next_one_clears(asked: Asked) -> None:
    others = set(multiprocessing.active_children())
    child, given = Child(), (asked.problem, asked.rules, asked.seed)
    outcome, _ = child.clear(*given, lambda: False)
    assert outcome is not None
    kill_when_there(others)
    with pytest.raises(Died):
        child.clear(*given, lambda: False)
    again, _ = child.clear(*given, lambda: False)
    assert again is not None
    assert again.prices_ucr == outcome.prices_ucr
    kill_when_there(others)
    closing = threading.Thread(target=child.close, daemon=True)
    closing.start()
    closing.join(PATIENCE_S)
    assert not closing.is_alive()


def test_who_is_told_to_stop_leaves_the_clearing_and_its_process_ends(asked: Asked) -> None:
    child, others = Child(), set(multiprocessing.active_children())
    with pytest.raises(Abandoned):
        child.clear(asked.problem, asked.rules, asked.seed, lambda: True)
    until = time.monotonic() + PATIENCE_S
    while (left := set(multiprocessing.active_children()) - others) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
