"""The database: its two doors, its version, and what it says when it cannot be used."""

import sqlite3
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from marketplace.domain.page import every
from marketplace.errors import BadField, StorageFailed, WrongVersion
from marketplace.services import market, order
from marketplace.store import engine, tables
from marketplace.store.engine import HEAD, Store, connect, migrate, open_store, schema_version
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, RULES, a_market, option, placed, request

pytestmark = pytest.mark.sqlite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "market.db"
    a_market(str(file)).close()
    return file


def test_a_new_market_writes_ahead_and_checks_its_keys(file: Path) -> None:
    store = open_store(str(file))
    with store.read() as tx:
        pragmas = [
            tx.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert pragmas == ["wal", 1, 2]
    store.close()


def test_writers_take_the_lock_at_once_and_readers_do_not(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_S", 0.05)
    store, other = open_store(str(file)), open_store(str(file))
    with store.begin():
        with other.read() as tx:
            assert tx.connection().exec_driver_sql("SELECT count(*) FROM team").scalar() == 3
        with pytest.raises(StorageFailed, match="another process has been writing"), other.begin():
            pass
    with store.read(), other.begin():
        pass
    store.close()
    other.close()


def test_what_fails_in_a_transaction_is_undone(file: Path) -> None:
    store = open_store(str(file))
    with pytest.raises(ZeroDivisionError):
        rename_and_fail(store)
    with store.read() as tx:
        names = tx.connection().exec_driver_sql("SELECT DISTINCT name FROM team").scalars()
        assert "gone" not in set(names)
    store.close()


def rename_and_fail(store: Store) -> None:
    with store.begin() as tx:
        tx.connection().exec_driver_sql("UPDATE team SET name = 'gone'")
        raise ZeroDivisionError


def versions(file: Path, version: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()


def test_a_database_of_a_newer_program_is_refused(file: Path) -> None:
    versions(file, "0099")
    with pytest.raises(WrongVersion, match="'0099': a newer program made it"):
        open_store(str(file))
    store = connect(str(file))
    with pytest.raises(WrongVersion, match="this one knows"):
        hands.initialise(store, RULES, NOW)
    store.close()


def test_a_database_of_an_older_program_is_told_how_to_catch_up(file: Path) -> None:
    versions(file, "0000")
    with pytest.raises(WrongVersion, match="this program needs"):
        open_store(str(file))


def test_a_database_that_was_never_initialised_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(WrongVersion, match="there is no such file"):
        open_store(str(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []
    sqlite3.connect(tmp_path / "empty.db").close()
    (tmp_path / "empty.db").touch()
    with pytest.raises(WrongVersion, match="never initialised"):
        open_store(str(tmp_path / "empty.db"))


def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to look like one " * 9)
    before = file.read_bytes()
    for attempt in (open_store, initialise_at):
        with pytest.raises(
            StorageFailed, match=r"notes\.txt cannot be used.*not a market database"
        ):
            attempt(str(file))
    assert file.read_bytes() == before


def initialise_at(url: str) -> Store:
    store = connect(url)
    try:
        hands.initialise(store, RULES, NOW)
    finally:
        store.close()
    return store


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    url = str(tmp_path / "no" / "market.db")
    for attempt in (open_store, initialise_at):
        with pytest.raises(StorageFailed, match="does the folder exist"):
            attempt(url)


@pytest.mark.parametrize("url", ["nonsense://x", "sqlite+nothing:///x", "://"])
def test_an_address_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(BadField, match="give a file name"):
        connect(url)


def test_a_database_that_may_only_be_read_can_be_read(file: Path) -> None:
    store = open_store(str(file))
    sa.event.listen(store.engine, "connect", read_only)
    store.engine.dispose()
    assert every(order.listed, store, team="nlp") == []
    with pytest.raises(StorageFailed, match="it is read-only; nothing was changed"):
        placed(store, request("nlp", "a", option(1)))
    assert every(order.listed, store, team="nlp") == []
    store.close()


def read_only(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def test_a_full_disk_changes_nothing(file: Path) -> None:
    store = open_store(str(file))
    sa.event.listen(store.engine, "connect", full_disk)
    store.engine.dispose()
    many = [request("nlp", f"k{number}", option(1)) for number in range(500)]
    with pytest.raises(StorageFailed, match="the disk is full; nothing was changed"):
        placed(store, *many)
    assert every(order.listed, store, team="nlp") == []
    store.close()


def full_disk(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA max_page_count = 1")


def test_the_migrations_make_the_tables_that_the_program_works_with() -> None:
    store = connect("sqlite://")
    migrate(store)
    with store.read() as tx:
        context = MigrationContext.configure(tx.connection(), opts={"compare_type": True})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []
    assert tables.TransferRow.__tablename__ in SQLModel.metadata.tables
    assert schema_version(store) == HEAD


def test_initialising_again_changes_nothing(file: Path) -> None:
    store = open_store(str(file))
    before = market.now_showing(store)
    [one] = placed(store, request("nlp", "a", option(1)))
    again = hands.initialise(store, type(RULES)(slot_minutes=30), NOW)
    assert again == RULES
    assert market.now_showing(store) == before
    assert every(order.listed, store, team="nlp") == [one]
    store.close()
