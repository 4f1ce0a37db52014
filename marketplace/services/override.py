"""Let a pool have other units for a time than its windows say; call that off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from marketplace.domain.command import CancelOverride, OverrideWindows
from marketplace.domain.event.capacity import OverrideCancelled, OverrideMade
from marketplace.domain.journal import Call
from marketplace.domain.override import Override, OverrideRequest, number_of
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.reservation import Reservation
from marketplace.errors import NotAllowedNow, NotFound
from marketplace.services import reservation as reservations
from marketplace.services.failure import make_room
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import event as event_store
from marketplace.store import override as store_of
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

Made = tuple[Override, tuple[Reservation, ...]]
"""An override, and the reservations that failed for it."""

REASON: Final = "capacity-not-available"
"""Why reservations fail, and spot runs end, where their units are not there any more."""


def override(tx: Tx, command: OverrideWindows, call: Call) -> Made:
    """Let a pool have so many units for a time, from the slot that runs on at the earliest. What no
    longer fits is lost, by the latest award first, and paid back at once. Raises ``NotFound`` for a
    pool, ``BadField`` off the slots or in the past. What the newest override there says already is
    not said again, unless a key tells it from that."""
    asked, now = command.request, call.at
    rules, _ = rules_and_cycle(tx)
    pool = pool_of(tx, asked.pool)
    newest = None if call.key else _newest(tx, asked)
    if newest is not None and newest.says(asked, rules):
        return newest, ()
    made = Override.of(asked, store_of.next_number(tx), rules, now)
    store_of.add(tx, made)
    failed = make_room(tx, pool, (made.start, made.end), rules, now, REASON)
    event_store.add(tx, [OverrideMade(**_facts(made, failed, now), reason=made.reason)])
    return made, failed


def _newest(tx: Tx, asked: OverrideRequest) -> Override | None:
    """The newest override of any of the time that is asked for."""
    there = store_of.overlapping(tx, asked.start, asked.end, [asked.pool]).get(asked.pool, ())
    return max(there, key=lambda one: one.number, default=None)


def cancel(tx: Tx, command: CancelOverride, call: Call) -> Made:
    """Call off an override, of one that is under way the slots that have not begun: what its pool
    has there is as if it had never been. Where that is less than is sold, the latest award loses
    first. Raises ``NotFound``, and ``NotAllowedNow`` for one that is over or was called off."""
    now = call.at
    rules, _ = rules_and_cycle(tx)
    found = _there(tx, command.override)
    state = found.state(now)
    if state in ("over", "cancelled"):
        raise NotAllowedNow("override", found.id, state, "ended")
    after = found.cancelled(rules, now)
    store_of.cancel(tx, after)
    failed: tuple[Reservation, ...] = ()
    if after.end < found.end:
        freed = (after.end, found.end)
        failed = make_room(tx, pool_of(tx, found.pool), freed, rules, now, REASON)
    event_store.add(tx, [OverrideCancelled(**_facts(after, failed, now))])
    return after, failed


def recall(tx: Tx, ids: Sequence[str]) -> Made:
    """An override as it is, and the reservations that failed when it was made or called off."""
    return _there(tx, ids[0]), reservations.recall_all(tx, ids[1:])


def names(made: Made) -> tuple[str, ...]:
    """The ids that ``recall`` finds them by."""
    return (made[0].id, *(one.id for one in made[1]))


def listed(
    store: Store, pool: str, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Override]:
    """A pool's overrides in the order in which they were made, with those that were called off.
    Raises ``NotFound``."""
    with store.read() as tx:
        pool_of(tx, pool)
        return store_of.listed(tx, pool, after=after, limit=limit)


def listed_at(
    store: Store,
    pool: str,
    now: datetime,
    *,
    over: bool = False,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Override]:
    """A pool's overrides, the newest first: those that count at ``now`` or will; or those that are
    over or were called off before they began. Raises ``NotFound``."""
    with store.read() as tx:
        pool_of(tx, pool)
        return store_of.listed_at(tx, pool, now, over=over, after=after, limit=limit)


def _there(tx: Tx, id_: str) -> Override:
    found = store_of.get(tx, number_of(id_))
    if found is None:
        raise NotFound("override", id_)
    return found


def _facts(one: Override, failed: Sequence[Reservation], now: datetime) -> dict[str, Any]:
    """What each event of an override says."""
    return {
        "at": now,
        "override": one.id,
        "pool": one.pool,
        "start": one.start,
        "end": one.end,
        "quantity": one.quantity,
        "failed": tuple(each.id for each in failed),
    }
