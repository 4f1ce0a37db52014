"""Whether this machine's clock can be believed, for a market that runs on real time; and how an
operator says what time it is.

A market that nobody used for days has no newer entry either, so that alone shows nothing. What a
machine counts since it started does: no hand sets it. PostgreSQL's server has a clock of its own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.command import SetClock
from marketplace.domain.event.market import ClockSet
from marketplace.domain.journal import Call
from marketplace.domain.lease import Lease
from marketplace.errors import BadField, ClockAhead
from marketplace.services.market import rules_and_cycle
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import journal as journal_store
from marketplace.store import lease as lease_store
from marketplace.store import month as month_store
from marketplace.store import spot_price as price_store
from marketplace.store import spot_resale as resale_store
from marketplace.store.engine import Store, server_time
from marketplace.store.transaction import Tx

NAME: Final = "host-clock"
"""The row that keeps when the clock was believed last (its end), on which start of which machine
(its holder), and how many seconds after that start (its fence)."""

FURTHEST: Final = timedelta(hours=1)
"""So far a clock may be ahead of all that is known of the time."""

REASON_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Beat:
    """What a machine counts by itself: which of its starts, empty where it does not tell; and the
    seconds since then, asleep or awake."""

    start: str
    seconds: int


def believe(store: Store, now: datetime, beat: Beat) -> None:
    """Take ``now`` for the time, and remember when that was. Raises ``ClockAhead`` where it is more
    than an hour ahead of the newest entry, and nothing shows that so much time has passed."""
    with store.read() as tx:
        seen, newest = lease_store.get(tx, NAME), journal_store.head(tx).at
        told = server_time(tx)
    _check(now, beat, seen, newest, told)
    if seen is None or seen.holder != beat.start or now > seen.until + FURTHEST:
        remember(store, now, beat)


def _check(
    now: datetime, beat: Beat, seen: Lease | None, newest: datetime | None, told: datetime | None
) -> None:
    known = [at for at in (newest, seen.until if seen else None) if at is not None]
    if not known or now <= max(known) + FURTHEST:
        return
    if told is None and seen and beat.start and seen.holder == beat.start:
        told = seen.until + timedelta(seconds=beat.seconds - seen.fence)
    if told is None or now > told + FURTHEST:
        raise ClockAhead(now, max(known))


def remember(store: Store, now: datetime, beat: Beat) -> None:
    """Keep that it was ``now`` at that beat, whatever was known before."""
    with store.begin() as tx:
        new = lease_store.get(tx, NAME) is None
        row = Lease(name=NAME, holder=beat.start, fence=beat.seconds, until=now)
        lease_store.put(tx, row, new=new)


def set_clock(tx: Tx, command: SetClock, call: Call) -> datetime:
    """Go on from the call's time, whatever the books have: the journal's newest line has it now.

    What was done too early stays done. What would wait for a time that is far off waits no more:
    the open cycle closes at its next regular time, and spot's ticks go on from now; prices that
    were published for later are taken back.
    """
    if not 1 <= len(command.reason) <= REASON_MOST:
        facts = {"least": 1, "most": REASON_MOST}
        raise BadField("reason", command.reason, "letters-out-of-range", facts)
    closed_until = month_store.closed_until(tx)
    if closed_until is not None and call.at < closed_until:
        raise BadField("clock", call.at, "month-closed", {"end": closed_until})
    rules, cycle = rules_and_cycle(tx)
    regular = rules.next_close(call.at)
    if cycle.closes_at > rules.next_close(regular):
        cycle_store.put(tx, replace(cycle, closes_at=regular))
    pools = price_store.pools(tx).values()
    late = [one for one in pools if one.ticked_at > call.at]
    if late:
        price_store.remove_after(tx, call.at)
        resale_store.remove_after(tx, call.at)
        price_store.put_pools(tx, [replace(one, ticked_at=call.at) for one in late], set())
    event_store.add(tx, [ClockSet(at=call.at, reason=command.reason)])
    return call.at
