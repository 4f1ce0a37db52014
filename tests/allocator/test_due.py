"""What winners pay under each rule, of awards laid by hand."""

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.allocation import Allocation
from allocator.engine.lattice import Ints, Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS
from allocator.engine.payments import due
from allocator.outcome import Award, ClearingRefused, ClearingRules, PaymentRule
from allocator.problem import Bid, Budget, Cap, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, market

PROVEN_RULES = (PaymentRule.VCG, PaymentRule.CORE)

BY_RULE = {rule: ClearingRules(payment=rule) for rule in PaymentRule}


def one_pool(*values: int, slot_minutes: int = 60, reserve_ucr: int = 0) -> Problem:
    """Two units over three slots; bids for one unit in two slots, for so many micro-credits."""
    legs = (Leg("p", 1, 0, 2),)
    bids = [Bid(f"b{i}", f"t{i}", (Option(v, 0, 1, legs),)) for i, v in enumerate(values)]
    pool = Pool("p", "gpu", (2, 2, 2), (reserve_ucr,) * 3)
    return market([pool], bids, slot_minutes=slot_minutes)


def awarded(lattice: Lattice, *places: tuple[int, int], optimal: bool = True) -> Allocation:
    """These options from these starts."""
    packing = Packing(lattice)
    for option, start in places:
        gain = int(lattice.value[option]) - lattice.reserve_cost(option, start)
        packing.place(option, start, gain)
    return Allocation(packing, optimal=optimal)


def priced(*prices_ucr: int) -> Ints:
    return np.array([prices_ucr], dtype=np.int64)


def test_uniform_is_the_price_of_the_slots_used_and_never_above_the_bid() -> None:
    lattice = compile_problem(one_pool(10 * MICRO, 4 * MICRO), 1)
    found = awarded(lattice, (0, 0), (1, 1))
    prices = priced(1 * MICRO, 2 * MICRO, 3 * MICRO)
    assert due.awards(lattice, found, prices, BY_RULE[PaymentRule.UNIFORM]) == (
        Award("b0", 0, 0, 3 * MICRO),
        Award("b1", 0, 1, 4 * MICRO, capped=True),
    )


def test_a_price_that_just_equals_the_bid_caps_nothing() -> None:
    lattice = compile_problem(one_pool(5 * MICRO), 1)
    found = awarded(lattice, (0, 1))
    (award,) = due.awards(
        lattice, found, priced(0, 2 * MICRO, 3 * MICRO), BY_RULE[PaymentRule.UNIFORM]
    )
    assert award == Award("b0", 0, 1, 5 * MICRO, capped=False)


def test_a_fraction_of_a_micro_credit_is_rounded_up() -> None:
    """A quarter of an hour at 1 and one at 2 micro-credits an hour come to 0.75."""
    lattice = compile_problem(one_pool(MICRO, slot_minutes=15), 1)
    found = awarded(lattice, (0, 0))
    (award,) = due.awards(lattice, found, priced(1, 2, 0), BY_RULE[PaymentRule.UNIFORM])
    assert award.payment_ucr == 1


def test_who_pays_as_bid_pays_its_value_at_any_price() -> None:
    lattice = compile_problem(one_pool(7 * MICRO), 1)
    found = awarded(lattice, (0, 0))
    for prices in (priced(0, 0, 0), priced(9 * MICRO, 9 * MICRO, 9 * MICRO)):
        (award,) = due.awards(lattice, found, prices, BY_RULE[PaymentRule.PAY_AS_BID])
        assert award == Award("b0", 0, 0, 7 * MICRO)


def test_without_rivals_vcg_and_core_ask_for_the_reserve_cost_alone() -> None:
    lattice = compile_problem(one_pool(7 * MICRO, reserve_ucr=MICRO), 1)
    found = awarded(lattice, (0, 0))
    for rule in PROVEN_RULES:
        (award,) = due.awards(lattice, found, priced(MICRO, MICRO, MICRO), BY_RULE[rule])
        assert award.payment_ucr == 2 * MICRO


@pytest.mark.parametrize("rule", PROVEN_RULES)
def test_no_proof_no_vcg_and_no_core(rule: PaymentRule) -> None:
    lattice = compile_problem(one_pool(7 * MICRO), 1)
    found = awarded(lattice, (0, 0), optimal=False)
    with pytest.raises(ClearingRefused, match="proven optimum"):
        due.awards(lattice, found, priced(0, 0, 0), BY_RULE[rule])


@pytest.mark.parametrize("rule", PROVEN_RULES)
def test_too_many_columns_for_core_payments_are_refused(rule: PaymentRule) -> None:
    lattice = compile_problem(one_pool(7 * MICRO, 6 * MICRO), 1)
    found = awarded(lattice, (0, 0), (1, 0))
    few = replace(PARAMS, core_columns=3)
    with pytest.raises(ClearingRefused, match="too large"):
        due.awards(lattice, found, priced(0, 0, 0), BY_RULE[rule], few)
    enough = replace(PARAMS, core_columns=4)
    assert len(due.awards(lattice, found, priced(0, 0, 0), BY_RULE[rule], enough)) == 2


def test_nobody_awarded_nobody_pays() -> None:
    lattice = compile_problem(one_pool(7 * MICRO), 1)
    for rules in BY_RULE.values():
        assert due.awards(lattice, awarded(lattice), priced(0, 0, 0), rules) == ()


@pytest.mark.parametrize("rule", PaymentRule)
@pytest.mark.parametrize("limit", ["none", "budget", "cap"])
def test_limits_leave_vcg_and_core_without_a_meaning(rule: PaymentRule, limit: str) -> None:
    problem = one_pool(MICRO)
    if limit == "budget":
        problem = replace(problem, budgets=(Budget("t0", MICRO),))
    if limit == "cap":
        problem = replace(problem, caps=(Cap("t0", "p", (1, 1, 1)),))
    if limit != "none" and rule in PROVEN_RULES:
        with pytest.raises(ClearingRefused, match=f"{rule.value} is not defined"):
            due.refuse_undefined(problem, BY_RULE[rule])
    else:
        due.refuse_undefined(problem, BY_RULE[rule])
