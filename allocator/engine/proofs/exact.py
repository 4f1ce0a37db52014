"""Choosing columns exactly with CP-SAT: one worker, a fixed seed, a limit that is no clock.

Used for proofs, and for the payments that need one. A solver that runs out of effort or fails
costs surplus, never soundness: its answer is checked like any other.

CP-SAT is reached through the extension module under ``cp_model``, which does the same without
importing pandas: that import alone takes longer than a small clearing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from math import gcd
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from ortools.sat.python import cp_model_helper as cp_sat

from allocator.engine.effort import Stop, never
from allocator.engine.lattice import Ints, Lattice
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS, EngineParams

VERSION: Final = version("ortools")
NAME: Final = f"cp-sat {VERSION}"
EXACT_SUM: Final = 2**60  # sums of gains up to this go to the solver unrounded
COARSE_SUM: Final = 2**50
SAFE_SUM: Final = 2**61
POLL_S: Final = 0.05  # how often a running solver's caller is asked whether to stop
HEARD_S: Final = 0.01  # between two tellings of a solver to stop

T = TypeVar("T")


class TooLarge(Exception):
    """A row sums up to more than CP-SAT can count."""


class Column(NamedTuple):
    """An option from one start, and what it gains over the reserve (grains)."""

    option: int
    start: int
    gain: int


@dataclass(frozen=True, slots=True)
class Solved:
    """The chosen columns (their places in the list), and what no choice can exceed (grains)."""

    chosen: tuple[int, ...]
    bound: int
    proven: bool  # no choice gains more, to the last grain
    spent: int  # units of work


class Row(NamedTuple):
    """Columns that may not use more than ``limit`` together, each with its quantity."""

    columns: list[int]
    quantities: list[int]
    limit: int


class Selection:
    """A choice among columns, written down for CP-SAT. Raises ``TooLarge`` beyond its numbers."""

    def __init__(self, lattice: Lattice, columns: Sequence[Column], limits: Sequence[Row]) -> None:
        self.size = len(columns)
        self.divisor, self.worths, self.rounded = _worths(columns)
        self.model = cp_sat.CpModelProto()
        for _ in columns:
            self.model.variables.add().domain.extend((0, 1))
        of_bid: defaultdict[int, list[int]] = defaultdict(list)
        for i, column in enumerate(columns):
            of_bid[int(lattice.bid_of[column.option])].append(i)
        for each in of_bid.values():
            if len(each) > 1:
                self.model.constraints.add().at_most_one.literals.extend(each)
        for row in limits:
            self._limit(row)

    def _limit(self, row: Row) -> None:
        if sum(row.quantities) > SAFE_SUM:
            raise TooLarge
        if sum(row.quantities) <= row.limit:
            return
        if max(row.quantities) <= row.limit < 2 * min(row.quantities):
            self.model.constraints.add().at_most_one.literals.extend(row.columns)
        else:
            self.add(row.columns, row.quantities, 0, row.limit)

    def add(self, columns: Sequence[int], weights: Sequence[int], low: int, high: int) -> None:
        """Ask that the weights of the chosen columns sum up to [low, high]."""
        linear = self.model.constraints.add().linear
        linear.vars.extend(columns)
        linear.coeffs.extend(weights)
        linear.domain.extend((low, high))

    def maximise(self, weights: Sequence[int]) -> None:
        """Ask for the greatest sum of the chosen columns' weights."""
        self.model.objective.vars.extend(range(self.size))
        self.model.objective.coeffs.extend([-each for each in weights])
        self.model.objective.scaling_factor = -1

    def hint(self, taken: Collection[int]) -> None:
        """Say which columns are known to fit together."""
        known = set(taken)
        self.model.clear_solution_hint()
        self.model.solution_hint.vars.extend(range(self.size))
        self.model.solution_hint.values.extend([int(i in known) for i in range(self.size)])


class _Way(cp_sat.SolutionCallback):
    """Remembers the choices found so far, each better than the one before."""

    def __init__(self, worths: Sequence[int]) -> None:
        super().__init__()
        self.worths = worths
        self.found: list[tuple[int, tuple[int, ...]]] = []

    def OnSolutionCallback(self) -> None:  # noqa: N802
        """Called by CP-SAT, in its own thread, with each choice that it finds."""
        known: Any = self
        chosen = tuple(i for i, each in enumerate(known.Response().solution) if each)
        self.found.append((sum(self.worths[i] for i in chosen), chosen))


