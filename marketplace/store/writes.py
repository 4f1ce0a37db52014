"""Rows that are kept back, and what is left of them when they are written together.

A row that is added and changed is added once; one that is changed many times is changed once. What
is left goes to the database table by table: what is referred to comes first. PostgreSQL, which is
another process, gets all of it in one go, and a table's rows as one document.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.canonical import document, inner
from marketplace.errors import LedgerBroken
from marketplace.store import (  # noqa: F401 - declare the rows
    adjustment_tables,
    alert_tables,
    approval_tables,
    credit_line_tables,
    credit_transfer_tables,
    forward_floor_tables,
    grant_schedule_tables,
    month_tables,
    roomless_tables,
    spot_tables,
    standing_tables,
    theme_tables,
    usage_tables,
)
from marketplace.store.columns import Deflated, Instant, deflated, seconds_of
from marketplace.store.service_tables import METADATA

Row = Mapping[str, Any]
Values = dict[str, Any]
Key = tuple[Any, ...]
"""A row's primary key, as the database keeps it."""

Touched = dict[str, set[Key]]
"""Rows that were written, by table."""


class Verb(StrEnum):
    """What is done to a row."""

    ADD = "insert"
    CHANGE = "update"
    REMOVE = "delete"


ADD: Final = Verb.ADD.value
CHANGE: Final = Verb.CHANGE.value
REMOVE: Final = Verb.REMOVE.value
"""The verbs as plain words, for every row has one: an enum's value is made each time it is asked.
"""

Write = tuple[str, str, Values]
"""A verb, a table, and the row's columns as the database keeps them."""


class Form:
    """How rows of one table are kept and written."""

    def __init__(self, table: sa.Table) -> None:
        self.name = table.name
        self.parts = tuple(part.name for part in table.primary_key)
        self.key = _taking(self.parts)
        shapes = ((column.name, _shape(column)) for column in table.c)
        self._shapes = tuple((name, shape) for name, shape in shapes if shape is not None)
        self._files = tuple(c.name for c in table.c if isinstance(c.type, Deflated))
        self._bytes = tuple(c.name for c in table.c if isinstance(c.type, BYTES))
        self._documents = tuple(c.name for c in table.c if isinstance(c.type, sa.JSON))
        self._statements: dict[tuple[str, ...], _Statement] = {}

    def kept(self, row: Row) -> Values:
        """A row as the database keeps it, but for files, which are deflated when it is written."""
        values = dict(row)
        for name, shape in self._shapes:
            value = values.get(name)
            if value is not None:
                values[name] = shape(value)
        return values

    def write(self, connection: sa.Connection, verb: Verb, rows: Iterable[Values]) -> None:
        """Write rows: those that name the same columns in one go."""
        alike: dict[tuple[str, ...], list[Values]] = {}
        for row in rows:
            alike.setdefault(tuple(row), []).append(row)
        for columns, same in alike.items():
            if connection.dialect.name == "postgresql":
                self._write_documents(connection, verb, columns, same)
            else:
                self._write_values(connection, "?", verb, columns, same)

    def _write_values(
        self,
        connection: sa.Connection,
        mark: str,
        verb: Verb,
        columns: tuple[str, ...],
        rows: list[Values],
    ) -> None:
        what = (verb, mark, *columns)
        if what not in self._statements:
            self._statements[what] = self._statement(verb, mark, columns)
        sql, values = self._statements[what]
        if self._files:
            rows = [self._deflated(row) for row in rows]
        connection.exec_driver_sql(sql, [values(row) for row in rows])

    def _write_documents(
        self, connection: sa.Connection, verb: Verb, columns: tuple[str, ...], rows: list[Values]
    ) -> None:
        """Write rows as a few documents, for each statement costs the server as much as many rows
        do; bytes, which JSON has none of, go as they are."""
        plain = [row for row in rows if all(row.get(name) is None for name in self._bytes)]
        if len(plain) < len(rows):
            others = [row for row in rows if any(row.get(name) is not None for name in self._bytes)]
            self._write_values(connection, "%s", verb, columns, others)
        for first in range(0, len(plain), DOCUMENT_ROWS):
            sql = self._statement_of_document(verb, columns)
            rows = [self._in_document(row) for row in plain[first : first + DOCUMENT_ROWS]]
            connection.exec_driver_sql(sql, (document(rows),))

    def _in_document(self, row: Values) -> Values:
        there = (name for name in self._documents if row.get(name) is not None)
        return row | {name: inner(row[name]) for name in there}

    def _statement_of_document(self, verb: Verb, columns: Sequence[str]) -> str:
        rows = f"json_populate_recordset(NULL::{self.name}, %s::json) AS new"
        match = " AND ".join(f'old."{part}" = new."{part}"' for part in self.parts)
        if verb is Verb.ADD:
            names = ", ".join(f'"{name}"' for name in columns)
            return f"INSERT INTO {self.name} ({names}) SELECT {names} FROM {rows}"  # noqa: S608
        if verb is Verb.REMOVE:
            return f"DELETE FROM {self.name} AS old USING {rows} WHERE {match}"  # noqa: S608
        changed = [name for name in columns if name not in self.parts]
        sets = ", ".join(f'"{name}" = new."{name}"' for name in changed)
        return f"UPDATE {self.name} AS old SET {sets} FROM {rows} WHERE {match}"  # noqa: S608

    def _deflated(self, row: Values) -> Values:
        files = {name: deflated(row[name]) for name in self._files if row.get(name) is not None}
        return row | files if files else row

    def _statement(self, verb: Verb, mark: str, columns: Sequence[str]) -> "_Statement":
        match = " AND ".join(f'"{part}" = {mark}' for part in self.parts)
        if verb is Verb.ADD:
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join(mark for _ in columns)
            return f"INSERT INTO {self.name} ({names}) VALUES ({marks})", _taking(columns)  # noqa: S608
        if verb is Verb.REMOVE:
            return f"DELETE FROM {self.name} WHERE {match}", _taking(self.parts)  # noqa: S608
        changed = [name for name in columns if name not in self.parts]
        sets = ", ".join(f'"{name}" = {mark}' for name in changed)
        sql = f"UPDATE {self.name} SET {sets} WHERE {match}"  # noqa: S608
        return sql, _taking([*changed, *self.parts])


