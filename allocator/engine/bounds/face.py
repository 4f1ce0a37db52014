"""The prices that a relaxation leaves open, narrowed goal by goal: its dual as a small LP.

Each start of an option makes one row: what its bid gains and what it costs come to its value at
least. Few of a thousand rows ever bind, so a row enters once what was found breaks it; what is
found in the end keeps them all.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.engine.lattice import Flags, Floats, Ints, Lattice

RESUMING: Final = "use_preprocessing: false"  # each goal goes on from the basis of the last
GOLDEN: Final = (5**0.5 - 1) / 2
CLOSE: Final = 1e-10  # relative: how near two totals are to be equal
BROKEN: Final = 1e-9  # a row that lacks more is broken; the largest value is a hundred


class Face:
    """Prices above the reserve per cell and gains per bid, near one in size. It is built where
    there are ``most`` cells at most that some bid could pay more for than their reserve."""

    def __init__(self, lattice: Lattice, prices_ucr: Floats, most: int) -> None:
        self.lattice = lattice
        self.unit = max(float(lattice.worth.astype(np.float64).max(initial=1.0)), 1.0) / 100
        self._columns = lattice.columns(0, lattice.options)
        self._bid = lattice.bid_of[self._columns.option]
        reserve = lattice.prefix(lattice.reserve_ucr.astype(np.float64))
        value = lattice.value.astype(np.float64)[self._columns.option]
        self._due = (value - lattice.cost(self._columns, reserve)) / self.unit
        self._outside: Flags = self._due > 0  # rows that mean something, and have not entered
        self._cells = np.nonzero(self._used())
        self.cells: list[tuple[int, int]] = list(
            zip(*(axis.tolist() for axis in self._cells), strict=True)
        )
        self.at: list[float] = []  # the prices of the last solve, as ``cells`` has them
        self.small = 0 < len(self.cells) <= most
        if self.small:
            self._build(prices_ucr)

    def _used(self) -> Flags:
        """The cells that rows speak of, [pool, slot]."""
        ends = np.zeros(self.lattice.capacity.shape[0] * (self.lattice.problem.slots + 1))
        for where, _, begin, end in self._columns.layers:
            matters = self._outside[where]
            np.add.at(ends, begin[matters], 1)
            np.add.at(ends, end[matters], -1)
        used: Flags = np.cumsum(ends).reshape(len(self.lattice.capacity), -1)[:, :-1] > 0
        return used

    def _build(self, prices_ucr: Floats) -> None:
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._solver.SetSolverSpecificParametersAsString(RESUMING)
        most = self._solver.infinity()
        self._price = [self._solver.NumVar(0.0, most, "") for _ in self.cells]
        self._gain = [self._solver.NumVar(0.0, most, "") for _ in range(self.lattice.bids)]
        self._place = {cell: place for place, cell in enumerate(self.cells)}
        units = self.lattice.capacity[self._cells].tolist()
        self.worth = self._solver.Sum(
            [float(unit) * price for unit, price in zip(units, self._price, strict=True)]
        )
        self.lost = self._solver.Sum(self._gain) + self.worth
        above = (prices_ucr - self.lattice.reserve_ucr)[self._cells] * self.lattice.per_price
        left = self._due - self._cost(above / self.unit)
        best = np.zeros(self.lattice.bids)
        np.maximum.at(best, self._bid, left)
        self._enter(np.flatnonzero(self._outside & (left >= best[self._bid])))

    def _cost(self, above: Floats) -> Floats:
        """What each column costs above the reserve, at prices of the cells."""
        dense = np.zeros(self.lattice.capacity.shape)
        dense[self._cells] = above / self.lattice.per_price
        return np.asarray(self.lattice.cost(self._columns, self.lattice.prefix(dense)))

    def _enter(self, columns: Ints) -> None:
        """Let the rows of these columns in."""
        self._outside[columns] = False
        for column in columns.tolist():
            row = self._solver.Constraint(float(self._due[column]), self._solver.infinity())
            row.SetCoefficient(self._gain[self._bid[column]], 1.0)
            start = int(self._columns.start[column])
            use: dict[int, int] = {}
            for pool, quantity, offset, duration in self.lattice.legs[self._columns.option[column]]:
                for slot in range(start + offset, start + offset + duration):
                    place = self._place[pool, slot]
                    use[place] = use.get(place, 0) + quantity
            for place, quantity in use.items():
                row.SetCoefficient(self._price[place], float(quantity))

    def least(self, goal: Any) -> bool:
        """Whether the goal has a least value; from then on nothing above it is allowed."""
        if not self._solved(goal):
            return False
        found = float(self._solver.Objective().Value())
        self._solver.Add(goal <= found + CLOSE * max(1.0, abs(found)))
        return True

    def settle(self, place: int) -> bool:
        """Whether a cell's price has a least value, which it keeps from then on."""
        if self.at[place] > CLOSE and not self._solved(self._price[place] + 0.0):
            return False
        least = self.at[place]
        self._price[place].SetUb(max(least, 0.0) + CLOSE * max(1.0, least))
        return True

    def is_point(self, first: int) -> bool:
        """Whether the prices from that place on are settled already: a sum of them with weights
        that have nothing in common is the same at its least and at its greatest."""
        prices: Sequence[Any] = self._price[first:]
        weights = [1 + (k * GOLDEN) % 1 for k in range(len(prices))]
        total = self._solver.Sum([w * price for w, price in zip(weights, prices, strict=True)])
        ends = []
        for goal in (total, -1.0 * total):
            if not self._solved(goal):
                return False
            ends.append(abs(float(self._solver.Objective().Value())))
        return abs(ends[0] - ends[1]) <= CLOSE * max(1.0, ends[0])

    def _solved(self, goal: Any) -> bool:
        """Whether there is a least; rows that it would break enter first."""
        self._solver.Minimize(goal)
        while self._solver.Solve() == pywraplp.Solver.OPTIMAL:
            self.at = [float(each.solution_value()) for each in self._price]
            gain = np.array([each.solution_value() for each in self._gain])
            left = gain[self._bid] + self._cost(np.array(self.at)) - self._due
            broken = np.flatnonzero(self._outside & (left < -BROKEN))
            if not len(broken):
                return True
            self._enter(broken)
        return False

    def prices_ucr(self) -> Floats:
        """The prices of the last solve, [pool, slot]."""
        found = self.lattice.reserve_ucr.astype(np.float64)
        found[self._cells] += np.maximum(self.at, 0.0) * self.unit / self.lattice.per_price
        return found
