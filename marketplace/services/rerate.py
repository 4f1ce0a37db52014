"""Put a rating of past time right: look up who was charged, and propose what each gets back."""

from datetime import datetime

from marketplace.domain.adjustment import AdjustmentRequest
from marketplace.domain.adjustment_command import ProposeAdjustment
from marketplace.domain.rerating import Rerating
from marketplace.errors import NotAllowedNow
from marketplace.services.market import pool_of
from marketplace.services.view import as_of
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store


def adding(store: Store, asked: Rerating, now: datetime) -> ProposeAdjustment:
    """The proposal that rates all time of a pool in a past period anew, as one batch.

    Raises ``NotFound`` for a pool; ``BadField`` for time that has not passed, or where the lines
    are too many for one batch; ``NotAllowedNow`` where nothing was charged that would be other.
    """
    asked.check_past(now)
    with as_of(store, now) as tx:
        pool_of(tx, asked.pool)
        lines = asked.lines(transfer_store.sold_in(tx, asked.pool, asked.start, asked.end))
    if not lines:
        raise NotAllowedNow("pool", asked.pool, "as it was", "nothing-charged")
    return ProposeAdjustment(AdjustmentRequest(lines=lines, reason=asked.reason, said=asked.said))
