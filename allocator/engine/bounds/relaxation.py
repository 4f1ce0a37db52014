"""Prices at which the least opportunity is lost: the capacity duals of the clearing's LP.

Budgets and caps stay out of it, as the format says. Demand at given prices needs no matrix: each
bid takes its best option and start, found by sums over prices. So prices first climb with excess
demand, in steps of a millisecond for thousands of bids. Then an exact step: at prices so near
the right ones most bids have one best column or none, and a linear programme over the few others
gives the exact duals, with a plan that is whole but for a few bids.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from allocator.engine.bounds.master import Master
from allocator.engine.effort import Effort
from allocator.engine.flat import (
    BID,
    HIGH,
    LOW,
    VALUE,
    Flat,
    price_sums,
)
from allocator.engine.lattice import Floats, Ints, Lattice

ROUNDS: Final = 1_500
FEWER_ROUNDS: Final = 500  # with so few columns, the LP is soon solved to its end after them
ROUNDED_COLUMNS: Final = 10_000
SLOW: Final = 50  # a step is half as long after this part of the rounds
SMALLEST: Final = 1e-3  # of the mean value of a unit and slot: a price to climb from
PARTS: Final = 2  # of the bids, looked at side by side
SHARED: Final = 50_000  # columns: with fewer, handing the parts out costs more than it saves
COLUMNS_PER_UNIT: Final = 8_000
FEW: Final = 2_000  # up to so many columns all enter the LP at once, without an ascent
NEAR: Final = 1e-3  # columns within this share of their value of being wanted enter it first
ENTER_MOST: Final = 4_000  # columns in one go, and two for each bid
ASCENT_SHARE: Final = 0.2  # of the work, at most
LP_SHARE: Final = 0.5  # of what is left then
SPARE_SHARE: Final = 0.1  # where few bids share a slot: the LP's plan is hardly whole there
CROWDED: Final = 5  # bids for each pool and slot
DIVES: Final = 4
DIVES_SHARE: Final = 0.25  # of what is left then
EXACT_COLUMNS: Final = 100_000  # with more, the last hundred-thousandth is not worth its time
PLANS: Final = 3
WANTED_MORE: Final = 1e-7  # of its value: by how much a column must beat its bid's dual to enter


@dataclass(frozen=True, slots=True)
class Rounds:
    """How the rounds of an LP go."""

    held: float  # share of each price, how far a round may take it
    settled: int  # columns to each one entering, and prices need not be held any more
    exact: bool  # whether rounds that do not hold prices follow


FINE: Final = Rounds(held=0.02, settled=500, exact=True)
# One good plan is worth more than the last of the bound: held tighter, it overfills its slots.
COARSE: Final = Rounds(held=0.1, settled=20, exact=False)


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Float prices per unit-hour (ucr) with what they lose in total (grains, a guide only)."""

    prices_ucr: Floats
    bound: float
    exact: bool  # no column left that would improve the LP
    guide_ucr: Floats  # smoother prices, which guide a search better than one end of the face
    plans: tuple[Ints, ...] = ()
    """Starts for a search, [column, (option, start)]: by dives, then what the LP took in its last
    rounds, the largest shares first."""


