"""Published prices in whole micro-credits per unit-hour, and the bound that they prove.

Which prices: those that lose the least opportunity; among these the least Σ price × capacity;
among these the lexicographically least by pool id and slot. How exactly that is met:

- the least opportunity lost: where column generation ends, to a float's precision; where it is
  cut short, the least met so far;
- the least Σ price × capacity: as the former, since the LP's capacities are raised a little;
- lexicographically: where the dual LP is small (``face_cells`` priced cells, ``face_columns``
  columns); beyond, the prices are one end of whatever face is left;
- whole numbers: the best of rounding to the nearest, down and up; in small problems improved
  cell by cell until no single step loses less, or loses as little at a lower price.
"""

from itertools import count

import numpy as np

from allocator.engine.bounds.face import Face
from allocator.engine.bounds.relaxation import Relaxed
from allocator.engine.effort import Effort
from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.params import PARAMS, EngineParams


def publish(
    lattice: Lattice, relaxed: Relaxed, effort: Effort, params: EngineParams = PARAMS
) -> Ints:
    """The prices to publish, from the duals that the relaxation found."""
    prices = relaxed.prices_ucr
    if relaxed.exact and lattice.count <= params.face_columns:
        prices = _lexicographic(lattice, prices, effort, params)
    found = [
        whole(lattice, each) for each in (prices, np.floor(prices + 1e-6), np.ceil(prices - 1e-6))
    ]
    best = min(found, key=lambda each: _rank(lattice, each))
    effort.spend(1 + 3 * lattice.count // 1000)
    return _polished(lattice, best, effort, params.polish_columns)


def bound(lattice: Lattice, prices_ucr: Ints) -> int:
    """What no allocation can exceed, in grains, exactly: what each bid could have at best at
    these prices, and what all capacity is worth above the reserve."""
    bids = sum(lattice.best_of_bids(lattice.exact(prices_ucr)).tolist())
    return int(bids) + offered(lattice, prices_ucr)


def offered(lattice: Lattice, prices_ucr: Ints) -> int:
    """Σ (price − reserve price) × capacity, in grains, exactly."""
    above = (prices_ucr - lattice.reserve_ucr).ravel()
    units = lattice.capacity.ravel()
    dear = np.flatnonzero(above)  # most slots cost their reserve
    pairs = zip(above[dear].tolist(), units[dear].tolist(), strict=True)
    return int(sum(a * u for a, u in pairs) * lattice.per_price)


def whole(lattice: Lattice, prices_ucr: Floats) -> Ints:
    """The nearest whole prices that are not below the reserve."""
    return np.maximum(np.rint(prices_ucr).astype(np.int64), lattice.reserve_ucr)


def _rank(lattice: Lattice, prices_ucr: Ints) -> tuple[int, int, list[int]]:
    """What makes prices better, smaller first."""
    worth = offered(lattice, prices_ucr)
    return bound(lattice, prices_ucr), worth, prices_ucr.ravel().tolist()


def _polished(lattice: Lattice, prices_ucr: Ints, effort: Effort, budget: int) -> Ints:
    """Step each price by one micro-credit, or to its reserve, where that is better; ``budget``
    columns are priced at most."""
    best, worth = prices_ucr.copy(), offered(lattice, prices_ucr)
    total = bound(lattice, best)
    for _ in count():
        before = total, worth
        for cell in map(tuple, np.argwhere(best > lattice.reserve_ucr).tolist()):
            old, reserve = int(best[cell]), int(lattice.reserve_ucr[cell])
            unit = int(lattice.capacity[cell]) * lattice.per_price
            for price in (max(old - 1, reserve), old + 1, reserve):
                budget -= lattice.count + 1000
                if budget < 0 or effort.over:
                    return best
                effort.spend(1 + lattice.count // 1000)
                now = int(best[cell])
                best[cell] = price
                new = bound(lattice, best), worth + (price - now) * unit
                if (*new, price) < (total, worth, now):
                    total, worth = new
                else:
                    best[cell] = now
        if (total, worth) == before:
            break
    return best


def _lexicographic(
    lattice: Lattice, prices_ucr: Floats, effort: Effort, params: EngineParams
) -> Floats:
    """The canonical prices, goal after goal, where the dual LP is small; else as they are."""
    face = Face(lattice, prices_ucr, params.face_cells)
    if not face.small:
        return prices_ucr
    for goal in (face.lost, face.worth):
        effort.spend(1 + lattice.count // 50)
        if effort.stop() or not face.least(goal):
            return prices_ucr
    for place in range(len(face.cells)):
        effort.spend(1 + lattice.count // 50)
        if effort.stop():
            return prices_ucr
        if place % params.face_tried_every == 0 and face.is_point(place):
            break
        if not face.settle(place):
            break
    return face.prices_ucr()
