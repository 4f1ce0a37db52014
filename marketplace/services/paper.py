"""The whole ledger as one view, to be written down for people outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from marketplace.domain.statement import month_around
from marketplace.domain.transfer import Posted
from marketplace.store import journal as journal_store
from marketplace.store import ledger as ledger_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """All transfers in the order of posting, and what they must come to: each account's balance,
    and what each team had when a month was over, by its end."""

    head: str  # the journal's
    transfers: int
    balances: dict[str, int]
    month_ends: tuple[tuple[datetime, dict[str, int]], ...]
    posted: Iterator[Posted]


@contextmanager
def whole(store: Store, now: datetime) -> Iterator[Paper]:
    """The ledger as it stands, and the months that are over by ``now``: nothing that is written
    meanwhile is in it."""
    with store.read() as tx:
        yield Paper(
            head=journal_store.head(tx).told,
            transfers=transfer_store.head(tx)[0],
            balances=ledger_store.all_balances(tx),
            month_ends=tuple(
                (end, owned)
                for end, owned in _month_ends(ledger_store.team_months(tx))
                if end <= now
            ),
            posted=transfer_store.posted(tx),
        )


def _month_ends(
    months: dict[datetime, dict[str, int]],
) -> Iterator[tuple[datetime, dict[str, int]]]:
    """What each team had when a month ended, from what each month changed."""
    owned: dict[str, int] = {}
    for month in sorted(months):
        for team, change_ucr in months[month].items():
            owned[team] = owned.get(team, 0) + change_ucr
        yield month_around(month)[1], dict(owned)
