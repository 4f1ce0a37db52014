"""Versions of the market's rules."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from marketplace.domain.page import Cursor, Page
from marketplace.rules import Adopted, MarketRules
from marketplace.store.page import paged
from marketplace.store.tables import RulesRow
from marketplace.store.transaction import Tx

VERSION = RulesRow.__table__.c.version  # type: ignore[attr-defined]


def add(tx: Tx, rules: MarketRules, adopted_at: datetime) -> None:
    """Keep a new version."""
    row = {
        "version": rules.version,
        "document": rules.document(),
        "adopted_at": adopted_at,
    }
    tx.add_rows(RulesRow, [row])


def get(tx: Tx, version: int) -> MarketRules:
    """One version, as it was adopted."""
    row = tx.get_one(RulesRow, version)
    return MarketRules.from_document(row.document)


def adopted(tx: Tx, version: int) -> Adopted | None:
    """One version and when it was adopted; ``None`` for one that is not there."""
    row = tx.get(RulesRow, version)
    return _adopted(row) if row else None


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[Adopted]:
    """All versions, the newest first."""
    query = select(RulesRow)
    return paged(tx, query, [VERSION], _adopted, after=after, limit=limit, newest_first=True)


def _adopted(row: Any) -> Adopted:
    return Adopted(rules=MarketRules.from_document(row.document), adopted_at=row.adopted_at)


def latest(tx: Tx) -> MarketRules | None:
    """The newest version; ``None`` in a database without a market."""
    row = tx.exec(select(RulesRow).order_by(col(RulesRow.version).desc())).first()
    return MarketRules.from_document(row.document) if row else None
