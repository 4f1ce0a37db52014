"""When a winner starts: at the cheapest start that is free, the earliest among equals."""

import numpy as np

from allocator.engine.lattice import Floats, Ints, Lattice, Numbers
from allocator.engine.packing import Packing
from allocator.engine.params import PARAMS, EngineParams


def bring_forward(
    lattice: Lattice, packing: Packing, prices_ucr: Ints, params: EngineParams = PARAMS
) -> None:
    """Move each winner, within its option, to its cheapest start at the published prices.

    A search stops at any start that serves; people expect the cheapest, and the first of those.
    Winners are taken by start, then by tie order; none moves to where its surplus is less.
    """
    prefix = lattice.prefix(lattice.exact(prices_ucr))
    reserve = lattice.prefix(lattice.exact(lattice.reserve_ucr))
    for _ in range(params.start_passes):
        winners = packing.awarded()
        order = winners[np.lexsort((lattice.rank[winners], packing.start[winners]))]
        moved = [_move(lattice, packing, int(bid), prefix, reserve) for bid in order]
        if not any(moved):
            return


def _move(
    lattice: Lattice,
    packing: Packing,
    bid: int,
    prefix: Numbers | Floats,
    reserve: Numbers | Floats,
) -> bool:
    option, before, gain = int(packing.option[bid]), int(packing.start[bid]), packing.gain[bid]
    packing.remove(bid)
    fits = packing.room(option)
    columns = lattice.columns(option, option + 1)
    gains = lattice.value[option] - lattice.cost(columns, reserve)
    costs = lattice.cost(columns, prefix)
    at = before - int(lattice.low[option])
    for start in np.flatnonzero(fits & (gains >= gain)).tolist() if fits is not None else []:
        if costs[start] < costs[at] or (costs[start] == costs[at] and start < at):
            at = start
    after = int(lattice.low[option]) + at
    packing.place(option, after, int(gains[at]))
    return after != before
