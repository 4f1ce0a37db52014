"""Compiled: ruin and recreate upon a field of awards.

Everything is whole numbers or seeded chance, so equal input finds equal awards. Two searches may
run at once on one ``Field`` where their parts (rows and bids) have nothing in common.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from allocator.engine.flat import (
    BID,
    DURATION,
    HIGH,
    LEG_FIRST,
    LEG_LAST,
    LOW,
    OFFSET,
    QUANTITY,
    ROW,
)
from allocator.engine.kernels.field_kernel import (
    AFTER,
    NONE,
    OPTION,
    START,
    Field,
    Terms,
    best_place,
    fits,
    gain,
    leg_fits,
    place,
    remove,
    within,
)
from allocator.engine.lattice import Flags, Floats, Ints, Numbers

MOST = 4096  # awards taken back, or candidates, in one move
CURRENT, BEST, CHANGED, STAMP, STEPS = range(5)


class Guide(NamedTuple):
    """What makes an option and a start attractive."""

    sums: Floats  # price sums, [row, slot + 1]
    logs: Floats  # [bid, (value, size)]: logarithms, of its best option
    listed_first: Ints  # [row × buckets + bucket + 1], into ``listed``
    listed: Ints  # options that may use the bucket, the most attractive first
    longest: Ints  # [row]: the greatest duration of a leg
    bucket: int  # slots in one bucket of time
    pools: int  # the first so many rows


class Part(NamedTuple):
    """What one search may touch, and its own memory."""

    rows: Flags
    bids: Flags
    seeds: Ints  # options of these bids, to begin a move from
    chance: Numbers  # one uint64
    tally: Ints  # CURRENT, BEST, CHANGED, STAMP, STEPS
    mark: Ints  # [bid]
    journal: Ints  # [bids + 2 × MOST]: whose award has changed since the best
    taken: Ints  # [MOST, (bid, option, start)]
    placed: Ints  # [MOST]
    pick: Ints  # [MOST]
    score: Floats  # [MOST]


@njit(cache=True, nogil=True, inline="always")
def _drawn(chance: Numbers) -> Numbers:
    x = chance[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    chance[0] = x
    return x * np.uint64(2685821657736338717)  # xorshift64*, Vigna 2016


@njit(cache=True, nogil=True, inline="always")
def _even(chance: Numbers) -> float:
    """Evenly in [0, 1)."""
    return float(_drawn(chance) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, inline="always")
def _below(chance: Numbers, most: int) -> int:
    """A whole number in [0, most)."""
    return int((_drawn(chance) >> np.uint64(33)) % np.uint64(most))


@njit(cache=True, nogil=True)
def _take_back(terms: Terms, field: Field, part: Part, bid: int, taken: int) -> int:
    option, start = field.award[bid, OPTION], field.award[bid, START]
    part.taken[taken, 0], part.taken[taken, 1], part.taken[taken, 2] = bid, option, start
    part.tally[CURRENT] -= gain(terms.options, terms.legs, terms.reserve, option, start)
    remove(terms, field, bid)
    return taken + 1


@njit(cache=True, nogil=True)
def _overlapping(
    terms: Terms, field: Field, part: Part, row: int, first: int, begin: int, end: int, most: int
) -> int:
    """Awards of this part that use the stretch, into ``part.pick``; at most so many.

    Looks from a random slot onwards, and round, so that a crowded stretch is not always the
    same few. ``first``: where the earliest of them may begin.
    """
    slots, most_legs = field.free.shape[1], len(field.link) // len(field.award)
    head, link, award = field.head, field.link, field.award
    options, legs = terms.options, terms.legs
    mark, pick, bids, tally = part.mark, part.pick, part.bids, part.tally
    slot = first + _below(part.chance, end - first)
    tally[STAMP] += 1
    stamp, found = tally[STAMP], 0
    for _ in range(end - first):
        node = head[row * slots + slot]
        while node >= 0 and found < most:
            bid = node // most_legs
            leg = options[award[bid, OPTION], LEG_FIRST] + node - bid * most_legs
            if bids[bid] and mark[bid] != stamp and slot + legs[leg, DURATION] > begin:
                mark[bid] = stamp
                pick[found] = bid
                found += 1
            node = link[node, AFTER]
        if found >= most:
            break
        slot = slot + 1 if slot + 1 < end else first
    tally[STEPS] += end - first + found
    return found


@njit(cache=True, nogil=True, inline="always")
def _lacks(terms: Terms, field: Field, leg: int, start: int, bid: int) -> bool:
    """Whether the bid's award stands where the leg finds too little."""
    free, legs, options = field.free, terms.legs, terms.options
    row, quantity = legs[leg, ROW], legs[leg, QUANTITY]
    low = start + legs[leg, OFFSET]
    high = low + legs[leg, DURATION]
    option, lacks = field.award[bid, OPTION], False
    for other in range(options[option, LEG_FIRST], options[option, LEG_LAST]):
        if legs[other, ROW] == row:
            begin = field.award[bid, START] + legs[other, OFFSET]
            for slot in range(max(low, begin), min(high, begin + legs[other, DURATION])):
                lacks = lacks or free[row, slot] < quantity
    return lacks


