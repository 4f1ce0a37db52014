"""Small, crowded markets for the clearing's tests, and a search that tries every allocation."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem, Standing, last_start

MICRO = 1_000_000
START = datetime(2026, 11, 23, tzinfo=UTC)
TEAMS = ("ann", "bob", "cyd")


def market(
    pools: list[Pool],
    bids: list[Bid],
    *,
    budgets: list[Budget] | None = None,
    caps: list[Cap] | None = None,
    slot_minutes: int = 60,
) -> Problem:
    """A problem over as many slots as the first pool has."""
    return Problem.of(
        start=START,
        slot_minutes=slot_minutes,
        slots=len(pools[0].capacity),
        pools=pools,
        bids=bids,
        budgets=budgets or [],
        caps=caps or [],
    )


def crowd(bids: int, seed: int) -> Problem:
    """A crowded week of three pools, too large for a quick proof."""
    draw = random.Random(seed)
    pools = [Pool(f"p{i}", "gpu", (32,) * 48, (100_000,) * 48) for i in range(3)]
    made = []
    for i in range(bids):
        duration, quantity = draw.choice([2, 4, 8, 12, 24]), draw.choice([1, 2, 4, 8, 16])
        low = draw.randrange(0, 49 - duration)
        value = int(quantity * duration * draw.lognormvariate(0, 0.7) * MICRO)
        legs = (Leg(f"p{draw.randrange(3)}", quantity, 0, duration),)
        window = Option(value, low, min(48 - duration, low + 6), legs)
        made.append(Bid(f"b{i}", f"t{i % 5}", (window,)))
    return market(pools, made)


@st.composite
def legs(draw: st.DrawFn, pools: int, slots: int) -> tuple[Leg, ...]:
    """One or two legs that fit the horizon, at times in one pool at once."""
    found = []
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        offset = draw(st.integers(0, slots - 1)) if draw(st.booleans()) else 0
        duration = draw(st.integers(1, slots - offset))
        quantity = draw(st.integers(1, 4))
        found.append(Leg(f"p{draw(st.integers(0, pools - 1))}", quantity, offset, duration))
    return tuple(found)


@st.composite
def options(draw: st.DrawFn, pools: int, slots: int) -> Option:
    """One way to serve a bid, in a window."""
    parts = draw(legs(pools, slots))
    last = last_start(parts, slots)
    low = draw(st.integers(0, last))
    value = draw(st.integers(1, 30)) * MICRO // 2
    return Option(value, low, draw(st.integers(low, last)), parts)


@st.composite
def markets(draw: st.DrawFn, *, limits: bool = True, most: int = 6) -> Problem:
    """Few slots, scarce units and up to six bids, so that bids really do collide."""
    slots, pools = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    grid = st.lists(st.integers(0, 5), min_size=slots, max_size=slots)
    floors = st.lists(st.sampled_from([0, 250_000, MICRO]), min_size=slots, max_size=slots)
    sale = [Pool(f"p{i}", "gpu", tuple(draw(grid)), tuple(draw(floors))) for i in range(pools)]
    several = st.lists(options(pools, slots), min_size=1, max_size=2)
    bids = [
        Bid(f"b{i}", draw(st.sampled_from(TEAMS)), tuple(each))
        for i, each in enumerate(draw(st.lists(several, max_size=most)))
    ]
    budgets, caps = [], []
    if limits and draw(st.booleans()):
        budgets.append(Budget("ann", draw(st.integers(0, 20)) * MICRO))
    if limits and draw(st.booleans()):
        caps.append(Cap("bob", "p0", tuple(draw(grid))))
    minutes = draw(st.sampled_from([15, 60, 240]))
    return market(sale, bids, budgets=budgets, caps=caps, slot_minutes=minutes)


@st.composite
def standing_markets(draw: st.DrawFn, *, most: int = 6) -> Problem:
    """A market in which some bids won before: movable or recallable, and each fits where it is."""
    problem = draw(markets(most=most))
    room = {pool.id: list(pool.capacity) for pool in problem.pools}
    caps = {(cap.team, cap.pool): list(cap.quantity) for cap in problem.caps}
    bids = []
    for bid in problem.bids:
        kind = draw(st.sampled_from([None, *Standing]))
        if kind is None:
            bids.append(bid)
            continue
        first = bid.options[0]
        for pool, slot in _cells(first, first.earliest_start):
            room[pool][slot] += 1
            if (bid.team, pool) in caps:
                caps[bid.team, pool][slot] += 1
        cost = sum(
            next(one for one in problem.pools if one.id == pool).reserve_ucr[slot]
            for pool, slot in _cells(first, first.earliest_start)
        )
        worth = max(first.value_ucr, -(-cost * problem.slot_minutes // 60))
        worth += draw(st.sampled_from([0, MICRO]))
        place = replace(first, value_ucr=worth, latest_start=first.earliest_start)
        more = (first,) if draw(st.booleans()) else ()
        bids.append(replace(bid, options=(place, *more), standing=kind))
    pools = [replace(pool, capacity=tuple(room[pool.id])) for pool in problem.pools]
    limits = [replace(cap, quantity=tuple(caps[cap.team, cap.pool])) for cap in problem.caps]
    return replace(problem, pools=tuple(pools), bids=tuple(bids), caps=tuple(limits))


class Exhaustive:
    """The greatest surplus of a problem, by trying every allocation: (µcr × 60, exactly)."""

    def __init__(self, problem: Problem, without: str = "") -> None:
        self.problem = problem
        self.bids = [bid for bid in problem.bids if bid.id != without]
        self.free = {
            (pool.id, slot): units
            for pool in problem.pools
            for slot, units in enumerate(pool.capacity)
        }
        self.floor = {
            (pool.id, slot): price
            for pool in problem.pools
            for slot, price in enumerate(pool.reserve_ucr)
        }
        self.purse = {budget.team: budget.limit_ucr for budget in problem.budgets}
        self.caps = {
            (cap.team, cap.pool, slot): units
            for cap in problem.caps
            for slot, units in enumerate(cap.quantity)
        }

    def best(self, place: int = 0) -> int:
        """The greatest surplus of the bids from this place on, in the room that is left."""
        if place == len(self.bids):
            return 0
        bid = self.bids[place]
        impossible = -(10**18)
        found = impossible if bid.stays else self.best(place + 1)
        for option in bid.options:
            for start in range(option.earliest_start, option.latest_start + 1):
                cells = self.cells(option, start)
                cost = sum(self.floor[cell] for cell in cells) * self.problem.slot_minutes
                if option.value_ucr * 60 < cost and not bid.stays:
                    continue
                self._take(bid, option, cells, 1)
                if self._holds(bid.team, cells):
                    found = max(found, option.value_ucr * 60 - cost + self.best(place + 1))
                self._take(bid, option, cells, -1)
        return found

    def cells(self, option: Option, start: int) -> list[tuple[str, int]]:
        """One entry per unit and slot that the option uses from this start."""
        return list(_cells(option, start))

    def _take(self, bid: Bid, option: Option, cells: list[tuple[str, int]], sign: int) -> None:
        team = bid.team
        for pool, slot in cells:
            self.free[pool, slot] -= sign
            if (team, pool, slot) in self.caps:
                self.caps[team, pool, slot] -= sign
        if team in self.purse and bid.standing is None:
            self.purse[team] -= sign * option.value_ucr

    def _holds(self, team: str, cells: list[tuple[str, int]]) -> bool:
        return (
            all(self.free[cell] >= 0 for cell in cells)
            and all(self.caps.get((team, *cell), 0) >= 0 for cell in cells)
            and self.purse.get(team, 0) >= 0
        )


def _cells(option: Option, start: int) -> Iterator[tuple[str, int]]:
    """One entry per unit and slot that the option uses from this start."""
    for leg in option.legs:
        begin = start + leg.offset
        for slot in range(begin, begin + leg.duration):
            for _ in range(leg.quantity):
                yield leg.pool, slot
