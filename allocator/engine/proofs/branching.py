"""Proving bounds by prices: a linear programme, cover cuts, and a tree of cases.

Whatever the linear programme answers in floats, only its prices are kept, as whole numbers: one
for each row, cuts too. No choice gains more than Σ price × limit + Σ over bids of the best that
a column of it is worth above the prices. That sum is taken exactly, so a bound here is sound
however the simplex ends.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any, Final, NamedTuple

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs.exact import Column, Row, Solved

FRACTION: Final = 1e-6
SAFE: Final = 2**61
FINEST: Final = 2**20
SHUT_OUT: Final = -(2**62)


def fineness(columns: Sequence[Column], limits: Sequence[Row]) -> int:
    """Into how many parts prices can split a grain, with all sums within 64 bits; 0 if none."""
    gains = sum(column.gain for column in columns)
    most = max((max(row.quantities) for row in limits), default=1)
    return min(SAFE // max(gains * most * 8, 1), FINEST)


class Case(NamedTuple):
    """A part of all choices: ``least`` is minus its bound (grains), so the widest comes first."""

    least: int
    number: int
    shut: tuple[Ints, ...]  # columns that are not chosen in it
    must: tuple[int, ...]  # bids (by place) that have a column chosen


class Simplex:
    """The linear programme over all columns, in GLOP, near one in size.

    A row that differs little from the one before it is written as that difference: neighbouring
    slots hold nearly the same columns.
    """

    def __init__(self, gains: Ints, owner: Ints, limits: Sequence[Row]) -> None:
        self.unit = float(gains.max()) / 1000
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.infinity = self.solver.infinity()
        self.goal = self.solver.Objective()
        self.goal.SetMaximization()
        self.once = [self.solver.Constraint(-self.infinity, 1.0) for _ in range(owner[-1] + 1)]
        self.share = [self.solver.NumVar(0.0, self.infinity, "") for _ in range(len(gains))]
        for share, gain, bid in zip(self.share, gains.tolist(), owner.tolist(), strict=True):
            self.goal.SetCoefficient(share, gain / self.unit)
            self.once[bid].SetCoefficient(share, 1.0)
        self.spare = [self.solver.NumVar(0.0, 0.0, "") for _ in self.once]
        for row, spare in zip(self.once, self.spare, strict=True):
            row.SetCoefficient(spare, 1.0)
            self.goal.SetCoefficient(spare, -3000.0)
        self.level: list[Any] = []
        before: dict[int, int] = {}
        for limit in limits:
            before = self._limit(limit, before)
        self.cuts: list[Any] = []
        self.pivots = 0

    def _limit(self, limit: Row, before: dict[int, int]) -> dict[int, int]:
        use = dict(zip(limit.columns, limit.quantities, strict=True))
        change = {i: use.get(i, 0) - before.get(i, 0) for i in use.keys() | before.keys()}
        change = {i: each for i, each in change.items() if each}
        linked = len(change) < len(use)
        row = self.solver.Constraint(0.0, 0.0)
        level = self.solver.NumVar(0.0, float(limit.limit), "")
        row.SetCoefficient(level, -1.0)
        if linked:
            row.SetCoefficient(self.level[-1], 1.0)
        for i, each in sorted((change if linked else use).items()):
            row.SetCoefficient(self.share[i], float(each))
        self.level.append(level)
        return use

    def cut(self, row: Row) -> None:
        """Add a row that every choice keeps."""
        made = self.solver.Constraint(-self.infinity, float(row.limit))
        for i, each in zip(row.columns, row.quantities, strict=True):
            made.SetCoefficient(self.share[i], float(each))
        self.cuts.append(made)

    def enter(self, case: Case, left: Case | None) -> None:
        """Set the limits of a case, after those of the case that is left."""
        for columns in left.shut if left is not None else ():
            for i in columns.tolist():
                self.share[i].SetUb(self.infinity)
        for bid in left.must if left is not None else ():
            self.once[bid].SetLb(-self.infinity)
            self.spare[bid].SetUb(0.0)
        for columns in case.shut:
            for i in columns.tolist():
                self.share[i].SetUb(0.0)
        for bid in case.must:
            self.once[bid].SetLb(1.0)
            self.spare[bid].SetUb(1.0)

    def solve(self, pivots: int) -> bool:
        """Whether GLOP reached an optimum within so many pivots, from the last one's basis."""
        self.solver.SetSolverSpecificParametersAsString(
            "use_preprocessing: false use_scaling: false use_dual_simplex: true random_seed: 1"
            f" max_number_of_iterations: {max(pivots, 1)}"
        )
        ended = self.solver.Solve() == pywraplp.Solver.OPTIMAL
        self.pivots += int(self.solver.iterations())
        return bool(ended)

    def shares(self) -> Floats:
        """How much of each column is taken."""
        return np.array([each.solution_value() for each in self.share])

    def prices(self, parts: int) -> Ints:
        """A whole price (parts of a grain) for one unit of each row, cuts last."""
        found = [each.reduced_cost() for each in self.level]
        found += [each.dual_value() for each in self.cuts]
        prices: Ints = np.rint(np.maximum(np.array(found), 0.0) * self.unit * parts).astype(
            np.int64
        )
        return prices