@njit(cache=True, nogil=True)
def _make_room(terms: Terms, field: Field, part: Part, leg: int, start: int, found: int) -> int:
    """Take back awards in the way of the leg, at random, until it fits or none is left."""
    taken, pick, legs, free = 0, part.pick, terms.legs, field.free
    while found > 0 and not leg_fits(legs, free, leg, start):
        at = _below(part.chance, found)
        bid = pick[at]
        found -= 1
        pick[at] = pick[found]
        if _lacks(terms, field, leg, start, bid):
            taken = _take_back(terms, field, part, bid, taken)
    return taken


@njit(cache=True, nogil=True)
def _ruin(terms: Terms, field: Field, part: Part, found: int, most: int) -> int:
    taken, pick = 0, part.pick
    while found > 0 and taken < most:
        at = _below(part.chance, found)
        taken = _take_back(terms, field, part, pick[at], taken)
        found -= 1
        pick[at] = pick[found]
    return taken


@njit(cache=True, nogil=True)
def _candidates(
    terms: Terms, field: Field, guide: Guide, part: Part, taken: int, here: int, draws: int
) -> int:
    """Bids to place again, and some without an award that may use the place, into ``pick``."""
    part.tally[STAMP] += 1
    stamp = part.tally[STAMP]
    mark, pick, chance, bids = part.mark, part.pick, part.chance, part.bids
    listed, award, options = guide.listed, field.award, terms.options
    for each in range(taken):
        pick[each] = part.taken[each, 0]
        mark[pick[each]] = stamp
    found = taken
    first, last = guide.listed_first[here], guide.listed_first[here + 1]
    for _ in range(draws if last > first else 0):
        depth = _even(chance)
        bid = options[listed[first + np.int64((last - first) * depth * depth)], BID]
        if award[bid, OPTION] < 0 and mark[bid] != stamp and bids[bid]:
            mark[bid] = stamp
            pick[found] = bid
            found += 1
    return found


@njit(cache=True, nogil=True)
def _recreate(terms: Terms, field: Field, guide: Guide, part: Part, placed: int, found: int) -> int:
    """Place candidates again in a random mixture of orders: by value, by value for its size."""
    chance, pick, score, logs = part.chance, part.pick, part.score, guide.logs
    power, spread = 1.1 * _even(chance), 0.5 * _even(chance)
    for each in range(found):
        bid = pick[each]
        noise = spread * (_even(chance) - 0.5)
        score[each] = power * logs[bid, 1] - logs[bid, 0] + noise
    for each in np.argsort(score[:found]):
        bid = pick[each]
        if field.award[bid, OPTION] < 0:
            option, start, gained = best_place(terms, field, guide.sums, part.rows, bid)
            if option >= 0:
                place(terms, field, option, start)
                part.tally[CURRENT] += gained
                part.placed[placed] = bid
                placed += 1
    return placed


@njit(cache=True, nogil=True)
def _undo(terms: Terms, field: Field, part: Part, taken: int, placed: int) -> None:
    for each in range(placed):
        remove(terms, field, part.placed[each])
    for each in range(taken):
        place(terms, field, part.taken[each, 1], part.taken[each, 2])


@njit(cache=True, nogil=True)
def _note(field: Field, part: Part, before: int, taken: int, placed: int) -> None:
    """Keep the best: write it down when the first step away from it is taken."""
    tally = part.tally
    if tally[CURRENT] < before and before > tally[BEST]:
        keep(field, part)
        for each in range(placed):
            bid = part.placed[each]
            field.kept[bid, OPTION] = field.kept[bid, START] = NONE
        for each in range(taken):
            bid = part.taken[each, 0]
            field.kept[bid, OPTION], field.kept[bid, START] = (
                part.taken[each, 1],
                part.taken[each, 2],
            )
        tally[BEST] = before
    for each in range(taken):
        part.journal[tally[CHANGED] + each] = part.taken[each, 0]
    tally[CHANGED] += taken
    for each in range(placed):
        part.journal[tally[CHANGED] + each] = part.placed[each]
    tally[CHANGED] += placed
    if tally[CHANGED] > len(part.mark):
        _shorten(part)


