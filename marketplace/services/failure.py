"""Let reservations lose what a pool has no more, and pay it back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from marketplace.domain.board import secured
from marketplace.domain.capacity import UNITS_MAX, Pool, PoolCapacity, Span
from marketplace.domain.failure import OnFailure, Shortage, fail
from marketplace.domain.reservation import Reservation, advanced
from marketplace.domain.settlement import failure_terms
from marketplace.domain.spot import Code
from marketplace.domain.transfer import SECOND
from marketplace.rules import MarketRules
from marketplace.services import reservation as reservations
from marketplace.services.capacity import on_span, slots_of
from marketplace.services.market import rules_and_cycle
from marketplace.services.refund import pay_back
from marketplace.services.spot_run import shed
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
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
    shortage = Shortage(span=span, **_missing(short))
    overlapping = (
        advanced(one, now) for one in reservation_store.overlapping(tx, span.start, span.end)
    )
    found = reservation_store.of_awards(tx, sorted(shortage.awards(overlapping)))
    legs = [advanced(leg, now) for own in found.values() for leg in own]
    orders = order_store.get(tx, {leg.order_id for leg in legs})
    says = {id_: failure_terms(order) for id_, order in orders.items()}
    movers = [leg for leg in legs if says[leg.order_id].on_failure is OnFailure.MOVE]
    if movers:
        latest = max(says[leg.order_id].latest_end for leg in movers)
        names = {there.pool.id for there in short} | {leg.pool for leg in movers}
        shortage = _with_spare(tx, names, (span.start, max(span.end, latest)), now)
    failed = fail(legs, says, shortage, reason, now)
    changed = [one.reservation for one in failed]
    reservation_store.put(tx, changed)
    pay_back(tx, [one.refund for one in failed if one.refund], now)
    event_store.add(tx, [reservations.failure_of(one, now) for one in failed])
    return changed


def _missing(there: Sequence[PoolCapacity]) -> dict[str, Any]:
    """What pools miss, and their blocks."""
    return {
        "over": {one.pool.id: one.sold - one.capacity for one in there},
        "blocks": {one.pool.id: one.pool.block_size for one in there},
    }


def _with_spare(
    tx: Tx, names: Iterable[str], spell: tuple[datetime, datetime], now: datetime
) -> Shortage:
    """What pools miss in a spell, and from now on what time which moves may have of them: what
    would be on sale, but for what a cycle sells that is not settled."""
    rules, _ = rules_and_cycle(tx)
    span = slots_of((min(spell[0], now), spell[1]), rules)
    known = capacity_store.pools(tx)
    there = on_span(tx, [known[name] for name in sorted(names)], span)
    spare = {}
    clears = cycle_store.unfinished(tx)
    for one in there:
        keeps = secured(spot_store.running(tx, one.pool.id), now, span, rules)
        spare[one.pool.id] = one.spare(rules.reserved_share_ppm, keeps)
        if clears is not None and clears.sale_start is not None:
            spare[one.pool.id][max(span.index(clears.sale_start), 0) :] = -UNITS_MAX
    return Shortage(span=span, **_missing(there), spare=spare)
