"""What somebody would use instead: general solvers, given the same problem whole.

Runs as ``python -m tests.bench.peers NAME PROBLEM --seconds S --gap G`` and prints one JSON line.
One process a solver: ortools and highspy cannot live in one. Every solver has two threads, where
it can use them. What it answers is recounted from its awards, slot by slot, in whole
micro-credits; its bound is its own word.
"""

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench import heuristics
from tests.bench.columns import GAIN_PER_CREDIT, Columns, Market, limits

THREADS: Final = 2
NO_BOUND: Final = 1e18  # solvers write "none yet" as a huge number
SCALED_SUM_MAX: Final = 10**12  # CP-SAT's whole objective stays below this


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A market, and when to stop: after ``seconds``, or at this relative gap."""

    market: Market
    columns: Columns
    seconds: float
    gap: float


@dataclass(frozen=True, slots=True)
class Answer:
    """Awards as (choice, start), and a bound in credits where the solver proves one."""

    awards: list[tuple[int, int]]
    bound: float | None = None


class CannotSay(ValueError):
    """The problem holds something that this peer's model has no words for."""


def _chosen(columns: Columns, values: Any) -> list[tuple[int, int]]:
    taken = np.flatnonzero(np.asarray(values) > 0.5)
    pairs = zip(columns.choice[taken].tolist(), columns.start[taken].tolist(), strict=True)
    return list(pairs)


def _credits(columns: Columns) -> Any:
    return columns.gain / GAIN_PER_CREDIT


def scip(task: Task) -> Answer:
    """SCIP on all columns, as OR-Tools brings it; it has one thread."""
    model = importlib.import_module("ortools.linear_solver.python.model_builder_helper")
    matrix, top = limits(task.market, task.columns)
    count = len(task.columns)
    whole = model.ModelBuilderHelper()
    whole.fill_model_from_sparse_data(
        np.zeros(count),
        np.ones(count),
        _credits(task.columns),
        np.full(len(top), -np.inf),
        top,
        matrix,
    )
    for column in range(count):
        whole.set_var_integrality(column, is_integer=True)
    whole.set_maximize(True)
    solver = model.ModelSolverHelper("scip")
    solver.set_time_limit_in_seconds(task.seconds)
    solver.set_solver_specific_parameters(f"limits/gap = {task.gap}")
    solver.solve(whole)
    if not solver.has_solution():
        return Answer([], solver.best_objective_bound() if solver.has_response() else None)
    return Answer(_chosen(task.columns, solver.variable_values()), solver.best_objective_bound())


def highs(task: Task) -> Answer:
    """HiGHS on all columns."""
    highspy = importlib.import_module("highspy")
    matrix, top = limits(task.market, task.columns)
    by_column, count = matrix.tocsc(), len(task.columns)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = count, len(top)
    program.col_cost_ = -_credits(task.columns)
    program.col_lower_, program.col_upper_ = np.zeros(count), np.ones(count)
    program.row_lower_, program.row_upper_ = np.full(len(top), -highspy.kHighsInf), top
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = by_column.indptr
    program.a_matrix_.index_, program.a_matrix_.value_ = by_column.indices, by_column.data
    program.integrality_ = [highspy.HighsVarType.kInteger] * count
    solver = highspy.Highs()
    settings = {"time_limit": task.seconds, "mip_rel_gap": task.gap, "threads": THREADS}
    for name, value in {"output_flag": False, **settings}.items():
        solver.setOptionValue(name, value)
    solver.passModel(program)
    solver.run()
    found = solver.getSolution()
    values = found.col_value if found.value_valid else []
    return Answer(_chosen(task.columns, values), -solver.getInfo().mip_dual_bound)


def lp(task: Task) -> Answer:
    """The linear relaxation of all columns: a bound, and no awards."""
    from scipy.optimize import linprog

    matrix, top = limits(task.market, task.columns)
    if not len(top):
        return Answer([], float(_credits(task.columns).sum()))
    found = linprog(
        -_credits(task.columns),
        A_ub=matrix,
        b_ub=top,
        bounds=(0, 1),
        method="highs-ipm",
        options={"time_limit": task.seconds},
    )
    return Answer([], -float(found.fun) if found.status == 0 else None)


