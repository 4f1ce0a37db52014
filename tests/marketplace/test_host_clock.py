"""A clock that is wrong closes no market: it is refused in time, and what it did is put right."""

from datetime import timedelta

import pytest

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.command import SetClock
from marketplace.domain.team import Team
from marketplace.errors import BadField, ClockAhead, Forbidden, TooEarly
from marketplace.services import clock, lease
from marketplace.services.host_clock import NAME, Beat, believe, remember
from marketplace.services.runner import Runner
from marketplace.store import spot_price as price_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    DAY,
    HOUR,
    NOW,
    SALT,
    a_grant,
    a_market,
    assert_clean,
    option,
    placed,
    request,
    run,
)

HERE = Beat("this start", 1_000)


def later(hours: float, start: str = "this start") -> Beat:
    return Beat(start, 1_000 + int(hours * 3_600))


def set_clock(store: Store, at: object, reason: str = "eight hours fast") -> None:
    Runner(store).run(SetClock(at, reason), by=hands.ROOT, at=at)  # type: ignore[arg-type]


def test_a_quiet_weekend_is_believed_and_a_clock_put_forward_is_not() -> None:
    store = a_market()
    believe(store, NOW, HERE)
    believe(store, NOW + 64 * HOUR, later(64))
    believe(store, NOW + 64.9 * HOUR, later(64))
    with pytest.raises(ClockAhead, match="says 2026-11-26T10:00Z, the newest entry is of"):
        believe(store, NOW + 73 * HOUR, later(65))


@pytest.mark.parametrize("start", ["another start", ""])
def test_where_nothing_shows_that_time_has_passed_only_an_hour_is_believed(start: str) -> None:
    """After a start of the machine, on another one, and where it does not tell."""
    store = a_market()
    believe(store, NOW, Beat(start and "this start", 1_000))
    believe(store, NOW + HOUR, later(1, start))
    with pytest.raises(ClockAhead):
        believe(store, NOW + 8 * HOUR, later(8, f"{start}, then another" if start else ""))
    set_clock(store, NOW + 8 * HOUR)
    believe(store, NOW + 8 * HOUR, later(8, start))


def test_a_market_without_an_entry_has_nothing_to_be_ahead_of() -> None:
    store = a_market()
    remember(store, NOW - DAY, HERE)
    believe(store, NOW, HERE)
    found = lease.held(store, NAME)
    assert found is not None
    assert (found.holder, found.fence, found.until) == ("this start", 1_000, NOW)


@pytest.mark.both
def test_entries_of_a_time_that_has_not_come_are_got_over() -> None:
    """Grants given, ticks run and a cycle closed by a clock that was a hundred years fast."""
    store = a_market()
    placed(store, request("nlp", "a", option(9)))
    clock.run_tick(Runner(store), NOW)
    far = NOW + timedelta(days=36_500)
    run(store, far)
    clock.run_tick(Runner(store), far)
    late = Team(id="late", name="Late", created_at=NOW)
    with pytest.raises(TooEarly):
        hands.enrol(store, [late])
    set_clock(store, NOW + HOUR)
    hands.enrol(store, [Team(id="late", name="Late", created_at=NOW + HOUR)])
    hands.grant(store, [a_grant("anew", "nlp")], NOW + HOUR)
    dues = {one.what: one.at for one in clock.next_due(store)}
    assert dues["cycle"] == CLOSE
    assert dues["tick"] <= NOW + HOUR + timedelta(minutes=5)
    with store.read() as tx:
        published = price_store.history(tx, NOW, far + DAY)
    assert {one.at for ones in published.values() for one in ones} == {NOW}
    clock.advance(Runner(store), CLOSE, SALT)
    assert_clean(store)


def test_only_an_operator_says_what_time_it_is_and_why() -> None:
    store = a_market()
    boss = Actor.person("pia", Standing(Role.PLATFORM), Standing(Role.ADMIN))
    with pytest.raises(Forbidden):
        Runner(store).run(SetClock(NOW, "so"), by=boss, at=NOW)
    with pytest.raises(BadField, match="give 1 to 200 letters"):
        set_clock(store, NOW, "")
    set_clock(store, NOW - HOUR)
    set_clock(store, NOW - HOUR)
    assert_clean(store)
