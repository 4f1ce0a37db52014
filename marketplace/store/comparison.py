"""Two databases held against each other, row by row, to the byte; and a digest of every table."""

import hashlib
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.store.event_tables import REPLAYED
from marketplace.store.tables import Deflated, Instant
from marketplace.store.transaction import Tx, canonical

NAMES: Final = tuple(
    table.name for table in SQLModel.metadata.sorted_tables if table.info.get(REPLAYED, True)
)
"""Every table that the journal makes."""

READ_AHEAD: Final = 2_000
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what it should be. ``columns``: those that differ; none where the row is
    ``missing`` from the database, or ``extra`` in it."""

    table: str
    key: Key
    columns: tuple[str, ...] = ()
    missing: bool = False

    def __str__(self) -> str:
        named = ", ".join(str(part) for part in self.key)
        if self.columns:
            return f"{self.table} {named}: {', '.join(self.columns)} was changed"
        return f"{self.table} {named} {'is gone' if self.missing else 'was put in'}"


def _table(name: str) -> sa.Table:
    return SQLModel.metadata.tables[name]


def _raw(column: sa.Column[Any]) -> Any:
    """A column as it is kept: instants as seconds, JSON as its text, files deflated."""
    kind = column.type
    if isinstance(kind, Instant):
        return sa.type_coerce(column, sa.BigInteger).label(column.name)
    if isinstance(kind, Deflated):
        return sa.type_coerce(column, sa.LargeBinary).label(column.name)
    if isinstance(kind, sa.JSON):
        return sa.cast(column, sa.Text).label(column.name)
    if isinstance(kind, sa.Boolean):
        return sa.cast(column, sa.Integer).label(column.name)
    return column


def _rows(
    tx: Tx, name: str, keys: Sequence[Key] | None = None
) -> Generator[tuple[Key, Any], None, None]:
    """Rows by primary key, in the order of the keys' bytes on every kind of database."""
    table = _table(name)
    parts = list(table.primary_key.columns)
    binary = tx.get_bind().dialect.name == "postgresql"
    order = [
        sa.collate(part, "C") if binary and isinstance(part.type, sa.String) else part
        for part in parts
    ]
    query = sa.select(*(_raw(column) for column in table.c)).order_by(*order)
    if keys is not None:
        plain = [
            sa.type_coerce(part, sa.BigInteger) if isinstance(part.type, Instant) else part
            for part in parts
        ]
        query = query.where(sa.tuple_(*plain).in_(keys))
    places = [list(table.c).index(part) for part in parts]
    with tx.execute(query.execution_options(yield_per=READ_AHEAD)) as rows:
        for row in rows:
            yield tuple(row[place] for place in places), tuple(row)


def differences(kept: Tx, right: Tx, name: str) -> Generator[Difference, None, None]:
    """Where a table of ``kept`` is not that of ``right``, in the order of keys."""
    with closing(_rows(kept, name)) as theirs, closing(_rows(right, name)) as ours:
        yield from _merged(name, theirs, ours)


def _merged(
    name: str, theirs: Iterator[tuple[Key, Any]], ours: Iterator[tuple[Key, Any]]
) -> Iterator[Difference]:
    there, here = next(theirs, None), next(ours, None)
    while there is not None or here is not None:
        if here is None or (there is not None and _sorts(there[0]) < _sorts(here[0])):
            assert there is not None  # noqa: S101 - one of the two is a row
            yield Difference(name, there[0])
            there = next(theirs, None)
        elif there is None or _sorts(here[0]) < _sorts(there[0]):
            yield Difference(name, here[0], missing=True)
            here = next(ours, None)
        else:
            yield from _compared(name, here[0], there[1], here[1])
            there, here = next(theirs, None), next(ours, None)


def _sorts(key: Key) -> tuple[tuple[bool, Any], ...]:
    """A key that can be held against any other: a hand may have put a text where numbers are."""
    return tuple((isinstance(part, str), part) for part in key)


def _compared(
    name: str, key: Key, there: Sequence[Any], here: Sequence[Any]
) -> Iterator[Difference]:
    if there == here:
        return
    columns = _table(name).c
    changed = tuple(
        column.name
        for column, one, other in zip(columns, there, here, strict=True)
        if one != other and not (isinstance(column.type, Deflated) and _inflates(one, other))
    )
    if changed:
        yield Difference(name, key, changed)


def _inflates(one: Any, other: Any) -> bool:
    """Whether two files deflated by two programs are the same file."""
    try:
        return zlib.decompress(one) == zlib.decompress(other)
    except (zlib.error, TypeError):
        return False


def differences_at(
    kept: Tx, right: Tx, name: str, keys: Sequence[Key]
) -> Generator[Difference, None, None]:
    """Where some rows of ``kept`` are not those of ``right``."""
    for first in range(0, len(keys), 400):
        chunk = keys[first : first + 400]
        theirs, ours = dict(_rows(kept, name, chunk)), dict(_rows(right, name, chunk))
        for key in chunk:
            there, here = theirs.get(key), ours.get(key)
            if there is None and here is None:
                continue
            if there is None or here is None:
                yield Difference(name, key, missing=there is None)
            else:
                yield from _compared(name, key, there, here)


def count(tx: Tx, name: str) -> int:
    """How many rows a table has."""
    found: int = tx.execute(sa.select(sa.func.count()).select_from(_table(name))).scalar_one()
    return found


def digests(tx: Tx) -> dict[str, str]:
    """A SHA-256 of all that each table says, in the order of its keys: the same on any database."""
    found = {}
    for name in NAMES:
        whole = hashlib.sha256()
        columns = list(_table(name).c)
        for _, row in _rows(tx, name):
            values = [
                zlib.decompress(value) if isinstance(column.type, Deflated) and value else value
                for column, value in zip(columns, row, strict=True)
            ]
            whole.update(canonical(values))
        found[name] = whole.hexdigest()
    return found
