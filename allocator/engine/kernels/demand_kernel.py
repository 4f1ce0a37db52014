"""Compiled: what everybody would take at given prices."""

import numpy as np
from numba import njit

from allocator.engine.flat import (
    BID,
    DURATION,
    FIRST,
    HIGH,
    LAST,
    LEG_FIRST,
    LEG_LAST,
    LOW,
    OFFSET,
    QUANTITY,
    ROW,
    VALUE,
    Flat,
)
from allocator.engine.kernels.field_kernel import NONE
from allocator.engine.kernels.field_kernel import net as net_at
from allocator.engine.lattice import Floats, Ints


@njit(cache=True, nogil=True, inline="always")
def best_start(options: Ints, legs: Ints, sums: Floats, option: int) -> tuple[float, int]:
    """The most that the option is worth above the prices (points), and its start."""
    best, at = -np.inf, NONE
    lead = options[option, LEG_FIRST]
    low, high = options[option, LOW], options[option, HIGH]
    if options[option, LEG_LAST] - lead > 1:
        for start in range(low, high + 1):
            net = net_at(options, legs, sums, option, start)
            if net > best:
                best, at = net, start
    else:
        row, quantity, duration = legs[lead, ROW], legs[lead, QUANTITY], legs[lead, DURATION]
        value, offset = float(options[option, VALUE]), legs[lead, OFFSET]
        for begin in range(low + offset, high + offset + 1):
            net = value - quantity * (sums[row, begin + duration] - sums[row, begin])
            if net > best:
                best, at = net, begin - offset
    return best, at


@njit(cache=True, nogil=True)
def demand(flat: Flat, sums: Floats, first: int, last: int, use: Floats, taken: Ints) -> float:
    """Total best worth of the bids from ``first`` to before ``last`` above the prices, in points.

    ``sums``: price sums, [row, slot + 1]. Filled in: ``use`` [row, slot], by how much the units
    in use change there when each of these bids takes its best; ``taken`` [bid, (option, start)],
    −1 for none.
    """
    use[:] = 0.0
    total = 0.0
    options, legs, bids = flat.options, flat.legs, flat.bids
    for bid in range(first, last):
        best, chosen, at = 0.0, NONE, NONE
        for option in range(bids[bid, FIRST], bids[bid, LAST]):
            net, start = best_start(options, legs, sums, option)
            if net > best:
                best, chosen, at = net, option, start
        taken[bid, 0], taken[bid, 1] = chosen, at
        if chosen < 0:
            continue
        total += best
        for leg in range(options[chosen, LEG_FIRST], options[chosen, LEG_LAST]):
            row, quantity, duration = legs[leg, ROW], legs[leg, QUANTITY], legs[leg, DURATION]
            begin = at + legs[leg, OFFSET]
            use[row, begin] += quantity
            use[row, begin + duration] -= quantity
    return total


@njit(cache=True, nogil=True)
def best_worths(flat: Flat, sums: Floats, worth: Floats) -> None:
    """Per bid: the most it is worth above the prices at any start, in points, or 0."""
    for bid in range(len(worth)):
        worth[bid] = 0.0
        for option in range(flat.bids[bid, FIRST], flat.bids[bid, LAST]):
            net, _ = best_start(flat.options, flat.legs, sums, option)
            worth[bid] = max(worth[bid], net)


@njit(cache=True, nogil=True)
def near_best(flat: Flat, sums: Floats, worth: Floats, lack: Floats, columns: Ints) -> int:
    """The columns that lack at most so much, by option, to their bid's ``worth``.

    Writes as many (option, start) as ``columns`` holds, in canonical order; returns how many
    there are. A negative lack asks for columns worth more than that.
    """
    found, options = 0, flat.options
    for option in range(len(flat.options)):
        least = worth[options[option, BID]] - lack[option]
        for start in range(options[option, LOW], options[option, HIGH] + 1):
            if net_at(flat.options, flat.legs, sums, option, start) >= least:
                if found < len(columns):
                    columns[found, 0], columns[found, 1] = option, start
                found += 1
    return found


@njit(cache=True, nogil=True)
def option_worths(flat: Flat, sums: Floats, worth: Floats) -> None:
    """Per option: what it is worth above the prices at its cheapest start, in points."""
    for option in range(len(worth)):
        worth[option], _ = best_start(flat.options, flat.legs, sums, option)


@njit(cache=True, nogil=True)
def net_of(flat: Flat, sums: Floats, columns: Ints, nets: Floats) -> None:
    """What each (option, start) is worth above the prices, in points."""
    for each in range(len(columns)):
        nets[each] = net_at(flat.options, flat.legs, sums, columns[each, 0], columns[each, 1])
