"""Cycles, their frozen books, problems and outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import select

from marketplace.domain.cycle import Cycle, CycleState, Entry
from marketplace.domain.page import Cursor, Page
from marketplace.store.page import paged
from marketplace.store.standing_tables import CycleStandingRow
from marketplace.store.tables import CycleRow, EntryRow, OrderRow
from marketplace.store.transaction import Tx

ENTRIES = EntryRow.__table__  # type: ignore[attr-defined]
TABLE = CycleRow.__table__  # type: ignore[attr-defined]
FILES: Final = ("salt", "problem", "outcome")
UNDER_WAY: Final = (CycleState.CLOSED, CycleState.CLEARED)
LIFE: Final = sa.select(*(each for each in TABLE.c if each.name not in FILES))
"""All of a cycle but its files, which are large."""


def add(tx: Tx, cycle: Cycle) -> None:
    """Keep a new cycle."""
    tx.add_rows(CycleRow, [_row(cycle)])
    tx.forget("open cycle")


def put(tx: Tx, cycle: Cycle) -> None:
    """Write how a cycle changed."""
    tx.change_rows(CycleRow, [_row(cycle)])
    if cycle.state in UNDER_WAY:
        tx.remember(("cycle", cycle.number), cycle)
    else:
        tx.forget(("cycle", cycle.number))
    known: tuple[object, Cycle] | None = tx.recalled("open cycle")
    if known is not None and known[1].number == cycle.number:
        tx.forget("open cycle")


def open_one(tx: Tx) -> Cycle | None:
    """The cycle that takes orders."""
    return _first(tx, LIFE.where(TABLE.c.state == CycleState.OPEN.value).order_by(TABLE.c.number))


def unfinished(tx: Tx) -> Cycle | None:
    """The oldest cycle that was closed and is not settled: a crash left it, or it runs now."""
    states = [state.value for state in UNDER_WAY]
    return _first(tx, LIFE.where(TABLE.c.state.in_(states)).order_by(TABLE.c.number))


def not_over(tx: Tx, until: datetime, most: int) -> list[Cycle]:
    """The first cycles that were to close before then and are not settled, nor failed: so many at
    most."""
    states = (CycleState.OPEN.value, CycleState.CLOSED.value, CycleState.CLEARED.value)
    query = LIFE.where(TABLE.c.state.in_(states), TABLE.c.closes_at < until)
    return [_cycle(row) for row in tx.execute(query.order_by(TABLE.c.number).limit(most))]


def get(tx: Tx, number: int) -> Cycle | None:
    """One cycle. One that is under way is kept in mind."""
    known: Cycle | None = tx.recalled(("cycle", number))
    return known or _first(tx, LIFE.where(TABLE.c.number == number))


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Cycle]:
    """Cycles, the newest first."""
    keys = [TABLE.c.number]
    return paged(tx, LIFE, keys, _cycle, after=after, limit=limit, newest_first=True)


def latest_settled(tx: Tx) -> Cycle | None:
    """The newest cycle with an outcome that counts."""
    settled = LIFE.where(TABLE.c.state == CycleState.SETTLED.value)
    return _first(tx, settled.order_by(TABLE.c.number.desc()))


def settled(tx: Tx) -> int:
    """How many cycles are settled."""
    query = sa.select(sa.func.count()).where(TABLE.c.state == CycleState.SETTLED.value)
    found: int = tx.execute(query).scalar_one()
    return found


def _first(tx: Tx, query: sa.Select[Any]) -> Cycle | None:
    row = tx.execute(query.limit(1)).first()
    return _cycle(row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """The file of a frozen book, its problem, and the secret that the names in it were drawn by."""

    salt: bytes
    problem: bytes


def keep_book(tx: Tx, number: int, files: Frozen, entries: tuple[Entry, ...]) -> None:
    """Keep a frozen book: its files, and the key to the names in them."""
    kept = {"salt": files.salt, "problem": files.problem}
    tx.change_rows(CycleRow, [{"number": number} | kept])
    rows = [
        {
            "cycle": number,
            "order_id": entry.order_id,
            "alias": entry.alias,
            "team_alias": entry.team_alias,
            "options": list(entry.options),
        }
        for entry in entries
    ]
    tx.add_rows(EntryRow, rows)
    tx.remember(("entries", number), entries)


def keep_outcome(tx: Tx, number: int, outcome: bytes) -> None:
    """Keep a cycle's outcome: the file's bytes."""
    tx.change_rows(CycleRow, [{"number": number, "outcome": outcome}])


def entries(tx: Tx, number: int) -> Sequence[Entry]:
    """The key to a frozen book's names, by order id; kept in mind from its closing on, until they
    are asked for."""
    there: Sequence[Entry] | None = tx.recalled(("entries", number))
    if there is not None:
        tx.forget(("entries", number))
        return there
    query = sa.select(ENTRIES).where(ENTRIES.c.cycle == number).order_by(ENTRIES.c.order_id)
    return [_entry(row) for row in tx.execute(query)]


def entry(tx: Tx, number: int, order: str) -> Entry | None:
    """Under which names an order stands in a frozen book."""
    row = tx.get(EntryRow, (number, order))
    return _entry(row) if row else None


def _entry(row: Any) -> Entry:
    return Entry(
        order_id=row.order_id,
        alias=row.alias,
        team_alias=row.team_alias,
        options=tuple(row.options),
    )


def listed_names(
    tx: Tx, number: int, teams: Sequence[str] | None, *, after: Cursor | None, limit: int
) -> Page[tuple[str, str, str]]:
    """Orders with a bid in a frozen book's files, those whose awards stood there too, by their ids:
    each with its team and the bid's name; those of some teams, or of all."""
    orders = OrderRow.__table__.c  # type: ignore[attr-defined]
    stood = CycleStandingRow.__table__.c  # type: ignore[attr-defined]
    in_files = sa.cast(ENTRIES.c.options, sa.String) != "[]"
    there = sa.union_all(
        sa.select(ENTRIES.c.order_id, ENTRIES.c.alias).where(ENTRIES.c.cycle == number, in_files),
        sa.select(stood.order_id, stood.alias).where(stood.cycle == number),
    ).subquery()
    query = sa.select(there.c.order_id, orders.team, there.c.alias).join_from(
        there, OrderRow, orders.id == there.c.order_id
    )
    if teams is not None:
        query = query.where(orders.team.in_(teams))
    keys = [there.c.order_id]
    return paged(tx, query, keys, lambda one: (one[0], one[1], one[2]), after=after, limit=limit)


