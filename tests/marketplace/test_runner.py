"""Commands from many threads: each is answered once, whatever else goes on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketplace.domain.actor import Actor
from marketplace.domain.command import PlaceOrder
from marketplace.domain.order import Order
from marketplace.errors import KeyInFlight
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace.bazaar import NOW, a_market, assert_clean, option, request

OPERATOR = Actor.operator("test")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_market(str(tmp_path / "market.db"))


def place(runner: Runner, key: str) -> Order:
    return runner.run(PlaceOrder(request("nlp", key, option(1))), by=OPERATOR, at=NOW)


def test_a_key_whose_first_request_is_being_worked_on_says_so(store: Store) -> None:
    """Both wait for the database, which another writer has; the second does not wait."""
    runner, held, free = Runner(store), threading.Event(), threading.Event()

    def hold() -> None:
        with store.begin():
            held.set()
            free.wait(30)

    with ThreadPoolExecutor(2) as beside:
        holding = beside.submit(hold)
        assert held.wait(30)
        first = beside.submit(place, runner, "a")
        while not runner._keys:
            assert not first.done()
        with pytest.raises(KeyInFlight, match="ask again in a moment"):
            place(runner, "a")
        free.set()
        holding.result()
        order = first.result()
    assert place(runner, "a") == order  # and later it is answered as ever
    assert_clean(store)


def test_many_threads_place_each_order_once(store: Store) -> None:
    runner = Runner(store)
    with ThreadPoolExecutor(8) as doors:
        made = list(doors.map(lambda k: place(runner, f"k{k}"), range(40)))
    assert len({order.id for order in made}) == 40
    assert runner._keys == set()
    assert_clean(store)
