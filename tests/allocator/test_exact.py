"""Choosing columns exactly: what CP-SAT answers is what trying everything finds."""

from dataclasses import replace

from hypothesis import given

from allocator.engine.effort import never
from allocator.engine.lattice import Lattice, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.proofs import exact
from allocator.engine.proofs.exact import Column
from allocator.problem import Bid, Leg, Option, Pool, Problem
from tests.allocator.small_markets import MICRO, Exhaustive, market, markets
from tests.examples import examples

UNITS = 100_000


def every_column(lattice: Lattice) -> list[Column]:
    """All columns that gain something."""
    reserve = lattice.prefix(lattice.exact(lattice.reserve_ucr))
    found: list[Column] = []
    for piece in lattice.chunks():
        gain = lattice.value[piece.option] - lattice.cost(piece, reserve)
        facts = (piece.option, piece.start, gain)
        found += map(Column, *(each.tolist() for each in facts))
    return [column for column in found if column.gain > 0]


def one_unit(values: dict[str, int], units: int = 1) -> Problem:
    bids = [
        Bid(name, name, (Option(value, 0, 0, (Leg("p", 1, 0, 1),)),))
        for name, value in values.items()
    ]
    return market([Pool("p", "gpu", (units,), (0,))], bids)


@examples(60)
@given(markets())
def test_the_chosen_columns_gain_what_trying_every_allocation_finds(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    columns = every_column(lattice)
    solved = exact.select(Packing(lattice), columns, (), UNITS)
    assert solved is not None
    assert solved.proven
    surplus = sum(columns[i].gain for i in solved.chosen)
    assert surplus * 60 == Exhaustive(problem).best() * lattice.per_ucr
    assert solved.bound == surplus


@examples(30)
@given(markets())
def test_the_chosen_columns_fit_together_in_the_packing(problem: Problem) -> None:
    lattice = compile_problem(problem, 1)
    columns = every_column(lattice)
    packing = Packing(lattice)
    solved = exact.select(packing, columns, (), UNITS)
    assert solved is not None
    for i in solved.chosen:
        assert packing.affordable(columns[i].option)
        assert packing.fits(columns[i].option, columns[i].start)
        packing.place(*columns[i])


def test_with_nothing_to_choose_nothing_is_chosen() -> None:
    lattice = compile_problem(one_unit({"a": MICRO}), 1)
    nothing = exact.select(Packing(lattice), [], (), UNITS)
    assert nothing == exact.Solved((), 0, proven=True, spent=1)


def test_only_the_room_that_the_packing_leaves_is_given_away() -> None:
    lattice = compile_problem(one_unit({"a": 3 * MICRO, "b": 2 * MICRO}), 1)
    columns = every_column(lattice)
    packing = Packing(lattice)
    packing.place(*columns[1])
    solved = exact.select(packing, columns[:1], (), UNITS)
    assert solved is not None
    assert solved.chosen == ()


def test_two_legs_in_one_pool_at_once_need_room_for_both() -> None:
    legs = (Leg("p", 2, 0, 1), Leg("p", 2, 0, 1))
    bid = Bid("a", "a", (Option(MICRO, 0, 0, legs),))
    for units, served in ((3, ()), (4, (0,))):
        lattice = compile_problem(market([Pool("p", "gpu", (units,), (0,))], [bid]), 1)
        solved = exact.select(Packing(lattice), every_column(lattice), (), UNITS)
        assert solved is not None
        assert solved.chosen == served


def test_among_equals_the_tie_order_decides_whoever_was_found_first() -> None:
    problem = one_unit({"a": MICRO, "b": MICRO, "c": MICRO})
    for seed in range(4):
        lattice = compile_problem(problem, seed)
        columns = every_column(lattice)
        first = int(lattice.rank.argmin())
        for found in range(3):
            tied = exact.first_among_equals(Packing(lattice), columns, (found,), UNITS)
            assert exact.served(lattice, columns, tied) == [first]


def test_a_stop_ends_the_choice_early_and_never_breaks_it() -> None:
    lattice = compile_problem(one_unit({f"b{i}": MICRO + i for i in range(30)}, 7), 1)
    columns = every_column(lattice)
    solved = exact.select(Packing(lattice), columns, (), UNITS, stop=lambda: True)
    best = sum(sorted((column.gain for column in columns), reverse=True)[:7])
    if solved is not None:
        assert len(solved.chosen) <= 7
        assert sum(columns[i].gain for i in solved.chosen) <= best <= solved.bound


def test_the_bound_of_a_choice_cut_short_still_holds() -> None:
    values = {f"b{i}": MICRO * (7 + 13 * i % 17) + i for i in range(60)}
    lattice = compile_problem(one_unit(values, 20), 1)
    columns = every_column(lattice)
    whole = exact.select(Packing(lattice), columns, (), UNITS, stop=never)
    short = exact.select(Packing(lattice), columns, (0,), 1)
    assert whole is not None
    assert whole.proven
    if short is not None:
        assert short.bound >= sum(columns[i].gain for i in whole.chosen)


def test_gains_from_a_micro_credit_to_a_billion_credits_are_told_apart() -> None:
    values = {"rich": 10**15, "poor": 1, "other": 2}
    lattice = compile_problem(one_unit(values, 2), 1)
    columns = every_column(lattice)
    solved = exact.select(Packing(lattice), columns, (), UNITS)
    assert solved is not None
    assert solved.proven
    assert sum(columns[i].gain for i in solved.chosen) == (10**15 + 2) * lattice.per_ucr


def test_gains_too_many_to_count_exactly_are_rounded_and_not_called_proven() -> None:
    lattice = compile_problem(one_unit({"a": 3, "b": 2}), 1)
    columns = [Column(0, 0, 2**61 + 1), Column(1, 0, 2**60 + 1)]
    solved = exact.select(Packing(lattice), columns, (), UNITS)
    assert solved is not None
    assert solved.chosen == (0,)
    assert not solved.proven
    assert 2**61 + 1 <= solved.bound <= (2**61 + 1) * (1 + 1e-9)


def test_a_budget_too_large_to_count_is_no_choice_and_no_error() -> None:
    lattice = compile_problem(one_unit({"a": MICRO, "b": MICRO}), 1)
    row = exact.Row([0, 1], [2**61, 2**61], 2**61)
    try:
        exact.Selection(lattice, every_column(lattice), [row])
    except exact.TooLarge:
        return
    raise AssertionError("a row beyond 64 bits was written down")


def test_work_done_beside_its_caller_is_halted_when_told_to_stop() -> None:
    halted: list[bool] = []
    asked: list[bool] = []

    def work() -> int:
        while not halted:
            pass
        return 7

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    assert exact.attended(work, lambda: halted.append(True), stop) == 7


def test_the_same_choice_is_made_each_time() -> None:
    values = {f"b{i}": MICRO * (5 + i % 3) for i in range(40)}
    lattice = compile_problem(one_unit(values, 9), 1)
    columns = every_column(lattice)
    found = [exact.select(Packing(lattice), columns, (), UNITS) for _ in range(2)]
    assert found[0] == found[1]
    assert found[0] is not None
    assert replace(found[0], spent=0).chosen
