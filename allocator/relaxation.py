"""Prices at which the least opportunity is lost: the capacity duals of the clearing's LP.

Budgets and caps stay out of it, as the format says. Two steps: a price ascent in NumPy finds
good prices at once; column generation with GLOP then finds the exact ones. The LP is written
in running totals: ``level`` of a pool and slot is what is in use there, and a column only adds
to it where it starts and takes off where it ends, so it has three entries and not hundreds.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from ortools.linear_solver import pywraplp

from allocator.effort import Effort
from allocator.lattice import Columns, Floats, Ints, Lattice

ROUNDS: Final = 150
BUYERS_END: Final = 1e-7
"""Capacity grows by this share in the LP: among equal optima its duals are those with the least
price × capacity, the buyers' end, by complementary slackness."""
COLUMNS_PER_UNIT: Final = 1000
UNITS_PER_PIVOT: Final = 4
ENTER_MOST: Final = 4000
NOTHING: Final = 1e-9
NEAR: Final = 0.03  # columns within this share of their value of being wanted start in the LP
FEW: Final = 2_000  # up to so many columns all start in the LP, and a short ascent will do
SHORT: Final = 25
ALL: Final = 1e6


@dataclass(frozen=True, slots=True)
class Relaxed:
    """Float prices per unit-hour (ucr) with what they lose in total (grains, a guide only)."""

    prices_ucr: Floats
    bound: float
    exact: bool  # no column left that would improve the LP
    guide_ucr: Floats  # smoother prices, which guide a search better than one end of the face
    taken: dict[tuple[int, int], float] = field(
        default_factory=dict
    )  # share of each (option, start) that is not at zero


def offered(lattice: Lattice, prices_ucr: Floats) -> float:
    """What the capacity is worth above the reserve at these prices (grains, a float)."""
    worth = (prices_ucr - lattice.reserve_ucr) * lattice.capacity
    return float(worth.sum()) * lattice.per_price


def demand(lattice: Lattice, prices_ucr: Floats) -> tuple[float, Floats]:
    """Total best value above the prices (grains) and the use [pool, slot] of who takes it."""
    best = np.zeros(lattice.options)
    start = np.zeros(lattice.options, dtype=np.int64)
    prefix = lattice.prefix(prices_ucr)
    value = lattice.value.astype(np.float64)
    for piece in lattice.chunks():
        net = value[piece.option] - lattice.cost(piece, prefix)
        top = np.maximum.reduceat(net, piece.heads)
        best[piece.first : piece.last] = top
        hits = np.flatnonzero(net >= top[piece.option - piece.first])
        option, where = np.unique(piece.option[hits], return_index=True)
        start[option] = piece.start[hits[where]]
    wanted = _best_option_of_each_bid(lattice, best)
    return float(best[wanted].sum()), use(lattice, wanted, start)


def _best_option_of_each_bid(lattice: Lattice, best: Floats) -> Ints:
    heads = lattice.bid_first[:-1][lattice.bid_first[1:] > lattice.bid_first[:-1]]
    if not len(heads):
        return np.zeros(0, dtype=np.int64)
    of_bid = np.zeros(lattice.bids)
    of_bid[lattice.bid_of[heads]] = np.maximum.reduceat(best, heads)
    hits = np.flatnonzero((best >= of_bid[lattice.bid_of]) & (best > 0))
    return hits[np.unique(lattice.bid_of[hits], return_index=True)[1]]


def use(lattice: Lattice, options: Ints, start: Ints) -> Floats:
    """Units in use, [pool, slot], when each of these options starts at ``start[option]``."""
    stride = lattice.problem.slots + 1
    chosen = np.zeros(lattice.options, dtype=np.bool_)
    chosen[options] = True
    option, pool, quantity, offset, duration = lattice.leg_rows[chosen[lattice.leg_rows[:, 0]]].T
    begin = pool * stride + start[option] + offset
    size = len(lattice.capacity) * stride
    change = np.bincount(begin, quantity, size) - np.bincount(begin + duration, quantity, size)
    return np.cumsum(change.reshape(-1, stride), axis=1)[:, :-1]


