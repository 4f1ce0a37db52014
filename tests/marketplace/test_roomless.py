"""§7.10: an order that waits on without room is told so once, and stands in each cycle's list."""

from datetime import datetime

from allocator.answers.whatif import read_bids
from allocator.files.formats import decode_problem
from marketplace.domain.actor import Actor
from marketplace.domain.order import Order, OrderState
from marketplace.services import cycle, order, publication
from marketplace.store import cycle as cycle_store
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CLOSE,
    CREDIT,
    DAY,
    HOUR,
    NOW,
    SALT,
    a_market,
    assert_clean,
    leg,
    maintain,
    option,
    placed,
    request,
)

FULL = (leg(units=16),)
OTHER = Actor.operator("other")


def clear(store: Store, days: int) -> None:
    """The cycle that closes so many days after the first."""
    hands.run(store, CLOSE + days * DAY, SALT)


def listed(store: Store, number: int) -> list[list[int]]:
    """What the published list of a cycle says was asked for without room, in credits by option."""
    files = cycle.files(store, number)
    found = read_bids(decode_problem(files.problem), files.refused)
    return sorted([one.value_ucr // CREDIT for one in bid.options] for bid in found)


def entries(store: Store, number: int) -> int:
    """How many orders were frozen in a cycle."""
    with store.read() as tx:
        return len(cycle_store.entries(tx, number))


def waiting() -> tuple[Store, Order]:
    """A standing order for all units at a time when half of them are away for days."""
    store = a_market()
    [one] = placed(store, request("rl", "b", option(50, 30, 200, *FULL), standing=True))
    maintain(store, "m", CLOSE + 2 * HOUR, 8, 400, NOW)
    return store, one


def test_it_is_told_once_and_listed_in_every_cycle() -> None:
    store, one = waiting()
    for day in range(3):
        clear(store, day)
    now = order.get(store, one.id, team="rl")
    assert (now.state, now.cycle_id) == (OrderState.OPEN, "")
    assert now.loss is not None
    assert (now.loss.cycle_id, now.loss.reason) == ("cyc_000001", "capacity-not-available")
    assert [listed(store, number) for number in (1, 2, 3)] == [[[50]], [[50]], [[50]]]
    assert [entries(store, number) for number in (1, 2, 3)] == [0, 0, 0]
    for number in (1, 2, 3):
        found = cycle.result(store, cycle.get(store, str(number)))
        assert found.without_room == 1
        [bid] = read_bids(
            decode_problem(cycle.files(store, number).problem), cycle.files(store, number).refused
        )
        named = publication.bid_of(store, str(number), one.id, by=OTHER)
        assert named == bid.id
    assert_clean(store)


def test_it_wins_once_there_is_room_and_is_listed_no_more() -> None:
    store, one = waiting()
    clear(store, 0)
    hands.cancel_maintenance(store, "m", CLOSE + HOUR)
    clear(store, 1)
    assert order.get(store, one.id, team="rl").state is OrderState.FILLED
    assert [listed(store, number) for number in (1, 2)] == [[[50]], []]
    assert_clean(store)


def test_what_it_asked_for_then_stays_listed_when_it_asks_for_something_else() -> None:
    """It may be changed while a cycle is cleared that it is not in."""
    store, one = waiting()
    clear(store, 0)
    at: datetime = CLOSE + DAY
    closed = hands.freeze(store, at, SALT)
    hands.amend(store, one.id, (option(40, 30, 450, *FULL),), at, team="rl")
    hands.finish(store, closed, at)
    clear(store, 2)
    assert [listed(store, number) for number in (1, 2, 3)] == [[[50]], [[50]], [[40]]]
    now = order.get(store, one.id, team="rl")
    assert now.loss is not None
    assert now.loss.cycle_id == "cyc_000003"
    hands.cancel(store, [one.id], CLOSE + 2 * DAY + HOUR, team="rl")
    clear(store, 3)
    assert listed(store, 4) == []
    assert_clean(store)


def test_in_its_last_cycle_it_is_in_the_book_and_loses() -> None:
    """Its last start is sold by the second cycle: there is no third one for it."""
    store = a_market()
    [one] = placed(store, request("rl", "b", option(50, 8, 30, *FULL), standing=True))
    maintain(store, "m", CLOSE + 2 * HOUR, 8, 400, NOW)
    clear(store, 0)
    assert order.get(store, one.id, team="rl").state is OrderState.OPEN
    clear(store, 1)
    lost = order.get(store, one.id, team="rl")
    assert (lost.state, lost.reason) == (OrderState.LOST, "capacity-not-available")
    assert [listed(store, number) for number in (1, 2)] == [[[50]], [[50]]]
    assert [entries(store, number) for number in (1, 2)] == [0, 1]
    assert_clean(store)
