"""Spend held against the quarter's themes."""

from datetime import datetime

from marketplace.domain.theme import Strategy, pieces, strategy
from marketplace.rules import check_spell
from marketplace.services.view import as_of
from marketplace.store import theme as theme_store
from marketplace.store.engine import Store


def spend(store: Store, start: datetime, end: datetime, *, now: datetime | None = None) -> Strategy:
    """Each theme's share of the credits given in [start, end), and what was spent on it. ``now``:
    when it is read; then all that fell due by it is there. Raises ``BadField`` for the times."""
    check_spell("a period", start, end)
    with as_of(store, now) as tx:
        versions = theme_store.every(tx)
        parts = [
            (piece, theme_store.granted(tx, piece.start, piece.end))
            for piece in pieces(versions, start, end)
        ]
        return strategy(versions, parts, theme_store.spent(tx, start, end))
