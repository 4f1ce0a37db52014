"""Who goes first among equals: bids that ask for the very same thing, in tie order."""

from collections import defaultdict

from allocator.engine.lattice import Lattice
from allocator.engine.packing import NOT_AWARDED, Packing
from allocator.problem import Option


def settle(lattice: Lattice, packing: Packing) -> None:
    """Hand the awards of identical bids to those that the tie order puts first.

    Identical: the same options, and the same team where the team has a budget or a cap. The
    earlier start goes to the earlier in tie order. Nothing else changes hands.
    """
    for bids in _identical(lattice):
        held = [(int(packing.option[b]), int(packing.start[b]), b) for b in bids]
        awards = sorted(
            (int(lattice.number_of[option]), start, packing.gain[b])
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
                packing.place(same, start, gain)


def _identical(lattice: Lattice) -> list[list[int]]:
    limited = {each.team for each in lattice.problem.budgets}
    limited |= {each.team for each in lattice.problem.caps}
    groups: defaultdict[tuple[tuple[Option, ...], str], list[int]] = defaultdict(list)
    for b in lattice.rank.argsort().tolist():
        bid = lattice.problem.bids[b]
        if bid.standing is None:  # who holds a place already is nobody's equal
            groups[bid.options, bid.team if bid.team in limited else ""].append(b)
    return list(groups.values())
