"""Plain construction: options in an order, each bid at the best start that still fits."""

from collections.abc import Iterable

import numpy as np

from allocator.effort import Effort
from allocator.lattice import Floats, Ints, Lattice
from allocator.packing import NOT_AWARDED, Guide, Packing


def construct(lattice: Lattice, prices_ucr: Floats, effort: Effort) -> Packing:
    """The best of several plain orders at the guiding prices; one unit an option tried.

    The orders: value per price paid, value per unit and slot, value. Needs no solver.
    """
    guide = Guide(lattice, prices_ucr)
    flat = Guide(lattice, lattice.reserve_ucr.astype(np.float64))
    found = Packing(lattice)
    for order, start_guide in (
        (by_price(lattice, prices_ucr), guide),
        (by_density(lattice), guide),
        (by_density(lattice), flat),
        (by_value(lattice), guide),
    ):
        packing = Packing(lattice)
        fill(packing, order.tolist(), start_guide)
        effort.spend(lattice.options)
        if packing.surplus > found.surplus:
            found = packing
        if effort.stop():
            break
    return found


def fill(packing: Packing, order: Iterable[int], guide: Guide) -> None:
    """Insert what fits, in that order."""
    bid_of = packing.lattice.bid_of
    for option in order:
        if packing.option[bid_of[option]] == NOT_AWARDED:
            packing.insert(option, guide)


def by_price(lattice: Lattice, prices_ucr: Floats) -> Ints:
    """Options by what they are worth per credit of their cheapest start, dearest bids first."""
    value = lattice.value.astype(np.float64)
    cost = value - lattice.best(prices_ucr)
    return ordered(lattice, value / np.maximum(cost, 1e-9))


def by_density(lattice: Lattice) -> Ints:
    """Options by value per unit and slot."""
    rows = lattice.leg_rows
    size = np.bincount(rows[:, 0], weights=rows[:, 2] * rows[:, 4], minlength=lattice.options)
    return ordered(lattice, lattice.value.astype(np.float64) / np.maximum(size, 1))


def by_value(lattice: Lattice) -> Ints:
    """Options by value."""
    return ordered(lattice, lattice.value.astype(np.float64))


def ordered(lattice: Lattice, score: Floats) -> Ints:
    """Option numbers, highest score first; equals by the bids' tie order."""
    return np.lexsort((lattice.number_of, lattice.rank[lattice.bid_of], -score))
