"""Lead, for a time, and go on leading; of several processes one."""

from datetime import datetime
from typing import Final

from marketplace.domain.lease import TTL, Lease
from marketplace.errors import NotLeading
from marketplace.store import lease as lease_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

CLOCK: Final = "clock"


def take(store: Store, holder: str, now: datetime, name: str = CLOCK) -> Lease | None:
    """Lead, or go on leading; None where another process leads."""
    with store.begin() as tx:
        before = lease_store.get(tx, name)
        first = Lease(name=name, holder=holder, fence=1, until=now + TTL)
        after = before.taken(holder, now) if before else first
        if after is not None:
            lease_store.put(tx, after, new=before is None)
        return after


def give_up(store: Store, lease: Lease, now: datetime) -> None:
    """Lead no more, so that another process need not wait until the lease is over."""
    with store.begin() as tx:
        found = lease_store.get(tx, lease.name)
        if found is not None and (found.holder, found.fence) == (lease.holder, lease.fence):
            ended = Lease(name=lease.name, holder="", fence=lease.fence, until=now)
            lease_store.put(tx, ended, new=False)


def held(store: Store, name: str = CLOCK) -> Lease | None:
    """Who leads, or led last; None where nobody ever did."""
    with store.read() as tx:
        return lease_store.get(tx, name)


def check(tx: Tx, fence: int, name: str = CLOCK) -> None:
    """Raises ``NotLeading`` where somebody else leads by now."""
    found = lease_store.get(tx, name)
    if found is None or found.fence != fence:
        raise NotLeading(name, fence, found.fence if found else 0)
