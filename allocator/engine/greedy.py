"""Plain construction: options in an order, each bid at the best start that still fits."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from allocator.engine.effort import Effort
from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.packing import NOT_AWARDED, Gains, Packing
from allocator.engine.params import PARAMS, EngineParams
from allocator.outcome import Award


def construct(
    lattice: Lattice,
    gains: Gains,
    prices_ucr: Floats,
    effort: Effort,
    params: EngineParams = PARAMS,
    *,
    few: bool = False,
) -> Packing:
    """The best of several plain orders, each start chosen at the guiding prices; of a ``few``
    where more follows.

    Needs no solver. One unit of work for every four options tried.
    """
    found = Packing(lattice)
    for order in islice(_orders(lattice, prices_ucr, params), params.few_orders if few else None):
        packing = Packing(lattice)
        fill(packing, order.tolist(), gains)
        effort.spend(1 + lattice.options // 4)
        if packing.surplus > found.surplus:
            found = packing
        if effort.stop():
            break
    return found


def simplest(lattice: Lattice, gains: Gains, params: EngineParams = PARAMS) -> Packing:
    """The best of what ``improve.simplest`` tries, without compiled code: for few columns."""
    found = Packing(lattice)
    for power in params.simple_powers:
        score = np.full(lattice.bids, -np.inf)
        np.maximum.at(score, lattice.bid_of, _by_size(lattice, power))
        order = np.argsort(-score, kind="stable").tolist()
        for each in (_served(lattice, order, gains, first=first) for first in (False, True)):
            found = max(found, each, key=lambda packing: packing.surplus)
    return found


def _served(lattice: Lattice, order: Sequence[int], gains: Gains, *, first: bool) -> Packing:
    """Bids in that order, each at its best option and start, or at the ``first`` of its list."""
    packing = Packing(lattice)
    for bid in order:
        options = range(*lattice.bid_first[bid : bid + 2].tolist())
        places = [place for each in options if (place := _place(packing, each, gains, first=first))]
        if places:
            packing.place(*(places[0] if first else max(places, key=lambda place: place[2])))
    return packing


def _place(
    packing: Packing, option: int, gains: Gains, *, first: bool
) -> tuple[int, int, int] | None:
    """Where the option fits and gains, (option, start, gain): first, or most; None if nowhere."""
    fits = packing.room(option) if packing.affordable(option) else None
    if fits is None:
        return None
    gain, _ = gains.of(option)
    good = np.flatnonzero(fits & (gain > 0))
    if not len(good):
        return None
    at = int(good[0] if first else good[np.argmax(gain[good])])
    return option, int(packing.lattice.low[option]) + at, int(gain[at])


def wanted(lattice: Lattice, awards: Sequence[Award]) -> Ints:
    """Earlier awards in this problem's numbers, [award, (option, start)], in canonical order;
    those that name what it does not have are left out."""
    number = {bid.id: b for b, bid in enumerate(lattice.problem.bids)}
    found = []
    for award in sorted(awards):
        b = number.get(award.bid)
        option = None if b is None else lattice.find(b, award.option)
        if option is not None and lattice.low[option] <= award.start <= lattice.high[option]:
            found.append((option, award.start))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def resume(lattice: Lattice, gains: Gains, warm: Sequence[Award], prices_ucr: Floats) -> Packing:
    """The earlier awards that still fit, in canonical order, then whatever else fits."""
    packing = Packing(lattice)
    for option, start in wanted(lattice, warm).tolist():
        gain, net = gains.of(option)
        at = start - int(lattice.low[option])
        free = packing.option[lattice.bid_of[option]] == NOT_AWARDED
        if (
            free
            and net[at] > -np.inf
            and packing.affordable(option)
            and packing.fits(option, start)
        ):
            packing.place(option, start, int(gain[at]))
    fill(packing, by_price(lattice, prices_ucr).tolist(), gains)
    return packing


def fill(packing: Packing, order: Iterable[int], gains: Gains) -> None:
    """Insert what fits, in that order. No bid that would fit is left out by it."""
    bid_of = packing.lattice.bid_of
    for option in order:
        if packing.option[bid_of[option]] == NOT_AWARDED:
            packing.insert(option, gains)


def by_price(lattice: Lattice, prices_ucr: Floats) -> Ints:
    """Options by what they are worth per credit of their cheapest start."""
    value = lattice.value.astype(np.float64)
    cost = value - lattice.best(prices_ucr)
    return ordered(lattice, value / np.maximum(cost, 1e-9))


def _orders(lattice: Lattice, prices_ucr: Floats, params: EngineParams) -> Iterator[Ints]:
    yield by_price(lattice, prices_ucr)
    for power in params.size_powers:
        yield ordered(lattice, _by_size(lattice, power))


def _by_size(lattice: Lattice, power: float) -> Floats:
    """Per option: its value for each unit and slot, as far as ``power`` counts them."""
    rows = lattice.leg_rows
    size = np.bincount(rows[:, 0], weights=rows[:, 2] * rows[:, 4], minlength=lattice.options)
    return np.asarray(lattice.value.astype(np.float64) / np.maximum(size, 1.0) ** power)


def ordered(lattice: Lattice, score: Floats) -> Ints:
    """Option numbers, highest score first; equals by the bids' tie order."""
    return np.lexsort((lattice.number_of, lattice.rank[lattice.bid_of], -score))
