"""A clock that is moved by hand, for markets that are made to be played with: it stands until it is
moved, and a database that once ran on the real clock never runs on it, nor the other way round."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.lease import Lease
from marketplace.errors import BadField, TooEarly
from marketplace.services import host_clock
from marketplace.services import lease as leases
from marketplace.store import journal as journal_store
from marketplace.store import lease as lease_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

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
        stands = _stand(tx)
        if stands is not None:
            return stands
        if any(lease_store.get(tx, name) for name in (leases.CLOCK, host_clock.NAME)):
            raise BadField("clock", "manual", "ran-on-real-clock")
        at = max(now, journal_store.head(tx).at or now)
        lease_store.put(tx, Lease(name=NAME, holder="", fence=0, until=at), new=True)
        return at


def stand(store: Store) -> datetime | None:
    """Where it stands, which is never before the newest entry; None where the market has none."""
    with store.read() as tx:
        return _stand(tx)


def _stand(tx: Tx) -> datetime | None:
    found = lease_store.get(tx, NAME)
    return max(found.until, journal_store.head(tx).at or found.until) if found else None


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
