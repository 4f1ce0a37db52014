"""What an outcome sells, slot by slot: anew, and what was sold before and stays sold."""

from collections.abc import Sequence

import numpy as np

from allocator.outcome import Outcome
from allocator.problem import Bid, Problem
from marketplace.domain.capacity import Grid


def sold_by_pool(problem: Problem, outcome: Outcome) -> dict[str, Grid]:
    """Units that an outcome awards anew in each slot, by pool."""
    return _awarded(problem, outcome, [bid for bid in problem.bids if not bid.standing])


def kept_by_pool(problem: Problem, outcome: Outcome) -> dict[str, Grid]:
    """Units of each slot that awards of earlier cycles have after an outcome, by pool."""
    return _awarded(problem, outcome, [bid for bid in problem.bids if bid.standing])


def _awarded(problem: Problem, outcome: Outcome, of: Sequence[Bid]) -> dict[str, Grid]:
    grids = {pool.id: np.zeros(problem.slots, dtype=np.int64) for pool in problem.pools}
    bids = {bid.id: bid for bid in of}
    for award in outcome.awards:
        if award.bid not in bids:
            continue
        for leg in bids[award.bid].options[award.option].legs:
            first = award.start + leg.offset
            grids[leg.pool][first : first + leg.duration] += leg.quantity
    return grids
