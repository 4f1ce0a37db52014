"""Where the tests' markets stand: databases that are lent out again and again.

An engine compiles each statement once, and a market that every test begins with is made once: it is
kept as a picture, and copied. So a test pays for what it does, and not for where it stands.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg

from marketplace.store.engine import Store, connect
from tests.postgresql import Server

Picture = bytes | str
"""All that stands in a database, to be copied: its bytes, or a server's template of that name."""


class Ground(Protocol):
    """One kind of database. ``slower``: what a long test divides its rounds by on it."""

    slower: int

    def lend(self, picture: Picture | None = None) -> Store:
        """A database with what the picture shows; an empty one without."""
        ...

    def picture(self, store: Store) -> Picture:
        """What stands there now, whatever becomes of it."""
        ...

    def take_back(self, store: Store) -> None:
        """Nobody uses it any more."""
        ...

    def address(self, folder: Path) -> str:
        """Where a new, empty database is that another process can open; its files go there."""
        ...


class Memory:
    """SQLite, in memory."""

    slower = 1

    def __init__(self) -> None:
        self._free: list[Store] = []

    def lend(self, picture: Picture | None = None) -> Store:
        store = self._free.pop() if self._free else connect("sqlite://")
        if picture is not None:
            assert isinstance(picture, bytes)
            raw_of(store).deserialize(picture)
        return store

    def picture(self, store: Store) -> Picture:
        return raw_of(store).serialize()

    def take_back(self, store: Store) -> None:
        store.close()  # what stands in memory goes with its connection
        self._free.append(store)

    def address(self, folder: Path) -> str:
        return str(folder / "market.db")


class Filed(Memory):
    """SQLite, in files: several connections may use one. A file keeps its name, and its engine."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="gpumarket-lent-")
        self._numbers = count(1)

    def lend(self, picture: Picture | None = None) -> Store:
        made = f"{self._folder.name}/{next(self._numbers)}.db"
        store = self._free.pop() if self._free else connect(made)
        place = str(store.engine.url.database)
        for more in ("-wal", "-shm"):
            Path(place + more).unlink(missing_ok=True)
        picture = picture or b""
        assert isinstance(picture, bytes)
        Path(place).write_bytes(picture)
        return store


class Served:
    """A PostgreSQL server. A database keeps its name, and with it its engine."""

    slower = 3

    def __init__(self, server: Server) -> None:
        self._server = server
        self._free: list[Store] = []
        self._numbers = count(1)

    def lend(self, picture: Picture | None = None) -> Store:
        template = picture or "template1"
        assert isinstance(template, str)
        if not self._free:
            name = f"lent_{next(self._numbers)}"
            self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
            return connect(self._server.address(name))
        store = self._free.pop()
        place = store.engine.url.database
        self._do(
            f"DROP DATABASE {place} WITH (FORCE)", f"CREATE DATABASE {place} TEMPLATE {template}"
        )
        return store

    def picture(self, store: Store) -> Picture:
        store.close()  # a template must have no guests
        name = f"picture_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {store.engine.url.database}")
        return name

    def take_back(self, store: Store) -> None:
        store.close()
        self._free.append(store)

    def address(self, folder: Path) -> str:  # noqa: ARG002 - a server has a place of its own
        return self._server.new_database()

    def _do(self, *statements: str) -> None:
        address = self._server.address("postgres")
        with psycopg.connect(address, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement.encode())


MEMORY = Memory()
FILED = Filed()
here: Ground = MEMORY
"""Where a market stands that names no place: ``pytest --postgresql`` puts a server's here."""

opened: list[Store] = []
"""Databases that have a place of their own; a test's end closes its own."""

_lent: list[tuple[Ground, Store]] = []
_pictures: dict[tuple[Ground, object], Picture] = {}


def lend(picture: Picture | None = None, ground: Ground | None = None) -> Store:
    """A database of that ground with what the picture shows, until the test ends."""
    ground = ground or here
    store = ground.lend(picture)
    _lent.append((ground, store))
    return store


def like(what: object, make: Callable[[Store], object], ground: Ground | None = None) -> Store:
    """A database in which that was made: made the first time, copied from then on."""
    ground = ground or here
    if (ground, what) not in _pictures:
        made = ground.lend()
        make(made)
        _pictures[ground, what] = ground.picture(made)
        ground.take_back(made)
    return lend(_pictures[ground, what], ground)


def picture(store: Store) -> Picture:
    """What stands in a database that was lent."""
    return next(ground for ground, lent in _lent if lent is store).picture(store)


@contextmanager
def a_round() -> Iterator[None]:
    """What is lent in it is given back at its end: one of many rounds in one test."""
    before = len(_lent)
    try:
        yield
    finally:
        while len(_lent) > before:
            ground, store = _lent.pop()
            ground.take_back(store)


def give_back(store: Store) -> None:
    """Return a database before the test ends, where the next round can use it."""
    [place] = [k for k, (_, lent) in enumerate(_lent) if lent is store]
    _lent.pop(place)[0].take_back(store)


def give_all_back() -> None:
    """A test has ended."""
    while _lent:
        ground, store = _lent.pop()
        ground.take_back(store)
    while opened:
        opened.pop().close()


def backwards() -> Store:
    """An empty database that gives rows backwards where no order was asked for (§7.13)."""
    store = lend(ground=MEMORY)
    raw_of(store).execute("PRAGMA reverse_unordered_selects = ON")
    return store


def raw_of(store: Store) -> sqlite3.Connection:
    """SQLite's own connection to a database; one in memory has only that."""
    with store.engine.connect() as plain:
        raw = plain.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.rollback()
    return raw
