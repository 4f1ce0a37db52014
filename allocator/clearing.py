"""The one door of the clearing engine: a problem and rules in, an outcome out."""

from collections.abc import Callable
import numpy as np

from allocator import prices as pricing_
from allocator import greedy, improve, reasons, relaxation
from allocator.effort import Effort
from allocator.lattice import Lattice, compile_problem, never
from allocator.outcome import Award, ClearingRules, Outcome, PaymentRule, UnsoundOutcome
from allocator.packing import Packing
from allocator.problem import Problem
from pricing.units import charge_ucr


def clear(problem: Problem, rules: ClearingRules, stop: Callable[[], bool] = never) -> Outcome:
    lattice = compile_problem(problem, rules.seed)
    effort = Effort(rules.work, stop)
    guide, bound = relaxation.ascend(lattice, effort)
    relaxed = relaxation.Relaxed(guide, bound, exact=False, taken={})
    if rules.engine == "full":
        relaxed = relaxation.relax(lattice, effort, guide, bound)
    prices_ucr = pricing_.whole(lattice, relaxed.prices_ucr)
    packing = greedy.construct(lattice, relaxed.prices_ucr, effort)
    if rules.engine == "full":
        packing = improve.improve(lattice, packing, relaxed, rules.seed, effort)
    bound = -(-pricing_.bound(lattice, prices_ucr) // lattice.per_ucr)
    surplus = packing.surplus // lattice.per_ucr
    awards = []
    for b in packing.awarded().tolist():
        bid = problem.bids[b]
        o, s = int(packing.option[b]), int(packing.start[b])
        number = int(lattice.number_of[o])
        value = bid.options[number].value_ucr
        charge = charge_ucr(lattice.charge(prices_ucr, o, s), problem.slot_minutes)
        if rules.payment is PaymentRule.PAY_AS_BID: pay, capped = value, False
        else: pay, capped = min(value, charge), charge > value
        awards.append(Award(bid.id, number, s, pay, capped))
    welfare = sum(problem.bids[b].options[int(lattice.number_of[packing.option[b]])].value_ucr for b in packing.awarded())
    optimal = 10**6 * (bound - surplus) <= abs(bound) + 2 * 10**6
    return Outcome(problem_sha256=problem.sha256, payment_rule=rules.payment, status='optimal' if optimal else 'feasible',
        surplus_ucr=surplus, welfare_ucr=welfare, bound_ucr=bound, awards=tuple(awards),
        prices_ucr={p.id: tuple(row) for p, row in zip(problem.pools, prices_ucr.tolist())},
        rejections=reasons.rejections(lattice, packing, prices_ucr), engine='x', seed=rules.seed, work=rules.work)
