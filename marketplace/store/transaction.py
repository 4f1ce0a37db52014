"""A transaction: one funnel for all that is written, so that a command's digest names each row."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from marketplace.errors import LedgerBroken

Row = Mapping[str, Any]
NOTHING = hashlib.sha256().hexdigest()
"""The digest of a command that wrote no row."""


class Tx(Session):
    """One transaction of the database. Rows of the market are written by ``add_rows``,
    ``change_rows`` and ``remove_rows`` alone; what they are given since ``noting`` began makes a
    command's digest."""

    def __init__(self, bind: sa.Engine) -> None:
        super().__init__(bind)
        self._written: Any = None
        self._known: dict[object, Any] = {}

    def add_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Add rows."""
        if rows:
            self._note("insert", table, rows)
            self.execute(sa.insert(table), rows)

    def change_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Change rows, found by their primary key: the named columns."""
        if rows:
            self._note("update", table, rows)
            self.execute(sa.update(table), rows)

    def remove_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Delete rows, found by the columns named (of which each row names the same)."""
        if rows:
            self._note("delete", table, rows)
            columns = table.__table__.c  # type: ignore[attr-defined]
            matches = [columns[name] == sa.bindparam(f"_{name}") for name in rows[0]]
            values = [{f"_{name}": value for name, value in row.items()} for row in rows]
            self.connection().execute(sa.delete(table).where(*matches), values)

    def known(self, what: object, look: Callable[[], Any]) -> Any:
        """What ``look`` finds, asked once in this transaction; until ``forget`` is told."""
        if what not in self._known:
            self._known[what] = look()
        return self._known[what]

    def forget(self, *what: object) -> None:
        """Ask again for what has changed: for those named, or for all."""
        for each in what or tuple(self._known):
            self._known.pop(each, None)

    @contextmanager
    def noting(self) -> Iterator[Callable[[], str]]:
        """A command's part of the transaction, undone alone where it fails; gives its digest."""
        outer, self._written = self._written, hashlib.sha256()
        try:
            with self.begin_nested():
                yield self._written.hexdigest
        except BaseException:
            self.forget()
            raise
        finally:
            self._written = outer

    def _note(self, verb: str, table: type[SQLModel], rows: Sequence[Row]) -> None:
        if self._written is None:
            raise LedgerBroken(f"{table.__tablename__} would be written by no command")
        for row in rows:
            self._written.update(canonical([verb, table.__tablename__, row]))
        self.expire_all()  # rows are changed past the session, which must not remember them


def canonical(value: object) -> bytes:
    """A value in one way of writing: JSON with sorted names, instants as seconds, bytes by hash."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"{type(value).__name__} is no value of a row")
