"""Forward floors: what a repeat of the last week would cost is the least that is paid ahead."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import pytest

from allocator.files.formats import decode_problem
from marketplace.domain.actor import CLOCK
from marketplace.domain.capacity import Span
from marketplace.domain.clock_command import RecordFloors
from marketplace.domain.forward_floor import Fared, Floors, expected, fared, repeated
from marketplace.domain.indicative import IndicativePool, encoded
from marketplace.domain.order import OrderState
from marketplace.errors import UnsoundOutcome
from marketplace.rules import MarketRules
from marketplace.services import cycle, forward_floor, order
from marketplace.services.runner import Runner
from marketplace.store import order as order_store
from marketplace.store.engine import Store
from tests.marketplace import grounds, hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    RULES,
    SALT,
    START,
    TEAMS,
    a_market,
    assert_clean,
    leg,
    open_market,
    option,
    placed,
    request,
)

FLOORED = replace(RULES, forward_floor_ppm=500_000)
WHOLE = (leg(units=16),)
WEEK = 7 * DAY


def contested(rules: MarketRules = FLOORED) -> Store:
    """A market in whose first week each team asked once for all units in the same two hours of each
    day: 64, 48 and 32 credits, which is 2, 1.5 and 1 a unit-hour."""
    return grounds.like(("contested", rules), partial(_contest, rules=rules))


def _contest(store: Store, rules: MarketRules) -> None:
    open_market(store, rules=rules)
    for day in range(7):
        wanted = [
            request(team, f"{day}", option(worth, 24 * day + 30, None, *WHOLE))
            for team, worth in zip(TEAMS, (64, 48, 32), strict=True)
        ]
        placed(store, *wanted, now=NOW + day * DAY)
        hands.run(store, CLOSE + day * DAY, SALT)


def test_a_week_comes_again_after_the_close_from_its_own_first_sale_on() -> None:
    """An order of Monday 09:00 for Tuesday 14:00 comes again on the next Monday, and on the one
    after; and not once more, for nobody sells so far ahead."""
    store = a_market(rules=FLOORED)
    [one] = placed(store, request("nlp", "a", option(9, 6, 20)))
    again = repeated([one], CLOSE, FLOORED)
    assert [each.placed_at - one.placed_at for each in again] == [WEEK, 2 * WEEK]
    first = one.request.options[0]
    assert [each.request.options[0].latest_start for each in again] == [
        first.latest_start + WEEK,
        first.latest_start + 2 * WEEK,
    ]
    assert repeated([one], one.placed_at + 8 * DAY, FLOORED)[0].placed_at == NOW + 2 * WEEK
    late = replace(one, placed_at=CLOSE + HOUR)
    assert repeated([late], CLOSE, FLOORED) == []  # by its first sale its window is over


def test_floors_are_told_when_the_cycle_before_ends_and_hold_in_the_next() -> None:
    """The second of three teams offers 48 for two hours of 16 units, which is 3 credits a unit: the
    lowest prices that keep it out are the reserve of .25 and then 2.75. It is the third of four
    days on sale: that day and its neighbours cost (71 × .25 + 2.75) / 72 = .2847 in the mean, that
    hour of all four (3 × .25 + 2.75) / 4 = .875, and all hours (95 × .25 + 2.75) / 96 = .2760. So
    .2847 × .875 / .2760 = .9025, told as .91, and .2847 × .25 / .2760 = .2579 for the hour before,
    told as .26. Half of that is the least: .25 still, and .455, which is 11.28 for all units."""
    store = contested()
    shown = forward_floor.showing(store)
    assert (shown.cycle.id, shown.share_ppm) == ("cyc_000008", 500_000)
    floors = shown.floors
    assert floors is not None
    assert (floors.as_of, floors.orders) == (CLOSE + 6 * DAY, 21)
    [h100] = [one for one in floors.pools if one.pool == "h100"]
    told = {floors.start + k * HOUR: p for k, p in enumerate(h100.prices_ucr) if p is not None}
    wanted: datetime = CLOSE + 9 * DAY + 6 * HOUR
    assert told == {wanted: CREDIT * 26 // 100, wanted + HOUR: CREDIT * 91 // 100}
    low, high = placed(
        store,
        request("nlp", "low", option(11, 9 * 24 + 6, None, *WHOLE)),
        request("rl", "high", option(12, 9 * 24 + 6, None, *WHOLE)),
        now=CLOSE + 6 * DAY + HOUR,
    )
    hands.run(store, CLOSE + 7 * DAY, SALT)
    problem = decode_problem(cycle.files(store, 8).problem)
    [pool] = [one for one in problem.pools if one.id == "h100"]
    at = (wanted - problem.start) // HOUR
    assert pool.reserve_ucr[at : at + 2] == (CREDIT // 4, CREDIT * 455 // 1000)
    assert order.get(store, low.id, team="nlp").reason == "below-reserve"
    won = order.get(store, high.id, team="rl")
    assert won.fill is not None
    assert won.fill.payment_ucr == CREDIT * 1128 // 100
    assert_clean(store)


def test_what_is_expected_is_the_mean_of_the_days_around_by_the_time_of_day() -> None:
    """Twelve-hour slots of three days and a half: 1 to 4 by day, 2.5 in the mean, and 10, 20, 30 by
    night, 20 in the mean; 10 in all. The first two days stand for themselves, at 5.5 and 11; around
    the third lie all but the first, at 11.8; and around the last the third, at 12.33."""
    prices = {"h100": (1, 10, 2, 20, 3, 30, 4)}
    assert expected(prices, timedelta(hours=12)) == {"h100": (1, 11, 2, 22, 2, 23, 3)}
    assert expected({"h100": (7,)}, timedelta(hours=1)) == {"h100": (7,)}
    assert expected({"h100": (0, 0, 0)}, timedelta(hours=12)) == {"h100": (0, 0, 0)}


def test_floors_are_held_against_what_the_hours_cost_in_the_end() -> None:
    """Of cycle 1's floors 3 and 2, above a reserve of 1, hours cost 4 and 1 when they were last
    sold; its 1 is no floor, its last hour is sold on, and cycle 2's own 5 tells nothing."""
    span = Span(start=CLOSE, slot=HOUR, slots=4)
    told = [
        (1, span, np.array([3, 2, 1, 7], dtype=np.int64)),
        (2, span, np.array([5, 1, 1, 1], dtype=np.int64)),
    ]
    last = {span.at(0): (2, 4), span.at(1): (2, 1), span.at(2): (2, 9)}
    found = fared("h100", 1, told, last)
    assert found == Fared(pool="h100", slots=2, floor_ucr=2, price_ucr=2, reached=1, empty=1)
    assert fared("h100", 1, told[1:], last) is None


