"""Where work still fits: what an option needs of each pool, and the first start with room for it.

Free units are grids with a number a slot, by pool. Slots count from the grids' beginning.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.demand.job import JobLeg

Grid = NDArray[np.int64]


class Need(NamedTuple):
    """``quantity`` units of ``pool`` in the slots [begin, end) after the start."""

    pool: str
    quantity: int
    begin: int
    end: int


Needs = tuple[Need, ...]


def needs_of(legs: Sequence[JobLeg]) -> Needs:
    """What the legs take together: those on one pool at one time add up."""
    return tuple(_needs(legs))


def first_fit(needs: Needs, free: Mapping[str, Grid], first: int, last: int) -> int | None:
    """The first start in [first, last] that finds all units in all slots; none: there is none."""
    slots = min(len(grid) for grid in free.values())
    last = min(last, slots - max(need.end for need in needs))
    if last < first:
        return None
    fits = np.ones(last - first + 1, dtype=bool)
    for pool, quantity, begin, end in needs:
        short = free[pool][first + begin : last + end] < quantity
        counted = np.concatenate(([0], np.cumsum(short)))
        fits &= counted[end - begin :] == counted[: begin - end]
    found = int(fits.argmax())
    return first + found if fits[found] else None


def fits_at(needs: Needs, free: Mapping[str, Grid], start: int) -> bool:
    """Whether a start in this very slot finds all units in all slots."""
    for pool, quantity, begin, end in needs:
        units = free[pool][start + begin : start + end]
        if len(units) < end - begin or units.min() < quantity:
            return False
    return True


def take(needs: Needs, grids: Mapping[str, Grid], start: int, since: int = 0) -> None:
    """Take from the grids what a start in this slot uses, from the slot ``since`` on."""
    for pool, quantity, begin, end in needs:
        grids[pool][max(start + begin, since) : max(start + end, since)] -= quantity


def add(needs: Needs, grids: Mapping[str, Grid], start: int, since: int = 0) -> None:
    """Add to the grids what a start in this slot uses, from the slot ``since`` on."""
    for pool, quantity, begin, end in needs:
        grids[pool][max(start + begin, since) : max(start + end, since)] += quantity


def _needs(legs: Sequence[JobLeg]) -> Iterator[Need]:
    for pool in dict.fromkeys(leg.pool for leg in legs):
        here = [leg for leg in legs if leg.pool == pool]
        ends = [(leg.offset_slots, leg.offset_slots + leg.duration_slots) for leg in here]
        cuts = sorted({cut for pair in ends for cut in pair})
        for begin, end in pairwise(cuts):
            together = sum(
                leg.quantity
                for leg, (opens, closes) in zip(here, ends, strict=True)
                if opens <= begin and end <= closes
            )
            if together:
                yield Need(pool, together, begin, end)