class CpSat:
    """CP-SAT at work on a selection; ``stop`` may be called from another thread."""

    def __init__(
        self,
        selection: Selection,
        params: EngineParams = PARAMS,
        *,
        by_lp: bool = False,
        by_cost: bool = False,
    ) -> None:
        self.selection, self.params = selection, params
        self.way = _Way(selection.worths)
        self.parameters = parameters = cp_sat.SatParameters()
        parameters.num_workers = 1
        parameters.random_seed = 1
        parameters.catch_sigint_signal = False  # its handler would take ours away, and abort
        if by_lp:
            parameters.linearization_level = 2
            parameters.cp_model_presolve = False  # the columns are those that can matter: it gains
            # nothing, and took a fifth of all clearings of a month of 110 to 270 bids
        if by_cost:
            parameters.subsolvers.extend(["pseudo_costs"])
        self._wrapper: Any = cp_sat.SolveWrapper()
        self._wrapper.add_solution_callback(self.way)

    @property
    def gain(self) -> int:
        """What the best choice so far gains (grains); 0 before there is one."""
        return max((total for total, _ in self.way.found), default=0) * self.selection.divisor

    def first(self, gain: int) -> tuple[int, ...] | None:
        """The first choice on its way that gains as much (grains), if there was one."""
        totals = self.way.found
        return next((own for total, own in totals if total * self.selection.divisor >= gain), None)

    def run(self, units: int) -> Solved | None:
        """The best choice found, in grains; None where CP-SAT has none to offer."""
        self.parameters.max_deterministic_time = max(units, 1) / self.params.units_per_cp_sat_second
        self._wrapper.set_parameters(self.parameters)
        found, selection = self._wrapper.solve(self.selection.model), self.selection
        optimal = found.status == cp_sat.CpSolverStatus.OPTIMAL
        if not optimal and found.status != cp_sat.CpSolverStatus.FEASIBLE:
            return None
        spent = int(found.deterministic_time * self.params.units_per_cp_sat_second)
        return Solved(
            chosen=tuple(i for i, each in enumerate(found.solution) if each),
            bound=-int(found.inner_objective_lower_bound) * selection.divisor,
            proven=optimal and not selection.rounded,
            spent=1 + selection.size // self.params.columns_per_model_unit + spent,
        )

    def stop(self) -> None:
        """Come to an end with the best found so far."""
        self._wrapper.stop_search()


Running: TypeAlias = "Future[Solved | None]"


def outcome(running: Running) -> Solved | None:
    """What a search that has ended found; None where it failed."""
    return running.result() if running.exception() is None else None


def halt(*searches: tuple[Future[Any], Callable[[], None]]) -> None:
    """Stop searches, and wait until they have ended.

    They are told again and again: one that has not begun yet cannot hear.
    """
    left = dict(searches)
    while left := {running: stop for running, stop in left.items() if not running.done()}:
        for stop in left.values():
            stop()
        wait(left, HEARD_S)


def attended(work: Callable[[], T], end: Callable[[], None], stop: Stop) -> T:
    """What ``work`` returns; meanwhile ``stop`` is asked, and where it says yes, ``end`` called.

    A solver in compiled code hears neither a clock nor Ctrl-C, so it runs beside its caller. It
    does so for a caller that never stops, too: what Ctrl-C raises in the caller's own thread must
    not come up within a solver's call of Python, where nothing could catch it.
    """
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(work)
        try:
            while not done(running, POLL_S):
                if stop():
                    end()
        finally:
            halt((running, end))
        return running.result()


def done(running: Future[T], seconds: float) -> bool:
    """Whether it has ended, after waiting this long for it at most."""
    try:
        running.exception(timeout=seconds)
    except TimeoutError:
        return False
    return True


def select(
    packing: Packing,
    columns: Sequence[Column],
    hint: Collection[int],
    units: int,
    stop: Stop = never,
    params: EngineParams = PARAMS,
) -> Solved | None:
    """The columns that gain most together in the room that ``packing`` leaves.

    ``hint`` holds the places of columns known to fit together. None where the solver has no
    answer. ``bound`` holds even where ``proven`` does not.
    """
    if not columns:
        return Solved((), 0, proven=True, spent=1)
    try:
        selection = Selection(packing.lattice, columns, rows(packing, columns))
    except TooLarge:
        return None
    selection.maximise(selection.worths)
    selection.hint(hint)
    search = CpSat(selection, params)
    return attended(lambda: search.run(units), search.stop, stop)


