"""Prices at which the least opportunity is lost: the capacity duals of the clearing's LP.

Budgets and caps stay out of it, as the format says. Demand at given prices needs no matrix: each
bid takes its best option and start, found by sums over prices. So prices first climb with excess
demand, in steps of a millisecond for thousands of bids. Then an exact step: at prices so near
the right ones most bids have one best column or none, and a linear programme over the few others
gives the exact duals, with a plan that is whole but for a few bids.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from allocator.engine.bounds.master import Master
from allocator.engine.effort import Effort
from allocator.engine.flat import BID, Flat, price_sums
from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.params import PARAMS, EngineParams


@dataclass(frozen=True, slots=True)
class Rounds:
    """How the rounds of an LP go."""

    held: float  # share of each price, how far a round may take it
    settled: int  # columns to each one entering, and prices need not be held any more
    exact: bool  # whether rounds that do not hold prices follow


def rounds_for(columns: int, params: EngineParams) -> Rounds:
    """To the end where the columns allow it; else for one good plan."""
    if columns <= params.exact_lp_columns:
        return Rounds(params.fine_held, params.fine_settled, exact=True)
    return Rounds(params.coarse_held, params.coarse_settled, exact=False)


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Float prices per unit-hour (ucr) with what they lose in total (grains, a guide only)."""

    prices_ucr: Floats
    bound: float
    exact: bool  # no column left that would improve the LP
    guide_ucr: Floats  # smoother prices, which guide a search better than one end of the face
    plans: tuple[Ints, ...] = ()
    """Starts for a search, [column, (option, start)]: what the LP took in its last rounds, the
    largest shares first."""
    deeper: "Callable[[Effort, int], tuple[Floats, tuple[Ints, ...]]] | None" = None
    """For an effort and a seed: smoother prices, and more starts. Made where a long search follows,
    since they cost as much as a small proof."""


