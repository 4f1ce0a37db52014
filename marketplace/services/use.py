"""Who had a pool's slots, and what they had them for: in sums, for everybody."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from marketplace.domain.capacity import Grid, Span
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot_price as price_store
from marketplace.store.engine import Store


def on_spot(store: Store, span: Span) -> Mapping[str, Grid]:
    """The most units of each pool that ran on spot in each slot, as far as there were ticks."""
    with store.read() as tx:
        return price_store.most_used(tx, span, sorted(capacity_store.pools(tx)))


def by_theme(store: Store, pool: str, at: datetime) -> dict[str, int]:
    """Units that are reserved of a pool in the slot that ``at`` lies in, by the themes of their
    orders: no theme is an empty name. Raises ``NotFound``."""
    with store.read() as tx:
        pool_of(tx, pool)
        rules, _ = rules_and_cycle(tx)
        start = rules.slot_floor(at)
        boxes = reservation_store.of_pool(tx, pool, start, start + rules.slot)
        orders = order_store.get(tx, {box.order_id for box in boxes})
        units: Counter[str] = Counter()
        for box in boxes:
            units[orders[box.order_id].request.tags.theme] += box.units[
                (start - box.start) // box.slot
            ]
        return {theme: count for theme, count in sorted(units.items()) if count}
