"""A transaction: one funnel for all that is written.

Rows are kept back and written together, table by table, before the next read and at the end: so a
group of commands costs a few statements and not a few for each. What a command was given to write
makes its digest; a command that fails takes back its own rows alone.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

from marketplace.canonical import sha256_of
from marketplace.errors import LedgerBroken
from marketplace.store.writes import (
    ADD,
    CHANGE,
    REMOVE,
    KeptBack,
    Row,
    Verb,
    Write,
    driver_of,
    form_of,
    in_one_go,
)

NOTHING: Final = hashlib.sha256().hexdigest()
"""The digest of a command that wrote no row."""


CARRIED_MOST: Final = 2_000
"""So much is carried from one transaction to the next; more has grown stale with time."""


class Tx(Session):
    """One transaction of the database. Rows of the market are written by ``add_rows``,
    ``change_rows`` and ``remove_rows`` alone."""

    def __init__(self, bind: sa.Engine) -> None:
        super().__init__(bind)
        self.kept_back = KeptBack()
        self.told: Any = None
        self._known: dict[object, Any] = {}
        self._own: list[Write] | None = None  # what the command that runs was given to write
        self._written = 0  # how many of those are in the database, in a part of their own
        self._part: SessionTransaction | None = None

    def add_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Add rows."""
        self._keep_back(ADD, table, rows)

    def change_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Change rows, found by their primary key: the named columns."""
        self._keep_back(CHANGE, table, rows)

    def remove_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Delete rows, found by their primary key."""
        self._keep_back(REMOVE, table, rows)

    def _keep_back(self, verb: str, table: type[SQLModel], rows: Sequence[Row]) -> None:
        if not rows:
            return
        form, own = form_of(table), self._own
        if own is None:
            raise LedgerBroken("table", form.name, "by-no-command")
        for row in rows:
            own.append((verb, form.name, form.kept(row)))

    def append_row(self, table: type[SQLModel], row: Row, verb: Verb = Verb.ADD) -> None:
        """Write a row that is no command's own: the line that tells of it, a reader's cursor."""
        form = form_of(table)
        self.kept_back.take([(verb, form.name, form.kept(row))])

    def execute(self, *args: Any, **options: Any) -> Any:
        """Read; what was written before is there."""
        self.write_out()
        return super().execute(*args, **options)

    def exec(self, *args: Any, **options: Any) -> Any:
        """Read; what was written before is there."""
        self.write_out()
        return super().exec(*args, **options)

    def get(self, *args: Any, **options: Any) -> Any:
        """Read one row; what was written before is there."""
        self.write_out()
        return super().get(*args, **options)

    def write_out(self) -> None:
        """Write what was kept back. A command that goes on to read gets a part of the transaction
        of its own, so that it can still fail alone."""
        if self._own is not None and len(self._own) > self._written:
            if self._part is None:
                self._write()
                self._part = self.begin_nested()
            self._take_own()
        self._write()

    def _take_own(self) -> None:
        own = self._own or []
        self.kept_back.take(own[self._written :])
        self._written = len(own)

    def _write(self) -> None:
        if self.kept_back:
            connection = self.connection()
            with in_one_go(connection):
                self.kept_back.write(connection)
            self.expire_all()  # rows are changed past the session, which must not remember them

    def finish(self) -> None:
        """Write what was kept back, as the last thing: where it can, it is committed with it."""
        connection = self.connection()
        if self.kept_back and connection.dialect.name == "postgresql":
            with in_one_go(connection):
                self.kept_back.write(connection)
                driver_of(connection).commit()
        self._write()

    def known(self, what: object, look: Callable[[], Any]) -> Any:
        """What ``look`` finds, asked once in this transaction; until ``forget`` is told."""
        try:
            return self._known[what]
        except KeyError:
            pass
        found = self._known[what] = look()
        return found

    def recalled(self, what: object) -> Any:
        """What is known, and not looked up; None where nothing is."""
        return self._known.get(what)

    def remember(self, what: object, value: Any) -> None:
        """What is known now."""
        self._known[what] = value

    def know(self, what: Mapping[object, Any]) -> None:
        """Take over what a transaction before knew, where nothing was written since."""
        self._known.update(what)

    def all_known(self) -> dict[object, Any]:
        """What the next transaction may take over; nothing where it has become much."""
        kept = {
            what: value
            for what, value in self._known.items()
            if not (isinstance(what, tuple) and what[0] == "key")
        }
        return kept if len(kept) <= CARRIED_MOST else {}

    def forget(self, *what: object) -> None:
        """Ask again for what has changed: for those named, or for all."""
        for each in what or tuple(self._known):
            self._known.pop(each, None)

    @contextmanager
    def noting(self) -> Iterator[Callable[[], str]]:
        """A command's part of the transaction, undone alone where it fails; gives its digest."""
        own: list[Write] = []
        self._own, self._written = own, 0
        try:
            yield lambda: sha256_of(own) if own else NOTHING
        except BaseException:
            self._take_back()
            raise
        else:
            self._take_own()
            if self._part is not None:
                self._part.commit()
        finally:
            self._own = self._part = None

    def _take_back(self) -> None:
        if self._part is not None:
            self._part.rollback()
        if self._own:
            self.forget()  # it may have remembered what it was about to write
