"""The limits of stability: by formula, by eigenvalue, and by running the loop itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import stability
from pricing.stability import largest_gain, quick_gains, radius


@given(gain=st.floats(0.01, 8), elasticity=st.floats(0.3, 3), turnover=st.floats(0.02, 1))
def test_without_a_filter_the_limit_is_the_formula(
    gain: float, elasticity: float, turnover: float
) -> None:
    product = turnover * elasticity * gain
    limit = 4 - 2 * turnover
    if abs(product - limit) > 1e-6:
        assert stability.is_stable(gain, elasticity, turnover=turnover) == (product < limit)


@pytest.mark.parametrize("turnover", [1.0, 0.25, 0.014])
@pytest.mark.parametrize("elasticity", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("smoothing", [1.0, 0.7])
def test_the_loop_itself_dies_out_below_the_limit_and_grows_above(
    turnover: float, elasticity: float, smoothing: float
) -> None:
    limit = largest_gain(elasticity, turnover=turnover, smoothing=smoothing)
    assert _swing(0.9 * limit, elasticity, turnover, smoothing) < 1e-2
    assert _swing(1.1 * limit, elasticity, turnover, smoothing) > 10


def _swing(gain: float, elasticity: float, turnover: float, smoothing: float) -> float:
    """How far demand still is from its target after many steps: the three lines, run."""
    x, filtered, log_price = 0.0, 0.0, 1.0
    sizes = []
    for _ in range(30_000):
        x = (1 - turnover) * x - turnover * elasticity * log_price
        filtered = (1 - smoothing) * filtered + smoothing * x
        log_price += gain * filtered
        sizes.append(abs(x))
        if sizes[-1] > 1e6:
            break
    return max(sizes[-50:])


def test_quick_gains_have_both_poles_together_and_a_small_radius() -> None:
    gain, proportional = quick_gains(1.0, 1 / 72)
    assert math.isclose(proportional, 4)
    assert math.isclose(gain, 25 / 72 / 4)
    quick = radius(gain, 1.0, turnover=1 / 72, proportional=proportional)
    slow = radius(1 / 72 / 4, 1.0, turnover=1 / 72)
    assert quick < 0.98 < slow < 1


def test_no_gain_is_stable_with_too_large_a_proportional_part() -> None:
    assert largest_gain(1.0, proportional=1.5) < 1e-6


def test_the_examples_are_true() -> None:
    assert np.isclose(largest_gain(1.0), 2.0)
    assert np.isclose(largest_gain(2.0, turnover=0.25), 7.0)
