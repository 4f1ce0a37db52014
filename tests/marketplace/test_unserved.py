"""Demand that no capacity was there for: what counts, where it is put, what it was worth."""

from dataclasses import replace

import pytest

from marketplace.domain.order import Loss, Order, OrderRequest, OrderState
from marketplace.domain.unserved import CAPACITY, UnservedSlot, counts, unserved
from marketplace.errors import BadField, NotFound
from marketplace.services import unserved as service
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    START,
    a_market,
    leg,
    option,
    placed,
    request,
    run,
)

pytestmark = pytest.mark.both


def lost(asked: OrderRequest, reason: str = "unfit", state: OrderState = OrderState.LOST) -> Order:
    """An order that its last cycle gave nothing."""
    return Order(
        id=asked.key,
        request=asked,
        state=state,
        placed_at=NOW,
        loss=Loss(cycle_id="cyc_000001", reason=reason, shortfall_ucr=0),
        ended_at=None if state is OrderState.OPEN else CLOSE,
    )


def test_only_what_has_ended_for_want_of_capacity_counts() -> None:
    asked = request("nlp", "a", option(9))
    assert all(counts(lost(asked, reason)) for reason in CAPACITY)
    assert not counts(lost(asked, "outbid"))
    assert not counts(lost(asked, state=OrderState.OPEN))
    assert not counts(replace(lost(asked), loss=None))


def test_an_order_is_where_it_asked_to_be_first_and_its_value_is_spread_to_the_last_digit() -> None:
    two = option(10, 8, 60, leg("h100", 8, 2), leg("a100", 4, 1, after=2))
    one = option(7, 9, 9, leg("h100", 1, 1))
    orders = [lost(request("nlp", "two", option(3, 1), two)), lost(request("rl", "one", one))]
    found = {pool.pool: pool for pool in unserved(orders, HOUR, START, START + 60 * HOUR)}
    first = two.earliest_start
    assert [(slot.at, slot.units, slot.orders) for slot in found["h100"].slots] == [
        (first, 8, 1),
        (first + HOUR, 9, 2),
    ]
    assert found["a100"].slots == (
        UnservedSlot(at=first + 2 * HOUR, units=4, orders=1, worth_ucr=2 * CREDIT),
    )
    assert (found["h100"].orders, found["a100"].orders) == (2, 1)
    assert found["h100"].worth_ucr == 15 * CREDIT
    thirds = [lost(request("nlp", "x", option(1, 8, None, leg("h100", 1, 3))))]
    [pool] = unserved(thirds, HOUR, START, START + 60 * HOUR)
    assert pool.worth_ucr == CREDIT
    [pool] = unserved(thirds, HOUR, first + HOUR, first + 2 * HOUR)
    assert [slot.at for slot in pool.slots] == [first + HOUR]


def test_what_found_no_room_in_a_cycle_is_told_to_whoever_plans() -> None:
    store = a_market()
    hands.tick(store, NOW)
    assert service.seen(store, NOW) == []
    big = option(500, 40, None, leg(units=16, hours=24))
    placed(store, request("nlp", "sold", big))
    run(store)
    placed(store, request("rl", "late", option(90, 40, None, leg(units=8))), now=CLOSE + HOUR)
    placed(
        store,
        request("rl", "stands", option(60, 41, 60, leg(units=16)), standing=True),
        now=CLOSE + HOUR,
    )
    run(store, CLOSE + DAY)
    [found] = service.seen(store, CLOSE + DAY)
    assert (found.pool, found.orders, found.worth_ucr) == ("h100", 1, 90 * CREDIT)
    hands.advance(store, CLOSE + 3 * DAY)
    [found] = service.seen(store, CLOSE + 3 * DAY)
    assert (found.orders, found.worth_ucr) == (2, 150 * CREDIT)
    assert [slot.units for slot in found.slots] == [8, 24, 16]
    assert service.seen(store, CLOSE + 3 * DAY, pool="a100") == []
    assert service.seen(store, CLOSE + 3 * DAY, end=NOW) == []
    with pytest.raises(NotFound):
        service.seen(store, NOW, pool="h200")
    with pytest.raises(BadField, match="must end after its start"):
        service.seen(store, NOW, start=NOW, end=NOW)
