"""Demand that no capacity was there for, for whoever plans it."""

from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.unserved import CAPACITY, UnservedPool, unserved
from marketplace.errors import BadField
from marketplace.rules import checked_instant
from marketplace.services.market import pool_of, rules_and_cycle
from marketplace.store import order as order_store
from marketplace.store.engine import Store

A_MONTH: Final = timedelta(days=28)
AT_MOST: Final = timedelta(days=366)
ENDS: Final = (*CAPACITY, "validity-ended", "window-passed")
"""As what such orders end: a standing one by its time."""


def seen(
    store: Store,
    now: datetime,
    *,
    pool: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[UnservedPool]:
    """What orders that have ended asked for in the slots of [start, end) and did not get, of a pool
    or of all: without a start from four weeks ago on, without an end as far as any asked. Sums
    alone, of what was cleared (§7.11).

    Raises ``NotFound`` for a pool that is not there, ``BadField`` for times that cannot be.
    """
    first = checked_instant("start", start or now - A_MONTH)
    last = checked_instant("end", end or max(first, now) + AT_MOST)
    if last <= first:
        raise BadField("end", last, "not-after-start", {"what": "a time", "start": first})
    with store.read() as tx:
        rules, _ = rules_and_cycle(tx)
        if pool:
            pool_of(tx, pool)
        ahead = timedelta(hours=rules.horizon_hours, minutes=rules.lead_minutes) + rules.longest
        orders = order_store.ended_as(tx, ENDS, first - ahead - A_MONTH)
        found = unserved(orders, rules.slot, rules.slot_floor(first), last)
    return [one for one in found if pool in ("", one.pool)]