class Use:
    """How much of each row a column uses, laid out by column."""

    def __init__(self, limits: Sequence[Row], columns: int) -> None:
        column = np.array([i for row in limits for i in row.columns], dtype=np.int64)
        order = np.argsort(column, kind="stable")
        row = np.repeat(np.arange(len(limits)), [len(each.columns) for each in limits])
        quantity = np.array([q for each in limits for q in each.quantities], dtype=np.int64)
        self.row, self.quantity = row[order], quantity[order]
        self.ends = np.searchsorted(column[order], np.arange(columns + 1))
        self.limit = np.array([each.limit for each in limits], dtype=np.int64)

    def cost(self, prices: Ints) -> Ints:
        """What each column's use costs at these prices of the rows."""
        sums = np.concatenate(([0], np.cumsum(self.quantity * prices[self.row])))
        return np.asarray(sums[self.ends[1:]] - sums[self.ends[:-1]])


class Tree:
    """A search for bounds; ``stop`` may be called from another thread."""

    def __init__(
        self,
        lattice: Lattice,
        columns: Sequence[Column],
        limits: Sequence[Row],
        floor: int,
        params: EngineParams = PARAMS,
    ) -> None:
        self.params = params
        bids = lattice.bid_of[np.array([column.option for column in columns])]
        self.owner: Ints = np.unique(bids, return_inverse=True)[1].astype(np.int64)
        self.gains = np.array([column.gain for column in columns], dtype=np.int64)
        self.parts = fineness(columns, limits)
        self.limits, self.floor, self.units = list(limits), floor, 0
        self.heads = np.flatnonzero(np.diff(self.owner, prepend=-1))
        self.step = int(np.gcd.reduce(self.gains))
        self.simplex: Simplex | None = None
        self.separators: list[Cover] = []
        self.known: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
        self.solves, self.count, self.stopped = 0, 0, False
        self.chosen: tuple[int, ...] = ()

    def _built(self) -> Simplex:
        """Write everything down: not in ``__init__``, since it takes a while."""
        self.separators = [Cover(row, self.owner) for row in self.limits if row.limit > 1]
        self.use = Use(self.limits, len(self.gains))
        return Simplex(self.gains, self.owner, self.limits)

    @property
    def spent(self) -> int:
        """Units of work so far."""
        pivots = self.simplex.pivots if self.simplex is not None else 0
        return (
            pivots * self.params.units_per_tree_pivot
            + self.solves * self.params.units_per_tree_solve
        )

    @property
    def over(self) -> bool:
        """Whether to come to an end."""
        return self.stopped or self.spent >= self.units

    def stop(self) -> None:
        """Come to an end with what is proven so far."""
        self.stopped = True
        if self.simplex is not None:
            self.simplex.solver.InterruptSolve()

    def run(self, units: int) -> Solved | None:
        """The bound that the tree proves within so many units of work."""
        self.units = units
        self.simplex = simplex = self._built()
        root = self._root(simplex, Case(-int(self.gains.sum()), 0, (), ()))
        heap, closed, here = [root], self.floor, root
        while heap and -heap[0].least > closed and not self.over:
            case = heappop(heap)
            simplex.enter(case, here)
            here = case
            solved, bound = self._solved(simplex, case)
            if self.over:
                heappush(heap, case)
                break
            if bound <= closed:
                continue
            children = self._children(simplex, case._replace(least=-bound)) if solved else []
            if not children:
                closed = max(closed, bound)
            for child in children:
                heappush(heap, child)
        top = max(closed, -heap[0].least) if heap else closed
        return Solved(self.chosen, top, proven=False, spent=self.spent)

    def _solved(self, simplex: Simplex, case: Case) -> tuple[bool, int]:
        """Whether the LP of the case was solved, and the case's bound."""
        self.solves += 1
        pivots = (self.units - self.spent) // self.params.units_per_tree_pivot
        if self.stopped or not simplex.solve(max(1, pivots)):
            return False, -case.least
        return True, min(-case.least, self._bound(simplex.prices(self.parts), case))

    def _bound(self, prices: Ints, case: Case) -> int:
        """What the LP's prices prove, exactly."""
        worth = self.gains * self.parts - self.use.cost(prices)
        for columns in case.shut:
            worth[columns] = SHUT_OUT
        best = np.maximum.reduceat(worth, self.heads)
        forced = np.array(case.must, dtype=np.int64)
        kept = best[forced]
        best = np.maximum(best, 0)
        best[forced] = np.maximum(kept, -4 * self.parts * int(self.gains.max()))
        total = int(best.sum()) + int(prices @ self.use.limit)
        return total // (self.parts * self.step) * self.step

    def _root(self, simplex: Simplex, root: Case) -> Case:
        """Cuts, while they lower the bound."""
        solved, bound = self._solved(simplex, root)
        weak = 0
        for _ in range(self.params.cut_rounds):
            root = root._replace(least=-bound)
            if self.over or not solved or not self._cut(simplex):
                break
            solved, after = self._solved(simplex, root)
            weak = weak + 1 if bound - after < bound // self.params.cut_weak_part else 0
            bound = after
            if weak > self.params.cut_weak_rounds:
                break
        return root._replace(least=-bound)

    def _cut(self, simplex: Simplex) -> bool:
        """Whether some cover is violated by the shares; those that are, are added."""
        shares = simplex.shares()
        found: list[Row] = []
        for each in self.separators:
            row = each.violated(shares, self.params.cut_violated)
            if row is None:
                continue
            key = tuple(row.columns), tuple(row.quantities)
            if key not in self.known:
                self.known.add(key)
                found.append(row)
        for row in found:
            simplex.cut(row)
        self.limits += found
        if found:
            self.use = Use(self.limits, len(self.gains))
        return bool(found)

    def _children(self, simplex: Simplex, case: Case) -> list[Case]:
        """The two halves of the case whose bounds fall most; none where nothing is split."""
        shares = simplex.shares()
        splits = self._splits(shares)
        if not splits:
            self.chosen = tuple(np.flatnonzero(shares > 0.5).tolist())
            return []
        best: tuple[float, list[Case]] = (-1.0, [])
        for bid, without, others in splits[: self.params.split_candidates]:
            self.count += 2
            pair = [
                Case(case.least, self.count, (*case.shut, without), case.must),
                Case(case.least, self.count + 1, (*case.shut, others), (*case.must, bid)),
            ]
            for k, child in enumerate(pair):
                simplex.enter(child, None)
                _, bound = self._solved(simplex, child)
                simplex.enter(case, child)
                pair[k] = child._replace(least=-bound)
            falls = sorted(child.least - case.least for child in pair)
            score = min(falls[0], 10 * falls[1]) + falls[1] / 6
            if score > best[0]:
                best = (score, pair)
            if self.over:
                return [case]
        return [child for child in best[1] if -child.least > self.floor]

    def _splits(self, shares: Floats) -> list[tuple[int, Ints, Ints]]:
        """Bids whose columns share an award: which columns go with one half, which with the
        other. The bids with the most at stake come first."""
        split = np.flatnonzero((shares > FRACTION) & (shares < 1 - FRACTION))
        found = []
        ends = np.append(self.heads[1:], len(shares))
        for bid in np.unique(self.owner[split]).tolist():
            first, last = int(self.heads[bid]), int(ends[bid])
            mine = shares[first:last]
            held = np.flatnonzero(mine > FRACTION)
            run = np.cumsum(mine)
            total = float(run[-1])
            at, low, high = last - first - 1, total, 1.0 - total
            if len(held) > 1:
                at = int(held[np.argmin(np.abs(run[held[:-1]] - total / 2))])
                low, high = float(run[at]), total - float(run[at])
            inside = np.arange(first, first + at + 1)
            outside = np.arange(first + at + 1, last)
            stake = min(low, high) * float(self.gains[first:last].max())
            found.append((stake, bid, inside, outside))
        found.sort(key=lambda each: (-each[0], each[1]))
        return [each[1:] for each in found]


