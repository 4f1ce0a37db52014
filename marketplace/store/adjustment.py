"""Adjustments and their lines."""

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.adjustment import (
    Adjustment,
    AdjustmentLine,
    AdjustmentRequest,
    AdjustmentState,
)
from marketplace.domain.page import Cursor, Page
from marketplace.store.adjustment_tables import AdjustmentLineRow, AdjustmentRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx

NEWEST: Final = "newest adjustment"
"""The one proposed last, while it waits: mostly the next that somebody asks for, and long."""

NUMBER = AdjustmentRow.__table__.c.number  # type: ignore[attr-defined]


def next_number(tx: Tx) -> int:
    """The number of the adjustment that is proposed next."""
    return (tx.exec(select(sa.func.max(AdjustmentRow.number))).one() or 0) + 1


def add(tx: Tx, one: Adjustment) -> None:
    """Keep a new adjustment."""
    row = {
        "number": one.number,
        "reason": one.request.reason,
        "end": one.request.end,
        "proposed_at": one.proposed_at,
        "proposed_by": one.proposed_by,
    }
    tx.add_rows(AdjustmentRow, [row | _ending(one)])
    lines = [
        {
            "adjustment": one.number,
            "place": place,
            "team": line.team,
            "amount_ucr": line.amount_ucr,
            "corrects": line.corrects,
        }
        for place, line in enumerate(one.request.lines)
    ]
    tx.add_rows(AdjustmentLineRow, lines)
    tx.remember(NEWEST, one)


def put(tx: Tx, one: Adjustment) -> None:
    """Keep what became of an adjustment."""
    tx.change_rows(AdjustmentRow, [{"number": one.number} | _ending(one)])
    tx.forget(NEWEST)


def _ending(one: Adjustment) -> dict[str, object]:
    return {
        "state": one.state.value,
        "ended_at": one.ended_at,
        "ended_by": one.ended_by,
        "ended_for": one.ended_for,
    }


def get(tx: Tx, number: int) -> Adjustment | None:
    """One adjustment, with its lines."""
    newest: Adjustment | None = tx.recalled(NEWEST)
    if newest is not None and newest.number == number:
        return newest
    row = tx.get(AdjustmentRow, number)
    return _adjustment(tx, row) if row else None


def listed(
    tx: Tx, *, after: Cursor | None, limit: int, state: AdjustmentState | None = None
) -> Page[Adjustment]:
    """Adjustments in one state or in any, the newest first."""

    def read(row: Any) -> Adjustment:
        return _adjustment(tx, row)

    query = select(AdjustmentRow)
    if state is not None:
        query = query.where(AdjustmentRow.state == state.value)
    return paged(tx, query, [NUMBER], read, after=after, limit=limit, newest_first=True)


def _adjustment(tx: Tx, row: Any) -> Adjustment:
    line = AdjustmentLineRow
    query = select(line).where(line.adjustment == row.number).order_by(col(line.place))
    request = AdjustmentRequest(
        lines=tuple(
            AdjustmentLine(team=one.team, amount_ucr=one.amount_ucr, corrects=one.corrects)
            for one in tx.exec(query)
        ),
        reason=row.reason,
        end=row.end,
    )
    return Adjustment(
        number=row.number,
        request=request,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        state=AdjustmentState(row.state),
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ended_for=row.ended_for,
    )
