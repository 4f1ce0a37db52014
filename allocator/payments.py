"""What each winner pays, under each rule."""

from allocator.allocation import Allocation
from allocator.effort import Effort
from allocator.lattice import Ints, Lattice
from allocator.outcome import Award, ClearingRefused, ClearingRules, PaymentRule
from allocator.problem import Problem
from pricing.units import charge_ucr


def refuse_undefined(problem: Problem, rules: ClearingRules) -> None:
    """Raise ``ClearingRefused`` where the payment rule has no meaning for the problem."""
    if rules.payment not in (PaymentRule.VCG, PaymentRule.CORE):
        return
    if problem.budgets or problem.caps:
        raise ClearingRefused(
            f"payment rule {rules.payment.value} is not defined with budgets or caps;"
            " clear with uniform or pay_as_bid, or take the limits out"
        )


def awards(
    lattice: Lattice, found: Allocation, published: Ints, rules: ClearingRules, effort: Effort
) -> tuple[Award, ...]:
    """The awards with their payments: reserve cost ≤ payment ≤ value, under every rule."""
    packing = found.packing
    made = []
    for b in packing.awarded().tolist():
        option, start = int(packing.option[b]), int(packing.start[b])
        value = int(lattice.value[option]) // lattice.per_ucr
        payment, capped = value, False
        if rules.payment is PaymentRule.UNIFORM:
            cost = charge_ucr(
                lattice.charge(published, option, start), lattice.problem.slot_minutes
            )
            payment, capped = min(value, cost), cost > value
        number = int(lattice.number_of[option])
        made.append(Award(lattice.problem.bids[b].id, number, start, payment, capped))
    return tuple(made)
