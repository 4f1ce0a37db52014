"""Intervals from paired seeds: the textbook's numbers, and no claim where there is no ground."""

import numpy as np
import pytest
from scipy import stats

from sim.results.intervals import difference, interval, relative


def by_seed(*numbers: float | None) -> dict[int, float | None]:
    return dict(enumerate(numbers))


def test_it_is_student_s_paired_test() -> None:
    rng = np.random.default_rng(4)
    one, other = rng.normal(5, 1, 12), rng.normal(4, 1, 12)
    found = difference(by_seed(*one), by_seed(*other))
    assert found is not None
    tested = stats.ttest_rel(one, other)
    low, high = tested.confidence_interval(0.95)
    assert (found.mean, found.low, found.high, found.chance) == pytest.approx(
        ((one - other).mean(), low, high, tested.pvalue)
    )
    assert (found.pairs, found.above) == (12, int((one > other).sum()))


def test_only_seeds_that_both_ran_and_measured_are_pairs() -> None:
    found = difference({1: 5.0, 2: 7.0, 3: None, 4: 1.0}, {2: 4.0, 3: 1.0, 4: 1.0, 9: 0.0})
    assert found is not None
    assert (found.mean, found.pairs, found.above, found.below) == (1.5, 2, 1, 0)
    assert difference({1: 5.0}, {2: 5.0}) is None


def test_two_pairs_claim_nothing() -> None:
    found = difference(by_seed(9.0, 9.1), by_seed(1.0, 1.0))
    assert found is not None
    assert (found.low, found.high, found.chance, found.sure) == (None, None, None, False)


def test_sure_is_an_interval_on_one_side() -> None:
    sure = difference(by_seed(3.0, 3.1, 2.9), by_seed(1.0, 1.0, 1.0))
    open_ = difference(by_seed(3.0, 1.1, 0.0), by_seed(1.0, 1.0, 1.0))
    same = difference(by_seed(1.0, 1.0, 1.0), by_seed(1.0, 1.0, 1.0))
    assert [one.sure for one in (sure, open_, same) if one] == [True, False, False]
    assert same is not None
    assert (same.low, same.high, same.chance) == (0.0, 0.0, 1.0)


def test_equal_differences_leave_no_doubt() -> None:
    found = difference(by_seed(2.0, 3.0, 4.0), by_seed(1.0, 2.0, 3.0))
    assert found is not None
    assert (found.low, found.high, found.chance, found.sure) == (1.0, 1.0, 0.0, True)


def test_a_part_is_taken_pair_by_pair_and_of_nothing_there_is_none() -> None:
    found = relative(by_seed(11.0, 24.0, 39.0), by_seed(10.0, 20.0, 30.0))
    assert found is not None
    assert found.mean == pytest.approx((1.1 * 1.2 * 1.3) ** (1 / 3) - 1)
    nothing = relative(by_seed(0.0, 30.0), by_seed(10.0, 20.0))
    assert nothing is not None
    assert nothing.mean == pytest.approx((-1 + 0.5) / 2)
    assert relative(by_seed(1.0, 1.0), by_seed(1.0, 0.0)) is None


def test_twice_as_much_and_half_as_much_are_even() -> None:
    """And what is more in every pair is more, however far the ratios lie apart."""
    even = relative(by_seed(20.0, 10.0, 10.0), by_seed(10.0, 20.0, 10.0))
    assert even is not None
    assert even.mean == pytest.approx(0)
    more = relative(by_seed(13, 30, 14, 20, 15, 24, 18, 12), by_seed(*[10.0] * 8))
    assert more is not None
    assert more.sure


def test_nothing_has_no_mean() -> None:
    assert interval([]) is None