class Demand:
    """What everybody would take at given prices, and what these prices lose."""

    def __init__(
        self,
        lattice: Lattice,
        flat: Flat,
        params: EngineParams = PARAMS,
        threads: ThreadPoolExecutor | None = None,
    ) -> None:
        self.params, parts = params, params.look_parts
        self.lattice, self.flat, self.threads = lattice, flat, threads
        self.reserve = lattice.reserve_ucr.astype(np.float64)
        self.capacity = lattice.capacity.astype(np.float64)
        self.use = np.zeros((parts, len(flat.room), lattice.problem.slots + 1))
        self.taken = np.zeros((lattice.bids, 2), dtype=np.int64)

    @property
    def units(self) -> int:
        """Units of work that one look costs."""
        return 1 + self.lattice.count // self.params.columns_per_look_unit

    def sums(self, prices_ucr: Floats) -> Floats:
        """Price sums, as the compiled code wants them."""
        return price_sums(self.flat, self.lattice, prices_ucr)

    def lost(self, prices_ucr: Floats) -> float:
        """The bound that the prices prove (grains); leaves ``use`` and ``taken`` behind."""
        from allocator.engine.kernels.demand_kernel import demand

        sums, bids, parts = self.sums(prices_ucr), self.lattice.bids, range(self.params.look_parts)
        ends = [*(bids * part // len(parts) for part in parts), bids]

        def of_part(part: int) -> float:
            first, last = ends[part], ends[part + 1]
            return demand(self.flat, sums, first, last, self.use[part], self.taken)

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


def priced(
    lattice: Lattice,
    flat: Flat,
    effort: Effort,
    params: EngineParams = PARAMS,
    *,
    exact: bool,
) -> Relaxed:
    """The best prices found within a share of the effort; ``exact``: by linear programming too,
    with starts for a search."""
    if lattice.count <= params.whole_lp_columns and exact:
        reserve = lattice.reserve_ucr.astype(np.float64)
        lost = Demand(lattice, flat, params).lost_by_few(reserve)
        begin = Relaxed(reserve, lost, exact=False, guide_ucr=reserve)
        if lost <= 0 or effort.over:
            return begin
        lp = ColumnGeneration(lattice, flat, begin, params)
        return replace(lp.run(effort.part(params.lp_share)), deeper=lp.deeper)
    found = ascend(lattice, flat, effort.part(params.ascent_share), params)
    if not exact or found.bound <= 0:
        return found
    crowded = lattice.bids > params.crowded_bids * lattice.capacity.size
    lp = ColumnGeneration(lattice, flat, found, params)
    relaxed = lp.run(effort.part(params.lp_share if crowded else params.sparse_lp_share))
    if lattice.count > params.exact_lp_columns:
        return relaxed  # the plan is whole but for a few bids: no start is better
    return replace(relaxed, deeper=lp.deeper)


def ascend(lattice: Lattice, flat: Flat, effort: Effort, params: EngineParams = PARAMS) -> Relaxed:
    """Move each price with its excess demand, by ever smaller steps; the best prices met."""
    many = lattice.count > params.climb_few_columns
    rounds = params.climb_rounds if many else params.climb_rounds_few
    if lattice.count < params.shared_columns:
        return _ascended(Demand(lattice, flat, params), effort, rounds)
    with ThreadPoolExecutor(params.look_parts) as threads:
        return _ascended(Demand(lattice, flat, params, threads), effort, rounds)


def _ascended(look: Demand, effort: Effort, rounds: int) -> Relaxed:
    lattice, params = look.lattice, look.params
    best, least = look.reserve, look.lost(look.reserve)
    rounds = min(rounds, effort.left // look.units)
    if least <= 0 or (look.used() <= look.capacity).all() or rounds < 1:
        return Relaxed(best, least, exact=False, guide_ucr=best)
    floor = np.maximum(look.reserve, _density(lattice) * params.climb_least_price)
    prices = floor * 1.0
    for step in range(rounds):
        if effort.over:
            break
        bound = look.lost(prices)
        if bound < least:
            best, least = prices, bound
        excess = (look.used() - look.capacity) / np.maximum(look.capacity, 1)
        stride = params.climb_first_step / (1 + step * params.climb_halvings / rounds)
        move = np.clip(excess * stride, -1, 1)
        prices = np.maximum(floor, prices * np.exp(move))
        effort.spend(look.units)
    tidy, least = _without_dust(look, best, least)
    return Relaxed(tidy, least, exact=False, guide_ucr=best)


def _density(lattice: Lattice) -> float:
    rows = lattice.leg_rows
    size = float((rows[:, 2] * rows[:, 4]).sum()) * lattice.per_price
    return float(lattice.worth.astype(np.float64).sum()) / max(size, 1.0)


def _without_dust(look: Demand, prices: Floats, bound: float) -> tuple[Floats, float]:
    """Put small prices back to the reserve where nothing is lost by it."""
    above = prices - look.reserve
    for share in look.params.climb_dust_shares:
        tidy = np.where(above < share * above.max(initial=0.0), look.reserve, prices)
        lost = look.lost(tidy)
        if lost <= bound:
            return tidy, lost
    return prices, bound


class ColumnGeneration:
    """Rounds of the LP, each with the columns that the one before would have gained by."""

    def __init__(self, lattice: Lattice, flat: Flat, found: Relaxed, params: EngineParams) -> None:
        self.lattice, self.flat, self.found = lattice, flat, found
        self.params, self.ascended = params, found.guide_ucr
        self.look = Demand(lattice, flat, params)
        self.master = Master(lattice, flat, params)
        self.settled = np.full((lattice.bids, 2), -1, dtype=np.int64)  # (option, start)
        self.few = lattice.count <= params.whole_lp_columns
        self.rounds = rounds_for(lattice.count, params)
        self._worth = (lattice.worth // flat.per_point).astype(np.float64)  # by option
        self._worths = np.zeros(lattice.bids)
        np.maximum.at(self._worths, flat.options[:, BID], self._worth)
        self.most = params.enter_most_columns + 2 * lattice.bids
        columns = self._every() if self.few else self._near(found.prices_ucr)
        self.room = lattice.capacity.copy()
        if not self.few:
            columns = self._settle(columns, found.prices_ucr)
        self._enter(columns)

    def _every(self) -> Ints:
        """Every column that is worth more than its reserve cost: no price makes another so."""
        prefix = self.lattice.prefix(self.lattice.reserve_ucr.astype(np.float64))
        value = self.lattice.value.astype(np.float64)
        found = [np.zeros((0, 2), dtype=np.int64)]
        for piece in self.lattice.chunks():
            gains = value[piece.option] > self.lattice.cost(piece, prefix)
            found.append(np.stack([piece.option[gains], piece.start[gains]], axis=1))
        return np.concatenate(found)

    def _near(self, prices_ucr: Floats) -> Ints:
        """Columns whose bid could about as well take them as its best."""
        from allocator.engine.kernels.demand_kernel import best_worths, near_best

        sums = self.look.sums(prices_ucr)
        worth = np.zeros(self.lattice.bids)
        best_worths(self.flat, sums, worth)
        near = self.params.near_share
        for share in (near, near / 3, near / 10, 0.0):
            columns = np.zeros((self.most, 2), dtype=np.int64)
            many = near_best(self.flat, sums, worth, share * self._worth, columns)
            if many <= self.most:
                return columns[:many]
        return columns

    def _settle(self, columns: Ints, prices_ucr: Floats) -> Ints:
        """Take bids with one near column and a sure gain out of the LP, with their room."""
        bid = self.flat.options[columns[:, 0], BID]
        alone = np.bincount(bid, minlength=self.lattice.bids)[bid] == 1
        net = self._nets(columns, self.look.sums(prices_ucr))
        sure = alone & (net > self.params.near_share * self._worth[columns[:, 0]])
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
        self.master.enter(columns)
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
                plans = (*self.found.plans, self._plan())[-self.params.plans_kept :]
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

    def deeper(self, effort: Effort, seed: int) -> tuple[Floats, tuple[Ints, ...]]:
        """Prices that guide a search, and starts for it."""
        guide = self.found.guide_ucr
        if self.few:
            climbed = ascend(
                self.lattice, self.flat, effort.part(self.params.ascent_share), self.params
            )
            guide = (climbed.prices_ucr + self.found.prices_ucr) / 2
        return guide, self._dived(effort.part(self.params.dives_share), seed)

    def _dived(self, effort: Effort, seed: int) -> tuple[Ints, ...]:
        """Starts, from the columns that have entered; fewer if the effort ends."""
        if not self.master.share:
            return ()  # all were settled without it
        from allocator.engine.bounds.dives import Dives

        self.master.hold(None)
        dives = Dives(self.flat, self.master, self.settled[self.settled[:, 0] >= 0])
        starts = (dives.start(seed + number, effort) for number in range(self.params.dives))
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
        least = np.maximum(duals + rounding, best - self.params.near_share * self._worths)
        many = near_best(self.flat, sums, least, -self.params.wanted_more * self._worth, columns)
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