def _scale(market: Market) -> int:
    """Whole steps to a credit for CP-SAT: as fine as the sum of all values allows."""
    best = np.zeros(market.bids)
    for choice in market.choices:
        best[choice.bid] = max(best[choice.bid], choice.value_ucr / 1e6)
    fitting = [10**n for n in (6, 5, 4, 3) if best.sum() * 10**n <= SCALED_SUM_MAX]
    return fitting[0] if fitting else 1_000


def _steps(gain: int, scale: int) -> int:
    """A gain in CP-SAT's steps, rounded up so that its bound holds."""
    return -(-gain * scale // GAIN_PER_CREDIT)


def _solve(model: Any, task: Task) -> tuple[Any, bool]:
    """The solver after its search, and whether it has an answer; without one its bound is void."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = task.seconds
    solver.parameters.relative_gap_limit = task.gap
    solver.parameters.num_workers = THREADS
    status = solver.solve(model)
    return solver, status in {cp_model.OPTIMAL, cp_model.FEASIBLE}


def cpsat_columns(task: Task) -> Answer:
    """CP-SAT with a literal for each column."""
    from ortools.sat.python import cp_model

    matrix, top = limits(task.market, task.columns)
    model, scale = cp_model.CpModel(), _scale(task.market)
    cents = 10**6 if task.market.budgets else 1  # a budget's row is in credits
    literals = [model.new_bool_var("") for _ in range(len(task.columns))]
    for row, most in enumerate(top.tolist()):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        inside = [literals[column] for column in matrix.indices[span]]
        weights = np.round(matrix.data[span] * cents).astype(np.int64)
        if most == 1 and (weights == cents).all():
            model.add_at_most_one(inside)
        else:
            total = cp_model.LinearExpr.weighted_sum(inside, weights.tolist())
            model.add(total <= round(most * cents))
    steps = [_steps(gain, scale) for gain in task.columns.gain.tolist()]
    model.maximize(cp_model.LinearExpr.weighted_sum(literals, steps))
    solver, found = _solve(model, task)
    values = [solver.value(literal) for literal in literals] if found else []
    bound = solver.best_objective_bound / scale if found else None
    return Answer(_chosen(task.columns, values), bound)


def cpsat_intervals(task: Task) -> Answer:
    """CP-SAT with an optional interval for each leg, and a cumulative for each pool and cap."""
    from ortools.sat.python import cp_model

    market = task.market
    if (market.floor != market.floor[:, :1]).any():
        raise CannotSay("its gain of an option cannot follow a reserve price that changes by slot")
    model, scale = cp_model.CpModel(), _scale(market)
    floors = market.floor_sums()
    booked: dict[tuple[str, int], list[tuple[Any, int]]]
    booked = {("", pool): [] for pool in range(len(market.capacity))}
    booked |= {key: [] for key in market.caps}
    taken: dict[int, tuple[Any, Any]] = {}
    by_bid: dict[int, list[Any]] = {}
    for number, choice in enumerate(market.choices):
        if choice.high < choice.low or market.gains(number, floors)[0] <= 0:
            continue
        literal, start = model.new_bool_var(""), model.new_int_var(choice.low, choice.high, "")
        taken[number] = literal, start
        by_bid.setdefault(choice.bid, []).append(literal)
        for part in choice.parts:
            span = model.new_optional_fixed_size_interval_var(
                start + part.offset, part.duration, literal, ""
            )
            for key in (("", part.pool), (choice.team, part.pool)):
                if key in booked:
                    booked[key].append((span, part.quantity))
    for literals in by_bid.values():
        model.add_at_most_one(literals)
    for key, spans in booked.items():
        _cumulative(model, spans, market.caps[key] if key[0] else market.capacity[key[1]])
    for team, most in market.budgets.items():
        ours = [number for number in taken if market.choices[number].team == team]
        model.add(sum(taken[n][0] * market.choices[n].value_ucr for n in ours) <= most)
    steps = [_steps(int(market.gains(number, floors)[0]), scale) for number in taken]
    model.maximize(
        cp_model.LinearExpr.weighted_sum([literal for literal, _ in taken.values()], steps)
    )
    solver, found = _solve(model, task)
    bound = solver.best_objective_bound / scale if found else None
    awards = [
        (number, int(solver.value(start)))
        for number, (literal, start) in taken.items()
        if found and solver.value(literal)
    ]
    return Answer(awards, bound)


def _cumulative(model: Any, spans: list[tuple[Any, int]], room: Any) -> None:
    """No more than ``room`` at any time: the most there ever is, less fixed blocks."""
    if not spans:
        return
    most = int(room.max())
    changes = [0, *(np.flatnonzero(np.diff(room)) + 1).tolist(), len(room)]
    for begin, end in pairwise(changes):
        if (missing := most - int(room[begin])) > 0:
            spans.append((model.new_fixed_size_interval_var(begin, end - begin, ""), missing))
    model.add_cumulative([span for span, _ in spans], [units for _, units in spans], most)


PEERS: Final[dict[str, Callable[[Task], Answer]]] = {
    "fifo": lambda task: Answer(heuristics.fifo(task.market)),
    "greedy": lambda task: Answer(heuristics.greedy(task.market)),
    "scip": scip,
    "highs": highs,
    "cpsat-columns": cpsat_columns,
    "cpsat-intervals": cpsat_intervals,
    "lp": lp,
}
SOLVERS: Final = ("scip", "cpsat-columns", "cpsat-intervals", "highs")
"""The general solvers; the desk's heuristics and the relaxation are no solvers."""

PACKAGES: Final = {"highs": "highspy", "lp": "scipy", "fifo": "numpy", "greedy": "numpy"}


def package(name: str) -> str:
    """The package that a peer stands on, with its version; empty where it is not installed."""
    needed = PACKAGES.get(name, "ortools")
    try:
        return f"{needed} {version(needed)}"
    except PackageNotFoundError:
        return ""


def how_to_install(name: str) -> str:
    """What to type so that an absent peer takes part."""
    return f"{Path(sys.executable).name} -m pip install {PACKAGES.get(name, 'ortools')}"


def run(name: str, problem: Path, seconds: float, gap: float) -> dict[str, object]:
    """One peer on one problem. ``seconds`` counts from the parsed problem to the answer."""
    market = Market.read(problem)
    began_s = time.perf_counter()
    needs_columns = name not in {"fifo", "greedy", "cpsat-intervals"}
    columns = Columns.of(market) if needs_columns else Columns(*[np.zeros(0, np.int64)] * 3)
    try:
        answer = PEERS[name](Task(market=market, columns=columns, seconds=seconds, gap=gap))
    except CannotSay as reason:
        return {"state": "refused", "why": str(reason)}
    took_s = time.perf_counter() - began_s
    surplus = market.recount(answer.awards) / GAIN_PER_CREDIT
    bound = answer.bound
    if bound is not None and not abs(bound) < NO_BOUND:
        bound = None
    near = bound is not None and bound - surplus <= gap * abs(bound) + 2e-6
    return {
        "state": "ok",
        "surplus": surplus,
        "bound": bound,
        "proven": near,
        "seconds": round(took_s, 4),
        "columns": len(columns),
    }


def main() -> None:
    asked = argparse.ArgumentParser(prog="tests.bench.peers")
    asked.add_argument("name", choices=PEERS)
    asked.add_argument("problem", type=Path)
    asked.add_argument("--seconds", type=float, default=30.0)
    asked.add_argument("--gap", type=float, default=1e-6)
    given = asked.parse_args()
    sys.stdout.write(json.dumps(run(given.name, given.problem, given.seconds, given.gap)) + "\n")


if __name__ == "__main__":
    main()