def first_among_equals(
    packing: Packing,
    columns: Sequence[Column],
    best: Sequence[int],
    units: int,
    stop: Stop = never,
    params: EngineParams = PARAMS,
) -> tuple[int, ...]:
    """Of the choices that gain as much as ``best``, the one that serves the tie order best.

    Lexicographic for up to forty bids; beyond, the greatest sum of tie weights.
    """
    lattice = packing.lattice
    try:
        selection = Selection(lattice, columns, rows(packing, columns))
    except TooLarge:
        return tuple(best)
    owner = [int(lattice.bid_of[column.option]) for column in columns]
    order = sorted(set(owner), key=lambda bid: int(lattice.rank[bid]))
    last = len(order) - 1
    weight = {bid: 1 << (last - i) if last < 40 else last - i + 1 for i, bid in enumerate(order)}
    total = sum(selection.worths[i] for i in best)
    selection.add(range(len(columns)), selection.worths, total, sum(selection.worths))
    selection.maximise([weight[bid] for bid in owner])
    selection.hint(best)
    search = CpSat(selection, params)
    found = attended(lambda: search.run(units), search.stop, stop)
    return tuple(best) if found is None else found.chosen


def _worths(columns: Sequence[Column]) -> tuple[int, list[int], bool]:
    """A divisor, each gain divided by it, and whether rounded up: bounds stay bounds."""
    total = sum(column.gain for column in columns)
    divisor = reduce(gcd, (column.gain for column in columns), 0) or 1
    rounded = total // divisor > EXACT_SUM
    if rounded:
        divisor = total // COARSE_SUM + 1
    return divisor, [-(-column.gain // divisor) for column in columns], rounded


def rows(packing: Packing, columns: Sequence[Column]) -> list[Row]:
    """What the columns share: capacity and caps in the slots that can bind, and budgets."""
    found = (*_capacity_rows(packing, columns), *_budget_rows(packing, columns))
    return [row for row in found if sum(row.quantities) > row.limit]


def _budget_rows(packing: Packing, columns: Sequence[Column]) -> Iterator[Row]:
    lattice = packing.lattice
    of_team: defaultdict[str, list[int]] = defaultdict(list)
    for i, column in enumerate(columns):
        bid = lattice.bid_of[column.option]
        if lattice.limit_ucr[bid] is not None:
            of_team[lattice.team_of[bid]].append(i)
    for team, places in of_team.items():
        values = [int(lattice.value[columns[i].option]) // lattice.per_ucr for i in places]
        yield Row(places, values, packing.purse[team])


def _capacity_rows(packing: Packing, columns: Sequence[Column]) -> Iterator[Row]:
    """Per pool, and per team and pool with a cap: the slots that can bind."""
    lattice = packing.lattice
    legs: defaultdict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    for i, (option, start, _) in enumerate(columns):
        for pool, quantity, offset, duration in lattice.legs[option]:
            legs[pool].append((i, start + offset, start + offset + duration, quantity))
    for pool, rows in sorted(legs.items()):
        yield from _binding(np.array(rows), packing.free[pool])
    for (team, pool), cap in sorted(packing.caps.items()):
        mine = [
            row
            for row in legs.get(pool, ())
            if lattice.team_of[lattice.bid_of[columns[row[0]].option]] == team
        ]
        if mine:
            yield from _binding(np.array(mine), cap)


def _binding(legs: Ints, room: Ints) -> Iterator[Row]:
    """One row per slot where a leg begins, or where the room falls below what it was since.

    Any other slot holds no leg that the slot before it does not, and no less room.
    """
    begins = set(legs[:, 1].tolist())
    several = len(np.unique(legs[:, 0])) < len(legs)  # legs of one column in this pool
    least = -1
    for slot in range(int(legs[:, 1].min()), int(legs[:, 2].max())):
        here = int(room[slot])
        if slot not in begins and here >= least:
            continue
        least = here
        active = legs[(legs[:, 1] <= slot) & (slot < legs[:, 2])][:, [0, 3]]
        if several:
            use: dict[int, int] = {}
            for column, quantity in active.tolist():
                use[column] = use.get(column, 0) + quantity
            yield Row(list(use), list(use.values()), here)
        elif len(active):
            yield Row(active[:, 0].tolist(), active[:, 1].tolist(), here)


def places(columns: Iterable[Column]) -> dict[tuple[int, int], int]:
    """Where each (option, start) stands in the list."""
    return {(column.option, column.start): i for i, column in enumerate(columns)}


def served(lattice: Lattice, columns: Sequence[Column], chosen: Iterable[int]) -> list[int]:
    """The bids of the chosen columns."""
    return [int(lattice.bid_of[columns[i].option]) for i in chosen]
