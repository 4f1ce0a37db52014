"""Published prices in whole micro-credits per unit-hour, and the bound that they prove.

Which prices: those that lose the least opportunity; among these the least Σ price × capacity;
among these the lexicographically least by pool id and slot. How exactly that is met:

- the least opportunity lost: where column generation ends, to a float's precision; where it is
  cut short, the least met so far;
- the least Σ price × capacity: as the former, since the LP's capacities are raised a little;
- lexicographically: where the dual LP is small (``face_cells`` priced cells, ``face_columns``
  columns); beyond, the prices are one end of whatever face is left;
- whole numbers: the best of rounding to the nearest, down and up; in small problems improved
  cell by cell until no single step loses less, or loses as little at a lower price.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.engine.bounds.relaxation import Relaxed
from allocator.engine.effort import Effort
from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.params import PARAMS, EngineParams

RESUMING: Final = "use_preprocessing: false"  # each goal goes on from the basis of the last
GOLDEN: Final = (5**0.5 - 1) / 2
CLOSE: Final = 1e-10  # relative: how near two totals are to be equal


def publish(
    lattice: Lattice, relaxed: Relaxed, effort: Effort, params: EngineParams = PARAMS
) -> Ints:
    """The prices to publish, from the duals that the relaxation found."""
    prices = relaxed.prices_ucr
    if relaxed.exact and lattice.count <= params.face_columns:
        prices = _lexicographic(lattice, prices, effort, params)
    found = [
        whole(lattice, each) for each in (prices, np.floor(prices + 1e-6), np.ceil(prices - 1e-6))
    ]
    best = min(found, key=lambda each: _rank(lattice, each))
    effort.spend(1 + 3 * lattice.count // 1000)
    return _polished(lattice, best, effort, params.polish_columns)


def bound(lattice: Lattice, prices_ucr: Ints) -> int:
    """What no allocation can exceed, in grains, exactly: what each bid could have at best at
    these prices, and what all capacity is worth above the reserve."""
    bids = sum(lattice.best_of_bids(lattice.exact(prices_ucr)).tolist())
    return int(bids) + offered(lattice, prices_ucr)


def offered(lattice: Lattice, prices_ucr: Ints) -> int:
    """Σ (price − reserve price) × capacity, in grains, exactly."""
    above = (prices_ucr - lattice.reserve_ucr).ravel()
    units = lattice.capacity.ravel()
    dear = np.flatnonzero(above)  # most slots cost their reserve
    pairs = zip(above[dear].tolist(), units[dear].tolist(), strict=True)
    return int(sum(a * u for a, u in pairs) * lattice.per_price)


def whole(lattice: Lattice, prices_ucr: Floats) -> Ints:
    """The nearest whole prices that are not below the reserve."""
    return np.maximum(np.rint(prices_ucr).astype(np.int64), lattice.reserve_ucr)


def _rank(lattice: Lattice, prices_ucr: Ints) -> tuple[int, int, list[int]]:
    """What makes prices better, smaller first."""
    worth = offered(lattice, prices_ucr)
    return bound(lattice, prices_ucr), worth, prices_ucr.ravel().tolist()


def _polished(lattice: Lattice, prices_ucr: Ints, effort: Effort, budget: int) -> Ints:
    """Step each price by one micro-credit, or to its reserve, where that is better; ``budget``
    columns are priced at most."""
    best, worth = prices_ucr.copy(), offered(lattice, prices_ucr)
    total = bound(lattice, best)
    for _ in count():
        before = total, worth
        for cell in map(tuple, np.argwhere(best > lattice.reserve_ucr).tolist()):
            old, reserve = int(best[cell]), int(lattice.reserve_ucr[cell])
            unit = int(lattice.capacity[cell]) * lattice.per_price
            for price in (max(old - 1, reserve), old + 1, reserve):
                budget -= lattice.count + 1000
                if budget < 0 or effort.over:
                    return best
                effort.spend(1 + lattice.count // 1000)
                now = int(best[cell])
                best[cell] = price
                new = bound(lattice, best), worth + (price - now) * unit
                if (*new, price) < (total, worth, now):
                    total, worth = new
                else:
                    best[cell] = now
        if (total, worth) == before:
            break
    return best


class _Face:
    """The LP's dual: prices above the reserve per cell and gains per bid, near one in size."""

    def __init__(self, lattice: Lattice) -> None:
        self.lattice = lattice
        self.unit = max(float(lattice.value.astype(np.float64).max(initial=1.0)), 1.0) / 100
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SetSolverSpecificParametersAsString(RESUMING)
        self.price: dict[tuple[int, int], Any] = {}
        self.at: dict[tuple[int, int], float] = {}  # the prices of the last solve
        self.gain = [
            self.solver.NumVar(0.0, self.solver.infinity(), "") for _ in range(lattice.bids)
        ]
        reserve = lattice.prefix(lattice.reserve_ucr.astype(np.float64))
        for piece in lattice.chunks():
            gain = lattice.value[piece.option].astype(np.float64) - lattice.cost(piece, reserve)
            for option, start, each in zip(
                piece.option.tolist(), piece.start.tolist(), gain.tolist(), strict=True
            ):
                self._column(option, start, each / self.unit)
        self.capacity = [float(lattice.capacity[*cell]) for cell in sorted(self.price)]

    def _column(self, option: int, start: int, gain: float) -> None:
        if gain <= 0:
            return
        row = self.solver.Constraint(gain, self.solver.infinity())
        row.SetCoefficient(self.gain[self.lattice.bid_of[option]], 1.0)
        use: dict[tuple[int, int], int] = {}
        for pool, quantity, offset, duration in self.lattice.legs[option]:
            for slot in range(start + offset, start + offset + duration):
                use[pool, slot] = use.get((pool, slot), 0) + quantity
        for cell, quantity in use.items():
            if cell not in self.price:
                self.price[cell] = self.solver.NumVar(0.0, self.solver.infinity(), "")
            row.SetCoefficient(self.price[cell], float(quantity))

    def least(self, goal: Any) -> bool:
        """Whether the goal has a least value; from then on nothing above it is allowed."""
        if not self._solved(goal):
            return False
        found = float(self.solver.Objective().Value())
        self.solver.Add(goal <= found + CLOSE * max(1.0, abs(found)))
        return True

    def settle(self, cell: tuple[int, int]) -> bool:
        """Whether the cell's price has a least value, which it keeps from then on."""
        if self.at[cell] > CLOSE and not self._solved(self.price[cell] + 0.0):
            return False
        self.price[cell].SetUb(max(self.at[cell], 0.0) + CLOSE * max(1.0, self.at[cell]))
        return True

    def is_point(self, cells: Sequence[tuple[int, int]]) -> bool:
        """Whether these cells' prices are settled already: a sum of them with weights that have
        nothing in common is the same at its least and at its greatest."""
        weights = [1 + (k * GOLDEN) % 1 for k in range(len(cells))]
        total = self.solver.Sum(
            [w * self.price[cell] for w, cell in zip(weights, cells, strict=True)]
        )
        ends = []
        for goal in (total, -1.0 * total):
            if not self._solved(goal):
                return False
            ends.append(abs(float(self.solver.Objective().Value())))
        return abs(ends[0] - ends[1]) <= CLOSE * max(1.0, ends[0])

    def _solved(self, goal: Any) -> bool:
        self.solver.Minimize(goal)
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            return False
        self.at = {cell: float(each.solution_value()) for cell, each in self.price.items()}
        return True


def _lexicographic(
    lattice: Lattice, prices_ucr: Floats, effort: Effort, params: EngineParams
) -> Floats:
    """The canonical prices, goal after goal, where the dual LP is small; else as they are."""
    face = _Face(lattice)
    cells = sorted(face.price)
    if not cells or len(cells) > params.face_cells:
        return prices_ucr
    worth = face.solver.Sum(
        [units * face.price[cell] for cell, units in zip(cells, face.capacity, strict=True)]
    )
    found = lattice.reserve_ucr.astype(np.float64)
    for goal in (face.solver.Sum(face.gain) + worth, worth):
        effort.spend(1 + lattice.count // 50)
        if effort.stop() or not face.least(goal):
            return prices_ucr
    for number, cell in enumerate(cells):
        effort.spend(1 + lattice.count // 50)
        if effort.stop():
            return prices_ucr
        if number % params.face_tried_every == 0 and face.is_point(cells[number:]):
            break
        if not face.settle(cell):
            break
    for cell in cells:
        found[*cell] += max(face.at[cell], 0.0) * face.unit / lattice.per_price
    return found
