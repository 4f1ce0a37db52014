"""Choosing columns exactly with CP-SAT: one worker, a fixed seed, a limit that is no clock.

Used on whole problems that are small, and on stretches of large ones. A solver that runs out of
effort or fails costs surplus, never soundness: its answer is checked like any other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from math import gcd
from typing import Any, Final, NamedTuple

import numpy as np
from ortools.sat.python import cp_model

from allocator.lattice import Ints, Lattice
from allocator.packing import Packing

VERSION: Final = version("ortools")
NAME: Final = f"cp-sat {VERSION}"
UNITS_PER_SECOND: Final = 50_000
"""Units of work in one of CP-SAT's deterministic seconds."""
COLUMNS_PER_UNIT: Final = 2  # to write the model down
EXACT_SUM: Final = 2**50  # sums of gains up to this go to the solver unrounded
COARSE_SUM: Final = 2**40
SAFE_SUM: Final = 2**61


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
    proven: bool
    spent: int  # units of work


class _Row(NamedTuple):
    """Columns that may not use more than ``limit`` together, each with its quantity."""

    columns: list[int]
    quantities: list[int]
    limit: int


def select(
    packing: Packing, columns: Sequence[Column], hint: Collection[int], units: int
) -> Solved | None:
    """The columns that gain most together in the room that ``packing`` leaves.

    ``hint`` holds the places of columns known to fit together. None where the solver has no
    answer. ``bound`` holds even where ``proven`` does not.
    """
    if not columns:
        return Solved((), 0, proven=True, spent=1)
    divisor, worths = _worths(columns)
    model, chosen = _model(packing, columns)
    if model is None:
        return None
    model.maximize(cp_model.LinearExpr.weighted_sum(chosen, worths))
    _hint(model, chosen, set(hint))
    solver = _solver(units)
    status = solver.solve(model)
    seconds = solver.response_proto.deterministic_time
    spent = 1 + len(columns) // COLUMNS_PER_UNIT + int(seconds * UNITS_PER_SECOND)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    picked = tuple(i for i, each in enumerate(chosen) if solver.boolean_value(each))
    bound = int(np.floor(solver.best_objective_bound + 0.5)) * divisor
    return Solved(picked, bound, status == cp_model.OPTIMAL, spent)


def first_among_equals(
    packing: Packing, columns: Sequence[Column], best: Sequence[int], units: int
) -> tuple[int, ...]:
    """Of the choices that gain as much as ``best``, the one that serves the tie order best.

    Lexicographic for up to forty bids; beyond, the greatest sum of tie weights.
    """
    _, worths = _worths(columns)
    model, chosen = _model(packing, columns)
    if model is None:
        return tuple(best)
    lattice = packing.lattice
    owner = [int(lattice.bid_of[column.option]) for column in columns]
    order = sorted(set(owner), key=lambda bid: int(lattice.rank[bid]))
    last = len(order) - 1
    weight = {bid: 1 << (last - i) if last < 40 else last - i + 1 for i, bid in enumerate(order)}
    total = sum(worths[i] for i in best)
    model.add(cp_model.LinearExpr.weighted_sum(chosen, worths) >= total)
    model.maximize(cp_model.LinearExpr.weighted_sum(chosen, [weight[bid] for bid in owner]))
    _hint(model, chosen, set(best))
    solver = _solver(units)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return tuple(best)
    return tuple(i for i, each in enumerate(chosen) if solver.boolean_value(each))


def _hint(model: Any, chosen: list[Any], taken: set[int]) -> None:
    for place, variable in enumerate(chosen):
        model.add_hint(variable, place in taken)


def _solver(units: int) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = max(units, 1) / UNITS_PER_SECOND
    return solver


def _worths(columns: Sequence[Column]) -> tuple[int, list[int]]:
    """A divisor and each gain divided by it, rounded up where it must be: bounds stay bounds."""
    total = sum(column.gain for column in columns)
    divisor = reduce(gcd, (column.gain for column in columns), 0) or 1
    if total // divisor > EXACT_SUM:
        divisor = total // COARSE_SUM + 1
    return divisor, [-(-column.gain // divisor) for column in columns]


def _model(packing: Packing, columns: Sequence[Column]) -> tuple[Any | None, list[Any]]:
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in columns]
    of_bid: defaultdict[int, list[Any]] = defaultdict(list)
    for column, variable in zip(columns, chosen, strict=True):
        of_bid[int(packing.lattice.bid_of[column.option])].append(variable)
    for each in of_bid.values():
        if len(each) > 1:
            model.add_at_most_one(each)
    for row in (*_capacity_rows(packing, columns), *_budget_rows(packing, columns)):
        if sum(row.quantities) > SAFE_SUM:
            return None, chosen
        if sum(row.quantities) > row.limit:
            terms = [chosen[i] for i in row.columns]
            model.add(cp_model.LinearExpr.weighted_sum(terms, row.quantities) <= row.limit)
    return model, chosen


def _budget_rows(packing: Packing, columns: Sequence[Column]) -> Iterator[_Row]:
    lattice = packing.lattice
    of_team: defaultdict[str, list[int]] = defaultdict(list)
    for i, column in enumerate(columns):
        team = lattice.team_of[lattice.bid_of[column.option]]
        if team in packing.purse:
            of_team[team].append(i)
    for team, places in of_team.items():
        values = [int(lattice.value[columns[i].option]) // lattice.per_ucr for i in places]
        yield _Row(places, values, packing.purse[team])


def _capacity_rows(packing: Packing, columns: Sequence[Column]) -> Iterator[_Row]:
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


def _binding(legs: Ints, room: Ints) -> Iterator[_Row]:
    """One row per slot where a leg begins, or where the room falls below what it was since.

    Any other slot holds no leg that the slot before it does not, and no less room.
    """
    begins = set(legs[:, 1].tolist())
    least = -1
    for slot in range(int(legs[:, 1].min()), int(legs[:, 2].max())):
        here = int(room[slot])
        if slot not in begins and here >= least:
            continue
        least = here
        active = legs[(legs[:, 1] <= slot) & (slot < legs[:, 2])]
        if len(active):
            yield _Row(active[:, 0].tolist(), active[:, 3].tolist(), here)


def places(columns: Iterable[Column]) -> dict[tuple[int, int], int]:
    """Where each (option, start) stands in the list."""
    return {(column.option, column.start): i for i, column in enumerate(columns)}


def served(lattice: Lattice, columns: Sequence[Column], chosen: Iterable[int]) -> list[int]:
    """The bids of the chosen columns."""
    return [int(lattice.bid_of[columns[i].option]) for i in chosen]