@njit(cache=True, nogil=True)
def _shorten(part: Part) -> None:
    part.tally[STAMP] += 1
    stamp, kept = part.tally[STAMP], 0
    for each in range(part.tally[CHANGED]):
        bid = part.journal[each]
        if part.mark[bid] != stamp:
            part.mark[bid] = stamp
            part.journal[kept] = bid
            kept += 1
    part.tally[CHANGED] = kept


@njit(cache=True, nogil=True)
def keep(field: Field, part: Part) -> None:
    """Write down the awards as they are as the best."""
    for each in range(part.tally[CHANGED]):
        bid = part.journal[each]
        field.kept[bid, OPTION] = field.award[bid, OPTION]
        field.kept[bid, START] = field.award[bid, START]
    part.tally[CHANGED] = 0
    part.tally[BEST] = part.tally[CURRENT]


@njit(cache=True, nogil=True)
def _force(
    terms: Terms, field: Field, part: Part, leg: int, option: int, start: int, found: int
) -> tuple[int, int]:
    """Award the option whatever stands in the way of its leg: how many were taken and placed."""
    options, legs = terms.options, terms.legs
    taken = _make_room(terms, field, part, leg, start, found)
    inside = within(legs, part.rows, options[option, LEG_FIRST], options[option, LEG_LAST])
    if not inside or not fits(options, legs, terms.bids, field.free, field.purse, option, start):
        return taken, 0
    place(terms, field, option, start)
    part.tally[CURRENT] += gain(options, legs, terms.reserve, option, start)
    part.placed[0] = options[option, BID]
    return taken, 1


@njit(cache=True, nogil=True)
def _move(
    terms: Terms, field: Field, guide: Guide, part: Part, heat: float, most: int, draws: int
) -> None:
    """One ruin and recreate around a random option and start; undone where it loses too much.

    An option without an award is put there first, whatever stands in the way, as often as not.
    """
    chance, options, legs, tally = part.chance, terms.options, terms.legs, part.tally
    option = part.seeds[_below(chance, len(part.seeds))]
    bid = options[option, BID]
    start = options[option, LOW] + _below(chance, options[option, HIGH] - options[option, LOW] + 1)
    lost = field.award[bid, OPTION] < 0
    if not lost and _even(chance) < 0.5:
        option, start = field.award[bid, OPTION], field.award[bid, START]
    first = options[option, LEG_FIRST]
    leg = first + _below(chance, options[option, LEG_LAST] - first)
    row, begin = legs[leg, ROW], start + legs[leg, OFFSET]
    if not part.rows[row] or row >= guide.pools:
        return
    end = begin + legs[leg, DURATION]
    before, wanted, placed = tally[CURRENT], 1 + _below(chance, most), 0
    early = max(0, begin - guide.longest[row] + 1)
    if lost and _even(chance) < 0.5 and gain(options, legs, terms.reserve, option, start) > 0:
        found = _overlapping(terms, field, part, row, early, begin, end, MOST // 4)
        taken, placed = _force(terms, field, part, leg, option, start, found)
    else:
        found = _overlapping(terms, field, part, row, early, begin, end, MOST // 4)
        taken = _ruin(terms, field, part, found, wanted)
    buckets = (len(guide.listed_first) - 1) // len(field.free)
    here = row * buckets + (begin + end) // 2 // guide.bucket
    found = _candidates(terms, field, guide, part, taken, here, draws)
    placed = _recreate(terms, field, guide, part, placed, found)
    tally[STEPS] += 64 + 16 * (found + taken)
    less = before - tally[CURRENT]
    if less > 0 and (heat <= 0 or _even(chance) >= np.exp(-less / heat)):
        _undo(terms, field, part, taken, placed)
        tally[CURRENT] = before
    else:
        _note(field, part, before, taken, placed)


@njit(cache=True, nogil=True)
def search(
    terms: Terms,
    field: Field,
    guide: Guide,
    part: Part,
    moves: int,
    heat: float,
    most: int,
    draws: int,
) -> None:
    """So many moves at one heat (points); ``most`` awards are taken back in one, at
    most, and ``draws`` bids without an award drawn to try."""
    for _ in range(moves):
        _move(terms, field, guide, part, heat, most, draws)
    if part.tally[CURRENT] > part.tally[BEST]:
        keep(field, part)