_Statement = tuple[str, Callable[[Values], tuple[Any, ...]]]


def _taking(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    if len(names) == 1:
        only = names[0]
        return lambda row: (row[only],)
    return itemgetter(*names)


def _shape(column: sa.Column[Any]) -> Callable[[Any], object] | None:
    if isinstance(column.type, Instant):
        return seconds_of
    return document if isinstance(column.type, sa.JSON) else None


BYTES: Final = (Deflated, sa.LargeBinary)
DOCUMENT_ROWS: Final = 5_000
"""So many rows go as one document at most: it stands in memory whole, here and there."""

FORMS: Final = {table.name: Form(table) for table in METADATA.sorted_tables}
"""Every table's, those that are referred to first."""


@cache
def form_of(table: type[SQLModel]) -> Form:
    """A table's by its row."""
    return FORMS[str(table.__tablename__)]


@dataclass(slots=True)
class _Left:
    """What is left to do in one table, by key: rows to be deleted, then added, then changed."""

    key: Callable[[Values], Any]
    gone: dict[Any, Values] = field(default_factory=dict)
    made: dict[Any, Values] = field(default_factory=dict)
    changed: dict[Any, Values] = field(default_factory=dict)


@dataclass(slots=True)
class KeptBack:
    """Writes that wait; mutable. ``touched``: the keys written, where somebody wants to know."""

    touched: Touched | None = None
    _left: dict[str, _Left] = field(default_factory=dict)

    def take(self, writes: Iterable[Write]) -> None:
        """Take in what comes next. Raises ``LedgerBroken`` where a row would be added twice."""
        for verb, table, row in writes:
            left = self._left.get(table)
            if left is None:
                left = self._left[table] = _Left(FORMS[table].key)
            key = left.key(row)
            if verb == ADD:
                if key in left.made or key in left.changed:
                    raise LedgerBroken(table, str(key), "added-twice")
                left.made[key] = row
            elif verb == REMOVE:
                left.made.pop(key, None)
                left.changed.pop(key, None)
                left.gone[key] = row
            elif key in left.made:
                left.made[key] = left.made[key] | row
            elif key not in left.gone:
                before = left.changed.get(key)
                left.changed[key] = row if before is None else before | row

    def __bool__(self) -> bool:
        return bool(self._left)

    def write(self, connection: sa.Connection) -> None:
        """Write all that waits."""
        for name, form in FORMS.items():
            left = self._left.get(name)
            if left is not None:
                self._write(connection, form, left)
        self._left = {}

    def _write(self, connection: sa.Connection, form: Form, left: _Left) -> None:
        for verb, rows in zip(
            (Verb.REMOVE, Verb.ADD, Verb.CHANGE),
            (left.gone, left.made, left.changed),
            strict=True,
        ):
            if rows:
                form.write(connection, verb, rows.values())
                if self.touched is not None:
                    self.touched.setdefault(form.name, set()).update(rows)


@contextmanager
def in_one_go(connection: sa.Connection) -> Iterator[None]:
    """Statements that nobody reads an answer of go to PostgreSQL without a wait for each: whoever
    sent them hears of the first that failed at the end."""
    if connection.dialect.name != "postgresql":
        yield
        return
    with driver_of(connection).pipeline():
        yield


def driver_of(connection: sa.Connection) -> Any:
    """The driver's own connection."""
    return connection.connection.driver_connection
