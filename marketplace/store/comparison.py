"""Two databases held against each other, row by row, to the byte; and a digest of every table."""

import hashlib
import marshal
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.canonical import written
from marketplace.store.chunks import chunks
from marketplace.store.columns import Deflated, Instant
from marketplace.store.event_tables import REPLAYED
from marketplace.store.transaction import Tx
from marketplace.store.writes import Key

NAMES: Final = tuple(
    table.name for table in SQLModel.metadata.sorted_tables if table.info.get(REPLAYED, True)
)
"""Every table that the journal makes."""

READ_AHEAD: Final = 500

PLAIN: Final = 2
"""The format of ``marshal`` that writes equal values alike, whoever else holds them."""

Values = tuple[Any, ...]


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


@cache
def _columns(name: str) -> sa.Select[Any]:
    return sa.select(*(_raw(column) for column in _table(name).c))


@cache
def _in_order(name: str, *, served: bool) -> sa.Select[Any]:
    """All rows in the order of their keys' bytes."""
    order = [
        sa.collate(part, "C") if served and isinstance(part.type, sa.String) else part
        for part in _table(name).primary_key.columns
    ]
    return _columns(name).order_by(*order)


def _batches(tx: Tx, name: str) -> Generator[list[Values], None, None]:
    """Rows in the order of their keys' bytes on every kind of database; in the end empty ones.

    SQLite's own cursor reads ahead no further than it is asked, and none of these columns has
    anything to be made of it: wrapping its rows and unwrapping them would take as long again."""
    served = tx.get_bind().dialect.name == "postgresql"
    query = _in_order(name, served=served)
    if not served:
        with tx.execute(query) as result:
            while True:
                yield result.cursor.fetchmany(READ_AHEAD)
    with tx.execute(query.execution_options(yield_per=READ_AHEAD)) as result:
        while True:
            yield [tuple(row) for row in result.fetchmany(READ_AHEAD)]


def differences(kept: Tx, right: Tx, name: str) -> Generator[Difference, None, None]:
    """Where a table of ``kept`` is not that of ``right``, in the order of keys."""
    with closing(_batches(kept, name)) as theirs, closing(_batches(right, name)) as ours:
        for there, here in zip(theirs, ours, strict=True):
            if there != here:
                rows, others = _flat(there, theirs), _flat(here, ours)
                yield from _merged(name, rows, others)
                return
            if not there:
                return


def fingerprint(tx: Tx, name: str) -> str:
    """A SHA-256 of all that a table says in the order of its keys, for two processes of this
    program to compare: of equal tables it is equal, on either kind of database."""
    whole = hashlib.sha256()
    with closing(_batches(tx, name)) as batches:
        while rows := next(batches):
            whole.update(marshal.dumps(rows, PLAIN))
    return whole.hexdigest()


def _flat(first: Sequence[Values], more: Iterator[list[Values]]) -> Iterator[Values]:
    yield from first
    while batch := next(more):
        yield from batch


def _merged(name: str, theirs: Iterator[Values], ours: Iterator[Values]) -> Iterator[Difference]:
    """The slow way: row by row, from where the first batch differs."""
    columns = list(_table(name).c)
    places = [columns.index(part) for part in _table(name).primary_key.columns]
    there, here = next(theirs, None), next(ours, None)
    while there is not None or here is not None:
        one, other = _sorts(there, places), _sorts(here, places)
        if one == other and there is not None and here is not None:
            yield from _compared(name, _key(here, places), there, here)
            there, here = next(theirs, None), next(ours, None)
        elif there is not None and one < other:
            yield Difference(name, _key(there, places))
            there = next(theirs, None)
        elif here is not None:
            yield Difference(name, _key(here, places), missing=True)
            here = next(ours, None)


def _key(row: Values, places: Sequence[int]) -> Key:
    return tuple(row[place] for place in places)


def _sorts(row: Values | None, places: Sequence[int]) -> list[tuple[int, Any]]:
    """A row's place by its key, which can be held against any other: a hand may have put a text
    where numbers are. What is not there comes last."""
    if row is None:
        return [(2, 0)]
    return [(int(isinstance(row[place], str)), row[place]) for place in places]


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
    for chunk in chunks(keys):
        theirs, ours = _rows_at(kept, name, chunk), _rows_at(right, name, chunk)
        for key in chunk:
            there, here = theirs.get(key), ours.get(key)
            if there is None and here is None:
                continue
            if there is None or here is None:
                yield Difference(name, key, missing=there is None)
            else:
                yield from _compared(name, key, there, here)


def _rows_at(tx: Tx, name: str, keys: Sequence[Key]) -> dict[Key, Values]:
    """Some rows by key. Each column's values are asked for by themselves: a database that is asked
    for tuples reads its whole table."""
    columns = list(_table(name).c)
    parts = list(_table(name).primary_key.columns)
    places = [columns.index(part) for part in parts]
    among = [
        (sa.type_coerce(part, sa.BigInteger) if isinstance(part.type, Instant) else part).in_(
            sorted({key[k] for key in keys})
        )
        for k, part in enumerate(parts)
    ]
    found = ((_key(row, places), row) for row in tx.execute(_columns(name).where(*among)))
    wanted = set(keys)
    return {key: tuple(row) for key, row in found if key in wanted}


def counts(tx: Tx, names: Iterable[str] = NAMES) -> dict[str, int]:
    """How many rows tables have."""
    wanted = tuple(names)
    return dict(zip(wanted, tx.execute(_counted(wanted)).one(), strict=True)) if wanted else {}


@cache
def _counted(names: tuple[str, ...]) -> sa.Select[Any]:
    """Every table's count in one query."""
    return sa.select(
        *(
            sa.select(sa.func.count()).select_from(_table(name)).scalar_subquery().label(name)
            for name in names
        )
    )


def digests(tx: Tx) -> dict[str, str]:
    """A SHA-256 of all that each table says, in the order of its keys: the same on any database."""
    found = {}
    for name in NAMES:
        whole = hashlib.sha256()
        columns = list(_table(name).c)
        with closing(_batches(tx, name)) as batches:
            for row in _flat((), batches):
                values = [
                    zlib.decompress(value) if isinstance(column.type, Deflated) and value else value
                    for column, value in zip(columns, row, strict=True)
                ]
                whole.update(written(values))
        found[name] = whole.hexdigest()
    return found
