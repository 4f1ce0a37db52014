"""Proving with SCIP: for choices among columns that share single units.

SCIP's own cuts and branching prove these soonest of all solvers tried. It counts in floats, so
what it proves is taken with a margin, and its choice is summed up again in whole grains. Its
effort is limited by nodes, so a run that is not told to stop ends the same every time.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ortools.linear_solver import pywraplp

from allocator.engine.lattice import Lattice
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs.exact import VERSION, Column, Row, Solved

NAME: Final = f"cp-sat and scip of ortools {VERSION}"
PARAMETERS: Final = """\
misc/catchctrlc = FALSE
separating/maxroundsroot = 10
separating/maxrounds = 0
limits/gap = 0
limits/absgap = 0
limits/totalnodes = {nodes}
"""
"""Cuts at the root alone, and not for long: the trees that follow are larger, and done sooner."""
MARGIN_PPB: Final = 100
"""Parts per billion that SCIP's bound may be wrong by: its tolerances leave about one."""
SLIP_PPB: Final = 10
PPB: Final = 10**9


def fits(
    columns: Sequence[Column], limits: Sequence[Row], units: int, params: EngineParams = PARAMS
) -> bool:
    """Whether this is a problem that SCIP proves sooner than others."""
    small = len(columns) <= params.scip_columns and units >= params.scip_least_units
    sparse = sum(len(row.columns) for row in limits) <= params.scip_entries
    return small and sparse and all(row.limit == 1 for row in limits)


def lowered(gain: int) -> int:
    """The least gain that counts as much as this one: far below the margin."""
    return gain - gain * SLIP_PPB // PPB


def raised(gain: int) -> int:
    """A gain that no choice exceeds, where SCIP found none above this one."""
    return gain + -(-gain * MARGIN_PPB // PPB)


class Prover:
    """SCIP at work on a choice; ``stop`` may be called from another thread."""

    def __init__(
        self,
        lattice: Lattice,
        columns: Sequence[Column],
        limits: Sequence[Row],
        params: EngineParams = PARAMS,
    ) -> None:
        self.columns, self.limits, self.params = columns, limits, params
        self.bid = [int(lattice.bid_of[column.option]) for column in columns]
        self.unit = max(column.gain for column in columns) / 1000
        self.solver = pywraplp.Solver.CreateSolver("SCIP")

    def run(self, units: int) -> Solved | None:
        """The best choice found, and what none exceeds; None where SCIP has none to offer."""
        share = self._model()
        nodes = max(1, units // self.params.units_per_scip_node)
        self.solver.SetSolverSpecificParametersAsString(PARAMETERS.format(nodes=nodes))
        status = self.solver.Solve()
        if status not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
            return None
        chosen = tuple(i for i, each in enumerate(share) if each.solution_value() > 0.5)
        gain = sum(self.columns[i].gain for i in chosen)
        top = int(self.solver.Objective().BestBound() * self.unit)
        return Solved(
            chosen=chosen,
            bound=raised(gain if status == pywraplp.Solver.OPTIMAL else max(top, gain)),
            proven=status == pywraplp.Solver.OPTIMAL,
            spent=int(self.solver.nodes()) * self.params.units_per_scip_node,
        )

    def stop(self) -> None:
        """Come to an end with what is proven so far; heard only between two of its steps."""
        self.solver.InterruptSolve()

    def _model(self) -> list[pywraplp.Variable]:
        solver = self.solver
        share = [solver.BoolVar("") for _ in self.columns]
        of_bid: defaultdict[int, list[int]] = defaultdict(list)
        for i, bid in enumerate(self.bid):
            of_bid[bid].append(i)
        once = [Row(each, [1] * len(each), 1) for each in of_bid.values() if len(each) > 1]
        for limit in (*once, *self.limits):
            row = solver.Constraint(-solver.infinity(), float(limit.limit))
            for i, quantity in zip(limit.columns, limit.quantities, strict=True):
                row.SetCoefficient(share[i], float(quantity))
        goal = solver.Objective()
        goal.SetMaximization()
        for each, column in zip(share, self.columns, strict=True):
            goal.SetCoefficient(each, column.gain / self.unit)
        return share
