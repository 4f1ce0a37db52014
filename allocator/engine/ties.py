"""Who goes first among equals: what continues something, then the tie order.

Of plans with the greatest surplus one is wanted that takes most of the bids that continue
something. So amounts are counted in finer grains, of which each such bid is worth one more: all of
them together are less than the least difference between two plans, so they decide nothing else,
and whoever drops the finer grains has the surplus again.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from allocator.engine.lattice import Lattice, whole_numbers
from allocator.engine.packing import NOT_AWARDED, Packing
from allocator.problem import Option


def finer(lattice: Lattice) -> Lattice:
    """The lattice in grains so fine that bids that continue something can be worth one more each;
    they come first in tie order, too."""
    first = np.array([bid.continues for bid in lattice.problem.bids], dtype=np.bool_)
    if not first.any():
        return lattice
    fine = int(first.sum()) + 1
    more = first[lattice.bid_of].tolist()
    values = [int(value) * fine + extra for value, extra in zip(lattice.value, more, strict=True)]
    rank = np.empty_like(lattice.rank)
    rank[np.lexsort((lattice.rank, ~first))] = np.arange(lattice.bids)
    return replace(
        lattice,
        per_ucr=lattice.per_ucr * fine,
        per_price=lattice.per_price * fine,
        value=whole_numbers(values),
        bonuses=lattice.bonuses * fine,
        rank=rank,
        fine=lattice.fine * fine,
    )


def settle(lattice: Lattice, packing: Packing) -> None:
    """Hand the awards of identical bids to those that the tie order puts first.

    Identical: the same options, and the same team where the team has a budget or a cap. The
    earlier start goes to the earlier in tie order. Nothing else changes hands.
    """
    for bids in _identical(lattice):
        held = [(int(packing.option[b]), int(packing.start[b]), b) for b in bids]
        awards = sorted(
            (int(lattice.number_of[option]), start, packing.gain[b] - _extra(lattice, b))
            for option, start, b in held
            if option != NOT_AWARDED
        )
        if len(bids) == 1 or not awards:
            continue
        for option, _, b in held:
            if option != NOT_AWARDED:
                packing.remove(b)
        for b, (number, start, gain) in zip(bids, awards, strict=False):
            same = lattice.find(b, number)
            if same is not None:  # identical bids have identical options
                packing.place(same, start, gain + _extra(lattice, b))


def _extra(lattice: Lattice, bid: int) -> int:
    """The finest grain, of a bid that continues something where those count."""
    return int(lattice.fine > 1 and lattice.problem.bids[bid].continues)


def _identical(lattice: Lattice) -> list[list[int]]:
    limited = {each.team for each in lattice.problem.budgets}
    limited |= {each.team for each in lattice.problem.caps}
    groups: defaultdict[tuple[tuple[Option, ...], str], list[int]] = defaultdict(list)
    for b in lattice.rank.argsort().tolist():
        bid = lattice.problem.bids[b]
        if bid.standing is None:  # who holds a place already is nobody's equal
            groups[bid.options, bid.team if bid.team in limited else ""].append(b)
    return list(groups.values())
