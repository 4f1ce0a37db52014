"""How demand for a pool answers to its price."""

from datetime import datetime

from marketplace.domain.page import every
from marketplace.services import spot
from marketplace.store.engine import Store
from pricing.fit import Fit, fit


def estimate(store: Store, pool: str, start: datetime, end: datetime) -> Fit:
    """The elasticity and the turnover of demand, by the pool's single ticks in [start, end).

    Raises ``ValueError`` where they are too few or the price hardly moved, and as ``spot.prices``.
    """
    found = every(spot.prices, store, pool, start, end)
    ticks = [one for one in found if one.ticks == 1]
    return fit([one.price_ucr for one in ticks], [one.wanted for one in ticks])
