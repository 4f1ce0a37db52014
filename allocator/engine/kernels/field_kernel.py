"""Compiled: awards in the making, and the room, caps and money that they leave.

Everything is whole numbers but the guiding prices, so equal input finds equal awards.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from allocator.engine.flat import (
    BID,
    CHARGE,
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
    TEAM,
    VALUE,
)
from allocator.engine.lattice import Flags, Floats, Ints

NONE = -1
OPTION, START = range(2)
AFTER, BEFORE = range(2)


class Terms(NamedTuple):
    """What never changes: the tables of ``allocator.engine.flat``, and how many rows are pools."""

    options: Ints
    legs: Ints
    bids: Ints
    reserve: Ints


class Field(NamedTuple):
    """Who has what, and the room and money that leaves; awards are listed by row and start."""

    free: Ints  # [row, slot]
    purse: Ints  # [team with a limit], micro-credits
    award: Ints  # [bid, (option, start)], −1 for none
    head: Ints  # [row × slots + slot]: a leg that begins there; the others follow by ``link``
    link: Ints  # [bid × legs at most + leg, (after, before)]
    kept: Ints  # [bid, (option, start)]: the best met in this round


# Small functions are put into their callers whole: handing tables over costs more than they do.


@njit(cache=True, nogil=True, inline="always")
def gain(options: Ints, legs: Ints, reserve: Ints, option: int, start: int) -> int:
    points = options[option, VALUE]
    for leg in range(options[option, LEG_FIRST], options[option, LEG_LAST]):
        row, begin = legs[leg, ROW], start + legs[leg, OFFSET]
        points -= legs[leg, QUANTITY] * (
            reserve[row, begin + legs[leg, DURATION]] - reserve[row, begin]
        )
    return points


@njit(cache=True, nogil=True)
def net(options: Ints, legs: Ints, sums: Floats, option: int, start: int) -> float:
    points = float(options[option, VALUE])
    for leg in range(options[option, LEG_FIRST], options[option, LEG_LAST]):
        row, begin = legs[leg, ROW], start + legs[leg, OFFSET]
        points -= legs[leg, QUANTITY] * (sums[row, begin + legs[leg, DURATION]] - sums[row, begin])
    return points


@njit(cache=True, nogil=True, inline="always")
def leg_fits(legs: Ints, free: Ints, leg: int, start: int) -> bool:
    row, quantity = legs[leg, ROW], legs[leg, QUANTITY]
    slot = start + legs[leg, OFFSET]
    end = slot + legs[leg, DURATION]
    while slot < end and free[row, slot] >= quantity:
        slot += 1
    return slot == end


@njit(cache=True, nogil=True)
def fits(
    options: Ints, legs: Ints, bids: Ints, free: Ints, purse: Ints, option: int, start: int
) -> bool:
    team = bids[options[option, BID], TEAM]
    if team >= 0 and purse[team] < options[option, CHARGE]:
        return False
    for leg in range(options[option, LEG_FIRST], options[option, LEG_LAST]):
        if not leg_fits(legs, free, leg, start):
            return False
    return True


@njit(cache=True, nogil=True)
def place(terms: Terms, field: Field, option: int, start: int) -> None:
    """Award the option; the caller has asked whether it fits."""
    options, legs = terms.options, terms.legs
    free, link, head = field.free, field.link, field.head
    bid, first = options[option, BID], options[option, LEG_FIRST]
    most, slots = len(link) // len(field.award), free.shape[1]
    for leg in range(first, options[option, LEG_LAST]):
        row, begin, quantity = legs[leg, ROW], start + legs[leg, OFFSET], legs[leg, QUANTITY]
        for slot in range(begin, begin + legs[leg, DURATION]):
            free[row, slot] -= quantity
        node, cell = bid * most + leg - first, row * slots + begin
        after = head[cell]
        link[node, AFTER], link[node, BEFORE] = after, NONE
        if after >= 0:
            link[after, BEFORE] = node
        head[cell] = node
    team = terms.bids[bid, TEAM]
    if team >= 0:
        field.purse[team] -= options[option, CHARGE]
    field.award[bid, OPTION], field.award[bid, START] = option, start


@njit(cache=True, nogil=True)
def remove(terms: Terms, field: Field, bid: int) -> None:
    """Take the bid's award back."""
    options, legs = terms.options, terms.legs
    free, link = field.free, field.link
    option, start = field.award[bid, OPTION], field.award[bid, START]
    first, most, slots = options[option, LEG_FIRST], len(link) // len(field.award), free.shape[1]
    for leg in range(first, options[option, LEG_LAST]):
        row, begin, quantity = legs[leg, ROW], start + legs[leg, OFFSET], legs[leg, QUANTITY]
        for slot in range(begin, begin + legs[leg, DURATION]):
            free[row, slot] += quantity
        node = bid * most + leg - first
        after, before = link[node, AFTER], link[node, BEFORE]
        if before >= 0:
            link[before, AFTER] = after
        else:
            field.head[row * slots + begin] = after
        if after >= 0:
            link[after, BEFORE] = before
    team = terms.bids[bid, TEAM]
    if team >= 0:
        field.purse[team] += options[option, CHARGE]
    field.award[bid, OPTION] = field.award[bid, START] = NONE


