"""The books are rebuilt here or in a process beside: what is wrong with them is told."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.services import books, check
from marketplace.store import comparison
from marketplace.store.engine import Store, connect
from marketplace.store.transaction import Tx
from tests.marketplace.bazaar import a_market, option, placed, request

pytestmark = pytest.mark.sqlite


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A market on the disk whose books another process can read."""
    store = a_market(str(tmp_path / "market.db"))
    placed(store, request("nlp", "one", option(3)))
    return store


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few transfers there are, they are many."""
    monkeypatch.setattr(books, "MANY_TRANSFERS", 0)


def _take_from_nlp(store: Store) -> None:
    with store.engine.begin() as plain:
        plain.exec_driver_sql(
            "UPDATE account SET balance_ucr = balance_ucr - 1"
            " WHERE address = 'team/nlp/grant/g-nlp/free'"
        )


def _found(store: Store) -> list[str]:
    with store.read() as tx, books.beside(store, 1) as rebuilt:
        return rebuilt.faults(tx, books.silent)


@pytest.mark.usefixtures("many")
def test_another_process_finds_what_this_one_finds(store: Store) -> None:
    assert _found(store) == []
    _take_from_nlp(store)
    with store.read() as tx:
        here = books.faults(tx)
    assert len(here) == 2
    assert _found(store) == here


@pytest.mark.usefixtures("many")
def test_a_check_tells_what_the_other_process_found(store: Store) -> None:
    with store.engine.begin() as plain:
        plain.exec_driver_sql("DELETE FROM hold")
    faults = check.check(store).faults
    assert any("are locked for an unknown hold" in fault for fault in faults)
    assert multiprocessing.active_children() == []


@pytest.mark.usefixtures("many")
def test_tables_that_another_process_read_are_held_against_what_the_journal_makes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is alike by its fingerprint is compared no further; what is not, row by row."""
    compared = list[str]()
    differences = comparison.differences

    def noted(kept: Tx, right: Tx, name: str) -> Iterator[comparison.Difference]:
        compared.append(name)
        return differences(kept, right, name)

    monkeypatch.setattr(comparison, "differences", noted)
    monkeypatch.setattr(check, "MANY_ROWS", 1)
    assert check.check(store).faults == ()
    assert "transfer" not in compared
    with store.engine.begin() as plain:
        plain.exec_driver_sql("UPDATE market_order SET reason = 'a whim'")
    [fault] = [one for one in check.check(store).faults if one.startswith("market_order")]
    assert fault.endswith(": reason was changed")
    assert "market_order" in compared


def test_equal_tables_have_equal_fingerprints_and_no_others(store: Store) -> None:
    def prints() -> dict[str, str]:
        with store.read() as tx:
            return {name: comparison.fingerprint(tx, name) for name in comparison.NAMES}

    before = prints()
    assert prints() == before
    with store.engine.begin() as plain:
        plain.exec_driver_sql("UPDATE market_order SET reason = 'a whim'")
    after = prints()
    assert {name for name in before if after[name] != before[name]} == {"market_order"}


@pytest.mark.usefixtures("many")
def test_where_the_other_process_was_ended_the_books_are_read_here(store: Store) -> None:
    _take_from_nlp(store)
    with store.read() as tx, books.beside(store, 1) as rebuilt:
        [reader] = multiprocessing.active_children()
        reader.kill()
        reader.join()
        assert rebuilt.faults(tx, books.silent) == books.faults(tx) != []


@pytest.mark.usefixtures("many")
def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    nowhere = connect(str(tmp_path / "nowhere" / "market.db"))
    with a_market("sqlite://").read() as tx, books.beside(nowhere, 1) as rebuilt:
        [told] = rebuilt.faults(tx, books.silent)
    assert told.startswith("the books cannot be read: ")


@pytest.mark.usefixtures("many")
def test_books_in_memory_are_read_here() -> None:
    store = a_market("sqlite://")
    assert store.address == ""
    assert _found(store) == []
