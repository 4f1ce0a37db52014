"""What each winner pays, under each rule."""

from allocator.engine.allocation import Allocation
from allocator.engine.lattice import Ints, Lattice
from allocator.engine.params import PARAMS, EngineParams
from allocator.outcome import Award, ClearingRefused, ClearingRules, PaymentRule
from allocator.problem import Problem
from pricing.units import charge_ucr


def refuse_undefined(problem: Problem, rules: ClearingRules) -> None:
    """Raise ``ClearingRefused`` where the payment rule has no meaning for the problem."""
    if not rules.payment.needs_proof:
        return
    if any(bid.standing for bid in problem.bids):
        raise ClearingRefused(
            f"payment rule {rules.payment.value} is not defined with awards that may be changed;"
            " clear with uniform or pay_as_bid, or leave them as they stand"
        )
    if problem.budgets or problem.caps:
        raise ClearingRefused(
            f"payment rule {rules.payment.value} is not defined with budgets or caps;"
            " clear with uniform or pay_as_bid, or take the limits out"
        )


def awards(
    lattice: Lattice,
    found: Allocation,
    published: Ints,
    rules: ClearingRules,
    params: EngineParams = PARAMS,
) -> tuple[Award, ...]:
    """The awards with their payments: reserve cost ≤ payment ≤ value, under every rule; what
    stands from before was paid for then.

    Raises ``ClearingRefused`` for VCG and core payments where the optimum is not proven.
    """
    packing = found.packing
    winners = packing.awarded().tolist()
    paid: dict[int, tuple[int, bool]]
    if rules.payment is PaymentRule.UNIFORM:
        paid = {b: _uniform(lattice, found, published, b) for b in winners}
    elif rules.payment is PaymentRule.PAY_AS_BID:
        paid = {b: (_value_ucr(lattice, found, b), False) for b in winners}
    else:
        paid = {
            b: (payment, False) for b, payment in _proven(lattice, found, rules, params).items()
        }
    paid |= {b: (0, False) for b in winners if lattice.problem.bids[b].standing}
    return tuple(
        Award(
            lattice.problem.bids[b].id,
            int(lattice.number_of[packing.option[b]]),
            int(packing.start[b]),
            *paid[b],
        )
        for b in winners
    )


def _value_ucr(lattice: Lattice, found: Allocation, bid: int) -> int:
    return int(lattice.value[found.packing.option[bid]]) // lattice.per_ucr


def _uniform(lattice: Lattice, found: Allocation, prices_ucr: Ints, bid: int) -> tuple[int, bool]:
    """The smaller of the bid and the price, and whether the price was above the bid."""
    option, start = int(found.packing.option[bid]), int(found.packing.start[bid])
    cost = charge_ucr(lattice.charge(prices_ucr, option, start), lattice.problem.slot_minutes)
    value = _value_ucr(lattice, found, bid)
    return min(value, cost), cost > value


def _proven(
    lattice: Lattice, found: Allocation, rules: ClearingRules, params: EngineParams
) -> dict[int, int]:
    """VCG or core payments in micro-credits: the reserve cost and a share of the surplus."""
    if not found.optimal:
        raise ClearingRefused(
            f"payment rule {rules.payment.value} needs a proven optimum, and none was proven within"
            f" the time or work given ({rules.work} units); give more, or clear with uniform"
        )
    from allocator.engine.payments import core  # loads slowly, and few clearings want it

    market = core.Market(lattice, found.packing, rules.work, params)
    extras = market.vcg()
    if rules.payment is PaymentRule.CORE:
        extras = market.least_core(rules.reference, extras)
    return {b: market.payment_ucr(b, extra) for b, extra in extras.items()}