@njit(cache=True, nogil=True, inline="always")
def within(legs: Ints, rows: Flags, first: int, last: int) -> bool:
    while first < last and rows[legs[first, ROW]]:
        first += 1
    return first == last


@njit(cache=True, nogil=True)
def _best_of_option(
    options: Ints, legs: Ints, free: Ints, sums: Floats, option: int, best: float
) -> tuple[float, int]:
    """The cheapest start at which all legs fit, if it is worth more than ``best``; else −1.

    Slides along the first leg's row; other legs are asked only where the first one fits.
    """
    found, run = NONE, 0
    lead, last = options[option, LEG_FIRST], options[option, LEG_LAST]
    row, quantity = legs[lead, ROW], legs[lead, QUANTITY]
    shift, long = legs[lead, OFFSET], legs[lead, DURATION]
    value = float(options[option, VALUE])
    end = options[option, HIGH] + shift + long
    slot = options[option, LOW] + shift
    while slot < end:
        slot += 1
        if free[row, slot - 1] < quantity:
            run = 0
            if slot + long > end:
                break
            continue
        run += 1
        if run < long:
            continue
        net = value - quantity * (sums[row, slot] - sums[row, slot - long])
        if net > best and last - lead > 1:
            net = _several(options, legs, free, sums, option, slot - long - shift)
        if net > best:
            best, found = net, slot - long - shift
    return best, found


@njit(cache=True, nogil=True)
def _several(options: Ints, legs: Ints, free: Ints, sums: Floats, option: int, start: int) -> float:
    """What an option of several legs is worth at a start; −∞ where one does not fit."""
    for leg in range(options[option, LEG_FIRST] + 1, options[option, LEG_LAST]):
        if not leg_fits(legs, free, leg, start):
            return -np.inf
    return net(options, legs, sums, option, start)


@njit(cache=True, nogil=True)
def best_place(
    terms: Terms, field: Field, sums: Floats, rows: Flags, bid: int
) -> tuple[int, int, int]:
    """The option and start that fit and are worth most above the guiding prices, or −1; and the
    points that it gains."""
    options, legs, reserve = terms.options, terms.legs, terms.reserve
    free, purse = field.free, field.purse
    best, taken, at, points = -np.inf, NONE, NONE, 0
    team = terms.bids[bid, TEAM]
    for option in range(terms.bids[bid, FIRST], terms.bids[bid, LAST]):
        if team >= 0 and purse[team] < options[option, CHARGE]:
            continue
        if not within(legs, rows, options[option, LEG_FIRST], options[option, LEG_LAST]):
            continue
        net, start = _best_of_option(options, legs, free, sums, option, best)
        if start < 0:
            continue
        gained = gain(options, legs, reserve, option, start)
        if gained > 0:
            best, taken, at, points = net, option, start, gained
    return taken, at, points


