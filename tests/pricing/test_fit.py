"""Elasticity and turnover from a history."""

import math

import numpy as np
import pytest

from pricing.fit import Fit, fit


def history(
    elasticity: float, turnover: float, noise: float, seed: int, ticks: int = 2000
) -> tuple[list[int], list[int]]:
    chance = np.random.default_rng(seed)
    demand, price = 10.0, 13.0
    prices, wanted = [], []
    for _ in range(ticks):
        price += 0.05 * chance.standard_normal() - 0.02 * (price - 13.0)
        demand += turnover * (10 - elasticity * (price - 13) - demand)
        demand += noise * chance.standard_normal()
        prices.append(round(math.exp(price)))
        wanted.append(round(math.exp(demand)))
    return prices, wanted


@pytest.mark.parametrize(("elasticity", "turnover"), [(0.5, 1.0), (1.0, 0.25), (2.0, 0.05)])
def test_both_are_found_within_their_intervals(elasticity: float, turnover: float) -> None:
    found = fit(*history(elasticity, turnover, 0.02, seed=1))
    assert found.elasticity.low < elasticity < found.elasticity.high
    assert found.turnover.low < turnover < found.turnover.high
    assert found.elasticity.high - found.elasticity.low < 0.6 * elasticity
    assert found.noise == pytest.approx(0.02, rel=0.1)


def test_of_many_intervals_about_nineteen_in_twenty_hold_the_truth() -> None:
    found = [fit(*history(1.0, 0.25, 0.05, seed, ticks=500)) for seed in range(100)]
    assert 89 <= sum(each.elasticity.low < 1 < each.elasticity.high for each in found) <= 100


def test_its_limit_of_the_gain_is_that_of_the_upper_ends() -> None:
    found: Fit = fit(*history(1.0, 1.0, 0.0001, seed=2))
    assert found.gain_limit == pytest.approx(2.0, rel=0.01)
    assert found.gain_limit < 2.0


@pytest.mark.parametrize(
    ("prices", "wanted", "said"),
    [
        ([100, 110], [5, 6], "only 1 ticks"),
        ([100] * 60, list(range(1, 61)), "price never moved"),
        (list(range(100, 160)), [5] * 60, "demand never moved"),
        (list(range(100, 160)), [0] * 60, "only 0 ticks"),
        ([1, 2, 3], [1, 2], "3 prices, but 2 demands"),
    ],
)
def test_a_history_that_tells_nothing_is_refused(
    prices: list[int], wanted: list[int], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        fit(prices, wanted)
