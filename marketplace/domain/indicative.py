"""Prices while a cycle is open: when they are told, and how little they tell.

Of a clearing of the book as it stands nothing is kept but prices, rounded up, of slots that enough
teams bid for: no bid, no award, no number of either (§7.11).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from allocator.problem import Problem
from marketplace.domain.capacity import Grid
from pricing.units import MAX_UCR

BIDDERS_LEAST: Final = 3
"""Where fewer teams bid, each could work the others' bids out from a price and its own."""

DIGITS: Final = 2
"""Digits of a price that are told."""

WORK_SHARE: Final = 10
"""An indicative clearing takes at most this part of a cycle's work."""

SECONDS_MOST: Final = 60
"""A guard alone, as for a cycle: ticks wait meanwhile."""

TOO_FEW: Final = "too-few-bidders"
NOT_CLEARED: Final = "not-cleared"
REASONS: Final = ("", TOO_FEW, NOT_CLEARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicativePool:
    """A pool's prices by slot, ucr a unit-hour, None in slots that too few teams bid for; none at
    all where there is a reason. Raises ``ValueError`` for prices that tell more than they may."""

    pool: str
    prices_ucr: tuple[int | None, ...]
    reason: str = ""

    def __post_init__(self) -> None:
        if self.reason not in REASONS or bool(self.reason) == bool(self.prices_ucr):
            raise ValueError(f"{self.pool}: it has prices, or a reason for none")
        for price in self.prices_ucr:
            if price is None:
                continue
            if type(price) is not int or not 0 <= price <= MAX_UCR or rounded_up(price) != price:
                raise ValueError(f"{self.pool}: {price!r} is no price of {DIGITS} digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicative:
    """What an open cycle would have cleared at. ``due_at``: its fixed time; ``as_of``: when the
    book was read, later where the clock was late; ``start``: the first slot that it priced."""

    cycle: int
    due_at: datetime
    as_of: datetime
    start: datetime
    slot_minutes: int
    pools: tuple[IndicativePool, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """The pools that have prices."""
        return tuple(one.pool for one in self.pools if not one.reason)


def due_times(
    before: Iterable[timedelta], opened_at: datetime, closes_at: datetime
) -> list[datetime]:
    """When indicative clearings of a cycle fall due, the first one first: so long before it closes,
    where it was open by then."""
    return sorted(at for at in (closes_at - each for each in before) if at > opened_at)


def coming(times: Sequence[datetime], done: datetime | None) -> datetime | None:
    """The first that was not run yet, nor missed for a later one."""
    return next((at for at in times if done is None or at > done), None)


def fallen_due(
    times: Sequence[datetime], done: datetime | None, now: datetime, closes_at: datetime
) -> datetime | None:
    """The one to run now: of several that were missed the latest, and none at the gate or later."""
    missed = [at for at in times if at <= now and (done is None or at > done)]
    return missed[-1] if missed and now < closes_at else None


def rounded_up(price_ucr: int) -> int:
    """A price with its first two digits, the rest rounded up.

    >>> rounded_up(1_234_567)
    1300000
    """
    step: int = 10 ** max(len(str(price_ucr)) - DIGITS, 0)
    return -(-price_ucr // step) * step


def indicated(
    problem: Problem, prices_ucr: Mapping[str, Sequence[int]] | None
) -> tuple[IndicativePool, ...]:
    """What may be told of a clearing's prices; of none, where it was not cleared."""
    bidders = bidders_by_slot(problem)
    found = []
    for pool in problem.pools:
        if prices_ucr is None:
            found.append(IndicativePool(pool=pool.id, prices_ucr=(), reason=NOT_CLEARED))
            continue
        enough = (bidders[pool.id] >= BIDDERS_LEAST).tolist()
        if not any(enough):
            found.append(IndicativePool(pool=pool.id, prices_ucr=(), reason=TOO_FEW))
            continue
        pairs = zip(prices_ucr[pool.id], enough, strict=True)
        told = tuple(rounded_up(price) if may else None for price, may in pairs)
        found.append(IndicativePool(pool=pool.id, prices_ucr=told))
    return tuple(found)


def bidders_by_slot(problem: Problem) -> dict[str, Grid]:
    """How many teams have a bid that could take a slot, by pool and slot."""
    reached: dict[tuple[str, str], Any] = {}
    for bid in problem.bids:
        for option in bid.options:
            for leg in option.legs:
                mine = reached.setdefault((leg.pool, bid.team), np.zeros(problem.slots, dtype=bool))
                first = option.earliest_start + leg.offset
                mine[first : option.latest_start + leg.offset + leg.duration] = True
    found = {pool.id: np.zeros(problem.slots, dtype=np.int64) for pool in problem.pools}
    for (pool, _), slots in reached.items():
        found[pool] += slots
    return found


def encoded(pools: Iterable[IndicativePool]) -> bytes:
    """Pools as the file that goes with the command: JSON."""
    return json.dumps(documents(pools), separators=(",", ":")).encode()


def decoded(file: bytes) -> tuple[IndicativePool, ...]:
    """The pools in a file. Raises ``ValueError`` for what is none."""
    try:
        return read(json.loads(file))
    except (TypeError, KeyError) as bad:
        raise ValueError(f"no pools can be read ({bad})") from bad


def documents(pools: Iterable[IndicativePool]) -> list[dict[str, Any]]:
    """Pools as plain data."""
    return [
        {"pool": one.pool, "prices_ucr": list(one.prices_ucr), "reason": one.reason}
        for one in pools
    ]


def read(found: Iterable[Mapping[str, Any]]) -> tuple[IndicativePool, ...]:
    """Pools from plain data."""
    return tuple(
        IndicativePool(pool=one["pool"], prices_ucr=tuple(one["prices_ucr"]), reason=one["reason"])
        for one in found
    )
