"""Ruin and recreate: clear a stretch of one pool, refill it in a random order, keep what gains.

All chance comes from one seeded PCG64 stream, and effort is counted, so equal input finds equal
awards.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from allocator.effort import Effort
from allocator.lattice import Columns, Flags, Floats, Ints, Lattice, Numbers
from allocator.packing import NOT_AWARDED, Guide, Packing

UNITS_PER_RUIN: Final = 10
UNITS_PER_AWARD: Final = 2
VICTIMS_MOST: Final = 16
SLACK: Final = 0.1  # a loss up to this share of a typical award is accepted at first
BETWEEN_STOPS: Final = 16
SMALLEST_PRICE: Final = 0.05  # of the mean price: in a size that ranks, nothing is free

Award: TypeAlias = tuple[int, int, int]
"""Option, start, gain (grains)."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The legs that use one pool, of every column worth more than its reserve cost.

    Sorted by the slot where they begin; ``size`` is what the column costs at guiding prices.
    """

    option: Ints
    start: Ints
    bid: Ints
    begin: Ints
    end: Ints
    quantity: Ints
    gain: Floats
    size: Floats

    def within(self, first: int, last: int) -> Ints:
        """Which rows use any of the slots [first, last)."""
        longest = int((self.end - self.begin).max(initial=1))
        low, high = np.searchsorted(self.begin, (first - longest + 1, last)).tolist()
        found: Ints = low + np.flatnonzero(self.end[low:high] > first)
        return found

    def open(self, hit: Ints, free: Ints) -> Flags:
        """Which of these rows find their quantity free in all their slots.

        The least free over 2^k slots from each slot on is doubled level by level, so that any
        stretch is two overlapping ones.
        """
        begin, end = self.begin[hit], self.end[hit]
        least = np.zeros(len(hit), dtype=np.int64)
        low, high = int(begin.min(initial=0)), int(end.max(initial=0))
        level, length = free[low:high], end - begin
        for power in range(int(length.max(initial=0)).bit_length()):
            span = 1 << power
            here = np.flatnonzero((length >= span) & (length < 2 * span))
            left = level[begin[here] - low]
            least[here] = np.minimum(left, level[end[here] - low - span])
            level = np.minimum(level[:-span], level[span:])
        fits: Flags = least >= self.quantity[hit]
        return fits


class Searcher:
    """A packing under change, the best one met, and what is needed to refill a stretch fast."""

    def __init__(self, packing: Packing, guide: Guide, seed: int) -> None:
        self.packing, self.guide = packing, guide
        self.best = packing.copy()
        self.chance = np.random.Generator(np.random.PCG64(seed))
        self.pools = [rows for rows in _rows(packing.lattice, guide) if len(rows[1].option)]
        weight = np.array([len(rows.option) for _, rows in self.pools], dtype=np.float64)
        self.weight = np.cumsum(weight)

    def step(self, slack: float) -> int:
        """One ruin and recreate, undone where it loses more than ``slack``; its units of work."""
        packing = self.packing
        drawn = self.chance.random() * self.weight[-1]
        pool, rows = self.pools[int(np.searchsorted(self.weight, drawn, side="right"))]
        first, last = self._stretch(rows)
        before = packing.surplus
        removed = self._ruin(rows, first, last)
        placed = self._recreate(pool, rows, first, last)
        if packing.surplus < before - slack:
            for option, _, _ in placed:
                packing.remove(int(packing.lattice.bid_of[option]))
            for award in removed:
                packing.place(*award)
        elif packing.surplus > self.best.surplus:
            self.best = packing.copy()
        return UNITS_PER_RUIN + UNITS_PER_AWARD * (len(removed) + len(placed))

    def _stretch(self, rows: Rows) -> tuple[int, int]:
        """The slots of some column, and up to as many again on either side."""
        at = int(self.chance.integers(len(rows.option)))
        first, last = int(rows.begin[at]), int(rows.end[at])
        more = int((last - first) * self.chance.random())
        return first - more, last + more

    def _ruin(self, rows: Rows, first: int, last: int) -> list[Award]:
        packing = self.packing
        hit = rows.within(first, last)
        bid = rows.bid[hit]
        here = (packing.option[bid] == rows.option[hit]) & (packing.start[bid] == rows.start[hit])
        victims = np.unique(bid[here])
        most = int(self.chance.integers(1, VICTIMS_MOST))
        if len(victims) > most:
            victims = np.sort(self.chance.choice(victims, most, replace=False))
        removed = []
        for each in victims.tolist():
            removed.append(
                (int(packing.option[each]), int(packing.start[each]), packing.gain[each])
            )
            packing.remove(each)
        return removed

    def _recreate(self, pool: int, rows: Rows, first: int, last: int) -> list[Award]:
        packing, chance = self.packing, self.chance
        hit = rows.within(first, last)
        hit = hit[packing.option[rows.bid[hit]] == NOT_AWARDED]
        hit = hit[rows.open(hit, packing.free[pool])]
        power, spread = chance.uniform(0.4, 1.1), chance.uniform(0.0, 0.25)
        noise = np.exp(chance.normal(0.0, spread, len(hit)))
        score = rows.gain[hit] / rows.size[hit] ** power * noise
        hit = hit[np.argsort(-score, kind="stable")]
        placed = []
        while len(hit):
            row = hit[0]
            option, start = int(rows.option[row]), int(rows.start[row])
            if packing.affordable(option) and packing.fits(option, start):
                gain = self.guide.of(option)[0][start - int(packing.lattice.low[option])]
                placed.append((option, start, int(gain)))
                packing.place(*placed[-1])
                hit = hit[rows.bid[hit] != rows.bid[row]]
                hit = hit[rows.open(hit, packing.free[pool])]
            else:
                hit = hit[1:]
        return placed


def _rows(lattice: Lattice, guide: Guide) -> list[tuple[int, Rows]]:
    mean = float(guide.prices_ucr.mean()) if guide.prices_ucr.size else 0.0
    flat = lattice.prefix(np.full(guide.prices_ucr.shape, SMALLEST_PRICE * mean + 1e-3))
    parts: list[list[list[Numbers]]] = [[] for _ in lattice.capacity]
    for piece in lattice.chunks():
        gain = lattice.value[piece.option] - lattice.cost(piece, guide.reserve)
        size = lattice.cost(piece, guide.prices) + lattice.cost(piece, flat)
        for pool, fields in _by_pool(lattice, piece, gain, size):
            parts[pool].append(fields)
    return [(pool, _joined(each)) for pool, each in enumerate(parts) if each]


def _by_pool(
    lattice: Lattice, piece: Columns, gain: Numbers, size: Numbers
) -> list[tuple[int, list[Numbers]]]:
    stride = lattice.problem.slots + 1
    everyone = np.arange(len(piece.option))
    found = []
    for where, quantity, begin, end in piece.layers:
        rows, pools = everyone[where], begin // stride
        worth = gain[rows] > 0
        for pool in np.unique(pools).tolist():
            pick = np.flatnonzero((pools == pool) & worth)
            r, shift = rows[pick], pool * stride
            option = piece.option[r]
            whole = [option, piece.start[r], lattice.bid_of[option]]
            whole += [begin[pick] - shift, end[pick] - shift, quantity[pick]]
            found.append((pool, [*whole, gain[r].astype(np.float64), size[r].astype(np.float64)]))
    return found


def _joined(parts: list[list[npt.NDArray[np.generic]]]) -> Rows:
    fields: list[Numbers] = [np.concatenate(each) for each in zip(*parts, strict=True)]
    order = np.lexsort((fields[1], fields[0], fields[3]))
    return Rows(*(each[order] for each in fields))


def ruin_and_recreate(packing: Packing, guide: Guide, seed: int, effort: Effort) -> Packing:
    """The best packing met until the effort is spent; it may leave room that could be filled."""
    searcher = Searcher(packing, guide, seed)
    if not searcher.pools:
        return packing
    total, typical = max(effort.left, 1), packing.surplus / max(len(packing.gain), 1)
    while not effort.over:
        slack = SLACK * typical * effort.left / total
        for _ in range(BETWEEN_STOPS):
            effort.spend(searcher.step(slack))
    return searcher.best
