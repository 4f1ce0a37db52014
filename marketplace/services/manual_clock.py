"""A clock that is moved by hand, for tests of what people build on a market: it stands until it is
moved, and a database that once ran on the real clock never runs on it, nor the other way round."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.lease import Lease
from marketplace.errors import BadField, TooEarly
from marketplace.services import lease as leases
from marketplace.store import journal as journal_store
from marketplace.store import lease as lease_store
from marketplace.store.engine import Store

NAME: Final = "manual-clock"
"""The row that keeps where it stands; its end is the time."""

FURTHEST: Final = timedelta(days=31)
"""How far it is moved at once: thousands of ticks, which take minutes."""


def salt(seed: int, at: datetime) -> bytes:
    """From which the published names of the cycle that closes at ``at`` are drawn where a run must
    be the same as another one: a simulation's, or a test's. Whoever knows the seed knows them."""
    return hashlib.sha256(f"{seed}/{at.isoformat()}".encode()).digest()


def begin(store: Store, now: datetime) -> datetime:
    """Run a database on the manual clock from now on, or go on where it stood; what time it is.

    Raises ``BadField`` where it has run on the real one.
    """
    with store.begin() as tx:
        found = lease_store.get(tx, NAME)
        if found is not None:
            return found.until
        if lease_store.get(tx, leases.CLOCK) is not None:
            raise BadField("clock", "manual", "ran-on-real-clock")
        at = max(now, journal_store.head(tx).at or now)
        lease_store.put(tx, Lease(name=NAME, holder="", fence=0, until=at), new=True)
        return at


def refuse(store: Store) -> None:
    """Raises ``BadField`` where a database runs on the manual clock."""
    if leases.held(store, NAME) is not None:
        raise BadField("clock", "real", "runs-on-manual-clock")


def move(store: Store, now: datetime, to: datetime) -> None:
    """Keep that the clock stands at ``to``. Raises ``TooEarly`` where that is before ``now``, and
    ``BadField`` where it is very far."""
    if to < now:
        raise TooEarly(to, now)
    if to > now + FURTHEST:
        facts = {"least": now, "most": now + FURTHEST}
        raise BadField("to", to, "out-of-range", facts)
    with store.begin() as tx:
        lease_store.put(tx, Lease(name=NAME, holder="", fence=0, until=to), new=False)
