"""Of several clocks one leads, and one that slept cannot commit."""

import pytest

from marketplace.domain.actor import CLOCK
from marketplace.domain.clock_command import Advance, RunTick
from marketplace.domain.lease import TTL
from marketplace.errors import NotLeading
from marketplace.services import lease
from marketplace.services.clock import Leading
from marketplace.services.runner import Runner
from tests.marketplace.bazaar import DAY, NOW, a_market, assert_clean

pytestmark = pytest.mark.both


def test_one_leads_until_it_gives_no_sign_of_life() -> None:
    store = a_market()
    first = lease.take(store, "a", NOW)
    assert first is not None
    assert (first.fence, first.until) == (1, NOW + TTL)
    assert lease.take(store, "b", NOW + TTL / 2) is None
    assert lease.take(store, "a", NOW + TTL / 3) is not None
    assert lease.take(store, "b", NOW + TTL) is None
    second = lease.take(store, "b", NOW + TTL + TTL / 3)
    assert second is not None
    assert (second.holder, second.fence) == ("b", 2)
    assert lease.take(store, "a", NOW + TTL + TTL / 3) is None
    assert_clean(store)


def test_a_leader_that_slept_cannot_commit() -> None:
    store = a_market()
    runner = Runner(store)
    slept, awake = lease.take(store, "a", NOW), lease.take(store, "b", NOW + 2 * TTL)
    assert slept is not None
    assert awake is not None
    with pytest.raises(NotLeading, match="its number is 2, this one's 1"):
        Leading(runner, slept.fence).run(RunTick(), by=CLOCK, at=NOW)
    assert Leading(runner, awake.fence).run(RunTick(), by=CLOCK, at=NOW) is not None
    with pytest.raises(NotLeading):
        Leading(runner, 7).run(Advance(), by=CLOCK, at=NOW)
    assert_clean(store)


def test_who_gives_up_is_followed_at_once_and_nobody_else_can_give_up_for_it() -> None:
    store = a_market()
    first = lease.take(store, "a", NOW)
    assert first is not None
    lease.give_up(store, first, NOW)
    second = lease.take(store, "b", NOW)
    assert second is not None
    assert second.fence == 2
    lease.give_up(store, first, NOW)  # too late: it is b's by now
    assert lease.held(store) == second


def test_an_end_that_no_leader_could_have_set_binds_nobody() -> None:
    """A clock was a day ahead, and its process is gone."""
    store = a_market()
    assert lease.take(store, "a", NOW + DAY) is not None
    second = lease.take(store, "b", NOW)
    assert second is not None
    assert second.fence == 2
