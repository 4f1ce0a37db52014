"""A problem as plain arrays, for compiled code: rows of room, options, legs, teams' limits."""

from collections import defaultdict
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from allocator.engine.lattice import Floats, Ints, Lattice

ROOM_FOR_SUMS: Final = 2**60
VALUE, LOW, HIGH, LEG_FIRST, LEG_LAST, BID, CHARGE = range(7)
"""An option: points, first and last start, its legs, its bid, micro-credits against a limit."""
ROW, QUANTITY, OFFSET, DURATION = range(4)
FIRST, LAST, TEAM = range(3)
"""A bid: its options, and whose spending limit holds for it."""
FREE: Final = -1  # of a bid whose team has no spending limit


class Flat(NamedTuple):
    """Amounts in **points**: ``per_point`` grains each, one where all sums surely fit in 64 bits.

    A **row** is what limits use over time: first the pools, then one row for each cap of a team
    in a pool, with a leg of its own in the options of that team. Legs of one option that meet in
    one row are cut so that no two overlap. Guides only: whoever settles recounts exactly.
    """

    room: Ints  # [row, slot]
    pools: int  # the first so many rows
    cap_pool: Ints  # [cap]: the pool of each row after those
    per_point: int
    options: Ints  # [option, (VALUE … CHARGE)]
    legs: Ints  # [leg, (ROW, QUANTITY, OFFSET, DURATION)]
    bids: Ints  # [bid, (FIRST, LAST, TEAM)]
    reserve: Ints  # [row, slot + 1]: points for a unit from the first slot up to each
    limit: Ints  # [team with a limit], micro-credits
    bonuses: int  # points: of those that win in any case, all together


def flatten(lattice: Lattice) -> Flat:
    """The lattice's options and legs, with caps as rows of their own."""
    caps = sorted(lattice.caps)
    legs = _legs(lattice, caps)
    per_point = _per_point(lattice)
    reserve = np.zeros((len(lattice.capacity) + len(caps), lattice.problem.slots + 1), np.int64)
    sums = np.array(lattice.prefix(lattice.reserve_ucr.astype(object))).reshape(
        len(lattice.capacity), -1
    )
    reserve[: len(lattice.capacity)] = sums // per_point
    ends = np.searchsorted(legs[:, 0], np.arange(lattice.options + 1))
    charge = (lattice.worth // lattice.per_ucr).astype(np.int64)
    value = (lattice.value // per_point).astype(np.int64)
    facts = [value, lattice.low, lattice.high, ends[:-1], ends[1:], lattice.bid_of, charge]
    options = np.stack(facts, axis=1).astype(np.int64)
    return Flat(
        room=np.concatenate([lattice.capacity, *(lattice.caps[each][None, :] for each in caps)]),
        pools=len(lattice.capacity),
        cap_pool=np.array([pool for _, pool in caps], dtype=np.int64),
        per_point=per_point,
        options=options,
        legs=np.ascontiguousarray(legs[:, 1:]),
        bids=_bids(lattice),
        reserve=reserve,
        limit=np.array([each.limit_ucr for each in lattice.problem.budgets], dtype=np.int64),
        bonuses=lattice.bonuses // per_point,
    )


def price_sums(flat: Flat, lattice: Lattice, prices_ucr: Floats) -> Floats:
    """Points for a unit from the first slot up to each, [row, slot + 1]; caps cost nothing."""
    sums = np.zeros(flat.reserve.shape)
    each = np.asarray(lattice.prefix(prices_ucr), dtype=np.float64)
    sums[: flat.pools] = each.reshape(flat.pools, -1) / flat.per_point
    return sums


def exact_sums(flat: Flat, lattice: Lattice, prices_ucr: Ints) -> Ints:
    """The same sums for whole prices, in whole points."""
    sums = np.zeros(flat.reserve.shape, dtype=np.int64)
    each = np.array(lattice.prefix(prices_ucr.astype(object))).reshape(flat.pools, -1)
    sums[: flat.pools] = each // flat.per_point
    return sums


def _bids(lattice: Lattice) -> Ints:
    limits = {each.team: place for place, each in enumerate(lattice.problem.budgets)}
    team = [
        FREE if limit is None else limits[team]
        for team, limit in zip(lattice.team_of, lattice.limit_ucr, strict=True)
    ]
    first, last = lattice.bid_first[:-1], lattice.bid_first[1:]
    return np.stack([first, last, np.array(team, dtype=np.int64)], axis=1)


def _per_point(lattice: Lattice) -> int:
    total = sum(map(abs, lattice.value.tolist()))
    top = int(lattice.reserve_ucr.max(initial=0)) * lattice.per_price * lattice.problem.slots
    units = int(lattice.leg_rows[:, 2].max(initial=1)) * max(map(len, lattice.legs), default=1)
    return int(max(total, top * units)) // ROOM_FOR_SUMS + 1


def _legs(lattice: Lattice, caps: list[tuple[str, int]]) -> Ints:
    rows = lattice.leg_rows
    if caps:
        rows = np.concatenate([rows, *_capped(lattice, caps)])
    rows = rows[np.lexsort((rows[:, 3], rows[:, 1], rows[:, 0]))]
    same = (rows[1:, :2] == rows[:-1, :2]).all(axis=1)
    meets = same & (rows[:-1, 3] + rows[:-1, 4] > rows[1:, 3])
    if meets.any():
        rows = _cut(rows, set(rows[1:][meets, 0].tolist()))
    return rows


def _capped(lattice: Lattice, caps: list[tuple[str, int]]) -> list[Ints]:
    """Each cap's legs: those of its team in its pool, once more, in the cap's own row."""
    rows = lattice.leg_rows
    teams = np.array(lattice.team_of)[lattice.bid_of[rows[:, 0]]]
    found = []
    for place, (team, pool) in enumerate(caps):
        mine = rows[(teams == team) & (rows[:, 1] == pool)].copy()
        mine[:, 1] = len(lattice.capacity) + place
        found.append(mine)
    return found


def _cut(rows: Ints, options: set[int]) -> Ints:
    """The same use without overlaps: stretches of even quantity, in these options."""
    several = np.isin(rows[:, 0], list(options))
    use: defaultdict[tuple[int, int], defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for option, row, quantity, offset, duration in rows[several].tolist():
        use[option, row][offset] += quantity
        use[option, row][offset + duration] -= quantity
    cut = []
    for (option, row), changes in use.items():
        quantity, ends = 0, sorted(changes)
        for begin, end in pairwise(ends):
            quantity += changes[begin]
            if quantity:
                cut.append((option, row, quantity, begin, end - begin))
    joined = np.concatenate([rows[~several], np.array(cut, dtype=np.int64)])
    return joined[np.lexsort((joined[:, 3], joined[:, 1], joined[:, 0]))]
