"""PostgreSQL's own ways: writers take turns, readers cannot write, transfers stay as they are."""

import threading

import pytest
import sqlalchemy as sa

from marketplace.domain.order import Order
from marketplace.errors import StorageFailed
from marketplace.services import check
from marketplace.store.engine import Store, connect, open_store
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, a_market, option, request
from tests.postgresql import Server


@pytest.fixture
def address(server: Server) -> str:
    """A market on a new database."""
    found = server.new_database()
    a_market(found)
    return found


def test_two_processes_worth_of_orders_meet_in_one_chain(address: str) -> None:
    """Two stores share nothing but the server; each places its orders one by one."""
    stores = [open_store(address), open_store(address)]
    refused: list[object] = []

    def place(store: Store, name: str) -> None:
        for number in range(20):
            asked = request("nlp", f"{name}-{number}", option(5))
            refused.extend(
                one for one in hands.place(store, [asked], NOW) if not isinstance(one, Order)
            )

    writers = [
        threading.Thread(target=place, args=(store, name))
        for store, name in zip(stores, "ab", strict=True)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert refused == []
    report = check.check(stores[0])
    assert report.faults == ()
    assert report.orders == 40
    for store in stores:
        store.close()


def test_a_reader_cannot_write(address: str) -> None:
    store = open_store(address)
    with pytest.raises(StorageFailed, match="read-only transaction"), store.read() as tx:
        tx.execute(sa.text("UPDATE team SET name = 'x'"))
    store.close()


@pytest.mark.parametrize(
    "statement", ["UPDATE transfer SET amount_ucr = 1", "DELETE FROM transfer"]
)
def test_a_posted_transfer_cannot_be_changed(address: str, statement: str) -> None:
    store = open_store(address)
    with pytest.raises(StorageFailed, match="append-only"), store.begin() as tx:
        tx.execute(sa.text(statement))
    store.close()


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    store = connect("postgresql://ann:secret@127.0.0.1:1/market")
    with (
        pytest.raises(StorageFailed, match="no PostgreSQL server answers") as told,
        store.read() as tx,
    ):
        tx.connection()
    assert "secret" not in str(told.value)
    store.close()
