"""The linear programme over the columns that have entered so far.

The programme is written in running totals: ``level`` of a pool and slot is what is in use there,
and a column only adds to it where it starts and takes off where it ends, so it has three entries
and not hundreds.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.engine.effort import Effort
from allocator.engine.flat import BID, VALUE, Flat
from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.params import PARAMS, EngineParams

NOTHING: Final = 1e-9
LEAST_PIVOTS: Final = 500
OF_ONE_LEG: Final = 3  # entries of a column: its bid, where it starts, where it ends


class Master:
    """The LP over the columns entered so far, in the room that settled bids leave."""

    def __init__(self, lattice: Lattice, flat: Flat, params: EngineParams = PARAMS) -> None:
        self.lattice, self.flat, self.params = lattice, flat, params
        top = float(lattice.worth.astype(np.float64).max(initial=1.0)) / flat.per_point
        self.unit = max(top, 1.0) / 1000  # points
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.goal = self.solver.Objective()
        self.goal.SetMaximization()
        self.once: dict[int, Any] = {}
        self.level: list[list[Any]] = []
        self.extra: list[list[Any]] = []  # use beyond the room, while prices are held
        self.change: list[list[Any]] = []
        for _ in range(flat.pools):
            self._add_pool()
        self.share: dict[tuple[int, int], Any] = {}
        self.entries = 0  # of the matrix, in the columns that have entered
        self.feasible = False  # whether there is a plan, if not the best one
        self._per_price = lattice.per_price / flat.per_point / self.unit
        self.hold(None)

    def _add_pool(self) -> None:
        lattice, solver = self.lattice, self.solver
        slots = range(lattice.problem.slots)
        level = [solver.NumVar(0.0, 0.0, "") for _ in slots]
        extra = [solver.NumVar(0.0, 0.0, "") for _ in slots]
        change = [solver.Constraint(0.0, 0.0) for _ in slots]
        for t in slots:
            for each in (level, extra):
                change[t].SetCoefficient(each[t], -1.0)
                if t:
                    change[t].SetCoefficient(each[t - 1], 1.0)
        self.level.append(level)
        self.extra.append(extra)
        self.change.append(change)

    def set_room(self, room: Ints) -> None:
        """Room for what is entered, [pool, slot], with a hair more: see ``buyers_end``."""
        self.feasible = False  # what was solved is not this model any more
        more = self.lattice.capacity * self.params.buyers_end
        for level, units in zip(self.level, (np.maximum(room, 0) + more).tolist(), strict=True):
            for each, most in zip(level, units, strict=True):
                each.SetUb(most)

    def hold(self, prices_ucr: Floats | None, share: float = 0.0) -> None:
        """Keep the duals within this share of these prices; without any, let them go.

        Room is sold back a little below these prices and bought a little above (the box step of
        Marsten, Hogan and Blankenship, 1975). With few columns in it, a free LP jumps to prices
        at which nearly every column left out would enter; a held one stays where these prove much.
        """
        reserve = np.diff(self.flat.reserve[: self.flat.pools]) / self.unit
        above, most = np.zeros(reserve.shape), 0.0
        if prices_ucr is not None:
            above = (prices_ucr - self.lattice.reserve_ucr) * self._per_price
            most = float(self.solver.infinity())
        self.low = above * (1 - share)
        high = reserve + above * (1 + share) + above.mean() * share
        for pool, (level, extra) in enumerate(zip(self.level, self.extra, strict=True)):
            for t, (each, more) in enumerate(zip(level, extra, strict=True)):
                self.goal.SetCoefficient(each, -float(reserve[pool, t] + self.low[pool, t]))
                self.goal.SetCoefficient(more, -float(high[pool, t]))
                more.SetUb(most)

    def enter(self, columns: Ints) -> None:
        """Let the LP take columns, [column, (option, start)], each once."""
        for option, rows in groupby(columns.tolist(), key=itemgetter(0)):
            self._enter(option, [start for _, start in rows])

    def _enter(self, option: int, starts: list[int]) -> None:
        """Columns of one option, which differ in nothing but where they stand."""
        facts = self.flat.options[option].tolist()
        worth, bid = facts[VALUE] / self.unit, facts[BID]
        solver, goal, most = self.solver, self.goal, self.solver.infinity()
        once = self.once.get(bid)
        if once is None:
            once = self.once[bid] = solver.Constraint(-most, 1.0)
        changes = _changes(self.lattice.legs[option])
        slots = self.lattice.problem.slots
        for start in starts:
            if (option, start) in self.share:
                continue
            share = self.share[option, start] = solver.NumVar(0.0, most, "")
            goal.SetCoefficient(share, worth)
            once.SetCoefficient(share, 1.0)
            for pool, at, quantity in changes:
                if start + at < slots:
                    self.change[pool][start + at].SetCoefficient(share, quantity)
            self.entries += 1 + len(changes)

    def solve(self, effort: Effort, *, again: bool = False) -> bool:
        """Whether GLOP reached an optimum within the effort; ``again``: after bounds changed, from
        the last optimum."""
        most = min(self.params.step_units, effort.left)
        step = max(LEAST_PIVOTS, most // self._units_a_pivot)
        self.solver.SetSolverSpecificParametersAsString(
            f"use_preprocessing: false random_seed: 1 use_dual_simplex: {str(again).lower()} "
            f"max_number_of_iterations: {step}"
        )
        loading = 1 + len(self.share) // self.params.columns_per_loading_unit if again else 1
        while not effort.over:
            status = self.solver.Solve()
            pivots = int(self.solver.iterations())
            effort.spend(loading + pivots * (self._units_a_pivot + again))
            self.feasible = status in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE)
            if status == pywraplp.Solver.OPTIMAL or pivots < step // 2:
                return bool(status == pywraplp.Solver.OPTIMAL)
        return False

    def columns(self) -> Ints:
        """What has entered, [column, (option, start)], in that order."""
        return np.array(list(self.share), dtype=np.int64).reshape(-1, 2)

    def shares(self) -> Floats:
        """How much of each column the LP takes, as last solved."""
        return np.array([each.solution_value() for each in self.share.values()])

    def reopen(self) -> None:
        """Leave every column to the LP again."""
        for each in self.share.values():
            each.SetBounds(0.0, self.solver.infinity())

    def take(self, places: list[int]) -> None:
        """Take these columns whole, whatever the LP would."""
        shares = list(self.share.values())
        for place in places:
            shares[place].SetLb(1.0)

    def close(self, places: Ints) -> None:
        """Take none of these columns."""
        shares = list(self.share.values())
        for place in places.tolist():
            shares[place].SetUb(0.0)

    @property
    def _units_a_pivot(self) -> int:
        params = self.params
        columns = max(self.entries // OF_ONE_LEG, self.lattice.capacity.size)
        many = params.many_pivot_units + columns // params.columns_per_many_pivot_unit
        return 1 + min(columns // params.columns_per_pivot_unit, many)

    def prices_ucr(self) -> Floats:
        """The capacity duals on top of the reserve."""
        dual = [[max(0.0, each.reduced_cost()) for each in level] for level in self.level]
        above = self.low + np.array(dual).reshape(self.lattice.capacity.shape)
        return np.asarray(self.lattice.reserve_ucr + above / self._per_price)

    def taken(self) -> list[tuple[float, int, int]]:
        """Share, option and start of each column that the LP takes."""
        shares = [(each.solution_value(), *key) for key, each in self.share.items()]
        return [each for each in shares if each[0] > NOTHING]


def _changes(legs: Iterable[tuple[int, int, int, int]]) -> list[tuple[int, int, float]]:
    """Where use changes, and by how much: pool, slots after the start, units."""
    total: dict[tuple[int, int], int] = {}
    for pool, quantity, offset, duration in legs:
        for at, sign in ((offset, 1), (offset + duration, -1)):
            total[pool, at] = total.get((pool, at), 0) + sign * quantity
    return [(pool, at, float(units)) for (pool, at), units in total.items() if units]
