"""Why a bid that no start had room for lost: which units were missing, and that price was not why.

Such a bid was not cleared. What is missing is counted against what the problem had on sale, before
anything was awarded: what was sold earlier, what spot runs keep, and what is away.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.answers.explain import Explanation, Obstacle, View, runs
from allocator.audit.recount import take, window
from allocator.outcome import Outcome
from allocator.problem import Bid, Option, Problem

Short = Mapping[str, NDArray[np.int64]]
"""Units that are missing by pool and slot."""


def explain_roomless(problem: Problem, outcome: Outcome, bid: Bid) -> Explanation:
    """Which units the bid missed, where it came nearest to a place; and where one was free.

    ``bid`` is no bid of the problem: no option had room at any of its starts. It has no reason of
    the clearing. ``best`` is the option and the start that missed the fewest unit-slots; what it
    missed there are its ``obstacles``. Nobody's award held them.
    """
    view = View(problem, outcome)
    nearest = min(
        (_missing(_short(view, option, start)), number, start)
        for number, option in enumerate(bid.options)
        for start in range(window(problem, option)[0], window(problem, option)[1] + 1)
    )
    _, number, start = nearest
    option = bid.options[number]
    choices = tuple(view.cheapest(bid, each) for each in range(len(bid.options)))
    free = (one for one in view.elsewhere(bid, choices) if one.free)
    return Explanation(
        bid=bid,
        award=None,
        reason=None,
        shortfall_ucr=0,
        best=view.choice(bid, number, start),
        choices=choices,
        stretches=tuple(view.stretches(option, start)),
        obstacles=tuple(_obstacles(_short(view, option, start))),
        holders=(),
        elsewhere=tuple(sorted(free, key=lambda one: (one.price_ucr, one.start))),
    )


def _short(view: View, option: Option, start: int) -> Short:
    rows = {leg.pool: view.whole[leg.pool].copy() for leg in option.legs}
    take(rows, option, start)
    return {pool: np.maximum(-row, 0) for pool, row in rows.items()}


def _missing(short: Short) -> int:
    """Unit-slots in all."""
    return sum(int(row.sum()) for row in short.values())


def _obstacles(short: Short) -> Iterator[Obstacle]:
    for pool, row in sorted(short.items()):
        for first, end in runs(tuple(row.tolist())):
            if row[first]:
                yield Obstacle("capacity", pool, first, end, int(row[first]))
