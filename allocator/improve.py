"""Ruin and recreate: clear a stretch of one pool, refill it better, keep what gained.

All chance comes from one seeded PCG64 stream, and effort is counted, so equal input finds equal
awards.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from allocator.effort import Effort
from allocator.greedy import by_price, fill
from allocator.lattice import Floats, Ints, Lattice
from allocator.packing import NOT_AWARDED, Guide, Packing

UNITS_PER_RUIN: Final = 4
UNITS_PER_PLACE: Final = 1
ROWS_PER_UNIT: Final = 2000


@dataclass(frozen=True, slots=True)
class Stretches:
    """Every leg of every column worth its reserve cost, by pool, sorted by where it begins."""

    option: Ints
    start: Ints
    begin: Ints
    end: Ints
    quantity: Ints
    bid: Ints
    gain: Floats
    size: Floats  # what the column costs at the guiding prices, never nothing
    longest: int


class Searcher:
    """A packing under improvement, with what is needed to refill a stretch of a pool fast."""

    def __init__(self, lattice: Lattice, packing: Packing, prices_ucr: Floats, seed: int) -> None:
        self.lattice = lattice
        self.guide = Guide(lattice, prices_ucr)
        self.packing = packing
        self.best = packing.copy()
        self.chance = np.random.Generator(np.random.PCG64(seed))
        self.pools = self._stretches(prices_ucr)
        weight = np.array([len(each.option) for each in self.pools], dtype=np.float64)
        self.weight = np.cumsum(weight / max(weight.sum(), 1.0))

    def _stretches(self, prices_ucr: Floats) -> list[Stretches]:
        lattice, guide = self.lattice, self.guide
        parts: list[list[tuple[Ints | Floats, ...]]] = [[] for _ in lattice.capacity]
        stride = lattice.problem.slots + 1
        flat = self._floor(prices_ucr)
        for piece in lattice.chunks():
            gain = lattice.value[piece.option] - lattice.cost(piece, guide.reserve)
            size = lattice.cost(piece, guide.prices) + lattice.cost(piece, flat)
            everyone = np.arange(len(piece.option))
            for where, quantity, begin, end in piece.layers:
                rows = everyone[where]
                pool = begin // stride
                for p in np.unique(pool).tolist():
                    pick = (pool == p) & (gain[rows] > 0)
                    r = rows[pick]
                    parts[p].append(
                        (
                            piece.option[r],
                            piece.start[r],
                            begin[pick] - p * stride,
                            end[pick] - p * stride,
                            quantity[pick],
                            lattice.bid_of[piece.option[r]],
                            gain[r].astype(np.float64),
                            size[r].astype(np.float64),
                        )
                    )
        return [_joined(each) for each in parts]

    def _floor(self, prices_ucr: Floats) -> Floats:
        """A small price everywhere, so that nothing is free."""
        share = float(prices_ucr.mean()) * 0.05 if prices_ucr.size else 0.0
        return self.lattice.prefix(np.full(prices_ucr.shape, share + 1e-3))

    def step(self, slack: float) -> int:
        """One ruin and recreate; the units of work it took."""
        chance, packing = self.chance, self.packing
        pool = int(np.searchsorted(self.weight, chance.random(), side="right"))
        pool = min(pool, len(self.pools) - 1)
        rows = self.pools[pool]
        if not len(rows.option):
            return 1
        first, last = self._stretch(rows)
        before = packing.surplus
        removed = self._ruin(pool, rows, first, last)
        placed = self._recreate(pool, rows, first, last)
        if packing.surplus < before - slack:
            for bid, _, _, _ in placed:
                packing.remove(bid)
            for _, option, start, gain in removed:
                packing.place(option, start, gain)
        elif packing.surplus > self.best.surplus:
            self.best = packing.copy()
        return UNITS_PER_RUIN + len(removed) + 2*len(placed)

    def _stretch(self, rows: Stretches) -> tuple[int, int]:
        """Slots to clear: around where some column runs, most often a wider stretch."""
        at = int(self.chance.integers(len(rows.option)))
        first, last = int(rows.begin[at]), int(rows.end[at])
        spare = int((last - first) * self.chance.random())
        return max(0, first - spare), last + spare

    def _ruin(
        self, pool: int, rows: Stretches, first: int, last: int
    ) -> list[tuple[int, int, int, int]]:
        packing, chance = self.packing, self.chance
        hit = _overlapping(rows, first, last)
        mine = packing.option[rows.bid[hit]] == rows.option[hit]
        mine &= packing.start[rows.bid[hit]] == rows.start[hit]
        victims = np.unique(rows.bid[hit][mine])
        most = int(chance.integers(1, 16))
        if len(victims) > most:
            victims = np.sort(chance.choice(victims, most, replace=False))
        removed = []
        for bid in victims.tolist():
            record = (bid, int(packing.option[bid]), int(packing.start[bid]), packing.gain[bid])
            removed.append(record)
            packing.remove(bid)
        return removed

    def _recreate(
        self, pool: int, rows: Stretches, first: int, last: int
    ) -> list[tuple[int, int, int, int]]:
        packing, chance = self.packing, self.chance
        hit = _overlapping(rows, first, last)
        hit = hit[packing.option[rows.bid[hit]] == NOT_AWARDED]
        hit = hit[_open(packing.free[pool], rows, hit)]
        power = 0.5 + 0.6 * chance.random()
        noise = np.exp(chance.normal(0.0, 0.25 * chance.random(), len(hit)))
        score = rows.gain[hit] / rows.size[hit] ** power * noise
        hit = hit[np.argsort(-score, kind="stable")]
        placed = []
        while len(hit):
            row = int(hit[0])
            option, start, bid = int(rows.option[row]), int(rows.start[row]), int(rows.bid[row])
            if packing.affordable(option) and packing.fits(option, start):
                gain = self.gain(option, start)
                packing.place(option, start, gain)
                placed.append((bid, option, start, gain))
                hit = hit[rows.bid[hit] != bid]
                hit = hit[_open(packing.free[pool], rows, hit)]
            else:
                hit = hit[1:]
        return placed

    def gain(self, option: int, start: int) -> int:
        """What the column is worth above its reserve cost, exactly (grains)."""
        return int(self.guide.of(option)[0][start - int(self.lattice.low[option])])


def _joined(parts) -> Stretches:
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Stretches(none, none, none, none, none, none, none.astype(float), none.astype(float), 1)
    columns = [np.concatenate(each) for each in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0], columns[2]))
    columns = [each[order] for each in columns]
    longest = int((columns[3] - columns[2]).max(initial=1))
    return Stretches(*columns, longest)


def _overlapping(rows: Stretches, first: int, last: int) -> Ints:
    low, high = np.searchsorted(rows.begin, (first - rows.longest + 1, last))
    return low + np.flatnonzero(rows.end[low:high] > first)


def _open(free: Ints, rows: Stretches, hit: Ints) -> np.ndarray:
    """Which of these rows find their quantity free in all their slots."""
    if not len(hit):
        return np.zeros(0, dtype=np.bool_)
    begin, end = rows.begin[hit], rows.end[hit]
    low = int(begin[0]) if len(begin) == 1 else int(begin.min())
    level = free[low : int(end.max())]
    length = end - begin
    deep = int(length.max()).bit_length()
    least = np.zeros(len(hit), dtype=np.int64)
    begin, end = begin - low, end - low
    for power in range(deep):
        span = 1 << power
        here = (length >= span) & (length < 2 * span)
        if here.any():
            least[here] = np.minimum(level[begin[here]], level[end[here] - span])
        if len(level) > span:
            level = np.minimum(level[:-span], level[span:])
        else:
            break
    return least >= rows.quantity[hit]


def improve(lattice: Lattice, packing: Packing, relaxed, seed: int, effort: Effort) -> Packing:
    """The best packing met while ruining and recreating until the effort is spent."""
    searcher = Searcher(lattice, packing, relaxed.prices_ucr, seed)
    if not any(len(each.option) for each in searcher.pools):
        return packing
    total = max(effort.left, 1)
    typical = packing.surplus / max(len(packing.gain), 1)
    while not effort.over:
        for _ in range(16):
            effort.spend(searcher.step(SLACK * typical * effort.left / total))
    fill(searcher.best, by_price(lattice, relaxed.prices_ucr).tolist(), searcher.guide)
    return searcher.best
SLACK = 0.1
