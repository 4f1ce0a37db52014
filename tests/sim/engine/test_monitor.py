"""What a made-up monitor measures of the time-boxes of a simulated market."""

from datetime import UTC, datetime

from marketplace.domain.page import every
from marketplace.domain.reservation import ReservationState
from marketplace.rules import MarketRules
from marketplace.services import check, reservation, usage
from sim.demand.generator import generate
from sim.engine.market import live
from sim.engine.monitor import measure
from sim.scenarios.shipped import demo_organisation

DEMO = demo_organisation(datetime(2026, 11, 2, tzinfo=UTC), days=2)
RULES = MarketRules(work=1_000, tick_minutes=60, notice_minutes=60)
WATCHED = {"b200", "h200"}


def quiet(what: str, done: int, of: int) -> None:
    """No progress."""


def test_a_part_of_reserved_time_is_measured_and_some_of_it_was_idle() -> None:
    world = live(DEMO, generate(DEMO, 1), [], RULES, 1, quiet)
    measure(world, world.end)
    boxes = tuple(every(reservation.listed, world.store))
    over = [one for one in boxes if one.state is ReservationState.EXPIRED]
    assert {one.pool for one in over} > WATCHED
    found = usage.used(world.store, [one.id for one in boxes])
    assert found.keys() == {one.id for one in over if one.pool in WATCHED}
    assert all(0 <= one.used <= one.held for one in found.values())
    shares = [one.share or 0 for one in found.values()]
    assert 0.5 < sum(shares) / len(shares) < 1
    measure(world, world.end)
    assert usage.used(world.store, [one.id for one in boxes]) == found
    assert check.check(world.store, quiet).faults == ()
