"""Versions of the decision policy, and what teams have of the pools that it caps."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter
from sqlmodel import col, select

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.page import Cursor, Page
from marketplace.domain.policy import AdoptedPolicy, Policy
from marketplace.store.approval_tables import PolicyRow
from marketplace.store.page import paged
from marketplace.store.tables import ReservationRow
from marketplace.store.transaction import Tx

VERSION = PolicyRow.__table__.c.version  # type: ignore[attr-defined]
KNOWN: Final = "policies"


@cache  # made at its first use, for it takes its time
def _adapter() -> TypeAdapter[Policy]:
    return TypeAdapter(Policy)


def add(tx: Tx, adopted: AdoptedPolicy) -> None:
    """Keep a new version."""
    row = {
        "version": adopted.version,
        "document": _adapter().dump_python(adopted.policy, mode="json"),
        "adopted_at": adopted.adopted_at,
        "adopted_by": adopted.adopted_by,
        "valid_from": adopted.valid_from,
    }
    tx.add_rows(PolicyRow, [row])
    tx.forget(KNOWN)


def every(tx: Tx) -> Sequence[AdoptedPolicy]:
    """All versions: there are few, and each order asks."""

    def look() -> list[AdoptedPolicy]:
        return [
            _adopted(row) for row in tx.exec(select(PolicyRow).order_by(col(PolicyRow.version)))
        ]

    found: list[AdoptedPolicy] = tx.known(KNOWN, look)
    return found


def get(tx: Tx, version: int) -> AdoptedPolicy | None:
    """One version."""
    row = tx.get(PolicyRow, version)
    return _adopted(row) if row else None


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[AdoptedPolicy]:
    """All versions, the newest first."""
    query = select(PolicyRow)
    return paged(tx, query, [VERSION], _adopted, after=after, limit=limit, newest_first=True)


def ahead(
    tx: Tx, span: Span, pools: Sequence[str], teams: Sequence[str]
) -> dict[tuple[str, str], Grid]:
    """Units of those pools that those teams have ahead in each slot of ``span``, by team and pool;
    those that have none are left out."""
    row = ReservationRow
    mine = col(row.end) > span.start, col(row.pool).in_(pools), col(row.team).in_(teams)
    query = select(row.team, row.pool, row.start, row.units).where(*mine)
    found: dict[tuple[str, str], Grid] = {}
    for team, pool, start, units in tx.exec(query):
        grid = found.setdefault((team, pool), np.zeros(span.slots, dtype=np.int64))
        for slot, left in enumerate(units, span.index(start)):
            if 0 <= slot < span.slots:
                grid[slot] += left
    return found


def _adopted(row: Any) -> AdoptedPolicy:
    return AdoptedPolicy(
        version=row.version,
        policy=_adapter().validate_python(row.document),
        adopted_at=row.adopted_at,
        adopted_by=row.adopted_by,
        valid_from=row.valid_from,
    )
