"""A transaction: one funnel for all that is written.

Rows are kept back and written together, table by table, before the next read and at the end: so a
group of commands costs a few statements and not a few for each. What a command was given to write
makes its digest; a command that fails takes back its own rows alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

from marketplace.errors import LedgerBroken

Row = Mapping[str, Any]
Write = tuple[str, Sequence[Row]]
Touched = dict[str, set[tuple[Any, ...]]]
"""Primary keys of rows that were written, by table."""

NOTHING: Final = hashlib.sha256().hexdigest()
"""The digest of a command that wrote no row."""


CARRIED_MOST: Final = 2_000
"""So much is carried from one transaction to the next; more has grown stale with time."""


class Tx(Session):
    """One transaction of the database. Rows of the market are written by ``add_rows``,
    ``change_rows`` and ``remove_rows`` alone."""

    def __init__(self, bind: sa.Engine) -> None:
        super().__init__(bind)
        self._known: dict[object, Any] = {}
        self._kept_back: dict[str, list[Write]] = {}
        self._before: dict[str, int] = {}  # how many of those are of the commands before
        self._part: SessionTransaction | None = None
        self._digest: Any = None
        self.touched: Touched | None = None  # kept where somebody wants to know

    def add_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Add rows."""
        self._keep_back("insert", table, rows)

    def change_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Change rows, found by their primary key: the named columns, the same in all rows."""
        self._keep_back("update", table, rows)

    def remove_rows(self, table: type[SQLModel], rows: Sequence[Row]) -> None:
        """Delete rows, found by their primary key."""
        self._keep_back("delete", table, rows)

    def _keep_back(self, verb: str, table: type[SQLModel], rows: Sequence[Row]) -> None:
        if not rows:
            return
        if self._digest is None:
            raise LedgerBroken(f"{table.__tablename__} would be written by no command")
        for row in rows:
            self._digest.update(canonical([verb, table.__tablename__, row]))
        self.append_rows(table, rows, verb)

    def append_rows(self, table: type[SQLModel], rows: Sequence[Row], verb: str = "insert") -> None:
        """Write rows that are no command's own, such as the line that tells of it."""
        name = str(table.__tablename__)
        self._kept_back.setdefault(name, []).append((verb, rows))
        if self.touched is not None:
            parts = [part.name for part in SQLModel.metadata.tables[name].primary_key]
            keys = {tuple(_kept(row[part]) for part in parts) for row in rows}
            self.touched.setdefault(name, set()).update(keys)

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
        if not any(self._kept_back.values()):
            return
        if self._digest is not None and self._part is None and self._has_own():
            own = {
                table: writes[self._before.get(table, 0) :]
                for table, writes in self._kept_back.items()
            }
            for table, writes in self._kept_back.items():
                del writes[self._before.get(table, 0) :]
            self._write()
            self._part = self.begin_nested()
            self._kept_back = own
        self._write()

    def _has_own(self) -> bool:
        return any(
            len(writes) > self._before.get(table, 0) for table, writes in self._kept_back.items()
        )

    def _write(self) -> None:
        connection = self.connection()
        for table in SQLModel.metadata.sorted_tables:  # what is referred to comes first
            for verb, rows in _joined(self._kept_back.get(table.name, ())):
                connection.execute(_statement(verb, table, tuple(rows[0])), _bound(verb, rows))
        self._kept_back.clear()
        self._before = {}
        self.expire_all()  # rows are changed past the session, which must not remember them

    def known(self, what: object, look: Callable[[], Any]) -> Any:
        """What ``look`` finds, asked once in this transaction; until ``forget`` is told."""
        if what not in self._known:
            self._known[what] = look()
        return self._known[what]

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
        self._digest = hashlib.sha256()
        self._before = {table: len(writes) for table, writes in self._kept_back.items()}
        try:
            yield self._digest.hexdigest
        except BaseException:
            self._take_back()
            raise
        else:
            if self._part is not None:
                self._part.commit()
        finally:
            self._digest = self._part = None

    def _take_back(self) -> None:
        for table, writes in self._kept_back.items():
            del writes[self._before.get(table, 0) :]
        if self._part is not None:
            self._part.rollback()
        self.forget()


def _joined(writes: Sequence[Write]) -> Iterator[tuple[str, list[Row]]]:
    """Neighbours of one kind that name the same columns, as one."""
    verb, rows = "", list[Row]()
    for next_verb, more in writes:
        for row in more:
            if rows and (next_verb != verb or row.keys() != rows[0].keys()):
                yield verb, rows
                rows = []
            verb = next_verb
            rows.append(row)
    if rows:
        yield verb, rows


STATEMENTS: Final[dict[tuple[str, str, tuple[str, ...]], Any]] = {}


def _statement(verb: str, table: sa.Table, columns: tuple[str, ...]) -> Any:
    """The statement that writes such rows; made once, for it is asked for again and again."""
    key = (verb, table.name, columns)
    if key not in STATEMENTS:
        named = table.primary_key.columns
        match = [each == sa.bindparam(f"_{each.name}", type_=each.type) for each in named]
        if verb == "insert":
            STATEMENTS[key] = sa.insert(table)
        elif verb == "delete":
            STATEMENTS[key] = sa.delete(table).where(*match)
        else:
            changed = [name for name in columns if name not in named]
            values: dict[str, Any] = {name: sa.bindparam(name) for name in changed}
            STATEMENTS[key] = sa.update(table).where(*match).values(values)
    return STATEMENTS[key]


def _bound(verb: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
    if verb == "insert":
        return [dict(row) for row in rows]
    return [dict(row) | {f"_{name}": value for name, value in row.items()} for row in rows]


def _kept(value: object) -> object:
    """A part of a key as the database keeps it."""
    return int(value.timestamp()) if isinstance(value, datetime) else value


def canonical(value: object) -> bytes:
    """A value in one way of writing: JSON with sorted names, instants as seconds, bytes by hash."""
    return ENCODE(value).encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"{type(value).__name__} is no value of a row")


ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain).encode
