"""Commands from many threads: each is answered once, whatever else goes on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketplace.domain.actor import Actor
from marketplace.domain.command import AmendOrder, PlaceOrder
from marketplace.domain.journal import Call
from marketplace.domain.order import Order
from marketplace.errors import InsufficientCredits, KeyInFlight, NotAllowedNow
from marketplace.services.runner import Runner
from marketplace.store import journal as journal_store
from marketplace.store.engine import Store
from tests.marketplace.bazaar import NOW, a_market, assert_clean, option, request

pytestmark = pytest.mark.both

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


def test_an_answer_says_whether_its_key_came_before(store: Store) -> None:
    runner, command = Runner(store), PlaceOrder(request("nlp", "k", option(1)))
    call = Call(actor=OPERATOR, at=NOW)
    first, again = runner.submit(command, call), runner.submit(command, call)
    assert (first.again, again.again) == (False, True)
    assert first.value == again.value


def test_a_rehearsal_answers_by_the_same_path_and_leaves_nothing(store: Store) -> None:
    runner, call = Runner(store), Call(actor=OPERATOR, at=NOW)
    with store.read() as tx:
        before = journal_store.head(tx)
    for _ in range(2):  # what the first would have known must be forgotten, too
        answer = runner.rehearse(PlaceOrder(request("nlp", "k", option(1))), call)
        assert not answer.again
    with pytest.raises(InsufficientCredits):
        runner.rehearse(PlaceOrder(request("nlp", "k", option(5_000))), call)
    with store.read() as tx:
        assert journal_store.head(tx) == before
    assert place(runner, "k") == answer.value
    assert_clean(store)


def test_nobody_writes_over_a_change_that_they_have_not_seen(store: Store) -> None:
    runner = Runner(store)
    order = place(runner, "k")
    change = AmendOrder(order.id, (option(2),), version=order.version)
    assert runner.run(change, by=OPERATOR, at=NOW).version == order.version + 1
    with pytest.raises(NotAllowedNow, match="changed since version 1, and is version 2 now"):
        runner.run(change, by=OPERATOR, at=NOW)
