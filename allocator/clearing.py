"""The one door of the clearing engine: a problem and rules in, an outcome out."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final, Literal

import numpy as np

from allocator.audit.promises import violations
from allocator.engine import allocation, ties
from allocator.engine.allocation import Allocation
from allocator.engine.bounds import prices, relaxation
from allocator.engine.effort import Effort, Hear, News, Pace, Stop, never
from allocator.engine.flat import flatten
from allocator.engine.lattice import Ints, Lattice, compile_problem
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.payments import due
from allocator.engine.reasons import rejections
from allocator.outcome import Award, ClearingRules, Outcome, PaymentRule, UnsoundOutcome
from allocator.problem import Problem

ORTOOLS, NUMBA = version("ortools"), version("numba")
ENGINES: Final = {
    "full": f"gpumarket-full/2 (ortools {ORTOOLS}, numba {NUMBA}, numpy {np.__version__})",
    "greedy": f"gpumarket-greedy/2 (numba {NUMBA}, numpy {np.__version__})",
}
MILLION: Final = 10**6


def clear(
    problem: Problem,
    rules: ClearingRules,
    stop: Stop = never,
    warm: Sequence[Award] = (),
    params: EngineParams = PARAMS,
    pace: Pace | None = None,
    hear: Hear | None = None,
) -> Outcome:
    """Choose the winners, publish prices, and say what each pays and why the others lost. Pure.

    Equal problem, rules and seed give an equal outcome, in whatever order the bids came:
    ``rules.work`` counts effort and not seconds. A **unit of work** is about 40 µs of one core:
    eight thousand columns priced, a simplex pivot among three thousand, two moves of the search,
    or a 50,000th of CP-SAT's deterministic second. ``stop`` is asked between steps of the work;
    saying yes ends the search early with the best found so far: it costs surplus, never soundness.
    ``warm`` holds awards of an earlier clearing to start from; those that no longer fit, or name
    what the problem does not have, are left out; what stands from before starts where it is.
    ``params`` tune the engine; others give other answers, as sound. ``pace`` is for a caller who
    has a clock: the share that is left of the time, of which ``rules.work`` units are then the
    whole, instead of a count; equal input then gives equal bytes no more. ``hear`` is told of the
    best and of the least bound, as they come.

    Raises ``ClearingRefused`` where the payment rule cannot be applied to the problem, and
    ``UnsoundOutcome`` where the answer breaks a market rule. That is a bug in this package:
    callers settle nothing, and may try the plainer engine.
    """
    due.refuse_undefined(problem, rules)
    warm = (*standing(problem), *warm)
    lattice = compile_problem(problem, rules.seed)
    flat = flatten(lattice)
    tied = lattice if rules.payment.needs_proof else ties.finer(lattice)
    effort = Effort(rules.work, stop, pace=pace, news=News(hear, tied.per_ucr, tied.bonuses))
    relaxed = relaxation.priced(lattice, flat, effort, params, exact=rules.engine == "full")
    published = prices.publish(lattice, relaxed, effort, params)
    if rules.engine == "full":
        flat = flat if tied is lattice else flatten(tied)
        found = allocation.allocate(tied, flat, relaxed, published, rules, effort, warm, params)
    else:
        found = allocation.plain(tied, relaxed, published, effort, warm, params)
    outcome = _outcome(lattice, rules, published, found, params)
    if faults := violations(problem, outcome):
        raise UnsoundOutcome(faults)
    return outcome


def standing(problem: Problem) -> tuple[Award, ...]:
    """What awards of earlier clearings hold: a plan that always fits."""
    return tuple(
        Award(bid.id, 0, bid.options[0].earliest_start, 0) for bid in problem.bids if bid.standing
    )


def _outcome(
    lattice: Lattice, rules: ClearingRules, published: Ints, found: Allocation, params: EngineParams
) -> Outcome:
    """What was found, told in the grains of ``lattice``: of finer ones only what they add up to."""
    problem, packing = lattice.problem, found.packing
    fine = packing.lattice.fine
    bound = -(-(prices.bound(lattice, published) - lattice.bonuses) // lattice.per_ucr)
    proven = None
    if found.proven is not None:
        proven = -(-(found.proven // fine - lattice.bonuses) // lattice.per_ucr)
    surplus = (packing.surplus // fine - lattice.bonuses) // lattice.per_ucr
    values = [int(lattice.value[packing.option[b]]) for b in packing.awarded().tolist()]
    rows = zip(problem.pools, published.tolist(), strict=True)
    return Outcome(
        problem_sha256=problem.sha256,
        payment_rule=rules.payment,
        status=_status(bound if proven is None else min(bound, proven), surplus),
        surplus_ucr=surplus,
        welfare_ucr=(sum(values) - lattice.bonuses) // lattice.per_ucr,
        bound_ucr=bound,
        awards=due.awards(lattice, found, published, rules, params),
        prices_ucr={pool.id: tuple(row) for pool, row in rows},
        rejections=rejections(lattice, packing, published),
        engine=ENGINES[rules.engine],
        seed=rules.seed,
        work=rules.work,
        solver_bound_ucr=proven,
        solver=found.solver,
        reference=rules.reference if rules.payment is PaymentRule.CORE else None,
    )


def _status(top_ucr: int, surplus_ucr: int) -> Literal["optimal", "feasible"]:
    """Optimal within a millionth, and two micro-credits for the rounding of the two."""
    near = (top_ucr - surplus_ucr) * MILLION <= abs(top_ucr) + 2 * MILLION
    return "optimal" if near else "feasible"