def problem(tx: Tx, number: int) -> bytes:
    """The problem file's bytes of a closed cycle; empty before it is closed."""
    return tx.exec(select(CycleRow.problem).where(CycleRow.number == number)).one() or b""


def salt(tx: Tx, number: int) -> bytes:
    """The secret that a closed cycle's names were drawn by; empty before it is closed."""
    return tx.exec(select(CycleRow.salt).where(CycleRow.number == number)).one() or b""


def outcome(tx: Tx, number: int) -> bytes:
    """The outcome file's bytes of a cleared cycle; empty before it is cleared."""
    return tx.exec(select(CycleRow.outcome).where(CycleRow.number == number)).one() or b""


def _row(cycle: Cycle) -> dict[str, object]:
    return {
        "number": cycle.number,
        "state": cycle.state.value,
        "closes_at": cycle.closes_at,
        "rules_version": cycle.rules_version,
        "sale_start": cycle.sale_start,
        "problem_sha256": cycle.problem_sha256,
        "seed": cycle.seed,
        "settled_at": cycle.settled_at,
        "reason": cycle.reason,
    }


def _cycle(row: Any) -> Cycle:
    return Cycle(
        number=row.number,
        state=CycleState(row.state),
        closes_at=row.closes_at,
        rules_version=row.rules_version,
        sale_start=row.sale_start,
        problem_sha256=row.problem_sha256,
        seed=row.seed,
        settled_at=row.settled_at,
        reason=row.reason,
    )
