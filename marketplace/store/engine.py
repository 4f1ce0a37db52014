"""The two doors to the database: ``read`` (one consistent view) and ``begin`` (one writer at a
time, commits or rolls back). SQLite with write-ahead logging by default, or PostgreSQL."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool
from sqlmodel import SQLModel

from marketplace.canonical import value_of
from marketplace.errors import StorageFailed, WrongVersion
from marketplace.store import (  # noqa: F401 - most declare the rows
    address,
    adjustment_tables,
    alert_tables,
    approval_tables,
    credit_line_tables,
    credit_transfer_tables,
    event_tables,
    grant_schedule_tables,
    month_tables,
    service_tables,
    spot_tables,
    tables,
    theme_tables,
    usage_tables,
)
from marketplace.store.transaction import Tx
from marketplace.store.writes import driver_of

HEAD: Final = "0001"
"""The schema version that this program works with: the newest migration's."""

BUSY_S: Final = 30
"""How long a writer waits for the write lock before it gives up."""

OURS: Final = f"-c timezone=UTC -c lock_timeout={BUSY_S}s"
"""What PostgreSQL is asked for at each connection."""

WRITERS: Final = 7_206_041
"""The key of PostgreSQL's advisory lock that makes its writers take turns: any number will do."""

CACHE_KB: Final = 100_000
"""What a database to be thrown away may keep in memory of itself: its indexes grow everywhere."""

TOLD: Final = "told"
"""Where a connection has the answer of what was asked at its transaction's beginning."""

Begin = Callable[[], AbstractContextManager[Tx]]


@dataclass(frozen=True, slots=True)
class Store:
    """An open database: ``read()`` and ``begin()`` each give one transaction. ``where`` tells no
    password; ``address`` is what another process opens it by, empty where it is in memory."""

    engine: sa.Engine
    where: str
    address: str = field(repr=False)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads: one consistent view."""
        with self._told(), Tx(self.engine) as tx:
            yield tx

    @contextmanager
    def look(self) -> Iterator[sa.Connection]:
        """As ``read``, for a query or two of every request: without a session around them."""
        with self._told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def begin(self, asking: str = "") -> Iterator[Tx]:
        """A transaction that writes: commits on a clean exit, rolls back on any exception.

        ``asking``: a query of one value, asked as soon as nobody else writes; ``tx.told`` has it.
        """
        writing = _writing(self.engine, asking)
        with self._told(), Tx(writing) as tx, tx.begin():
            # takes the write lock now, not at the first statement
            tx.told = tx.connection().info.pop(TOLD, None)
            yield tx
            tx.finish()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as failure:
            raise _failed(self.where, failure.orig) from failure
        except self.engine.dialect.loaded_dbapi.Error as failure:  # of many sent in one go
            raise _failed(self.where, failure) from failure


@lru_cache(maxsize=64)
def _writing(engine: sa.Engine, asking: str) -> sa.Engine:
    """The engine as writers use it: made once, for each costs as much as a query."""
    return engine.execution_options(gpumarket_write=True, gpumarket_asks=asking)


REASONS: Final = {
    "readonly": "read-only",
    "disk is full": "disk-full",
    "locked": "locked",
    "unable to open": "not-opened",
    "not a database": "not-a-market",
    "malformed": "damaged",
    "no such table": "no-tables",
    "lock timeout": "locked",
    "resolve host": "no-such-host",
    "Connection refused": "no-server",
    "does not exist": "no-such-name",
    "password": "user-refused",
}
"""What a database's own words mean, by some of them; the first that are there decide."""


def _failed(where: str, failure: BaseException | None) -> StorageFailed:
    text = str(failure)
    for words, reason in REASONS.items():
        if words in text:
            return StorageFailed(where, reason, {"seconds": BUSY_S} if reason == "locked" else {})
    said = text.strip().splitlines()
    if not said:
        return StorageFailed(where, "silent")
    return StorageFailed(where, "database-says", {"said": said[0]})


def connect(url: str, *, throwaway: bool = False) -> Store:
    """Open a database without looking at its schema version. One to be thrown away does not wait
    for the disk.

    ``url``: as ``address.read`` has it. Raises ``BadField`` for an address that cannot be read.
    """
    found = address.read(url)
    made = (
        _sqlite(found, throwaway=throwaway)
        if found.url.get_backend_name() == "sqlite"
        else _postgresql(found)
    )
    return Store(made, address.shown(url), "" if found.memory else url)


def _sqlite(found: address.Address, *, throwaway: bool) -> sa.Engine:
    options: dict[str, Any] = {"poolclass": StaticPool} if found.memory else {}
    engine = sa.create_engine(
        found.url,
        hide_parameters=True,
        json_deserializer=value_of,
        connect_args={"check_same_thread": False, "timeout": BUSY_S},
        **options,
    )
    sa.event.listen(engine, "connect", _prepare_throwaway if throwaway else _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _postgresql(found: address.Address) -> sa.Engine:
    """Readers see one snapshot and cannot write. Writers take turns by a lock that is asked for
    first, and see each statement's newest state: a snapshot from before the lock would be stale."""
    engine = sa.create_engine(
        found.url,
        hide_parameters=True,  # a failure's traceback tells no key, and nobody's bid
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": BUSY_S,
            **found.more,
            "options": f"{found.more.get('options', '')} {OURS}".strip(),
        },
    )
    sa.event.listen(engine, "connect", _begin_by_hand)
    sa.event.listen(engine, "begin", _take_turns)
    return engine


