"""Plain construction: options in an order, each bid at the best start that still fits."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from allocator.effort import Effort
from allocator.lattice import Floats, Ints, Lattice
from allocator.outcome import Award
from allocator.packing import NOT_AWARDED, Guide, Packing

POWERS: Final = (0.2, 0.35, 0.5, 0.65, 0.75, 0.85, 1.0)
"""How much size counts: 0 orders by value alone, 1 by value per unit and slot."""


def construct(lattice: Lattice, guide: Guide, prices_ucr: Floats, effort: Effort) -> Packing:
    """The best of several plain orders, each start chosen at the guiding prices.

    Needs no solver. One unit of work for every four options tried.
    """
    found = Packing(lattice)
    for order in _orders(lattice, prices_ucr):
        packing = Packing(lattice)
        fill(packing, order.tolist(), guide)
        effort.spend(1 + lattice.options // 4)
        if packing.surplus > found.surplus:
            found = packing
        if effort.stop():
            break
    return found


def from_shares(
    lattice: Lattice, guide: Guide, taken: dict[tuple[int, int], float], prices_ucr: Floats
) -> Packing:
    """The columns that the LP takes, largest shares first, then whatever else still fits."""
    packing = Packing(lattice)
    for option, start in sorted(taken, key=lambda key: (-taken[key], key)):
        free = packing.option[lattice.bid_of[option]] == NOT_AWARDED
        gain, net = guide.of(option)
        at = start - int(lattice.low[option])
        if (
            free
            and net[at] > -np.inf
            and packing.affordable(option)
            and packing.fits(option, start)
        ):
            packing.place(option, start, int(gain[at]))
    fill(packing, by_price(lattice, prices_ucr).tolist(), guide)
    return packing


def resume(lattice: Lattice, guide: Guide, warm: Sequence[Award], prices_ucr: Floats) -> Packing:
    """The earlier awards that still fit, in canonical order, then whatever else fits."""
    packing = Packing(lattice)
    number = {bid.id: b for b, bid in enumerate(lattice.problem.bids)}
    for award in sorted(warm):
        b = number.get(award.bid)
        option = None if b is None else lattice.find(b, award.option)
        if b is None or option is None or packing.option[b] != NOT_AWARDED:
            continue
        at = award.start - int(lattice.low[option])
        gain, net = guide.of(option)
        inside = 0 <= at < len(gain) and net[at] > -np.inf
        if inside and packing.affordable(option) and packing.fits(option, award.start):
            packing.place(option, award.start, int(gain[at]))
    fill(packing, by_price(lattice, prices_ucr).tolist(), guide)
    return packing


def fill(packing: Packing, order: Iterable[int], guide: Guide) -> None:
    """Insert what fits, in that order. No bid that would fit is left out by it."""
    bid_of = packing.lattice.bid_of
    for option in order:
        if packing.option[bid_of[option]] == NOT_AWARDED:
            packing.insert(option, guide)


def by_price(lattice: Lattice, prices_ucr: Floats) -> Ints:
    """Options by what they are worth per credit of their cheapest start."""
    value = lattice.value.astype(np.float64)
    cost = value - lattice.best(prices_ucr)
    return ordered(lattice, value / np.maximum(cost, 1e-9))


def _orders(lattice: Lattice, prices_ucr: Floats) -> Iterator[Ints]:
    yield by_price(lattice, prices_ucr)
    value = lattice.value.astype(np.float64)
    rows = lattice.leg_rows
    size = np.bincount(rows[:, 0], weights=rows[:, 2] * rows[:, 4], minlength=lattice.options)
    for power in POWERS:
        yield ordered(lattice, value / np.maximum(size, 1.0) ** power)


def ordered(lattice: Lattice, score: Floats) -> Ints:
    """Option numbers, highest score first; equals by the bids' tie order."""
    return np.lexsort((lattice.number_of, lattice.rank[lattice.bid_of], -score))