def test_what_came_of_floors_is_told_once_their_hours_are_sold_no_more() -> None:
    """Cycle 7 had a floor of .455 for an hour that cycle 9 sells last, for the reserve price, since
    nobody asks for it any more."""
    store = contested()
    for day in (7, 8):
        assert forward_floor.showing(store).past == ()
        hands.run(store, CLOSE + day * DAY, SALT)
    [one] = forward_floor.showing(store).past
    assert (one.pool, one.slots, one.reached, one.empty) == ("h100", 1, 0, 1)
    assert (one.floor_ucr, one.price_ucr) == (CREDIT * 455 // 1000, CREDIT // 4)


def test_without_the_rule_or_without_a_week_there_are_none() -> None:
    assert forward_floor.showing(contested(RULES)).floors is None
    store = a_market(rules=FLOORED)
    placed(store, request("nlp", "a", option(9, 30)))
    hands.run(store, CLOSE, SALT)
    assert hands.floors(store, CLOSE + HOUR) is None
    assert forward_floor.showing(store).floors is None
    problem = decode_problem(cycle.files(store, 1).problem)
    assert {price for pool in problem.pools for price in pool.reserve_ucr} == {CREDIT // 4}


def test_they_are_made_once_and_only_of_what_was_announced() -> None:
    store = contested()
    before = forward_floor.showing(store).floors
    assert hands.floors(store, CLOSE + 6 * DAY + HOUR) is None
    file = encoded([IndicativePool(pool="h100", prices_ucr=(CREDIT,))])
    for number, sha256 in ((8, hashlib.sha256(file).hexdigest()), (7, "x")):
        command = RecordFloors(number, CLOSE, 1, sha256)
        now = CLOSE + 6 * DAY + HOUR
        assert Runner(store).run(command, by=CLOCK, at=now, attachment=file) is None
    assert forward_floor.showing(store).floors == before
    hands.run(store, CLOSE + 7 * DAY, SALT)
    fresh = a_market(rules=FLOORED)
    for sha256 in ("x", hashlib.sha256(file).hexdigest()):
        command = RecordFloors(1, NOW, 1, sha256)
        with pytest.raises(UnsoundOutcome):  # another file; not a price for each slot
            Runner(fresh).run(command, by=CLOCK, at=NOW, attachment=file)
    assert_clean(store)


def test_they_fall_on_the_slots_of_the_sale_whenever_it_begins() -> None:
    pool = IndicativePool(pool="h100", prices_ucr=(10, None, 30))
    floors = Floors(cycle=1, as_of=NOW, start=START, slot_minutes=60, orders=1, pools=(pool,))
    span = Span(start=START + HOUR, slot=timedelta(hours=1), slots=3)
    assert floors.on(span, 500_000)["h100"].tolist() == [0, 15, 0]
    earlier = Span(start=START - HOUR, slot=timedelta(hours=1), slots=3)
    assert floors.on(earlier, 1_000_000)["h100"].tolist() == [0, 10, 0]


def test_the_week_has_who_bid_in_it() -> None:
    store = a_market(rules=FLOORED)
    kept, gone = placed(
        store, request("nlp", "a", option(9, 30)), request("rl", "b", option(9, 30))
    )
    hands.cancel(store, [gone.id], NOW, team="rl")
    with store.read() as tx:
        assert [one.id for one in order_store.placed_between(tx, NOW, CLOSE)] == [kept.id]
        assert order_store.placed_between(tx, NOW - DAY, NOW) == []
        assert order_store.first_placed(tx) == NOW
    assert order.get(store, gone.id, team="rl").state is OrderState.CANCELLED
