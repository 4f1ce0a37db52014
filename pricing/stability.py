"""When a log-price controller is stable, and which gain is too much.

Around its rest the loop is linear (`x`: demand's distance from its target, relative; `p`: price):

    x  ← (1 − a) x − a ε (ln p − ln p₀)      the plant: a share a of demand is re-priced each tick
    xf ← (1 − s) xf + s x                     the controller's filter
    y  ← y + k xf,   ln p = y + kp xf         its integral and proportional parts

Without a filter (s = 1) it is stable while a ε (k + 2 kp) < 4 − 2a and a ε kp < 2 − a (Jury's
criterion on the characteristic polynomial): with all demand re-priced at once (a = 1) and no
proportional part, while gain × elasticity < 2. In general: while the largest eigenvalue of the
three lines lies within the unit circle.
"""

from typing import Final

import numpy as np

GAIN_MOST: Final = 1000.0
HALVINGS: Final = 60
EDGE: Final = 1e-9  # an eigenvalue this near the unit circle counts as on it


def radius(
    gain: float,
    elasticity: float,
    *,
    turnover: float = 1.0,
    proportional: float = 0.0,
    smoothing: float = 1.0,
) -> float:
    """The largest size of the loop's eigenvalues; stable below 1, the nearer to 0 the faster.

    ``turnover``: the share a of demand that is re-priced each tick, 1 over the mean stay in
    ticks. ``smoothing``: the weight s of the newest tick in the filter, 1 for none.
    """
    a, e, s, k, kp = turnover, elasticity, smoothing, gain, proportional
    plant = np.array([1 - a, -a * e * kp, -a * e])  # next x, of (x, xf, y)
    filtered = s * plant + np.array([0.0, 1 - s, 0.0])
    summed = k * filtered + np.array([0.0, 0.0, 1.0])
    return float(np.abs(np.linalg.eigvals(np.array([plant, filtered, summed]))).max())


def is_stable(
    gain: float,
    elasticity: float,
    *,
    turnover: float = 1.0,
    proportional: float = 0.0,
    smoothing: float = 1.0,
) -> bool:
    """Whether a step in demand dies out."""
    found = radius(
        gain, elasticity, turnover=turnover, proportional=proportional, smoothing=smoothing
    )
    return found < 1 - EDGE


def largest_gain(
    elasticity: float,
    *,
    turnover: float = 1.0,
    proportional: float = 0.0,
    smoothing: float = 1.0,
) -> float:
    """The gain below which the loop is stable; 0 where no gain is.

    >>> round(largest_gain(1.0), 6), round(largest_gain(2.0, turnover=0.25), 6)
    (2.0, 7.0)
    """
    low, high = 0.0, GAIN_MOST
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if is_stable(
            middle,
            elasticity,
            turnover=turnover,
            proportional=proportional,
            smoothing=smoothing,
        ):
            low = middle
        else:
            high = middle
    return high


def quick_gains(elasticity: float, turnover: float) -> tuple[float, float]:
    """Gain and proportional part that settle quickly where prices are locked for a job's stay.

    ``kp = 4/ε`` and ``k = a (1 + ε kp)² / (4 ε)``, the largest gain that does not oscillate
    (both poles of z² − (2 − a − a ε (k + kp)) z + (1 − a − a ε kp) real and equal).
    """
    proportional = 4 / elasticity
    return turnover * (1 + elasticity * proportional) ** 2 / (4 * elasticity), proportional
