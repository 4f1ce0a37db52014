"""Give pools units for a time, and end that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from marketplace.domain.capacity import Pool, Window, check_aligned, window_number
from marketplace.domain.command import AddWindows, EndWindow
from marketplace.domain.event.capacity import WindowEnded
from marketplace.domain.grant import check_reason
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.reservation import Reservation
from marketplace.errors import NotAllowedNow, NotFound
from marketplace.rules import MarketRules
from marketplace.services import capacity
from marketplace.services import reservation as reservations
from marketplace.services.failure import make_room
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.services.override import REASON
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

Ended = tuple[Window, tuple[Reservation, ...]]
"""A window that was ended, and the reservations that failed for it."""


def add(tx: Tx, command: AddWindows, call: Call) -> tuple[Window, ...]:
    """Add units to pools for a time. What was added before, all of it, is not added again, unless
    a key tells it from that. Raises ``NotFound`` for a pool, ``BadField`` off the grid."""
    rules, _ = rules_and_cycle(tx)
    known = set(capacity_store.pools(tx))
    for window in command.windows:
        capacity.check_window(window, rules, known)
    before = () if call.key else _added_before(tx, command.windows)
    if before:
        return before
    windows = capacity_store.add_windows(tx, command.windows)
    event_store.add(tx, capacity.added(windows, call.at))
    return windows


def _added_before(tx: Tx, windows: Sequence[Window]) -> tuple[Window, ...]:
    """The windows that are these, each for one; none where one of them is not there."""
    start, end = min(one.start for one in windows), max(one.end for one in windows)
    pools = sorted({one.pool for one in windows})
    there = [one for own in capacity_store.windows(tx, start, end, pools).values() for one in own]
    found = list[Window]()
    for window in windows:
        alike = next((one for one in there if one.same_as(window)), None)
        if alike is None:
            return ()
        there.remove(alike)
        found.append(alike)
    return tuple(found)


def end(tx: Tx, command: EndWindow, call: Call) -> Ended:
    """End a window: from the first slot on from which none of its units is sold, or from the time
    that is named. What no longer fits then is lost, by the latest award first, and paid back at
    once.

    One that ends then anyway stays as it is. Raises ``NotFound``, ``NotAllowedNow`` for one that is
    over, ``BadField`` off the slots.
    """
    check_reason(command.reason)
    now = call.at
    rules, _ = rules_and_cycle(tx)
    (found,) = recall(tx, [command.window])
    if found.ended_at is not None and command.start is None:
        return found, ()
    if found.end <= now:
        raise NotAllowedNow("window", found.id, "over", "ended")
    pool = pool_of(tx, found.pool)
    first = max(found.start, rules.slot_ceil(now))
    if command.start is not None:
        first = max(first, check_aligned("start", command.start, rules))
    if first >= found.end:
        return found, ()
    after = replace(found, end=first, ended_at=now)
    capacity_store.end_window(tx, after)
    if command.start is None:
        after = replace(after, end=_unsold_from(tx, pool, (first, found.end), rules))
        capacity_store.end_window(tx, after)
    failed = make_room(tx, pool, (after.end, found.end), rules, now, REASON)
    told = WindowEnded(
        at=now,
        window=after.id,
        pool=after.pool,
        start=after.start,
        end=after.end,
        quantity=after.quantity,
        reason=command.reason,
        failed=tuple(one.id for one in failed),
    )
    event_store.add(tx, [told])
    return after, failed


def _unsold_from(
    tx: Tx, pool: Pool, spell: tuple[datetime, datetime], rules: MarketRules
) -> datetime:
    """From when on a pool has all that it sold in a spell."""
    span = capacity.slots_of(spell, rules)
    (there,) = capacity.on_span(tx, [pool], span)
    short = np.flatnonzero(there.sold > there.capacity)
    return min(span.at(int(short[-1]) + 1), spell[1]) if short.size else spell[0]


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Window, ...]:
    """Those windows as they are. Raises ``NotFound``."""
    numbers = [window_number(id_) for id_ in ids]
    found = {one.number: one for one in capacity_store.windows_numbered(tx, numbers)}
    for id_, number in zip(ids, numbers, strict=True):
        if number not in found:
            raise NotFound("window", id_)
    return tuple(found[number] for number in numbers)


def recall_ended(tx: Tx, ids: Sequence[str]) -> Ended:
    """A window as it is, and the reservations that failed when it was ended."""
    return recall(tx, ids[:1])[0], reservations.recall_all(tx, ids[1:])


def names(ended: Ended) -> tuple[str, ...]:
    """The ids that ``recall_ended`` finds them by."""
    return (ended[0].id, *(one.id for one in ended[1]))


def listed(
    store: Store, pool: str, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Window]:
    """A pool's windows in the order in which they were added. Raises ``NotFound``."""
    with store.read() as tx:
        pool_of(tx, pool)
        return capacity_store.listed_windows(tx, pool, after=after, limit=limit)
