"""The journal: every command that was run, in its own words."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import sqlalchemy as sa
from pydantic import TypeAdapter

from marketplace.domain.actor import Actor
from marketplace.domain.command import Command
from marketplace.domain.commands import COMMANDS, kind_of
from marketplace.domain.journal import GENESIS, Head, Line, Sought
from marketplace.domain.page import Cursor, Page
from marketplace.errors import BadField
from marketplace.store.chunks import chunks
from marketplace.store.page import paged
from marketplace.store.tables import JournalRow
from marketplace.store.transaction import Tx

TABLE = JournalRow.__table__  # type: ignore[attr-defined]
COLUMNS: Final = tuple(column.name for column in TABLE.c)
KEYED: Final = sa.select(TABLE).where(sa.text("accepted AND key <> ''"))
"""Lines that used their key: in the very words of the index, which is asked for no others."""

AMONG: Final = KEYED.where(
    TABLE.c.scope.in_(sa.bindparam("scopes", expanding=True)),
    TABLE.c.key.in_(sa.bindparam("keys", expanding=True)),
)
"""Of those, some: made once, for every command asks."""

NEWEST_HASH: Final = "SELECT hash FROM journal ORDER BY seq DESC LIMIT 1"
"""In the database's own words, for every request asks."""

LOOKED_MOST: Final = 20_000
"""So many lines are looked through for one page of those of some kind."""

FILES: Final = ("secret", "attachment")
"""Columns that have no bytes where a line has none."""

FIELDS: Final[Callable[[Line], tuple[Any, ...]]] = attrgetter(*Line.__slots__)

KINDS: Final = {kind_of(command): command for command in COMMANDS}


ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {}


def _words(kind: type[Any]) -> TypeAdapter[Any]:
    """What reads and writes a command; made at its first use, for it takes a millisecond."""
    if kind not in ADAPTERS:
        ADAPTERS[kind] = TypeAdapter(kind)
    return ADAPTERS[kind]


def words_of(command: Command[Any]) -> str:
    """A command as the journal writes it: JSON."""
    return _words(type(command)).dump_json(command).decode()


def command_of(line: Line) -> Command[Any]:
    """A line's command. Raises ``ValueError`` where it says nothing that can be done."""
    if line.kind not in KINDS:
        raise ValueError(f"there is no command {line.kind!r}")
    command: Command[Any] = _words(KINDS[line.kind]).validate_json(line.command)
    return command


@lru_cache(maxsize=1_024)
def text_of(actor: Actor) -> str:
    """An actor as the journal writes it: JSON."""
    return _words(Actor).dump_json(actor).decode()


def actor_of(line: Line) -> Actor:
    """Who acted in a line."""
    return _actor(line.actor)


@lru_cache(maxsize=1_024)
def _actor(text: str) -> Actor:
    actor: Actor = _words(Actor).validate_json(text)
    return actor


def newest_hash(connection: sa.Connection) -> str:
    """The newest line's hash, as the database has it."""
    return str(connection.exec_driver_sql(NEWEST_HASH).scalar() or GENESIS)


def head(tx: Tx) -> Head:
    """Where the journal stands."""

    def look() -> Head:
        newest = sa.select(TABLE.c.seq, TABLE.c.hash).order_by(TABLE.c.seq.desc()).limit(1)
        done = sa.select(TABLE.c.at).where(TABLE.c.accepted).order_by(TABLE.c.seq.desc()).limit(1)
        row = tx.execute(newest).first()
        return Head(row.seq, tx.execute(done).scalar(), row.hash) if row else Head()

    found: Head = tx.known("head", look)
    return found


def append(tx: Tx, line: Line) -> None:
    """Write the next line."""
    row = dict(zip(Line.__slots__, FIELDS(line), strict=True))
    for name in FILES:
        row[name] = row[name] or None
    done_at = line.at if line.accepted else head(tx).at
    tx.append_row(JournalRow, row)
    tx.remember("head", Head(line.seq, done_at, line.hash))
    tx.remember("newest line", line)
    if line.key and line.accepted:
        tx.remember(("key", line.scope, line.key), line)


def newest(tx: Tx) -> Line | None:
    """The newest line."""

    def look() -> Line | None:
        row = tx.execute(sa.select(TABLE).order_by(TABLE.c.seq.desc()).limit(1)).first()
        return _line(row) if row else None

    found: Line | None = tx.known("newest line", look)
    return found


def keyed(tx: Tx, scope: str, key: str) -> Line | None:
    """The command that was accepted under a key."""

    def look() -> Line | None:
        look_up(tx, [(scope, key)])
        found: Line | None = tx.known(("key", scope, key), lambda: None)
        return found

    line: Line | None = tx.known(("key", scope, key), look)
    return line


def look_up(tx: Tx, keys: Iterable[tuple[str, str]]) -> None:
    """Look many keys up at once; ``keyed`` knows them from now on."""
    wanted = set(keys)
    for scope, key in wanted:
        tx.remember(("key", scope, key), None)
    scopes = sorted({scope for scope, _ in wanted})
    for chunk in chunks(sorted({key for _, key in wanted})):
        for row in tx.execute(AMONG, {"scopes": scopes, "keys": chunk}):
            line = _line(row)
            tx.remember(("key", line.scope, line.key), line)


def lines(tx: Tx, after: int = 0) -> Iterator[Line]:
    """Lines in the order they were written, from the one after ``after`` on."""
    query = sa.select(TABLE).where(TABLE.c.seq > after).order_by(TABLE.c.seq)
    with tx.execute(query.execution_options(yield_per=1_000)) as rows:
        for row in rows:
            yield _line(row)


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Line]:
    """Lines in the order they were written."""
    return paged(tx, sa.select(TABLE), [TABLE.c.seq], _line, after=after, limit=limit)


def sought(tx: Tx, what: Sought, *, after: Cursor | None, limit: int) -> Page[Line]:
    """Lines of that kind, the newest first. No index knows them, so that one page looks through
    ``LOOKED_MOST`` lines at most, and may be short, or empty, and not the last."""
    place = after[0] if after else head(tx).seq + 1
    if not isinstance(place, int):
        raise BadField("after", list(after or ()), "not-a-place")
    least = max(place - LOOKED_MOST, 1)
    query = sa.select(TABLE).where(TABLE.c.seq >= least)
    if what.kind:
        query = query.where(TABLE.c.kind == what.kind)
    if what.scope:
        query = query.where(TABLE.c.scope == what.scope)
    if what.actor:  # of JSON text, in which the name comes first
        name = json.dumps({"name": what.actor}, separators=(",", ":"), ensure_ascii=False)[:-1]
        query = query.where(TABLE.c.actor.startswith(name, autoescape=True))
    if what.refused:
        query = query.where(sa.not_(TABLE.c.accepted))
    keys = [TABLE.c.seq]
    found = paged(tx, query, keys, _line, after=after, limit=limit, newest_first=True)
    if found.next is None and least > 1:
        return Page(found.items, (least,))
    return found


def next_line(tx: Tx, after: int = 0) -> Line | None:
    """The first line after ``after``."""
    query = sa.select(TABLE).where(TABLE.c.seq > after).order_by(TABLE.c.seq).limit(1)
    row = tx.execute(query).first()
    return _line(row) if row else None


def _line(row: Any) -> Line:
    values = dict(zip(COLUMNS, row, strict=True))
    for name in FILES:
        values[name] = values[name] or b""
    return Line(**values)
