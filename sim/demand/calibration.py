"""How far generated demand lies from the distributions it should follow."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.demand import distributions as drawn
from sim.demand.job import LONGEST_SLOTS, SLOT, Job

SECOND = timedelta(seconds=1)


def duration_distance(jobs: Sequence[Job]) -> float:
    """Kolmogorov distance of the jobs' lengths, in slots, from the target cut into slots.

    The length is that of the first option's first leg: the work on the team's home pool. Both
    distributions step at whole slots only, so the largest difference over these is the distance.
    """
    lengths = np.array([job.options[0].legs[0].duration_slots for job in jobs])
    slots = np.arange(1, LONGEST_SLOTS + 1)
    target = drawn.duration_cdf((slots * (SLOT // SECOND)).astype(np.float64))
    return kolmogorov_distance(lengths, slots, target)


def gang_distance(jobs: Sequence[Job]) -> float:
    """Kolmogorov distance of the jobs' gang sizes from the target's weights."""
    sizes = np.array([job.options[0].legs[0].quantity for job in jobs])
    return kolmogorov_distance(
        sizes, np.array(drawn.GANG_SIZES), np.cumsum(np.array(drawn.GANG_WEIGHTS))
    )


def kolmogorov_distance(
    sample: NDArray[np.int64], steps: NDArray[np.int64], target: NDArray[np.float64]
) -> float:
    """The largest difference between the sample's distribution and ``target`` at ``steps``.

    Exact where both distributions change at ``steps`` only, as those of whole numbers do
    (``scipy.stats.kstest`` is for continuous ones and would count each step as a difference).
    """
    if not len(sample):
        raise ValueError("there is no distance from an empty sample")
    reached = np.searchsorted(np.sort(sample), steps, side="right") / len(sample)
    return float(np.abs(reached - target).max())


def arrivals_by_hour(jobs: Sequence[Job], start: datetime, hours: int) -> NDArray[np.int64]:
    """How many jobs were submitted in each hour from ``start``."""
    at = [(job.submitted - start) // SLOT for job in jobs]
    counts: NDArray[np.int64] = np.bincount(at, minlength=hours)[:hours]
    return counts


def autocorrelation(series: NDArray[np.int64], lag: int) -> float:
    """How alike the series is to itself ``lag`` steps later: 1 the same, 0 unrelated."""
    centred = series - series.mean()
    spread = float((centred**2).sum())
    return float((centred[:-lag] * centred[lag:]).sum()) / spread if spread else 0.0
