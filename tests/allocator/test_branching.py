"""Bounds by prices, cuts and cases: never below the best choice, and equal to it in the end."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from allocator.engine.lattice import Ints, compile_problem
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS
from allocator.engine.proofs import branching, exact
from allocator.engine.proofs.branching import Cover, Tree
from allocator.engine.proofs.exact import Row
from allocator.problem import Problem
from tests.allocator.test_exact import every_column
from tests.allocator.test_proof import crowded
from tests.examples import examples

UNITS = 2_000_000


def tree(problem: Problem, floor: int = 0) -> Tree:
    lattice = compile_problem(problem, 1)
    columns = every_column(lattice)
    return Tree(lattice, columns, exact.rows(Packing(lattice), columns), floor)


def optimum(problem: Problem) -> int:
    lattice = compile_problem(problem, 1)
    columns = every_column(lattice)
    solved = exact.select(Packing(lattice), columns, (), 1_000_000)
    assert solved is not None
    assert solved.proven
    return sum(columns[i].gain for i in solved.chosen)


def test_the_tree_proves_the_optimum_of_crowded_markets() -> None:
    for bids, units in ((9, 5), (14, 7), (18, 6)):
        solved = tree(crowded(bids, units)).run(UNITS)
        assert solved is not None
        assert solved.bound == optimum(crowded(bids, units))


def test_the_bound_holds_however_early_the_tree_ends_and_falls_with_work() -> None:
    problem = crowded(40, 7)
    best = optimum(problem)
    bounds = []
    for units in (1, 500, 5_000, 50_000):
        solved = tree(problem).run(units)
        assert solved is not None
        bounds.append(solved.bound)
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] < bounds[0]
    assert bounds[-1] >= best


def test_what_is_known_to_be_reached_is_never_undercut() -> None:
    problem = crowded(14, 7)
    solved = tree(problem, floor=optimum(problem)).run(UNITS)
    assert solved is not None
    assert solved.bound == optimum(problem)


def test_a_tree_told_to_stop_before_it_began_still_has_a_bound() -> None:
    problem = crowded(20, 7)
    stopped = tree(problem)
    stopped.stop()
    solved = stopped.run(UNITS)
    assert solved is not None
    assert solved.bound >= optimum(problem)


@examples(80)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 100)), min_size=3, max_size=9),
    st.integers(4, 20),
)
def test_a_cover_cut_holds_for_everything_that_fits(
    items: list[tuple[int, int]], limit: int
) -> None:
    weights = [min(weight, limit) for weight, _ in items]
    row = Row(list(range(len(items))), weights, limit)
    owner: Ints = np.arange(len(items), dtype=np.int64)
    shares = np.array([share / 100 for _, share in items])
    cut = Cover(row, owner).violated(shares, PARAMS.cut_violated)
    if cut is None:
        return
    factor = dict(zip(cut.columns, cut.quantities, strict=True))
    assert sum(factor[i] * shares[i] for i in factor) > cut.limit
    for taken in product((0, 1), repeat=len(items)):
        if sum(w for w, each in zip(weights, taken, strict=True) if each) <= limit:
            assert sum(factor.get(i, 0) for i, each in enumerate(taken) if each) <= cut.limit


def test_three_that_fit_only_two_by_two_are_cut() -> None:
    row = Row([0, 1, 2], [4, 4, 4], 9)
    cut = Cover(row, np.arange(3)).violated(np.array([0.75, 0.75, 0.75]), PARAMS.cut_violated)
    assert cut == Row([0, 1, 2], [1, 1, 1], 2)


def test_sums_beyond_64_bits_are_not_counted() -> None:
    huge = exact.Column(0, 0, 2**58)
    assert branching.fineness([huge], [Row([0], [2**10], 0)]) == 0
    assert branching.fineness([exact.Column(0, 0, 2**30)], [Row([0], [2**10], 0)]) > 1
