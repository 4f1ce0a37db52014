"""Versions of the market's rules."""

from datetime import datetime

from sqlmodel import col, select

from marketplace.rules import MarketRules
from marketplace.store.tables import RulesRow
from marketplace.store.transaction import Tx


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


def latest(tx: Tx) -> MarketRules | None:
    """The newest version; ``None`` in a database without a market."""
    row = tx.exec(select(RulesRow).order_by(col(RulesRow.version).desc())).first()
    return MarketRules.from_document(row.document) if row else None
