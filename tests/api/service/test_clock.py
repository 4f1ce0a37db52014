"""The clock of a served market: what is due is done once, by the one that leads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from api.rest.market import Market
from api.service.clearing import Child, Died
from api.service.clock import Clock
from marketplace.domain.cycle import CycleState
from marketplace.services import clock as services
from marketplace.services import cycle, indicative, lease, token
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    TEAMS,
    a_market,
    assert_clean,
    leg,
    option,
    placed,
    request,
)


@dataclass(slots=True)
class Hands:
    """A clock that is moved by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_market(str(tmp_path / "market.db"))


def a_clock(store: Store, hands: Hands, holder: str = "a") -> Clock:
    made = Clock(Market(store, hands), holder)
    made.lead()
    return made


def test_what_falls_due_is_done_and_nothing_else(store: Store) -> None:
    """The day's cycle clears in another process; the ticks that were missed are made up for."""
    placed(store, request("nlp", "a", option(60)))
    time = Hands()
    one = a_clock(store, time)
    one.beat()  # the first tick
    assert not services.due(store, NOW)
    time.now = CLOSE
    one.lead()
    one.beat()
    [open_, settled] = cycle.listed(store)
    assert (open_.state, settled.state) == (CycleState.OPEN, CycleState.SETTLED)
    assert not services.due(store, CLOSE)
    one.beat()
    assert len(cycle.listed(store).items) == 2
    one.stop()
    assert_clean(store)


def test_indicative_prices_come_from_the_process_that_clears_once_each(store: Store) -> None:
    for team in TEAMS:
        placed(store, request(team, "a", option(60, 8, None, leg(units=16))))
    time = Hands()
    one = a_clock(store, time)
    for hours, due in ((12, 12), (7, 12), (5, 6), (1, 1)):
        time.now = CLOSE - hours * HOUR
        one.lead()
        one.beat()
        one.beat()
        latest = indicative.showing(store).latest
        assert latest is not None
        assert (latest.due_at, latest.told) == (CLOSE - due * HOUR, ("h100",))
    one.stop()
    assert len(indicative.listed(store, "1").items) == 3
    assert_clean(store)


def test_an_indicative_clearing_whose_process_dies_is_tried_a_few_times_and_told_of(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All else goes on meanwhile."""
    tried, deaths, passed = [], [], [0.0]

    def dies(*_: object) -> NoReturn:
        tried.append(passed[0])
        raise Died("the process that clears has died")

    monkeypatch.setattr(Child, "clear", dies)
    time = Hands(CLOSE - HOUR)
    one = a_clock(store, time)
    one.died = lambda: deaths.append(1)
    one._again.now = lambda: passed[0]
    for second in range(0, 200, 5):
        passed[0] = float(second)
        time.now = CLOSE - HOUR + timedelta(seconds=second)
        one.lead()
        one.beat()
    assert tried == [0.0, 5.0, 35.0, 155.0]
    assert len(deaths) == 4
    found = indicative.showing(store)
    assert found.latest is not None
    assert {pool.reason for pool in found.latest.pools} == {"not-cleared"}
    assert not services.due(store, time.now)
    one.stop()
    assert_clean(store)


def test_only_the_leader_acts_and_the_next_one_follows(store: Store) -> None:
    time = Hands()
    one, other = a_clock(store, time), a_clock(store, time, "b")
    assert (one.leads is not None, other.leads) == (True, None)
    other.beat()
    assert services.due(store, NOW)
    one.stop()
    other.lead()
    other.beat()
    assert not services.due(store, NOW)
    other.stop()
    assert_clean(store)


def test_a_laptop_that_slept_for_a_day_leads_no_more_and_does_nothing_twice(store: Store) -> None:
    placed(store, request("nlp", "a", option(60)))
    time = Hands()
    one, other = a_clock(store, time), a_clock(store, time, "b")
    time.now = NOW + DAY
    other.lead()
    other.beat()
    before = [each.state for each in cycle.listed(store)]
    one.beat()  # it still believes that it leads, until the database says otherwise
    one.lead()
    assert one.leads is None
    assert [each.state for each in cycle.listed(store)] == before
    other.stop()
    assert_clean(store)


def test_a_clock_that_was_set_back_waits_and_does_nothing_twice(store: Store) -> None:
    time = Hands(NOW + HOUR)
    one = a_clock(store, time)
    one.beat()
    time.now = NOW
    one.lead()
    one.beat()
    time.now = NOW + 2 * HOUR
    one.lead()
    one.beat()
    assert not services.due(store, time.now)
    one.stop()
    assert_clean(store)


def test_the_use_of_tokens_is_written_down_at_the_end(store: Store) -> None:
    made = hands.make_token(store, "mia", "gpm_mia", NOW, "member:nlp")
    one = a_clock(store, Hands())
    one.start()
    one.market.recognise("gpm_mia")
    one.stop()
    [seen] = token.listed(store, hands.ROOT)
    assert (seen.token.id, seen.used_at) == (made.id, NOW)
    held = lease.held(store)
    assert held is not None
    assert held.holder == ""
