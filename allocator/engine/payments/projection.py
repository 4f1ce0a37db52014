"""The nearest point under linear constraints, by least distance programming."""

import numpy as np
from scipy.optimize import nnls

from allocator.engine.lattice import Floats

SLACK = 1e-12


def nearest(
    aim: Floats, outside: Floats, needed: Floats, total: float, low: Floats, high: Floats
) -> Floats:
    """The x nearest to ``aim`` with ``outside @ x ≥ needed``, low ≤ x ≤ high and Σx ≤ total.

    Lawson and Hanson (1974), chapter 23: the distance is least where the residual of one
    non-negative least-squares problem says. An active-set method: deterministic, and exact but
    for the last bits of a float.
    """
    unit = max(float(high.max(initial=0.0)), 1.0)
    eye = np.eye(len(aim))
    left = np.vstack([outside, eye, -eye, -np.ones((1, len(aim)))])
    right = np.concatenate([needed, low, -high, [-total - SLACK * unit]]) / unit
    shifted = right - left @ (aim / unit)
    if (shifted <= SLACK).all():
        return aim
    system = np.vstack([left.T, shifted])
    goal = np.zeros(len(aim) + 1)
    goal[-1] = 1.0
    multipliers, _ = nnls(system, goal, maxiter=100 * len(right))
    residual = system @ multipliers - goal
    step = -residual[:-1] / residual[-1]
    found: Floats = np.clip(aim + step * unit, low, high)
    return found
