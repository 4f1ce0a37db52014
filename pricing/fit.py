"""The elasticity and the turnover of demand, from a history of ticks, with their uncertainty.

    ln D(t) = (1 − a) ln D(t−1) + a (c − ε ln p(t)) + noise

A share a of demand is decided anew each tick, at that tick's price; the rest stays. Least squares
by ``scipy.optimize.curve_fit``; intervals from its covariance and Student's t. The noise of
neighbouring ticks is taken to be independent; where it is not, the intervals are too narrow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import stdtrit

LEAST_TICKS: Final = 30
CONFIDENCE: Final = 0.95
ELASTICITY_MOST: Final = 20.0
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval of 95 % confidence."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Fit:
    """``turnover``: the share of demand decided anew each tick. ``noise``: the deviation of the
    change of ln(demand) from one tick to the next that price does not explain."""

    elasticity: Estimate
    turnover: Estimate
    noise: float
    ticks: int

    @property
    def gain_limit(self) -> float:
        """The integral gain beyond which a log-price controller oscillates for ever, at the
        upper ends of both intervals: (4 − 2a) / (a ε)."""
        a, e = min(self.turnover.high, 1.0), max(self.elasticity.high, 1e-9)
        return (4 - 2 * a) / (a * e)


def fit(prices_ucr: Sequence[int], wanted: Sequence[int]) -> Fit:
    """Both from ticks in order: price (ucr per unit-hour), and units wanted at it.

    Ticks without demand are left out. Raises ``ValueError`` where there are too few, or the price
    or the demand never moved.
    """
    if len(prices_ucr) != len(wanted):
        raise ValueError(f"{len(prices_ucr)} prices, but {len(wanted)} demands")
    pairs = [
        (before, now, price)
        for before, now, price in zip(wanted, wanted[1:], prices_ucr[1:], strict=False)
        if before > 0 and now > 0 and price > 0
    ]
    if len(pairs) < LEAST_TICKS:
        raise ValueError(
            f"only {len(pairs)} ticks follow another with demand; {LEAST_TICKS} are needed"
        )
    before, now, price = np.log(np.array(pairs, dtype=np.float64)).T
    if np.ptp(price) < 1e-9:
        raise ValueError("the price never moved, so nothing tells how demand answers to it")
    if np.ptp(now) < 1e-9:
        raise ValueError("demand never moved, so nothing tells how it answers to the price")
    price = price - price.mean()

    def expected(_: object, a: float, e: float, c: float) -> Floats:
        return np.asarray((1 - a) * before + a * (c - e * price))

    found, spread = curve_fit(
        expected,
        before,
        now,
        p0=(0.5, 1.0, float(now.mean())),
        bounds=((1e-6, -ELASTICITY_MOST, -np.inf), (2.0, ELASTICITY_MOST, np.inf)),
    )
    width = stdtrit(len(pairs) - 3, 0.5 + CONFIDENCE / 2) * np.sqrt(np.diag(spread))
    misses = now - expected(None, *found)
    turnover, elasticity = (
        Estimate(float(at), float(at - by), float(at + by))
        for at, by in zip(found[:2], width[:2], strict=True)
    )
    noise = math.sqrt(float(misses @ misses) / (len(pairs) - 3))
    return Fit(elasticity, turnover, noise, len(pairs))
