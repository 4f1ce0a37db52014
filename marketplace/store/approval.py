"""Approvals, and says that are lent."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.approval import (
    Approval,
    ApprovalState,
    Delegation,
    DelegationRequest,
    Word,
)
from marketplace.domain.page import Cursor, Page
from marketplace.domain.policy import Need, Then
from marketplace.rules import in_utc
from marketplace.store.approval_tables import ApprovalRow, DelegationRow
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of, seconds_of
from marketplace.store.page import paged
from marketplace.store.transaction import Tx

TABLE = ApprovalRow.__table__.c  # type: ignore[attr-defined]
LENT = DelegationRow.__table__.c  # type: ignore[attr-defined]


def add(tx: Tx, approvals: Sequence[Approval]) -> None:
    """Keep what orders wait for."""
    tx.add_rows(ApprovalRow, [_row(one) for one in approvals])


def put(tx: Tx, approvals: Sequence[Approval]) -> None:
    """Write what was said."""
    tx.change_rows(ApprovalRow, [_row(one) for one in approvals])


def waiting(tx: Tx, order_ids: Sequence[str]) -> dict[str, Approval]:
    """What those orders wait for now, by order."""
    found: dict[str, Approval] = {}
    for chunk in chunks(sorted(set(order_ids))):
        query = select(ApprovalRow).where(
            col(ApprovalRow.order_id).in_(chunk),
            ApprovalRow.state == ApprovalState.WAITING.value,
        )
        rows = tx.exec(query.order_by(col(ApprovalRow.order_id)))
        found |= {row.order_id: _approval(row) for row in rows}
    return found


def of_order(tx: Tx, order_id: str) -> list[Approval]:
    """All that an order waited for, by version."""
    query = select(ApprovalRow).where(ApprovalRow.order_id == order_id)
    return [_approval(row) for row in tx.exec(query.order_by(col(ApprovalRow.order_version)))]


def listed(
    tx: Tx,
    *,
    team: str,
    state: ApprovalState | None,
    after: Cursor | None,
    limit: int,
) -> Page[Approval]:
    """Approvals of a team or of all, in one state or in any, by when they are due."""
    query = select(ApprovalRow)
    if team:
        query = query.where(ApprovalRow.team == team)
    if state is not None:
        query = query.where(ApprovalRow.state == state.value)
    keys = [TABLE.state, TABLE.due_at, TABLE.order_id, TABLE.order_version]
    return paged(tx, query, keys, _approval, after=after, limit=limit)


def lend(tx: Tx, one: Delegation) -> None:
    """Keep a say that is lent."""
    tx.add_rows(DelegationRow, [_lent_row(one)])


def put_lent(tx: Tx, one: Delegation) -> None:
    """Write that it was taken back."""
    tx.change_rows(DelegationRow, [_lent_row(one)])


def next_lent(tx: Tx) -> str:
    """The id of the delegation that is made next."""
    return f"dlg_{tx.exec(select(sa.func.count(LENT.id))).one() + 1:06d}"


def lent(tx: Tx, id_: str) -> Delegation | None:
    """One delegation."""
    row = tx.get(DelegationRow, id_)
    return _delegation(row) if row else None


def lent_to(tx: Tx, person: str) -> list[Delegation]:
    """All that was ever lent to a person."""
    query = select(DelegationRow).where(DelegationRow.to == person)
    return [_delegation(row) for row in tx.exec(query.order_by(LENT.id))]


def delegations(tx: Tx, person: str, *, after: Cursor | None, limit: int) -> Page[Delegation]:
    """What a person has lent, the oldest first."""
    query = select(DelegationRow).where(DelegationRow.person == person)
    return paged(tx, query, [LENT.id], _delegation, after=after, limit=limit)


def _row(one: Approval) -> dict[str, Any]:
    return {
        "order_id": one.order_id,
        "order_version": one.order_version,
        "team": one.team,
        "held_ucr": one.held_ucr,
        "policy": one.policy,
        "tiers": list(one.tiers),
        "needs": [need.value for need in one.needs],
        "then": one.then.value,
        "asked_by": one.asked_by,
        "asked_at": one.asked_at,
        "due_at": one.due_at,
        "words": [
            [word.need.value, word.person, seconds_of(word.at), word.instead_of]
            for word in one.words
        ],
        "state": one.state.value,
        "reason": one.reason,
        "ended_at": one.ended_at,
        "ended_by": one.ended_by,
    }


def _approval(row: Any) -> Approval:
    return Approval(
        order_id=row.order_id,
        order_version=row.order_version,
        team=row.team,
        held_ucr=row.held_ucr,
        policy=row.policy,
        tiers=tuple(row.tiers),
        needs=tuple(Need(need) for need in row.needs),
        then=Then(row.then),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        due_at=row.due_at,
        words=tuple(
            Word(Need(need), person, instant_of(at), instead)
            for need, person, at, instead in row.words
        ),
        state=ApprovalState(row.state),
        reason=row.reason,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


def _lent_row(one: Delegation) -> dict[str, Any]:
    request = one.request
    return {
        "id": one.id,
        "person": one.person,
        "role": request.role.value,
        "to": request.to,
        "team": request.team,
        "start": in_utc(request.start),
        "end": in_utc(request.end),
        "made_at": one.made_at,
        "ended_at": one.ended_at,
    }


def _delegation(row: Any) -> Delegation:
    request = DelegationRequest(
        role=Need(row.role), to=row.to, start=row.start, end=row.end, team=row.team
    )
    return Delegation(
        id=row.id, person=row.person, request=request, made_at=row.made_at, ended_at=row.ended_at
    )