@njit(cache=True, nogil=True)
def fill(terms: Terms, field: Field, sums: Floats, rows: Flags, order: Ints) -> None:
    """Award what fits, in that order of bids, at the best start each."""
    for bid in order:
        if field.award[bid, OPTION] < 0:
            option, start, _ = best_place(terms, field, sums, rows, bid)
            if option >= 0:
                place(terms, field, option, start)


@njit(cache=True, nogil=True)
def first_place(terms: Terms, field: Field, bid: int) -> tuple[int, int]:
    """The first option of the bid, at its first start, that fits and gains, or −1."""
    options, legs, reserve = terms.options, terms.legs, terms.reserve
    for option in range(terms.bids[bid, FIRST], terms.bids[bid, LAST]):
        for start in range(options[option, LOW], options[option, HIGH] + 1):
            if gain(options, legs, reserve, option, start) > 0 and fits(
                options, legs, terms.bids, field.free, field.purse, option, start
            ):
                return option, start
    return NONE, NONE


@njit(cache=True, nogil=True)
def fill_first(terms: Terms, field: Field, order: Ints) -> None:
    """Award what fits, in that order of bids, each as early in its own list as it can."""
    for bid in order:
        if field.award[bid, OPTION] < 0:
            option, start = first_place(terms, field, bid)
            if option >= 0:
                place(terms, field, option, start)


@njit(cache=True, nogil=True)
def may_have(terms: Terms, field: Field, option: int, start: int) -> bool:
    """Whether the option's bid has nothing yet and it fits."""
    options = terms.options
    free = field.award[options[option, BID], OPTION] < 0
    return free and fits(options, terms.legs, terms.bids, field.free, field.purse, option, start)


@njit(cache=True, nogil=True)
def place_all(terms: Terms, field: Field, wanted: Ints) -> None:
    """Award these options at these starts, as far as they fit, in that order."""
    for each in range(len(wanted)):
        option, start = wanted[each, OPTION], wanted[each, START]
        if may_have(terms, field, option, start):
            place(terms, field, option, start)


@njit(cache=True, nogil=True)
def barred(terms: Terms, field: Field, columns: Ints, closed: Flags) -> None:
    """Per (option, start): whether its bid has an award, or it does not fit."""
    for each in range(len(columns)):
        closed[each] = not may_have(terms, field, columns[each, OPTION], columns[each, START])


@njit(cache=True, nogil=True)
def points_of(terms: Terms, award: Ints) -> int:
    """What these awards gain together above the reserve."""
    points = 0
    for bid in range(len(award)):
        if award[bid, OPTION] >= 0:
            points += gain(
                terms.options, terms.legs, terms.reserve, award[bid, OPTION], award[bid, START]
            )
    return points


@njit(cache=True, nogil=True)
def bring_forward(terms: Terms, field: Field, sums: Ints, order: Ints) -> int:
    """Move each award to its option's cheapest start that fits at these price sums (points),
    the earliest among equals, where it gains no less; how many moved."""
    options, legs, reserve = terms.options, terms.legs, terms.reserve
    moved = 0
    for bid in order:
        option, before = field.award[bid, OPTION], field.award[bid, START]
        if options[option, LOW] == options[option, HIGH]:
            continue
        remove(terms, field, bid)
        had, best, at = gain(options, legs, reserve, option, before), -1, before
        for start in range(options[option, LOW], options[option, HIGH] + 1):
            cost = options[option, VALUE] - gain(options, legs, sums, option, start)
            cheaper = best < 0 or cost < best or (cost == best and start < at)
            if start != before and (
                not cheaper
                or gain(options, legs, reserve, option, start) < had
                or not fits(options, legs, terms.bids, field.free, field.purse, option, start)
            ):
                continue
            if cheaper:
                best, at = cost, start
        place(terms, field, option, at)
        moved += at != before
    return moved