class Demand:
    """What everybody would take at given prices, and what these prices lose."""

    def __init__(
        self, lattice: Lattice, flat: Flat, threads: ThreadPoolExecutor | None = None
    ) -> None:
        self.lattice, self.flat, self.threads = lattice, flat, threads
        self.reserve = lattice.reserve_ucr.astype(np.float64)
        self.capacity = lattice.capacity.astype(np.float64)
        self.use = np.zeros((PARTS, len(flat.room), lattice.problem.slots + 1))
        self.taken = np.zeros((lattice.bids, 2), dtype=np.int64)

    @property
    def units(self) -> int:
        """Units of work that one look costs."""
        return 1 + self.lattice.count // COLUMNS_PER_UNIT

    def sums(self, prices_ucr: Floats) -> Floats:
        """Price sums, as the compiled code wants them."""
        return price_sums(self.flat, self.lattice, prices_ucr)

    def lost(self, prices_ucr: Floats) -> float:
        """The bound that the prices prove (grains); leaves ``use`` and ``taken`` behind."""
        from allocator.engine.kernels.demand_kernel import demand

        sums, bids = self.sums(prices_ucr), self.lattice.bids
        ends = [bids * part // PARTS for part in range(PARTS + 1)]

        def of_part(part: int) -> float:
            first, last = ends[part], ends[part + 1]
            return demand(self.flat, sums, first, last, self.use[part], self.taken)

        parts = range(PARTS)
        wanted = sum(self.threads.map(of_part, parts) if self.threads else map(of_part, parts))
        worth = (prices_ucr - self.reserve) * self.capacity
        return float(wanted * self.flat.per_point + worth.sum() * self.lattice.per_price)

    def lost_by_few(self, prices_ucr: Floats) -> float:
        """``lost`` alone, without compiled code: that loads for longer than a small clearing."""
        worth = ((prices_ucr - self.reserve) * self.capacity).sum() * self.lattice.per_price
        return float(self.lattice.best_of_bids(prices_ucr).sum() + worth)

    def used(self) -> Floats:
        """Units in use, [pool, slot], at the prices last looked at."""
        changes = self.use[:, : self.flat.pools, :-1].sum(axis=0)
        return np.asarray(np.cumsum(changes, axis=1))


def priced(lattice: Lattice, flat: Flat, effort: Effort, seed: int = 0, *, exact: bool) -> Relaxed:
    """The best prices found within a share of the effort; ``exact``: by linear programming too,
    with starts for a search, which depend on the seed."""
    if lattice.count <= FEW and exact:
        reserve = lattice.reserve_ucr.astype(np.float64)
        lost = Demand(lattice, flat).lost_by_few(reserve)
        begin = Relaxed(reserve, lost, exact=False, guide_ucr=reserve)
        return relax(lattice, flat, effort.part(LP_SHARE), begin)
    found = ascend(lattice, flat, effort.part(ASCENT_SHARE))
    if not exact or found.bound <= 0:
        return found
    crowded = lattice.bids > CROWDED * lattice.capacity.size
    core = _Core(lattice, flat, found)
    relaxed = core.run(effort.part(LP_SHARE if crowded else SPARE_SHARE))
    if lattice.count > EXACT_COLUMNS:
        return relaxed  # the plan is whole but for a few bids: no start is better
    starts = core.dived(effort.part(DIVES_SHARE), seed)
    return replace(relaxed, plans=(*starts, *relaxed.plans))


def ascend(lattice: Lattice, flat: Flat, effort: Effort) -> Relaxed:
    """Move each price with its excess demand, by ever smaller steps; the best prices met."""
    rounds = ROUNDS if lattice.count > ROUNDED_COLUMNS else FEWER_ROUNDS
    if lattice.count < SHARED:
        return _ascended(Demand(lattice, flat), effort, rounds)
    with ThreadPoolExecutor(PARTS) as threads:
        return _ascended(Demand(lattice, flat, threads), effort, rounds)


def _ascended(look: Demand, effort: Effort, rounds: int) -> Relaxed:
    lattice = look.lattice
    best, least = look.reserve, look.lost(look.reserve)
    rounds = min(rounds, effort.left // look.units)
    if least <= 0 or (look.used() <= look.capacity).all() or rounds < 1:
        return Relaxed(best, least, exact=False, guide_ucr=best)
    floor = np.maximum(look.reserve, _density(lattice) * SMALLEST)
    prices = floor * 1.0
    for step in range(rounds):
        if effort.over:
            break
        bound = look.lost(prices)
        if bound < least:
            best, least = prices, bound
        excess = (look.used() - look.capacity) / np.maximum(look.capacity, 1)
        move = np.clip(excess * (0.5 / (1 + step * SLOW / rounds)), -1, 1)
        prices = np.maximum(floor, prices * np.exp(move))
        effort.spend(look.units)
    tidy, least = _without_dust(look, best, least)
    return Relaxed(tidy, least, exact=False, guide_ucr=best)


def _density(lattice: Lattice) -> float:
    rows = lattice.leg_rows
    size = float((rows[:, 2] * rows[:, 4]).sum()) * lattice.per_price
    return float(lattice.value.astype(np.float64).sum()) / max(size, 1.0)


def _without_dust(look: Demand, prices: Floats, bound: float) -> tuple[Floats, float]:
    """Put small prices back to the reserve where nothing is lost by it."""
    above = prices - look.reserve
    for share in (0.3, 0.1, 0.03, 0.01, 0.003):
        tidy = np.where(above < share * above.max(initial=0.0), look.reserve, prices)
        lost = look.lost(tidy)
        if lost <= bound:
            return tidy, lost
    return prices, bound


def relax(lattice: Lattice, flat: Flat, effort: Effort, found: Relaxed) -> Relaxed:
    """The LP over the bids that the prices found so far leave undecided, until exact or out of
    effort: where a bid thought settled, or a column left out, would gain, it enters."""
    if found.bound <= 0 or effort.over:
        return found
    return _Core(lattice, flat, found).run(effort)


class _Core:
    """Column generation around the undecided bids."""

    def __init__(self, lattice: Lattice, flat: Flat, found: Relaxed) -> None:
        self.lattice, self.flat, self.found = lattice, flat, found
        self.ascended = found.guide_ucr
        self.look = Demand(lattice, flat)
        self.master = Master(lattice, flat)
        self.settled = np.full((lattice.bids, 2), -1, dtype=np.int64)  # (option, start)
        self.few = lattice.count <= FEW
        self.rounds = FINE if lattice.count <= EXACT_COLUMNS else COARSE
        self._values = np.zeros(lattice.bids)
        np.maximum.at(self._values, flat.options[:, BID], flat.options[:, VALUE])
        self.most = ENTER_MOST + 2 * lattice.bids
        columns = self._every() if self.few else self._near(found.prices_ucr)
        self.room = lattice.capacity.copy()
        if not self.few:
            columns = self._settle(columns, found.prices_ucr)
        self._enter(columns)

    def _every(self) -> Ints:
        pairs = [
            (option, start)
            for option, facts in enumerate(self.flat.options.tolist())
            for start in range(facts[LOW], facts[HIGH] + 1)
        ]
        return np.array(pairs, dtype=np.int64).reshape(-1, 2)

    def _near(self, prices_ucr: Floats) -> Ints:
        """Columns whose bid could about as well take them as its best."""
        from allocator.engine.kernels.demand_kernel import best_worths, near_best

        sums = self.look.sums(prices_ucr)
        worth = np.zeros(self.lattice.bids)
        best_worths(self.flat, sums, worth)
        for share in (NEAR, NEAR / 3, NEAR / 10, 0.0):
            columns = np.zeros((self.most, 2), dtype=np.int64)
            many = near_best(self.flat, sums, worth, share, columns)
            if many <= self.most:
                return columns[:many]
        return columns

    def _settle(self, columns: Ints, prices_ucr: Floats) -> Ints:
        """Take bids with one near column and a sure gain out of the LP, with their room."""
        bid = self.flat.options[columns[:, 0], BID]
        alone = np.bincount(bid, minlength=self.lattice.bids)[bid] == 1
        net = self._nets(columns, self.look.sums(prices_ucr))
        sure = alone & (net > NEAR * self.flat.options[columns[:, 0], VALUE])
        self.settled[bid[sure]] = columns[sure]
        self.room = self.lattice.capacity - self._use(columns[sure])
        short = (self.room < 0).cumsum(axis=1)
        reopened = self._touching(short)
        return np.concatenate([columns[~sure], self._reopen(reopened)])

    def _touching(self, short: Ints) -> Ints:
        """Settled bids that stand in a cell counted as short."""
        bids = np.flatnonzero(self.settled[:, 0] >= 0)
        hit = [
            bid
            for bid in bids.tolist()
            for pool, _, offset, duration in self.lattice.legs[self.settled[bid, 0]]
            if _between(short[pool], int(self.settled[bid, 1]) + offset, duration)
        ]
        return np.unique(np.array(hit, dtype=np.int64))

    def _reopen(self, bids: Ints) -> Ints:
        """Give settled bids back to the LP; their columns."""
        columns = self.settled[bids].copy()
        self.room = self.room + self._use(columns)
        self.settled[bids] = -1
        return columns

    def _use(self, columns: Ints) -> Ints:
        """Units that these columns use together, [pool, slot]."""
        slots = self.lattice.problem.slots
        change = np.zeros((self.flat.pools, slots + 1), dtype=np.int64)
        for option, start in columns.tolist():
            for pool, quantity, offset, duration in self.lattice.legs[option]:
                change[pool, start + offset] += quantity
                change[pool, start + offset + duration] -= quantity
        return np.cumsum(change, axis=1)[:, :-1]

    def _nets(self, columns: Ints, sums: Floats) -> Floats:
        from allocator.engine.kernels.demand_kernel import net_of

        nets = np.zeros(len(columns))
        net_of(self.flat, sums, columns, nets)
        return nets

    def _enter(self, columns: Ints) -> None:
        for option, start in columns.tolist():
            self.master.enter(option, start)
        self.master.set_room(self.room)

    def run(self, effort: Effort) -> Relaxed:
        """Solve and enter what would gain, until nothing would or another round costs too much."""
        held = not self.few
        if held:
            self.master.hold(self.found.prices_ucr, self.rounds.held)
        while True:
            before = effort.left
            solved = self.master.solve(effort)
            if self.master.feasible and (solved or not self.found.plans):
                plans = (*self.found.plans, self._plan())[-PLANS:]
                self.found = replace(self.found, plans=plans)
            if not solved:
                return self.found
            entering, exact = self._looked(effort, held=held)
            if exact or effort.left < before - effort.left:
                return self.found
            if held and len(entering) * self.rounds.settled > len(self.master.share):
                self.master.hold(self.found.prices_ucr, self.rounds.held)
            elif held and not self.rounds.exact:
                return self.found
            elif held:
                held = False
                self.master.hold(None)
            self._enter(entering)

    def dived(self, effort: Effort, seed: int) -> tuple[Ints, ...]:
        """Starts for a search, from the columns that have entered; fewer if the effort ends."""
        if not self.master.share:
            return ()  # all were settled without it
        from allocator.engine.bounds.dives import Dives

        self.master.hold(None)
        dives = Dives(self.flat, self.master, self.settled[self.settled[:, 0] >= 0])
        starts = (dives.start(seed + number, effort) for number in range(DIVES))
        return tuple(start for start in starts if start is not None)

    def _looked(self, effort: Effort, *, held: bool) -> tuple[Ints, bool]:
        """What would gain at the LP's prices, and whether the LP is exact; the prices are kept
        where they prove more than those before."""
        prices = self.master.prices_ucr()
        lost = self.look.lost_by_few(prices) if self.few else self.look.lost(prices)
        effort.spend(3 * self.look.units)
        entering = self._gaining(prices)
        exact = not held and not len(entering)
        if lost < self.found.bound or exact:
            guide = prices if self.few else (self.ascended + prices) / 2
            self.found = Relaxed(prices, lost, exact, guide, self.found.plans)
        return entering, exact

    def _plan(self) -> Ints:
        sure = self.settled[self.settled[:, 0] >= 0]
        taken = sorted(self.master.taken(), key=lambda each: (-each[0], each[1], each[2]))
        rest = np.array([each[1:] for each in taken], dtype=np.int64).reshape(-1, 2)
        return np.concatenate([sure, rest])

    def _gaining(self, prices_ucr: Floats) -> Ints:
        """Columns worth more than their bid gets now; with them, settled bids that they concern."""
        if self.few:
            return np.zeros((0, 2), dtype=np.int64)  # all have entered
        from allocator.engine.kernels.demand_kernel import best_worths, near_best

        sums = self.look.sums(prices_ucr)
        best = np.zeros(self.lattice.bids)
        best_worths(self.flat, sums, best)
        duals = np.zeros(self.lattice.bids)
        for bid, row in self.master.once.items():
            duals[bid] = max(0.0, row.dual_value()) * self.master.unit
        bids = np.flatnonzero(self.settled[:, 0] >= 0)
        duals[bids] = self._nets(self.settled[bids], sums)
        rounding = 1e-7 * self.master.unit
        columns = np.zeros((self.most, 2), dtype=np.int64)
        least = np.maximum(duals + rounding, best - NEAR * self._values)
        many = near_best(self.flat, sums, least, -WANTED_MORE, columns)
        columns = columns[: min(many, self.most)]
        concerned = self._settled_among(columns)
        losing = bids[duals[bids] < -rounding]
        return np.concatenate([columns, self._reopen(np.union1d(concerned, losing))])

    def _settled_among(self, columns: Ints) -> Ints:
        bid: Ints = np.unique(self.flat.options[columns[:, 0], BID])
        standing: Ints = bid[self.settled[bid, 0] >= 0]
        return standing


def _between(short: Ints, begin: int, duration: int) -> bool:
    before = int(short[begin - 1]) if begin else 0
    return int(short[begin + duration - 1]) > before
