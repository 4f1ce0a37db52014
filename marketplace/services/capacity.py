"""Open pools, schedule maintenance; the calendar of what there is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import is_
from typing import Final, TypeVar

import numpy as np

from marketplace.domain.board import secured
from marketplace.domain.capacity import (
    Grid,
    Maintenance,
    Pool,
    PoolCapacity,
    Span,
    Window,
    capacity_of,
    check_aligned,
    whole_units_by_slot,
)
from marketplace.domain.command import CancelMaintenance, OpenPools, ScheduleMaintenance
from marketplace.domain.event.capacity import (
    MaintenanceCancelled,
    MaintenanceScheduled,
    PoolOpened,
    WindowAdded,
)
from marketplace.domain.journal import Call
from marketplace.domain.override import overridden
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.reservation import Reservation, advanced, awards_to_fail, fail_award
from marketplace.domain.spot import Code, SpotRequest
from marketplace.domain.transfer import SECOND
from marketplace.errors import BadField, Duplicate, NotAllowedNow, NotFound
from marketplace.rules import MarketRules, checked_instant
from marketplace.services import reservation as reservations
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.services.refund import pay_back
from marketplace.services.spot_run import shed
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import override as override_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

T = TypeVar("T")
MAINTENANCE: Final = "maintenance"
SLOTS_MAX = 366 * 24 * 60
SPANS_KNOWN = 200
"""So many spans are kept in mind; time moves on, and older ones are asked for no more."""


def open_pools(tx: Tx, command: OpenPools, call: Call) -> tuple[Pool, ...]:
    """Put new pools on the market with their first windows: all or none. Raises ``Duplicate``."""
    rules, _ = rules_and_cycle(tx)
    pools = tuple(replace(pool, created_at=call.at) for pool in command.pools)
    known = set(capacity_store.pools(tx))
    for pool in pools:
        if pool.id in known:
            raise Duplicate("pool", pool.id)
        known.add(pool.id)
    for window in command.windows:
        check_window(window, rules, known)
    capacity_store.add_pools(tx, pools)
    windows = capacity_store.add_windows(tx, command.windows)
    opened = [
        PoolOpened(
            at=call.at,
            pool=pool.id,
            name=pool.name,
            unit=pool.unit,
            block_size=pool.block_size,
            reserve_price_ucr=pool.reserve_price_ucr,
        )
        for pool in pools
    ]
    event_store.add(tx, [*opened, *added(windows, call.at)])
    return pools


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Pool, ...]:
    """Those pools as they are."""
    known = capacity_store.pools(tx)
    return tuple(known[id_] for id_ in ids)


def added(windows: Sequence[Window], now: datetime) -> list[WindowAdded]:
    """That pools have these windows too."""
    return [
        WindowAdded(at=now, pool=one.pool, start=one.start, end=one.end, quantity=one.quantity)
        for one in windows
    ]


def check_window(window: Window, rules: MarketRules, known: set[str]) -> None:
    """Raises ``NotFound`` for its pool, ``BadField`` off the slots."""
    if window.pool not in known:
        raise NotFound("pool", window.pool, tuple(sorted(known)[:8]))
    check_aligned("start", window.start, rules)
    check_aligned("end", window.end, rules)


def schedule_maintenance(
    tx: Tx, command: ScheduleMaintenance, call: Call
) -> tuple[Reservation, ...]:
    """Take units away for a time, from now on at the earliest: what was delivered before stays
    delivered. What no longer fits fails, the latest award first, and is paid back at once; returns
    what failed. What was announced just so before is not announced again."""
    maintenance, now = command.maintenance, call.at
    rules, _ = rules_and_cycle(tx)
    pool = pool_of(tx, maintenance.pool)
    known = capacity_store.one_maintenance(tx, maintenance.id)
    if known is not None:
        if known.same_as(maintenance):
            return ()
        raise Duplicate("maintenance", maintenance.id)
    if maintenance.end <= now:
        raise BadField("end", maintenance.end, "in-the-past")
    maintenance = replace(maintenance, start=max(maintenance.start, now), created_at=now)
    spell = (maintenance.start, maintenance.end)
    _check_there(tx, maintenance, pool, slots_of(spell, rules))
    capacity_store.add_maintenance(tx, maintenance)
    failed = make_room(tx, pool, spell, rules, now)
    told = MaintenanceScheduled(
        at=now,
        maintenance=maintenance.id,
        pool=maintenance.pool,
        start=maintenance.start,
        end=maintenance.end,
        quantity=maintenance.quantity,
        reason=maintenance.reason,
        failed=tuple(reservation.id for reservation in failed),
    )
    event_store.add(tx, [told])
    return failed


def slots_of(spell: tuple[datetime, datetime], rules: MarketRules) -> Span:
    """The slots that a spell touches."""
    start = rules.slot_floor(spell[0])
    slots = (rules.slot_ceil(spell[1]) - start) // rules.slot
    return Span(start=start, slot=rules.slot, slots=slots)


def make_room(
    tx: Tx,
    pool: Pool,
    spell: tuple[datetime, datetime],
    rules: MarketRules,
    now: datetime,
    reason: str = MAINTENANCE,
) -> tuple[Reservation, ...]:
    """Where a pool has less than it sold in a spell that is not over, let the latest awards fail;
    answers what failed. Hardware that is gone already ends spot runs on it at once; of what is
    known ahead ticks give notice."""
    failed = fail_what_does_not_fit(tx, [pool], slots_of(spell, rules), now, reason)
    if spell[0] <= now:
        ticked = price_store.pools(tx).get(pool.id)
        span = slots_of((min(ticked.ticked_at, now) if ticked else now, now + SECOND), rules)
        shed(tx, on_span(tx, [pool], span), span, now, rules, Code.NO_CAPACITY.value)
    return tuple(failed)


def _check_there(tx: Tx, maintenance: Maintenance, pool: Pool, span: Span) -> None:
    most = int(_units_there(tx, [pool], span)[pool.id].max(initial=0))
    if maintenance.quantity > most:
        facts = {"pool": maintenance.pool, "most": most}
        raise BadField("quantity", maintenance.quantity, "fewer-there", facts)


def cancel_maintenance(tx: Tx, command: CancelMaintenance, call: Call) -> Maintenance:
    """Call off a maintenance that has not begun: its units are on sale from the next cycle on.
    What failed for it stays failed. Raises ``NotFound``, and ``NotAllowedNow`` once it began."""
    id_, now = command.maintenance, call.at
    found = capacity_store.one_maintenance(tx, id_)
    if found is None or found.cancelled_at is not None:
        coming = capacity_store.listed_maintenance(tx, after=None, limit=8, later_than=now)
        raise NotFound("maintenance", id_, tuple(one.id for one in coming))
    if found.start <= now:
        raise NotAllowedNow("maintenance", id_, found.state(now), "begun")
    cancelled = replace(found, cancelled_at=now)
    capacity_store.cancel_maintenance(tx, cancelled)
    told = MaintenanceCancelled(
        at=now,
        maintenance=id_,
        pool=found.pool,
        start=found.start,
        end=found.end,
        quantity=found.quantity,
    )
    event_store.add(tx, [told])
    return cancelled


def recall_cancelled(tx: Tx, ids: Sequence[str]) -> Maintenance:
    """A maintenance that was called off."""
    found = capacity_store.one_maintenance(tx, ids[0])
    if found is None:
        raise NotFound("maintenance", ids[0])
    return found


def maintenance(
    store: Store, *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[Maintenance]:
    """Maintenance that was announced and not called off, by its start."""
    with store.read() as tx:
        return capacity_store.listed_maintenance(tx, after=after, limit=limit)


def fail_what_does_not_fit(
    tx: Tx, pools: Sequence[Pool], span: Span, now: datetime, reason: str = MAINTENANCE
) -> list[Reservation]:
    """Fail the latest awards of pools that have less than they sold, and pay them back at once."""
    short = [there for there in on_span(tx, pools, span) if (there.sold > there.capacity).any()]
    if not short:
        return []
    capacity = {there.pool.id: there.capacity for there in short}
    overlapping = [
        advanced(one, now) for one in reservation_store.overlapping(tx, span.start, span.end)
    ]
    failing = awards_to_fail(overlapping, span, capacity)
    legs = reservation_store.of_awards(tx, sorted(failing))
    changed, refunds = [], []
    for award, at in sorted(failing.items()):
        whole = [advanced(leg, now) for leg in legs[award]]
        for leg, refund in fail_award(whole, at, reason, now):
            changed.append(leg)
            refunds += [refund] if refund else []
    reservation_store.put(tx, changed)
    pay_back(tx, refunds, now)
    event_store.add(tx, [reservations.event_of(one, now) for one in changed])
    return changed


def on_span(tx: Tx, pools: Sequence[Pool], span: Span) -> list[PoolCapacity]:
    """What each pool has, has sold and misses in each slot."""
    sold = reservation_store.sold(tx, span, [pool.id for pool in pools])
    return [
        replace(there, sold=sold.get(there.pool.id, there.sold))
        for there in units_on_span(tx, pools, span)
    ]


def units_on_span(tx: Tx, pools: Sequence[Pool], span: Span) -> list[PoolCapacity]:
    """What each pool has in each slot, as if nothing were sold."""
    names = [pool.id for pool in pools]

    def look() -> list[PoolCapacity]:
        there = _units_there(tx, pools, span)
        away = capacity_store.maintenance(tx, span.start, span.end, names)
        none = np.zeros(span.slots, dtype=np.int64)
        return [
            capacity_of(pool, span, there[pool.id], away.get(pool.id, ()), none) for pool in pools
        ]

    return known_of_units(tx, (tuple(names), span), look)


def _units_there(tx: Tx, pools: Sequence[Pool], span: Span) -> dict[str, Grid]:
    """What windows and overrides give each pool in each slot."""
    names = [pool.id for pool in pools]
    windows = capacity_store.windows(tx, span.start, span.end, names)
    overrides = override_store.overlapping(tx, span.start, span.end, names)
    return {
        name: overridden(
            whole_units_by_slot(span, windows.get(name, ())), span, overrides.get(name, ())
        )
        for name in names
    }


def units_for_sale(tx: Tx, pools: Sequence[Pool], span: Span, share_ppm: int) -> Mapping[str, Grid]:
    """How many units of each pool could be sold ahead in each slot, if none were."""

    def look() -> Mapping[str, Grid]:
        return {one.pool.id: one.free(share_ppm) for one in units_on_span(tx, pools, span)}

    return known_of_units(tx, (tuple(pool.id for pool in pools), span, share_ppm), look)


def known_of_units(tx: Tx, what: object, look: Callable[[], T], *by: object) -> T:
    """What is known of a span, until a pool's units change, or ``by`` which it was found is no
    longer the very same."""
    known: dict[object, tuple[tuple[object, ...], T]] = tx.known("units", dict)
    there = known.get(what)
    if there is not None and all(map(is_, there[0], by)):
        return there[1]
    found = look()
    if len(known) >= SPANS_KNOWN:
        known.clear()
    known[what] = (by, found)
    return found


def calendar(
    store: Store, start: datetime, slots: int, *, now: datetime | None = None
) -> tuple[Span, list[PoolCapacity]]:
    """Every pool's slots from ``start`` on: units there are, sold ahead, under maintenance; and,
    where ``now`` is said, what spot runs keep from then on.

    Raises ``BadField`` for a start without an offset, or for more slots than a year has minutes.
    """
    checked_instant("start", start)
    if not 1 <= slots <= SLOTS_MAX:
        raise BadField("slots", slots, "out-of-range", {"least": 1, "most": SLOTS_MAX})
    with store.read() as tx:
        rules, _ = rules_and_cycle(tx)
        span = Span(start=rules.slot_floor(start), slot=rules.slot, slots=slots)
        found = on_span(tx, list(capacity_store.pools(tx).values()), span)
        return span, found if now is None else _with_spot(tx, found, span, rules, now)


def _with_spot(
    tx: Tx, found: Sequence[PoolCapacity], span: Span, rules: MarketRules, now: datetime
) -> list[PoolCapacity]:
    by_pool: dict[str, list[SpotRequest]] = defaultdict(list)
    for one in spot_store.running(tx):
        by_pool[one.terms.pool].append(one)
    return [
        replace(there, spot=_spot_units(by_pool[there.pool.id], span, rules, now))
        for there in found
    ]


def _spot_units(runs: Sequence[SpotRequest], span: Span, rules: MarketRules, now: datetime) -> Grid:
    units = secured(runs, now, span, rules)
    units[: max(span.index(now), 0)] = 0  # what ran before is the statements' to tell
    return units


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Pool]:
    """Pools by id."""
    with store.read() as tx:
        return capacity_store.listed(tx, after=after, limit=limit)


def get(store: Store, pool: str) -> Pool:
    """One pool. Raises ``NotFound``."""
    with store.read() as tx:
        return pool_of(tx, pool)


def any_pool(store: Store) -> bool:
    """Whether anything is on the market at all."""
    with store.read() as tx:
        return bool(capacity_store.pools(tx))


def named(store: Store, ids: Iterable[str]) -> dict[str, Pool]:
    """Those pools by id; what is not there is left out."""
    wanted = set(ids)
    with store.read() as tx:
        return {id_: pool for id_, pool in capacity_store.pools(tx).items() if id_ in wanted}
