"""What an hour ahead costs, as far as anybody knows."""

from datetime import datetime
from typing import Final

from marketplace.domain.capacity import Span
from marketplace.domain.preview import LOOK_BACK
from marketplace.domain.price import ForwardPrice, forward_prices
from marketplace.rules import checked_instant
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import price as price_store
from marketplace.store.engine import Store

HOURS_MOST: Final = 31 * 24
"""So many are asked for at once."""

Forward = dict[str, list[ForwardPrice]]
"""By pool, slot by slot."""


def forward(store: Store, pool: str, start: datetime, hours: int) -> Forward:
    """The price of a pool, or of every one, in each slot of so many hours from the one that
    ``start`` lies in: the cleared one where there is one, and what slots alike have cost. Published
    prices alone are read (§7.11).

    Raises ``NotFound`` for a pool that is not there, ``BadField`` for a start without an offset.
    """
    checked_instant("start", start)
    with store.read() as tx:
        pools = capacity_store.pools(tx)
        if pool:
            pool_of(tx, pool)
        rules, _ = rules_and_cycle(tx)
        slots = -(-hours * 60 // rules.slot_minutes)
        span = Span(start=rules.slot_floor(start), slot=rules.slot, slots=slots)
        asked = [pool] if pool else sorted(pools)
        history = price_store.published(tx, asked, LOOK_BACK)
        return {one: forward_prices(one, span, history) for one in asked}
