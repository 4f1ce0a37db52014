"""Credit lines, and what is drawn of them."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from marketplace.domain.credit_line import CreditLine
from marketplace.domain.page import Cursor, Page
from marketplace.store.credit_line_tables import CreditLineRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx
from marketplace.store.writes import Row

TABLE = CreditLineRow.__table__.c  # type: ignore[attr-defined]
KNOWN = "credit lines"


def add(tx: Tx, one: CreditLine) -> None:
    """Keep a line."""
    tx.add_rows(CreditLineRow, [_row(one)])
    tx.forget(KNOWN)


def put(tx: Tx, lines: Sequence[CreditLine]) -> None:
    """Write lines as they are now."""
    tx.change_rows(CreditLineRow, [_row(one) for one in lines])
    tx.remember(KNOWN, every(tx) | {one.id: one for one in lines})


def _row(one: CreditLine) -> Row:
    return {
        "id": one.id,
        "team": one.team,
        "limit_ucr": one.limit_ucr,
        "start": one.start,
        "end": one.end,
        "reason": one.reason,
        "set_at": one.set_at,
        "set_by": one.set_by,
        "closed_at": one.closed_at,
        "drawn_ucr": one.drawn_ucr,
        "repayments": one.repayments,
        "version": one.version,
    }


def every(tx: Tx) -> dict[str, CreditLine]:
    """All lines by id, those that are over too: a few for each team, and asked at each move."""

    def look() -> dict[str, CreditLine]:
        rows = tx.exec(select(CreditLineRow).order_by(col(CreditLineRow.id)))
        return {row.id: _line(row) for row in rows}

    found: dict[str, CreditLine] = tx.known(KNOWN, look)
    return found


def listed(tx: Tx, team: str, *, after: Cursor | None, limit: int) -> Page[CreditLine]:
    """Lines by id: of a team, or of all."""
    query = select(CreditLineRow)
    if team:
        query = query.where(CreditLineRow.team == team)
    return paged(tx, query, [TABLE.id], _line, after=after, limit=limit)


def _line(row: Any) -> CreditLine:
    return CreditLine(
        id=row.id,
        team=row.team,
        limit_ucr=row.limit_ucr,
        start=row.start,
        end=row.end,
        reason=row.reason,
        set_at=row.set_at,
        set_by=row.set_by,
        closed_at=row.closed_at,
        drawn_ucr=row.drawn_ucr,
        repayments=row.repayments,
        version=row.version,
    )
