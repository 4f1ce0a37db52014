"""Published prices in whole micro-credits per unit-hour, and the bound that they prove."""

import numpy as np

from allocator.effort import Effort
from allocator.lattice import Floats, Ints, Lattice
from allocator.relaxation import Relaxed


def publish(lattice: Lattice, relaxed: Relaxed, effort: Effort) -> Ints:
    return whole(lattice, relaxed.prices_ucr)


def bound(lattice: Lattice, prices_ucr: Ints) -> int:
    """What no allocation can exceed, in grains, exactly: what each bid could have at best at
    these prices, and what all capacity is worth above the reserve."""
    prices = lattice.exact(prices_ucr)
    bids = sum(lattice.best_of_bids(prices).tolist())
    return int(bids) + offered(lattice, prices_ucr)


def offered(lattice: Lattice, prices_ucr: Ints) -> int:
    """Σ (price − reserve price) × capacity, in grains, exactly."""
    above = (prices_ucr - lattice.reserve_ucr).ravel().tolist()
    units = lattice.capacity.ravel().tolist()
    return sum(a * u for a, u in zip(above, units, strict=True)) * lattice.per_price


def whole(lattice: Lattice, prices_ucr: Floats) -> Ints:
    """The nearest whole prices that are not below the reserve."""
    return np.maximum(np.rint(prices_ucr).astype(np.int64), lattice.reserve_ucr)