def ascend(lattice: Lattice, effort: Effort, rounds: int = ROUNDS) -> Relaxed:
    """Move each price with its excess demand, by ever smaller steps; the best prices met."""
    reserve = lattice.reserve_ucr.astype(np.float64)
    capacity = lattice.capacity.astype(np.float64)
    best, least = reserve, demand(lattice, reserve)[0]
    if least <= 0:
        return Relaxed(best, least, exact=False, guide_ucr=best)
    floor = np.maximum(reserve, _density(lattice) * 1e-3)
    prices = floor * 1.0
    for step in range(rounds):
        if effort.over:
            break
        wanted, used = demand(lattice, prices)
        bound = wanted + offered(lattice, prices)
        if bound < least:
            best, least = prices, bound
        excess = (used - capacity) / np.maximum(capacity, 1)
        move = np.clip(excess * (0.5 / (1 + step / 8)), -1, 1)
        prices = np.maximum(floor, prices * np.exp(move))
        effort.spend(1 + lattice.count // COLUMNS_PER_UNIT)
    tidy, least = _without_dust(lattice, best, least)
    return Relaxed(tidy, least, exact=False, guide_ucr=best)


def _density(lattice: Lattice) -> float:
    rows = lattice.leg_rows
    size = float((rows[:, 2] * rows[:, 4]).sum()) * lattice.per_price
    return float(lattice.value.astype(np.float64).sum()) / max(size, 1.0)


def _without_dust(lattice: Lattice, prices: Floats, bound: float) -> tuple[Floats, float]:
    """Put small prices back to the reserve where nothing is lost by it."""
    above = prices - lattice.reserve_ucr
    for share in (0.3, 0.1, 0.03, 0.01, 0.003):
        tidy = np.where(above < share * above.max(initial=0.0), lattice.reserve_ucr, prices)
        lost = demand(lattice, tidy)[0] + offered(lattice, tidy)
        if lost <= bound:
            return tidy, lost
    return prices, bound


class Master:
    """The LP over the columns entered so far, amounts in credits-like units near one."""

    def __init__(self, lattice: Lattice, buyers_end: float) -> None:
        self.lattice = lattice
        self.unit = max(float(lattice.value.astype(np.float64).max(initial=1.0)), 1.0) / 1000
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.solver.SetSolverSpecificParametersAsString("use_preprocessing: false random_seed: 1")
        self.goal = self.solver.Objective()
        self.goal.SetMaximization()
        infinite = self.solver.infinity()
        self.once = [self.solver.Constraint(-infinite, 1.0) for _ in range(lattice.bids)]
        self.level: list[list[Any]] = []
        self.change: list[list[Any]] = []
        for pool in range(len(lattice.capacity)):
            self._add_pool(pool, buyers_end)
        self.key: list[tuple[int, int]] = []
        self.share: list[Any] = []

    def _add_pool(self, pool: int, buyers_end: float) -> None:
        lattice, solver = self.lattice, self.solver
        slots = range(lattice.problem.slots)
        level = [
            solver.NumVar(0.0, float(lattice.capacity[pool, t]) * (1 + buyers_end), "")
            for t in slots
        ]
        change = [solver.Constraint(0.0, 0.0) for _ in slots]
        for t in slots:
            change[t].SetCoefficient(level[t], -1.0)
            if t:
                change[t].SetCoefficient(level[t - 1], 1.0)
            reserve = float(lattice.reserve_ucr[pool, t]) * lattice.per_price
            self.goal.SetCoefficient(level[t], -reserve / self.unit)
        self.level.append(level)
        self.change.append(change)

    def enter(self, option: int, start: int) -> None:
        """Let the LP take a column."""
        lattice = self.lattice
        share = self.solver.NumVar(0.0, self.solver.infinity(), "")
        self.goal.SetCoefficient(share, float(lattice.value[option]) / self.unit)
        self.once[lattice.bid_of[option]].SetCoefficient(share, 1.0)
        total: dict[tuple[int, int], int] = {}
        for pool, quantity, offset, duration in lattice.legs[option]:
            for at, sign in ((start + offset, 1), (start + offset + duration, -1)):
                total[pool, at] = total.get((pool, at), 0) + sign * quantity
        for (pool, at), quantity in total.items():
            if quantity and at < lattice.problem.slots:
                self.change[pool][at].SetCoefficient(share, float(quantity))
        self.share.append(share)
        self.key.append((option, start))

    def solve(self, pivots: int) -> bool:
        """Whether GLOP reached an optimum within so many pivots."""
        self.solver.SetSolverSpecificParametersAsString(
            f"use_preprocessing: false random_seed: 1 max_number_of_iterations: {pivots}"
        )
        return bool(self.solver.Solve() == pywraplp.Solver.OPTIMAL)

    def prices_ucr(self) -> Floats:
        """The capacity duals on top of the reserve."""
        dual = [[max(0.0, each.reduced_cost()) for each in level] for level in self.level]
        grains = np.array(dual).reshape(self.lattice.capacity.shape) * self.unit
        return self.lattice.reserve_ucr + grains / self.lattice.per_price

    def bid_duals(self) -> Floats:
        """Per bid: what the LP thinks it gains (grains)."""
        return np.array([max(0.0, each.dual_value()) for each in self.once]) * self.unit


def relax(lattice: Lattice, effort: Effort, found: Relaxed) -> Relaxed:
    """Column generation from the prices found so far, until exact or out of effort.

    Not begun where the effort cannot be enough for one solve: two pivots a bid, at the least.
    """
    hopeless = lattice.count > FEW and effort.left < 2 * lattice.bids * UNITS_PER_PIVOT
    if found.bound <= 0 or effort.over or hopeless:
        return found
    ascended = found.guide_ucr
    master = Master(lattice, BUYERS_END)
    entered = _enter(lattice, master, found.prices_ucr, None, {})
    while not effort.over:
        solved = master.solve(max(effort.left // UNITS_PER_PIVOT, 1))
        effort.spend(int(master.solver.iterations()) * UNITS_PER_PIVOT + 1)
        if not solved:
            break
        prices = master.prices_ucr()
        lost = demand(lattice, prices)[0] + offered(lattice, prices)
        effort.spend(1 + 2 * lattice.count // COLUMNS_PER_UNIT)
        duals, taken, before = master.bid_duals(), _taken(master), len(master.key)
        _enter(lattice, master, prices, duals, entered)
        exact = len(master.key) == before
        if lost < found.bound or exact:
            found = Relaxed(prices, lost, exact, (ascended + prices) / 2, taken)
        effort.spend(1 + len(taken) // 100)
        if exact:
            break
    return found


def _taken(master: Master) -> dict[tuple[int, int], float]:
    shares = [each.solution_value() for each in master.share]
    return {key: share for key, share in zip(master.key, shares, strict=True) if share > NOTHING}


def _enter(
    lattice: Lattice,
    master: Master,
    prices: Floats,
    duals: Floats | None,
    entered: dict[int, None],
) -> dict[int, None]:
    """Enter what is worth more than the LP gives its bid (at first: what nearly is)."""
    prefix = lattice.prefix(prices)
    value = lattice.value.astype(np.float64)
    near = NEAR if lattice.count > FEW else ALL
    slack = -near * value if duals is None else 1e-9 * value + 1e-7 * master.unit
    if duals is None:
        duals = lattice.best_of_bids(prices)
    found: list[tuple[float, int, int]] = []
    for piece in lattice.chunks():
        found.extend(
            _wanted(
                piece,
                value[piece.option]
                - lattice.cost(piece, prefix)
                - duals[lattice.bid_of[piece.option]]
                - slack[piece.option],
            )
        )
    found = [each for each in found if each[1] * lattice.problem.slots + each[2] not in entered]
    found.sort()
    for _, option, start in found[: ENTER_MOST * (1 if entered else 10)]:
        entered[option * lattice.problem.slots + start] = None
        master.enter(option, start)
    return entered


def _wanted(piece: Columns, lack: Floats) -> list[tuple[float, int, int]]:
    hits = np.flatnonzero(lack > 0)
    if len(hits) > 10 * ENTER_MOST:
        hits = hits[np.argsort(-lack[hits], kind="stable")[: 10 * ENTER_MOST]]
    return list(
        zip(
            (-lack[hits]).tolist(),
            piece.option[hits].tolist(),
            piece.start[hits].tolist(),
            strict=True,
        )
    )
