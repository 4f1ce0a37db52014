"""What is free of each pool, now and ahead, and at about what price: facts of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from api.charts.availability import PoolSlots
from api.rest.caller import Caller
from api.web.span import Shown
from api.web.strip import Strip, strip
from marketplace.domain.capacity import Pool, PoolCapacity, Span
from marketplace.domain.price import ForwardPrice
from marketplace.services import capacity, forward_price, use
from marketplace.store.engine import Store

AHEAD: Final = timedelta(days=17)
"""So far ahead the next free slot is looked for: as far as is on sale by the default rules."""

NAMED_MOST: Final = 2
A_WEEK: Final = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolNow:
    """A pool as the page tells it. ``next_free``: when a block is free for the first time, which is
    now where one is; none as far as is on sale. ``price``: of a unit-hour now, or None."""

    pool: Pool
    slots: PoolSlots
    capacity: int
    free: int
    next_free: datetime | None
    opens: datetime | None
    price_ucr: int | None
    strip: Strip

    @property
    def closed(self) -> bool:
        """Whether there is nothing of it now."""
        return not self.capacity

    @property
    def sold_out(self) -> bool:
        """Whether there is something of it now, and not a block of that is free."""
        return bool(self.capacity) and self.free < self.pool.block_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All pools, by unit and then by name, over the span that is shown."""

    shown: Shown
    pools: tuple[PoolNow, ...]
    sentence: str


def picture(who: Caller, shown: Shown, wanted: str, now: datetime) -> Picture:
    """The pools whose id or name contains ``wanted``, over that span."""
    store, slot = who.market.store, shown.slot
    first = min(shown.start, now)
    slots = -(-(max(shown.end, now + AHEAD) - first) // slot)
    span, there = capacity.calendar(store, first, slots, now=now)
    this = max(span.index(now), 0)
    ran = use.on_spot(store, Span(start=span.start, slot=slot, slots=this + 1))
    known = _prices(store, span.start, this, slot)
    ahead = _prices(store, span.at(this), span.slots - this, slot)
    pools = []
    for one in sorted(there, key=lambda one: (one.pool.unit != "gpu", one.pool.unit, one.pool.id)):
        pool = one.pool
        if wanted.lower() not in f"{pool.id} {pool.name}".lower():
            continue
        spot = one.spot.copy()
        before = ran.get(pool.id)
        if before is not None:
            spot[:this] = before[:this]
            spot[this] = max(spot[this], before[this])
        prices = [*known.get(pool.id, ()), *ahead[pool.id]]
        pools.append(_pool(one, spot.tolist(), prices, span, this, shown))
    return Picture(shown=shown, pools=tuple(pools), sentence=sentence(pools, now))


def _prices(store: Store, start: datetime, slots: int, slot: timedelta) -> forward_price.Forward:
    """What is known of each pool's price in so many slots."""
    hours = -(-slots * slot // timedelta(hours=1))
    found = forward_price.forward(store, "", start, hours) if slots else {}
    return {pool: prices[:slots] for pool, prices in found.items()}


def _pool(
    one: PoolCapacity,
    spot: list[int],
    prices: Sequence[ForwardPrice],
    span: Span,
    this: int,
    shown: Shown,
) -> PoolNow:
    pool, there = one.pool, one.capacity.tolist()
    free = np.clip(one.capacity - one.sold - np.array(spot), 0, None)
    from_now = np.flatnonzero(free[this:] >= pool.block_size)
    opens = np.flatnonzero(one.capacity[this:])
    begin = span.index(shown.start)
    whole = PoolSlots(
        id=pool.id,
        name=pool.name,
        unit=pool.unit,
        capacity=there,
        sold=one.sold.tolist(),
        spot=spot,
        away=one.maintenance.tolist(),
        price_ucr=[price.price_ucr for price in prices],
        past=this,
    )
    part = whole.part(begin, begin + shown.slots)
    return PoolNow(
        pool=pool,
        slots=part,
        capacity=there[this],
        free=int(free[this]),
        next_free=span.at(this + int(from_now[0])) if len(from_now) else None,
        opens=span.at(this + int(opens[0])) if len(opens) else None,
        price_ucr=whole.price_ucr[this],
        strip=strip(part, shown, pool.block_size),
    )


def sentence(pools: Sequence[PoolNow], now: datetime) -> str:
    """What is sold out until when, and what is free now: the page's answer in a line."""
    out = sorted((one for one in pools if one.sold_out), key=lambda one: -one.capacity)
    free = sorted(
        (one for one in pools if one.free and not one.sold_out), key=lambda one: -one.free
    )
    said = [f"{one.pool.name} is sold out {_until(one.next_free, now)}" for one in out[:1]]
    more = len(out) - 1
    said += [f"{more} more {'is' if more == 1 else 'are'} sold out"] if more > 0 else []
    units = [f"{one.free} {one.pool.name}" for one in free[:NAMED_MOST]]
    if units:
        one_alone = len(units) == 1 and free[0].free == 1
        said.append(f"{' and '.join(units)} {'is' if one_alone else 'are'} free now")
    if not said and pools:
        opening = [one for one in pools if one.opens]
        first = min(opening, key=lambda one: (one.opens, one.pool.id), default=None)
        said = [
            f"all pools are closed {_until(first.opens, now)}"
            if first and first.opens
            else "no pool has any units ahead"
        ]
    line = "; ".join(said)
    return line[:1].upper() + line[1:]


def _until(at: datetime | None, now: datetime) -> str:
    """Until when, as short as it may be said."""
    if at is None:
        return "as far ahead as is on sale"
    if at.date() == now.date():
        return f"until {at:%H:%M} UTC"
    return f"until {at:%a %H:%M} UTC" if at < now + A_WEEK else f"until {at:%d %b %H:%M} UTC"
