"""The elasticity that is learnt tick by tick."""

import math

import numpy as np
import pytest

from pricing.elasticity import LEAST, MOST, Elasticity


def learnt(true: float, ticks: int, noise: float, seed: int = 1) -> Elasticity:
    chance = np.random.default_rng(seed)
    known, level, price = Elasticity(), 10.0, 10.0
    for _ in range(ticks):
        level += noise * chance.standard_normal()
        wanted = math.exp(level - true * (price - 10.0))
        known = known.updated(round(math.exp(price) * 1000), round(wanted * 1000))
        price += 0.08 * chance.standard_normal() - 0.1 * (price - 10.0)
    return known


@pytest.mark.parametrize("true", [0.5, 1.0, 2.0])
def test_it_finds_the_elasticity_and_says_how_sure_it_is(true: float) -> None:
    known = learnt(true, 400, 0.05)
    assert abs(known.value - true) < 3 * known.deviation
    assert known.deviation < 0.15


def test_a_market_that_changes_is_learnt_anew() -> None:
    chance = np.random.default_rng(3)
    known, price = Elasticity(), 10.0
    for tick in range(1200):
        true = 0.6 if tick < 600 else 2.0
        wanted = math.exp(10 - true * (price - 10))
        known = known.updated(round(math.exp(price) * 1000), round(wanted * 1000))
        price += 0.08 * chance.standard_normal() - 0.1 * (price - 10.0)
    assert abs(known.value - 2.0) < 0.1


def test_a_price_that_stands_teaches_nothing() -> None:
    known = Elasticity().updated(1000, 50)
    for wanted in (40, 60, 0, 55):
        known = known.updated(1000, wanted)
    assert known.value == Elasticity().value
    assert math.isinf(known.deviation)


def test_it_is_held_between_its_ends() -> None:
    assert learnt(9.0, 200, 0.0).value == MOST
    assert learnt(0.0, 200, 0.0).value == LEAST


def test_its_uncertainty_covers_what_it_claims() -> None:
    """Of many histories, about 95 of 100 lie within two deviations."""
    inside = [
        abs(known.value - 1.0) <= 2 * known.deviation
        for known in (learnt(1.0, 300, 0.1, seed) for seed in range(100))
    ]
    assert 86 <= sum(inside) <= 100