class Cover:
    """Lifted cover cuts of one row: what of it cannot be chosen together."""

    def __init__(self, row: Row, owner: Ints) -> None:
        self.limit = row.limit
        columns = np.array(row.columns, dtype=np.int64)
        weight = np.array(row.quantities, dtype=np.int64)
        keys = owner[columns] * (int(weight.max()) + 1) + weight
        _, first, self.item = np.unique(keys, return_index=True, return_inverse=True)
        self.columns, self.weight = columns, weight[first]

    def violated(self, shares: Floats, least: float) -> Row | None:
        """A cut that the shares break by so much at least, if one is found."""
        share: Floats = np.zeros(len(self.weight))
        np.add.at(share, self.item, shares[self.columns])
        if share @ self.weight < self.limit - 1e-6:
            return None
        order = np.lexsort((-self.weight, -np.minimum(share, 1)))
        total = np.cumsum(self.weight[order])
        if total[-1] <= self.limit:
            return None
        cover = order[: int(np.searchsorted(total, self.limit, side="right")) + 1].tolist()
        excess = sum(self.weight[cover].tolist()) - self.limit
        for item in sorted(cover, key=lambda i: (share[i], -self.weight[i])):
            if self.weight[item] < excess:
                cover.remove(item)
                excess -= int(self.weight[item])
        return self._lifted(cover, order.tolist(), share, least)

    def _lifted(
        self, cover: list[int], order: list[int], share: Floats, least: float
    ) -> Row | None:
        most = len(cover) - 1
        weight = self.weight.tolist()
        lightest = np.cumsum([0, *sorted(weight[i] for i in cover)])  # to be worth 0, 1, 2, …
        factor = dict.fromkeys(cover, 1)
        for item in order:
            if item in factor:
                continue
            room = self.limit - weight[item]
            gain = most - int(np.searchsorted(lightest, room, side="right") - 1)
            if gain <= 0:
                continue
            factor[item] = gain
            moved = lightest[:-gain] + weight[item] if gain < len(lightest) else lightest[:0]
            lightest[gain:] = np.minimum(lightest[gain:], moved)
            lightest = np.minimum.accumulate(lightest[::-1])[::-1]
        factors = np.zeros(len(self.weight), dtype=np.int64)
        factors[list(factor)] = list(factor.values())
        if factors @ share < most + least:
            return None
        used = factors[self.item]
        kept = used > 0
        return Row(self.columns[kept].tolist(), used[kept].tolist(), most)
