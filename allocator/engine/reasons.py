"""Why each bid without an award got none, and by how much it missed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from allocator.engine.lattice import Flags, Ints, Lattice, Numbers, compile_problem
from allocator.engine.packing import NOT_AWARDED, Packing
from allocator.outcome import Reason, Rejection


def rejections(lattice: Lattice, packing: Packing, prices_ucr: Ints) -> tuple[Rejection, ...]:
    """One reason for every bid without an award: the first that applies.

    ``cap`` or ``budget``: at some start an option worth more than its price there would fit what
    capacity is left, but for that limit. Where only both together are in the way, it is ``cap``.
    """
    everything = lattice
    if lattice.options < sum(len(bid.options) for bid in lattice.problem.bids):
        everything = compile_problem(replace(lattice.problem, budgets=()), 0)
    worth = _tops(everything, everything.best(everything.exact(everything.reserve_ucr)))
    best = _tops(lattice, lattice.best(lattice.exact(prices_ucr)))
    prefix = lattice.prefix(lattice.exact(prices_ucr))
    found = []
    for bid in np.flatnonzero(packing.option == NOT_AWARDED).tolist():
        lack, why = 0, Reason.BUDGET  # of a bid with no option within the team's limit
        mine, least = best[bid], worth[bid]
        if least is not None and least < 0:
            lack, why = -least, Reason.BELOW_RESERVE
        elif mine is not None and mine <= 0:
            lack, why = -mine, Reason.OUTBID
        elif mine is not None:
            why = _barred(lattice, packing, bid, prefix)
        name = lattice.problem.bids[bid].id
        found.append(Rejection(name, why, -(-lack // lattice.per_ucr)))
    return tuple(found)


def _tops(lattice: Lattice, best: Numbers) -> list[int | None]:
    """Per bid: the most of its options' figures; None where it has no option."""
    first, figures = lattice.bid_first.tolist(), best.tolist()
    return [max(figures[low:high], default=None) for low, high in pairwise(first)]


def _barred(lattice: Lattice, packing: Packing, bid: int, prefix: Numbers) -> Reason:
    """What keeps a bid out that is worth more than its price."""
    low, high = lattice.bid_first[bid : bid + 2].tolist()
    bars = [_bars(lattice, packing, option, prefix) for option in range(low, high)]
    if any(capped and not broke for capped, broke in bars):
        return Reason.CAP
    if any(broke and not capped for capped, broke in bars):
        return Reason.BUDGET
    return Reason.CAP if any(capped for capped, _ in bars) else Reason.UNFIT


def _bars(lattice: Lattice, packing: Packing, option: int, prefix: Numbers) -> tuple[bool, bool]:
    """Whether the team's cap, and whether its budget, stands between an option and the room."""
    roomy = packing.room(option, capped=False)
    if roomy is None:
        return False, False
    cost = lattice.cost(lattice.columns(option, option + 1), prefix)
    roomy = roomy & (lattice.value[option] - cost > 0).astype(np.bool_)
    if not roomy.any():
        return False, False
    allowed: Flags | None = packing.room(option)
    within = roomy if allowed is None else roomy & allowed
    capped = allowed is None or not within.any()
    return capped, not packing.affordable(option)
