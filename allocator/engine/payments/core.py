"""Payments at a proven optimum: what the others lose (VCG), or what no coalition can undercut.

Everything is counted above the reserve cost, which the seller keeps in any case: a winner's
**extra** is its payment less its reserve cost, and lies between 0 and its gain. The core's
constraints are generated (Day and Raghavan 2007): where some bidders and the seller could gain
more together than the seller gets now, those outside have to pay at least the difference.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.engine.lattice import Floats, Lattice
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.payments.projection import nearest
from allocator.engine.proofs import exact
from allocator.engine.proofs.proof import worthwhile
from allocator.outcome import ClearingRefused

Reference = Literal["zero", "vcg", "bid"]
NOISE_GRAINS: Final = 0.25
TOLERANCE_GRAINS: Final = 64  # a coalition that gains less than about a micro-credit is content


class Market:
    """A proven allocation, and exact answers to "what would these bidders gain without …"."""

    def __init__(
        self, lattice: Lattice, packing: Packing, work: int, params: EngineParams = PARAMS
    ) -> None:
        columns = worthwhile(lattice, 0, lattice.reserve_ucr)
        if len(columns) > params.core_columns:
            raise ClearingRefused(
                "the problem is too large for vcg or core payments; clear it with uniform"
            )
        self.lattice, self.packing, self.work = lattice, packing, work
        self.params = params
        self.columns = columns
        self.owner = exact.served(lattice, columns, range(len(columns)))
        self.full = {(column.option, column.start): column.gain for column in columns}
        self.gain = dict(packing.gain)
        self.winners = [b for b in packing.awarded().tolist() if self.gain[b] > 0]

    def payment_ucr(self, bid: int, extra: float) -> int:
        """The extra as a payment: with the reserve cost, rounded up, and never above the bid."""
        lattice = self.lattice
        option, start = int(self.packing.option[bid]), int(self.packing.start[bid])
        value = int(lattice.value[option])
        due = lattice.reserve_cost(option, start) + int(np.ceil(extra - NOISE_GRAINS))
        return min(value, max(due, 0) + lattice.per_ucr - 1) // lattice.per_ucr

    def greatest(self, columns: Sequence[exact.Column]) -> exact.Solved:
        """The best choice among these columns, proven."""
        solved = exact.select(Packing(self.lattice), columns, (), self.work, params=self.params)
        if solved is None or not solved.proven:
            raise ClearingRefused(
                f"the work limit of {self.work} units did not prove every optimum that vcg and"
                " core payments need; give more work, or clear with uniform"
            )
        return solved

    def vcg(self) -> dict[int, float]:
        """Per awarded bid: what the others lose by its presence (grains above its reserve)."""
        total = self.packing.surplus
        extras = dict.fromkeys(self.packing.awarded().tolist(), 0.0)
        for bid in self.winners:
            others = [c for c, owner in zip(self.columns, self.owner, strict=True) if owner != bid]
            without = sum(others[i].gain for i in self.greatest(others).chosen)
            extras[bid] = float(without - (total - self.gain[bid]))
        return extras

    def least_core(self, reference: Reference, vcg: dict[int, float]) -> dict[int, float]:
        """Per awarded bid: its extra in the core of least total, nearest to the reference.

        No core payment is below the VCG payment, so the search starts there.
        """
        extras: dict[int, float] = dict.fromkeys(self.packing.awarded().tolist(), 0.0)
        if not self.winners:
            return extras
        low = np.array([vcg[b] for b in self.winners], dtype=np.float64)
        high = np.array([self.gain[b] for b in self.winners], dtype=np.float64)
        aim = {"zero": np.zeros_like(low), "vcg": low, "bid": high}[reference]
        paid = low
        outside: list[Floats] = []
        needed: list[float] = []
        for _ in range(self.params.core_rounds):
            row, need = self._blocking(paid)
            if need - float(row @ paid) <= TOLERANCE_GRAINS:
                return extras | dict(zip(self.winners, paid.tolist(), strict=True))
            outside.append(row)
            needed.append(need)
            total = least_total(outside, needed, low, high)
            paid = nearest(aim, np.array(outside), np.array(needed), total, low, high)
        raise ClearingRefused(
            f"core payments were not settled after {self.params.core_rounds} coalitions;"
            " clear with uniform"
        )

    def _blocking(self, paid: Floats) -> tuple[Floats, float]:
        """The coalition that gains most over what the seller gets now: which winners are
        outside it, and the least that those must pay together to content it."""
        left = {b: self.gain[b] - p for b, p in zip(self.winners, paid.tolist(), strict=True)}
        offers = [
            exact.Column(c.option, c.start, c.gain - int(np.floor(left.get(owner, 0.0) + 0.5)))
            for c, owner in zip(self.columns, self.owner, strict=True)
        ]
        open_columns = [c for c in offers if c.gain > 0]
        solved = self.greatest(open_columns)
        picked = [open_columns[i] for i in solved.chosen]
        members = set(exact.served(self.lattice, picked, range(len(picked))))
        together = sum(self.full[column.option, column.start] for column in picked)
        kept = sum(self.gain.get(bid, 0) for bid in members)
        outside = np.array([float(b not in members) for b in self.winners])
        return outside, float(together - kept)


def least_total(
    outside: Sequence[Floats], needed: Sequence[float], low: Floats, high: Floats
) -> float:
    """The least sum of extras within their limits under which every coalition is content."""
    unit = max(float(high.max()), 1.0)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    extra = [
        solver.NumVar(a / unit, b / unit, "")
        for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]
    for row, need in zip(outside, needed, strict=True):
        who = np.flatnonzero(row).tolist()
        solver.Add(solver.Sum([extra[i] for i in who]) >= need / unit)
    solver.Minimize(solver.Sum(extra))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise ClearingRefused("core payments could not be settled; clear with uniform")
    return float(solver.Objective().Value()) * unit