def _begin_by_hand(connection: Any, _record: object) -> None:
    connection.autocommit = True  # the driver must not begin transactions of its own


def _take_turns(connection: sa.Connection) -> None:
    """Begin in one message, whatever it is made of: the server is not waited for in between."""
    driver, options = driver_of(connection), connection.get_execution_options()
    if not options.get("gpumarket_write", False):
        driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    asks = options.get("gpumarket_asks", "")
    parts = ["BEGIN", f"SELECT pg_advisory_xact_lock({WRITERS})", *filter(None, [asks])]
    answers = driver.execute("; ".join(parts), prepare=False)
    if asks:
        while answers.nextset():
            pass
        [connection.info[TOLD]] = answers.fetchone() or [None]


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _prepare_throwaway(connection: sqlite3.Connection, record: object) -> None:
    _prepare(connection, record)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("gpumarket_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    asks = connection.get_execution_options().get("gpumarket_asks", "")
    if asks:
        connection.info[TOLD] = connection.exec_driver_sql(asks).scalar()


def server_time(tx: Tx) -> datetime | None:
    """What time it is by the database's own clock; None where it has none but this machine's."""
    connection = tx.connection()
    if connection.dialect.name == "sqlite":
        return None
    found: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return found.astimezone(UTC)


def prepared(store: Store) -> bool:
    """Whether the tables of a market are there."""
    with store.read() as tx:
        return sa.inspect(tx.connection()).has_table("journal")


@contextmanager
def scratch() -> Iterator[Store]:
    """An empty database in memory with the tables of a market. It is used again and again, for an
    engine compiles each statement once."""
    store = _SCRATCH.pop() if _SCRATCH else connect("sqlite://", throwaway=True)
    raw = _raw(store)
    raw.deserialize(_empty_tables())
    try:
        yield store
    finally:
        _SCRATCH.append(store)


_SCRATCH: Final[list[Store]] = []


@cache
def _empty_tables() -> bytes:
    """A database without rows, as SQLite writes it."""
    made = connect("sqlite://", throwaway=True)
    SQLModel.metadata.create_all(made.engine)
    whole = _raw(made).serialize()
    made.close()
    return whole


def _raw(store: Store) -> sqlite3.Connection:
    """SQLite's own connection to a database in memory, of which there is one."""
    with store.engine.connect() as plain:
        raw = plain.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError(f"{store.where} is no SQLite database")
    raw.rollback()
    return raw


def open_store(url: str) -> Store:
    """Open an initialised database of this program's version. Raises ``WrongVersion``, and
    ``StorageFailed`` where it cannot be read; a file that is not there is not made."""
    store = connect(url)
    file = file_of(store)
    if file is not None and file.parent.is_dir() and not file.exists():
        raise WrongVersion(url, "", "no-such-file")
    try:
        check_version(store)
    except WrongVersion:
        store.close()
        raise
    return store


def check_version(store: Store) -> str:
    """The schema's version, which must be this program's. Raises ``WrongVersion``."""
    found = schema_version(store)
    if found != HEAD:
        raise _wrong(store, found)
    return found


def file_of(store: Store) -> Path | None:
    """The file that a database is in; None for one in memory, or on a server."""
    name = store.engine.url.database
    on_disk = store.engine.dialect.name == "sqlite" and store.address
    return Path(str(name)) if on_disk else None


def _wrong(store: Store, found: str) -> WrongVersion:
    """Why a database of that schema version cannot be used."""
    if not found:
        return WrongVersion(store.where, found, "never-initialised")
    reason = "newer-program" if found > HEAD else "older-program"
    return WrongVersion(store.where, found, reason, {"known": HEAD})


def schema_version(store: Store) -> str:
    """The version of the database's schema, or an empty string where there is none."""
    with store.read() as tx:
        if not sa.inspect(tx.connection()).has_table("alembic_version"):
            return ""
        found = tx.connection().exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return str(found or "")


def migrate(store: Store) -> None:
    """Bring the schema to this program's version. Raises ``WrongVersion`` for a newer one."""
    from alembic import command
    from alembic.config import Config

    found = schema_version(store)
    if found > HEAD:
        raise _wrong(store, found)
    with store._told(), store.engine.connect() as plain:  # noqa: SLF001
        if store.engine.dialect.name == "sqlite":
            plain.exec_driver_sql("ROLLBACK")  # the journal's kind cannot change in a transaction
            plain.exec_driver_sql("PRAGMA journal_mode = WAL")
            plain.exec_driver_sql("BEGIN")
    config = Config()
    config.set_main_option("script_location", "marketplace.store:migrations")
    with store.begin() as tx:
        config.attributes["connection"] = tx.connection()
        command.upgrade(config, "head")
