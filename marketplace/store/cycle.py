"""Cycles, their frozen books, problems and outcomes."""

import zlib

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.cycle import Cycle, CycleState, Entry
from marketplace.errors import StorageFailed
from marketplace.store.engine import Tx
from marketplace.store.tables import CycleRow, EntryRow


def add(tx: Tx, cycle: Cycle) -> None:
    """Keep a new cycle."""
    tx.execute(sa.insert(CycleRow), [_row(cycle)])


def put(tx: Tx, cycle: Cycle) -> None:
    """Write how a cycle changed."""
    tx.execute(sa.update(CycleRow), [_row(cycle)])


def open_one(tx: Tx) -> Cycle | None:
    """The cycle that takes orders."""
    query = select(CycleRow).where(CycleRow.state == CycleState.OPEN.value)
    row = tx.exec(query.order_by(col(CycleRow.number))).first()
    return _cycle(row) if row else None


def unfinished(tx: Tx) -> Cycle | None:
    """The oldest cycle that was closed and is not settled: a crash left it, or it runs now."""
    states = (CycleState.CLOSED.value, CycleState.CLEARED.value)
    query = select(CycleRow).where(col(CycleRow.state).in_(states))
    row = tx.exec(query.order_by(col(CycleRow.number))).first()
    return _cycle(row) if row else None


def get(tx: Tx, number: int) -> Cycle | None:
    """One cycle."""
    row = tx.get(CycleRow, number)
    return _cycle(row) if row else None


def listed(tx: Tx, limit: int | None = None) -> list[Cycle]:
    """Cycles, the newest first."""
    query = select(CycleRow).order_by(col(CycleRow.number).desc())
    return [_cycle(row) for row in tx.exec(query.limit(limit))]


def latest_settled(tx: Tx) -> Cycle | None:
    """The newest cycle with an outcome that counts."""
    query = select(CycleRow).where(CycleRow.state == CycleState.SETTLED.value)
    row = tx.exec(query.order_by(col(CycleRow.number).desc())).first()
    return _cycle(row) if row else None


def keep_book(tx: Tx, number: int, salt: bytes, problem: bytes, entries: tuple[Entry, ...]) -> None:
    """Keep a frozen book: the problem file's bytes, and the key to the names in it."""
    packed = zlib.compress(problem, 6)
    tx.execute(sa.update(CycleRow), [{"number": number, "salt": salt, "problem": packed}])
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
    if rows:
        tx.execute(sa.insert(EntryRow), rows)


def keep_outcome(tx: Tx, number: int, outcome: bytes) -> None:
    """Keep a cycle's outcome: the file's bytes."""
    packed = zlib.compress(outcome, 6)
    tx.execute(sa.update(CycleRow), [{"number": number, "outcome": packed}])


def entries(tx: Tx, number: int) -> list[Entry]:
    """The key to a frozen book's names, by order id."""
    query = select(EntryRow).where(EntryRow.cycle == number).order_by(col(EntryRow.order_id))
    return [
        Entry(
            order_id=row.order_id,
            alias=row.alias,
            team_alias=row.team_alias,
            options=tuple(row.options),
        )
        for row in tx.exec(query)
    ]


def problem(tx: Tx, number: int) -> bytes:
    """The problem file's bytes of a closed cycle; empty before it is closed."""
    return _unpacked(tx.exec(select(CycleRow.problem).where(CycleRow.number == number)).one())


def outcome(tx: Tx, number: int) -> bytes:
    """The outcome file's bytes of a cleared cycle; empty before it is cleared."""
    return _unpacked(tx.exec(select(CycleRow.outcome).where(CycleRow.number == number)).one())


def _unpacked(packed: bytes | None) -> bytes:
    try:
        return zlib.decompress(packed) if packed else b""
    except zlib.error as bad:
        raise StorageFailed("of this market", f"a stored cycle file is damaged ({bad})") from bad


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


def _cycle(row: CycleRow) -> Cycle:
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
