"""Why each bid without an award got none, and by how much it missed."""

from dataclasses import replace

import numpy as np

from allocator.lattice import Ints, Lattice, compile_problem
from allocator.outcome import Reason, Rejection
from allocator.packing import NOT_AWARDED, Packing


def rejections(lattice: Lattice, packing: Packing, prices_ucr: Ints) -> tuple[Rejection, ...]:
    """One reason for every bid without an award: the first that applies.

    ``cap`` and ``budget``: an option worth more than its price would fit what capacity is left,
    but the team's limit is in the way at every such start; where both are, ``cap`` is named.
    """
    everything = lattice
    if lattice.options < sum(len(bid.options) for bid in lattice.problem.bids):
        everything = compile_problem(replace(lattice.problem, budgets=()), 0)
    worth = _top(everything, everything.reserve_ucr)
    options = lattice.best(lattice.exact(prices_ucr))
    best = _top_of(lattice, options)
    found = []
    for b in np.flatnonzero(packing.option == NOT_AWARDED).tolist():
        reason, lack = _reason(lattice, packing, b, worth[b], best[b], options)
        shortfall = -(-lack // lattice.per_ucr)
        found.append(Rejection(lattice.problem.bids[b].id, reason, shortfall))
    return tuple(found)


def _reason(lattice, packing, b, worth, best, options):
    if worth is not None and worth < 0:
        return Reason.BELOW_RESERVE, -worth
    if best is None:
        return Reason.BUDGET, 0
    if best <= 0:
        return Reason.OUTBID, -best
    blocked = False
    for option in range(int(lattice.bid_first[b]), int(lattice.bid_first[b + 1])):
        if options[option] <= 0 or packing.room(option, capped=False) is None:
            continue
        if packing.room(option) is None:
            return Reason.CAP, 0
        blocked = blocked or not packing.affordable(option)
    return (Reason.BUDGET if blocked else Reason.UNFIT), 0


def _top(lattice: Lattice, prices_ucr: Ints) -> list[int | None]:
    return _top_of(lattice, lattice.best(lattice.exact(prices_ucr)))


def _top_of(lattice: Lattice, best) -> list[int | None]:
    first = lattice.bid_first.tolist()
    values = best.tolist()
    return [max(values[a:z], default=None) for a, z in zip(first, first[1:], strict=False)]
