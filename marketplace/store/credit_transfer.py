"""Transfers of credits between teams."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.agenda import of_transfer
from marketplace.domain.credit_transfer import (
    CreditTransfer,
    CreditTransferRequest,
    CreditTransferState,
)
from marketplace.domain.page import Cursor, Page
from marketplace.store import agenda
from marketplace.store.chunks import chunks
from marketplace.store.columns import seconds_of
from marketplace.store.credit_transfer_tables import CreditTransferRow
from marketplace.store.page import paged
from marketplace.store.transaction import Tx
from marketplace.store.writes import Row

TABLE = CreditTransferRow.__table__.c  # type: ignore[attr-defined]


def next_number(tx: Tx) -> int:
    """The number of the transfer that is proposed next."""
    return (tx.exec(select(sa.func.max(CreditTransferRow.number))).one() or 0) + 1


def add(tx: Tx, one: CreditTransfer) -> None:
    """Keep a transfer, and when it lapses."""
    tx.add_rows(CreditTransferRow, [_row(one)])
    agenda.add(tx, [of_transfer(one)], new=True)


def put(tx: Tx, transfers: Sequence[CreditTransfer]) -> None:
    """Write transfers as they are now; what has ended lapses no more."""
    tx.change_rows(CreditTransferRow, [_row(one) for one in transfers])
    agenda.done(tx, [of_transfer(one) for one in transfers if not one.open])


def _row(one: CreditTransfer) -> Row:
    return {
        "number": one.number,
        "team": one.team,
        "receiver": one.receiver,
        "amount_ucr": one.request.amount_ucr,
        "reason": one.request.reason,
        "proposed_at": one.proposed_at,
        "proposed_by": one.proposed_by,
        "lapses_at": one.lapses_at,
        "state": one.state.value,
        "ended_at": one.ended_at,
        "code": one.code,
        "answer": one.answer,
        "grants": list(one.grants),
        "version": one.version,
    }


def get(tx: Tx, numbers: Iterable[int]) -> dict[int, CreditTransfer]:
    """Some transfers by number."""
    found: dict[int, CreditTransfer] = {}
    for chunk in chunks(sorted(numbers)):
        query = select(CreditTransferRow).where(col(CreditTransferRow.number).in_(chunk))
        rows = tx.exec(query.order_by(col(CreditTransferRow.number)))
        found |= {row.number: _transfer(row) for row in rows}
    return found


def newest_from(tx: Tx, team: str) -> CreditTransfer | None:
    """The newest transfer that a team proposed."""
    query = select(CreditTransferRow).where(CreditTransferRow.team == team)
    newest = (TABLE.proposed_at.desc(), TABLE.number.desc())
    row = tx.exec(query.order_by(*newest).limit(1)).first()
    return _transfer(row) if row else None


def waiting(tx: Tx, team: str, limit: int) -> list[CreditTransfer]:
    """The transfers that nobody has answered, the newest first: those that a team gives or is
    given, or all."""
    query = select(CreditTransferRow).where(TABLE.state == CreditTransferState.PROPOSED.value)
    if team:
        query = query.where(sa.or_(TABLE.team == team, TABLE.receiver == team))
    newest = (TABLE.proposed_at.desc(), TABLE.number.desc())
    return [_transfer(row) for row in tx.exec(query.order_by(*newest).limit(limit))]


def every(tx: Tx) -> Iterator[CreditTransfer]:
    """Every transfer that ever was proposed."""
    for row in tx.exec(select(CreditTransferRow).order_by(col(CreditTransferRow.number))):
        yield _transfer(row)


def listed(
    tx: Tx,
    team: str,
    state: CreditTransferState | None = None,
    *,
    after: Cursor | None,
    limit: int,
) -> Page[CreditTransfer]:
    """Transfers, the newest first: those that a team gives or is given, or all; in one state, or in
    any."""
    query = select(CreditTransferRow)
    query = query.where(TABLE.state == state.value) if state else query
    if not team:
        return _page(tx, query, after, limit)
    sides = (CreditTransferRow.team == team, CreditTransferRow.receiver == team)
    pages = [_page(tx, query.where(side), after, limit) for side in sides]
    found = sorted((one for page in pages for one in page.items), key=_place, reverse=True)
    more = len(found) > limit or any(page.next for page in pages)
    return Page(tuple(found[:limit]), _place(found[:limit][-1]) if more else None)


def _page(tx: Tx, query: Any, after: Cursor | None, limit: int) -> Page[CreditTransfer]:
    keys = [TABLE.proposed_at, TABLE.number]
    return paged(tx, query, keys, _transfer, after=after, limit=limit, newest_first=True)


def _place(one: CreditTransfer) -> tuple[int, int]:
    return seconds_of(one.proposed_at), one.number


def _transfer(row: Any) -> CreditTransfer:
    return CreditTransfer(
        number=row.number,
        request=CreditTransferRequest(
            team=row.team, receiver=row.receiver, amount_ucr=row.amount_ucr, reason=row.reason
        ),
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        lapses_at=row.lapses_at,
        state=CreditTransferState(row.state),
        ended_at=row.ended_at,
        code=row.code,
        answer=row.answer,
        grants=tuple(row.grants),
        version=row.version,
    )
