"""A proof: the best packing that there is, or a bound that none exceeds."""

from itertools import count

from hypothesis import given

from allocator.engine.effort import Effort, never
from allocator.engine.lattice import Ints, Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.proofs import exact, proof
from allocator.problem import Bid, Budget, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, Exhaustive, market, markets
from tests.examples import examples

WORK = 200_000


def at_reserve(problem: Problem) -> tuple[Lattice, Ints]:
    """The lattice, and the prices at which every column matters."""
    lattice = compile_problem(problem, 1)
    return lattice, lattice.reserve_ucr


def crowded(bids: int, units: int, slots: int = 12) -> Problem:
    """Bids of many sizes for one pool that cannot serve them all."""
    found = []
    for i in range(bids):
        quantity, duration = 1 + (7 * i) % 5, 1 + (5 * i) % 4
        value = MICRO * quantity * duration + (i * 7919) % MICRO
        leg = Leg("p", quantity, 0, duration)
        found.append(
            Bid(f"b{i:03d}", "t", (Option(value, i % 4, min(i % 4 + 5, slots - 4), (leg,)),))
        )
    return market([Pool("p", "gpu", (units,) * slots, (0,) * slots)], found)


@examples(60)
@given(markets())
def test_from_an_empty_packing_the_optimum_is_found_and_proven(problem: Problem) -> None:
    lattice, prices = at_reserve(problem)
    found = proof.prove(lattice, Packing(lattice), prices, Effort(WORK, never))
    best = Exhaustive(problem).best() * lattice.per_ucr
    assert found.optimal
    assert found.packing.surplus * 60 == best
    assert found.bound is None or found.bound * 60 == best


@examples(40)
@given(markets())
def test_columns_that_the_prices_rule_out_are_in_no_better_allocation(problem: Problem) -> None:
    lattice, prices = at_reserve(problem)
    dearer = prices + MICRO // 2
    found = proof.prove(lattice, Packing(lattice), dearer, Effort(WORK, never))
    assert found.packing.surplus * 60 == Exhaustive(problem).best() * lattice.per_ucr


def test_the_packing_that_is_already_best_is_kept_as_it_is() -> None:
    lattice, prices = at_reserve(crowded(12, 6))
    first = proof.prove(lattice, Packing(lattice), prices, Effort(WORK, never))
    again = proof.prove(lattice, first.packing, prices, Effort(WORK, never))
    assert again.optimal
    assert again.packing.surplus == first.packing.surplus


def test_a_packing_that_meets_the_prices_bound_needs_no_solver() -> None:
    bid = Bid("a", "a", (Option(MICRO, 0, 0, (Leg("p", 1, 0, 1),)),))
    lattice, prices = at_reserve(market([Pool("p", "gpu", (1,), (0,))], [bid]))
    packing = Packing(lattice)
    packing.place(0, 0, int(lattice.value[0]))
    found = proof.prove(lattice, packing, prices, Effort(WORK, never))
    assert found.optimal
    assert found.solver is None
    assert found.packing is packing


def test_where_no_bid_is_worth_its_reserve_the_empty_packing_is_proven() -> None:
    bid = Bid("a", "a", (Option(1, 0, 0, (Leg("p", 1, 0, 1),)),))
    lattice, prices = at_reserve(market([Pool("p", "gpu", (1,), (MICRO,))], [bid]))
    found = proof.prove(lattice, Packing(lattice), prices + 1, Effort(WORK, never))
    assert found.optimal
    assert found.packing.surplus == 0


def test_a_proof_cut_short_never_loses_the_packing_and_never_claims_too_much() -> None:
    lattice, prices = at_reserve(crowded(120, 9))
    best = proof.prove(lattice, Packing(lattice), prices, Effort(400_000, never))
    asked = count()
    for patience in (0, 1, 3):
        stop = (lambda limit: lambda: next(asked) % 5 >= limit)(patience)
        short = proof.prove(lattice, Packing(lattice), prices, Effort(10**9, stop))
        assert short.bound is None or short.bound >= best.packing.surplus
        assert not short.optimal or short.packing.surplus >= best.packing.surplus


def test_little_work_gives_the_same_answer_each_time() -> None:
    lattice, prices = at_reserve(crowded(150, 11))
    found = [proof.prove(lattice, Packing(lattice), prices, Effort(4_000, never)) for _ in range(3)]
    assert len({(each.packing.surplus, each.bound, each.optimal) for each in found}) == 1
    assert len({tuple(each.packing.start.tolist()) for each in found}) == 1


def test_without_effort_the_packing_comes_back_unproven() -> None:
    lattice, prices = at_reserve(crowded(20, 3))
    found = proof.prove(lattice, Packing(lattice), prices, Effort(0, never))
    assert found.bound is None
    assert not found.optimal


def test_columns_that_do_not_fit_together_are_no_packing() -> None:
    bids = [Bid(n, n, (Option(MICRO, 0, 0, (Leg("p", 1, 0, 1),)),)) for n in "ab"]
    lattice, prices = at_reserve(market([Pool("p", "gpu", (1,), (0,))], bids))
    columns = proof.worthwhile(lattice, 0, prices)
    assert len(columns) == 2
    assert proof.packed(lattice, columns[:1]) is not None
    assert proof.packed(lattice, columns) is None
    assert proof.packed(lattice, [columns[0], columns[0]]) is None


def test_values_from_a_micro_credit_to_a_billion_credits_are_cleared_together() -> None:
    values = [1, 10**15, 3 * MICRO, 999_999_999_999_999, 2]
    bids = [
        Bid(f"b{i}", "t", (Option(value, 0, 1, (Leg("p", 2, 0, 2),)),))
        for i, value in enumerate(values)
    ]
    lattice, prices = at_reserve(market([Pool("p", "gpu", (5, 5, 5), (0, 0, 0))], bids))
    found = proof.prove(lattice, Packing(lattice), prices, Effort(WORK, never))
    assert found.optimal
    assert found.packing.surplus == (10**15 + 999_999_999_999_999) * lattice.per_ucr


def test_sums_that_the_solver_cannot_count_cost_the_proof_and_no_more() -> None:
    """Three bids of 10^18 each under one limit: together beyond 2^61."""
    option = Option(10**18, 0, 0, (Leg("p", 1, 0, 1),))
    bids = [Bid(name, "ann", (option,)) for name in ("a", "b", "c")]
    pool, limit = Pool("p", "gpu", (2,), (0,)), Budget("ann", 2 * 10**18)
    lattice = compile_problem(market([pool], bids, budgets=[limit]), 1)
    columns = proof.worthwhile(lattice, 0, lattice.reserve_ucr)
    assert exact.select(Packing(lattice), columns, (), WORK) is None
    assert exact.first_among_equals(Packing(lattice), columns, (0,), WORK) == (0,)
    dearer = lattice.reserve_ucr + 1
    found = proof.prove(lattice, Packing(lattice), dearer, Effort(WORK, never))
    assert (found.bound, found.optimal, found.packing.surplus) == (None, False, 0)
