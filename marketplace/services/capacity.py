"""Open pools; the calendar of what there is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import is_
from typing import TypeVar

import numpy as np

from marketplace.domain.board import secured
from marketplace.domain.capacity import (
    Grid,
    Pool,
    PoolCapacity,
    Span,
    Window,
    capacity_of,
    check_aligned,
    whole_units_by_slot,
)
from marketplace.domain.command import OpenPools
from marketplace.domain.event.capacity import (
    PoolOpened,
    WindowAdded,
)
from marketplace.domain.journal import Call
from marketplace.domain.override import overridden
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.spot import SpotRequest
from marketplace.errors import BadField, Duplicate
from marketplace.missing import among
from marketplace.rules import MarketRules, checked_instant
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import override as override_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

T = TypeVar("T")
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
        raise among("pool", window.pool, sorted(known))
    check_aligned("start", window.start, rules)
    check_aligned("end", window.end, rules)


def slots_of(spell: tuple[datetime, datetime], rules: MarketRules) -> Span:
    """The slots that a spell touches."""
    start = rules.slot_floor(spell[0])
    slots = (rules.slot_ceil(spell[1]) - start) // rules.slot
    return Span(start=start, slot=rules.slot, slots=slots)


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
        there = units_there(tx, pools, span)
        away = capacity_store.maintenance(tx, span.start, span.end, names)
        none = np.zeros(span.slots, dtype=np.int64)
        return [
            capacity_of(pool, span, there[pool.id], away.get(pool.id, ()), none) for pool in pools
        ]

    return known_of_units(tx, (tuple(names), span), look)


def units_there(tx: Tx, pools: Sequence[Pool], span: Span) -> dict[str, Grid]:
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
