"""Whether a bid could start anywhere, were it alone: what a market asks before it clears a bid."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from allocator.problem import Bid, Option, Problem

Units: TypeAlias = npt.NDArray[np.int64]  # by slot


def has_room(problem: Problem, bid: Bid) -> bool:
    """Whether some option of ``bid`` finds all its units at some start in its window."""
    free = {pool.id: np.array(pool.capacity, dtype=np.int64) for pool in problem.pools}
    return any(_starts(free, option) for option in bid.options)


def _starts(free: dict[str, Units], option: Option) -> bool:
    length = max(leg.offset + leg.duration for leg in option.legs)
    need = {leg.pool: np.zeros(length, dtype=np.int64) for leg in option.legs}
    for leg in option.legs:
        need[leg.pool][leg.offset : leg.offset + leg.duration] += leg.quantity
    return any(
        all((free[pool][start : start + length] >= units).all() for pool, units in need.items())
        for start in range(option.earliest_start, option.latest_start + 1)
    )
