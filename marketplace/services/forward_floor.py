"""Make a cycle's forward floors out of the last week, as its rules say; and tell them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allocator.problem import Problem
from marketplace.domain.capacity import Grid, Span
from marketplace.domain.clock_command import RecordFloors
from marketplace.domain.cycle import Cycle, CycleState, id_of, number_of
from marketplace.domain.event.cycle import FloorsPublished
from marketplace.domain.forward_floor import WEEK, WEEK_NEEDED, Fared, Floors, fared, repeated
from marketplace.domain.journal import Call
from marketplace.errors import NotFound, UnsoundOutcome
from marketplace.rules import MarketRules
from marketplace.services.book import assembled
from marketplace.services.indicative import checked_pools, light, salt_of
from marketplace.services.market import cycle_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import forward_floor as floor_store
from marketplace.store import order as order_store
from marketplace.store import price as price_store
from marketplace.store import rules as rules_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A repeat of the last week to clear: for which cycle, of how many orders, from which seed."""

    cycle: Cycle
    as_of: datetime
    orders: int
    problem: Problem
    rules: MarketRules
    seed: int


def asked(store: Store, now: datetime) -> Asked | None:
    """What the open cycle's floors are made of; None where the rules want none, it has some, a
    cycle before it is not settled, or nothing was asked for in most of a week."""
    with store.read() as tx:
        rules, cycle = rules_and_cycle(tx)
        wanted = rules.forward_floor_ppm and cycle_store.unfinished(tx) is None
        if not wanted or floor_store.of_cycle(tx, cycle.number):
            return None
        first = order_store.first_placed(tx)
        if first is None or first > now - WEEK_NEEDED:
            return None
        week = order_store.placed_between(tx, now - WEEK, now)
        sale_start = rules.sale_start(cycle.closes_at)
        name = f"{cycle.id}/floors"
        coming = repeated(week, max(cycle.closes_at, now), rules)
        book = assembled(tx, coming, rules, sale_start, now, salt_of(name))
        problem, lighter, seed = light(book, rules, name)
        return Asked(
            cycle=cycle, as_of=now, orders=len(week), problem=problem, rules=lighter, seed=seed
        )


def record(tx: Tx, command: RecordFloors, call: Call) -> Floors | None:
    """Take in a cycle's floors, once, and tell everybody; None, and nothing is done, where it has
    some already, or is no longer open.

    Raises ``UnsoundOutcome`` for a file that is not the one announced, or that tells of what is
    none of the market's, or more than it may.
    """
    cycle = cycle_store.get(tx, command.cycle)
    if cycle is None:
        raise NotFound("cycle", id_of(command.cycle))
    if cycle.state is not CycleState.OPEN or floor_store.of_cycle(tx, cycle.number):
        return None
    if command.as_of > call.at or command.orders < 0:
        raise UnsoundOutcome(cycle.id, ("its week is not over",))
    rules = rules_store.get(tx, cycle.rules_version)
    floors = Floors(
        cycle=cycle.number,
        as_of=command.as_of,
        start=rules.sale_start(cycle.closes_at),
        slot_minutes=rules.slot_minutes,
        orders=command.orders,
        pools=checked_pools(tx, cycle, rules, command.sha256, call.attachment),
    )
    floor_store.add(tx, floors)
    told = FloorsPublished(
        at=call.at,
        cycle=cycle.id,
        as_of=floors.as_of,
        orders=floors.orders,
        pools=tuple(one.pool for one in floors.pools if not one.reason),
    )
    event_store.add(tx, [told])
    return floors


def names(floors: Floors | None) -> tuple[str, ...]:
    """Whose floors they are."""
    return (id_of(floors.cycle),) if floors else ()


CYCLES_BACK: Final = 28
"""Floors of so many settled cycles are held against what came of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A cycle's floors, if it has any, and the share of them that its rules count; and how those of
    past cycles fared, by pool."""

    cycle: Cycle
    share_ppm: int
    floors: Floors | None
    past: tuple[Fared, ...] = ()


def showing(store: Store, id_: str = "") -> Showing:
    """The floors of the open cycle, or of another. Raises ``BadField``, ``NotFound``."""
    with store.read() as tx:
        cycle = cycle_of(tx, id_) if id_ else rules_and_cycle(tx)[1]
        rules = rules_store.get(tx, cycle.rules_version)
        floors = floor_store.of_cycle(tx, cycle.number)
        return Showing(
            cycle=cycle, share_ppm=rules.forward_floor_ppm, floors=floors, past=_past(tx)
        )


def _past(tx: Tx) -> tuple[Fared, ...]:
    """How the floors of the newest settled cycles fared, in slots that no cycle sells any more."""
    pools = capacity_store.pools(tx)
    published = {number_of(one.cycle): one for one in price_store.published(tx, pools, CYCLES_BACK)}
    told: list[tuple[int, Span, Mapping[str, Grid]]] = []
    for number, one in published.items():
        floors = floor_store.of_cycle(tx, number)
        share_ppm = _share_ppm(tx, number) if floors else 0
        if floors and share_ppm:
            told.append((number, one.span, floors.on(one.span, share_ppm)))
    if not told:
        return ()
    rules, open_one = rules_and_cycle(tx)
    over = rules.sale_start(open_one.closes_at)
    last: dict[str, dict[datetime, tuple[int, int]]] = {id_: {} for id_ in pools}
    for number, one in published.items():
        span = one.span
        ahead = range(min(span.slots, max(span.index_up(over), 0)))
        for id_, prices in one.prices_ucr.items():
            last[id_] |= {span.at(slot): (number, int(prices[slot])) for slot in ahead}
    each = (
        fared(
            id_,
            pool.reserve_price_ucr,
            [(number, span, grids[id_]) for number, span, grids in told if id_ in grids],
            last[id_],
        )
        for id_, pool in sorted(pools.items())
    )
    return tuple(found for found in each if found)


def _share_ppm(tx: Tx, number: int) -> int:
    cycle = cycle_store.get(tx, number)
    return rules_store.get(tx, cycle.rules_version).forward_floor_ppm if cycle else 0
