"""Improvement by exact repacking: take a stretch's awards back, choose again with CP-SAT."""

from typing import Final

import numpy as np

from allocator.effort import Effort
from allocator.exact import Column, places, select
from allocator.lattice import Floats, Ints, Lattice
from allocator.packing import NOT_AWARDED, Guide, Packing

FEWEST: Final = 8
FIRST: Final = 20
MOST: Final = 60
UNITS_PER_STRETCH: Final = 5_000
IDLE: Final = 25  # stretches in a row without a gain, and an eighth of the awards, end it
COLUMNS_MOST: Final = 1_500
LACK: Final = (
    0.25  # columns whose loss at the prices is more than this share of their gain stay out
)


class Repacker:
    """A packing that is improved stretch by stretch. ``size`` adapts to what CP-SAT can prove."""

    def __init__(self, lattice: Lattice, packing: Packing, guide: Guide, seed: int) -> None:
        self.lattice, self.packing, self.guide = lattice, packing, guide
        self.chance = np.random.Generator(np.random.PCG64(seed))
        self.size = FIRST
        self.pool, self.middle = self._where()

    def _where(self) -> tuple[Ints, Floats]:
        """Per option: the pool of its first leg, and the middle of it counted from its start."""
        rows = self.lattice.leg_rows
        first = np.unique(rows[:, 0], return_index=True)[1]
        return rows[first, 1], rows[first, 3] + rows[first, 4] / 2

    def step(self, units: int) -> int:
        """Repack one stretch; the units of work it took."""
        packing = self.packing
        taken = [
            (bid, Column(int(packing.option[bid]), int(packing.start[bid]), packing.gain[bid]))
            for bid in self._victims().tolist()
        ]
        for bid, _ in taken:
            packing.remove(bid)
        old = [column for _, column in taken]
        columns, tried = self._columns(old)
        where = places(columns)
        hint = {where[column.option, column.start] for column in old}
        solved = select(packing, columns, hint, min(units, UNITS_PER_STRETCH))
        chosen = old
        if solved is not None:
            self._adapt(proven=solved.proven)
            found = [columns[i] for i in solved.chosen]
            if sum(c.gain for c in found) >= sum(c.gain for c in old):
                chosen = found
        for column in chosen:
            packing.place(*column)
        return 1 + tried // 4 + (solved.spent if solved is not None else UNITS_PER_STRETCH)

    def _adapt(self, *, proven: bool) -> None:
        size = self.size + 1 if proven else self.size - 2
        self.size = min(max(size, FEWEST), MOST)

    def _victims(self) -> Ints:
        """The awards nearest in time to a random one, in its pool and one more, or in all."""
        packing, chance = self.packing, self.chance
        awarded = packing.awarded()
        option = packing.option[awarded]
        pool, middle = self.pool[option], packing.start[awarded] + self.middle[option]
        centre = int(chance.integers(len(awarded)))
        pools = {int(pool[centre]), int(chance.integers(len(self.lattice.capacity)))}
        far = np.abs(middle - middle[centre])
        if chance.random() < 0.8:
            far = np.where(np.isin(pool, list(pools)), far, np.inf)
        near = np.argsort(far, kind="stable")[: self.size]
        victims: Ints = awarded[near[far[near] < np.inf]]
        return victims

    def _columns(self, old: list[Column]) -> tuple[list[Column], int]:
        """What may be placed in the room: the old awards, and all that is not too dear."""
        lattice, packing = self.lattice, self.packing
        open_options = np.flatnonzero(packing.option[lattice.bid_of] == NOT_AWARDED).tolist()
        found: list[tuple[float, Column]] = []
        for option in open_options:
            fits = packing.room(option) if packing.affordable(option) else None
            if fits is None:
                continue
            gain, net = self.guide.of(option)
            at = np.flatnonzero(fits & (gain > 0) & (net > -LACK * gain.astype(np.float64)))
            low = int(lattice.low[option])
            found.extend(
                (float(net[i]), Column(option, low + i, int(gain[i]))) for i in at.tolist()
            )
        if len(found) > COLUMNS_MOST:
            found.sort(key=lambda each: -each[0])
            found = sorted(found[:COLUMNS_MOST], key=lambda each: each[1])
        columns = [column for _, column in found]
        have = set(columns)
        return columns + [each for each in old if each not in have], len(open_options)


def repack(lattice: Lattice, packing: Packing, guide: Guide, seed: int, effort: Effort) -> Packing:
    """The packing, improved until the effort is spent. It never gets worse."""
    repacker = Repacker(lattice, packing, guide, seed)
    idle = 0
    while not effort.over and len(packing.gain) > 1 and idle < IDLE + len(packing.gain) // 8:
        before = packing.surplus
        effort.spend(repacker.step(effort.left))
        idle = 0 if packing.surplus > before else idle + 1
    return packing
