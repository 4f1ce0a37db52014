"""Months as they stand: what they came to, or what is still in the way of closing them."""

from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.month import Checklist, MonthClose, month_named, name_of
from marketplace.domain.statement import month_of
from marketplace.services import month
from marketplace.services.view import as_of
from marketplace.store import month as month_store
from marketplace.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSeen:
    """A month as it stands: its checklist, and what it came to once it is closed."""

    checklist: Checklist
    close: MonthClose | None = None

    @property
    def id(self) -> str:
        """Its name: ``2026-11``."""
        return name_of(self.checklist.month)


def get(store: Store, name: str, now: datetime) -> MonthSeen:
    """A month as it stands, closed or not. Raises ``BadField`` for what names none, and
    ``NotFound`` for one before the market."""
    first = month_named(name)
    with as_of(store, now) as tx:
        return MonthSeen(
            checklist=month.checklist(tx, first, now), close=month_store.get(tx, first)
        )


def next_open(store: Store, now: datetime) -> MonthSeen:
    """The month that is to be closed next: the first with transfers that is open, or the one that
    it is."""
    with as_of(store, now) as tx:
        until = month_store.closed_until(tx)
        found = month_store.with_transfers(tx, until, now, 1)
        first = found[0] if found else max(month_of(now), until or month_of(now))
        return MonthSeen(checklist=month.checklist(tx, first, now))
