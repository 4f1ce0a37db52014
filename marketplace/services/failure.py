"""Let reservations lose what a pool has no more, and pay it back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from marketplace.domain.capacity import Pool, Span
from marketplace.domain.failure import Shortage, fail
from marketplace.domain.reservation import Reservation, advanced
from marketplace.domain.spot import Code
from marketplace.domain.transfer import SECOND
from marketplace.rules import MarketRules
from marketplace.services import reservation as reservations
from marketplace.services.capacity import on_span, slots_of
from marketplace.services.refund import pay_back
from marketplace.services.spot_run import shed
from marketplace.store import event as event_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot_price as price_store
from marketplace.store.transaction import Tx

MAINTENANCE: Final = "maintenance"


def make_room(
    tx: Tx,
    pool: Pool,
    spell: tuple[datetime, datetime],
    rules: MarketRules,
    now: datetime,
    reason: str = MAINTENANCE,
) -> tuple[Reservation, ...]:
    """Where a pool has less than it sold in a spell that is not over, let the latest awards lose
    it; answers the reservations that lost units. Hardware that is gone already ends spot runs on it
    at once; of what is known ahead ticks give notice."""
    failed = fail_what_does_not_fit(tx, [pool], slots_of(spell, rules), now, reason)
    if spell[0] <= now:
        ticked = price_store.pools(tx).get(pool.id)
        span = slots_of((min(ticked.ticked_at, now) if ticked else now, now + SECOND), rules)
        shed(tx, on_span(tx, [pool], span), span, now, rules, Code.NO_CAPACITY.value)
    return tuple(failed)


def fail_what_does_not_fit(
    tx: Tx, pools: Sequence[Pool], span: Span, now: datetime, reason: str = MAINTENANCE
) -> list[Reservation]:
    """Where pools have less than they sold, let the latest awards lose it, each as its order says,
    and pay them back at once; answers the reservations that lost units."""
    short = [there for there in on_span(tx, pools, span) if (there.sold > there.capacity).any()]
    if not short:
        return []
    shortage = Shortage(
        span=span,
        over={there.pool.id: there.sold - there.capacity for there in short},
        blocks={there.pool.id: there.pool.block_size for there in short},
    )
    overlapping = (
        advanced(one, now) for one in reservation_store.overlapping(tx, span.start, span.end)
    )
    found = reservation_store.of_awards(tx, sorted(shortage.awards(overlapping)))
    legs = [advanced(leg, now) for own in found.values() for leg in own]
    orders = order_store.get(tx, {leg.order_id for leg in legs})
    on_failure = {id_: order.request.on_failure for id_, order in orders.items()}
    failed = fail(legs, on_failure, shortage, reason, now)
    changed = [one.reservation for one in failed]
    reservation_store.put(tx, changed)
    pay_back(tx, [one.refund for one in failed if one.refund], now)
    event_store.add(tx, [reservations.failure_of(one, now) for one in failed])
    return changed
