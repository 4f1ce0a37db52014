"""The chance that a bid is enough, from what the like of it would have had to pay before.

Each past cycle is one trial: it asked for an amount, and the bid would have covered it or not. Of
``n`` trials with ``k`` covered, the chance is ``(k + 1/2) / (n + 1)``: Krichevsky and Trofimov's
estimate (1981), the mean of a proportion under Jeffreys' prior. So a few cycles never speak of
certainty, and none at all say nothing. Trials count alike: the next cycle is taken to be like one
of the last, drawn by chance; what the bid itself does to the price is left out.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence


def chance(covered: int, trials: int) -> float | None:
    """The chance that the next trial is covered too; None where there was none.

    >>> chance(3, 3), chance(0, 9), chance(0, 0)
    (0.875, 0.05, None)
    """
    if not 0 <= covered <= trials:
        raise ValueError(f"{covered} of {trials} trials cannot be covered")
    return (covered + 0.5) / (trials + 1) if trials else None


def covered(asked_ucr: Sequence[int], value_ucr: int) -> int:
    """How many of these amounts, in rising order, a value covers."""
    return bisect_right(asked_ucr, value_ucr)


def quantile(asked_ucr: Sequence[int], share: float) -> int:
    """The least of these amounts, in rising order, that covers that share of them.

    >>> quantile((10, 20, 30, 40), 0.5)
    20
    """
    if not asked_ucr:
        raise ValueError("nothing was asked, so there is no quantile of it")
    return asked_ucr[max(math.ceil(share * len(asked_ucr)) - 1, 0)]


def enough(asked_ucr: Sequence[int], share: float) -> int | None:
    """The least of these amounts, in rising order, at which the chance is that share or more; None
    where they are too few for any to be."""
    trials = len(asked_ucr)
    at = max(math.ceil(share * (trials + 1) - 0.5), 1)
    return asked_ucr[at - 1] if at <= trials else None
