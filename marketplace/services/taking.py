"""Take what the last cycle left over: firm time, at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from marketplace.domain.capacity import Grid, Pool, Span
from marketplace.domain.cycle import next_sale
from marketplace.domain.event.order import OrderFilled, OrderPlaced
from marketplace.domain.event.reservation import ReservationTaken
from marketplace.domain.forward_floor import highest
from marketplace.domain.journal import Call
from marketplace.domain.ledger import Due, Hold, HoldState, hold_transfers, settle_transfers
from marketplace.domain.order import Order
from marketplace.domain.policy import needs_of
from marketplace.domain.preview import LOOK_BACK
from marketplace.domain.price import forward_prices
from marketplace.domain.reservation import Reservation, Sale, resell
from marketplace.domain.take_command import TakeNow
from marketplace.domain.taking import (
    RULE,
    TAKEN,
    Offer,
    Taken,
    TakingRequest,
    check_taking,
    kept_by_spot,
    order_of,
    slot_prices,
    slots_meant,
    span_to_take,
    taken,
)
from marketplace.domain.transfer import TEXT_MAX
from marketplace.errors import BadField, NotFound
from marketplace.rules import MarketRules
from marketplace.services import limits
from marketplace.services.capacity import on_span
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import rules_and_cycle
from marketplace.services.policy import of_now
from marketplace.services.refund import pay_back
from marketplace.services.team import check_team
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import forward_floor as floor_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import policy as policy_store
from marketplace.store import price as price_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as spot_price_store
from marketplace.store.transaction import Tx


def take(tx: Tx, command: TakeNow, call: Call) -> Taken:
    """Take free time before the next cycle sells: it is paid at once, and is the team's for sure.

    Raises ``NotFound``, ``InsufficientCredits``, and ``BadField`` for what cannot be taken: what
    the next cycle sells, what is not free, what costs more than was said, and what the decision
    policy does not let pass at once.
    """
    request, now = command.request, call.at
    check_team(tx, request.team)
    if not request.key or len(request.key) > TEXT_MAX:
        facts = {"least": 1, "most": TEXT_MAX}
        raise BadField("key", request.key, "letters-out-of-range", facts)
    offer = _meant(tx, request, now)
    order = order_of(request, offer, now)
    _check_policy(tx, order, offer, now)
    hold = FreeCredits(tx, [order.team], now, now).lock(order, order.held_ucr)
    found = taken(order, offer, now)
    order_store.add(tx, [found.order])
    reservation_store.add(tx, [found.reservation])
    _pay(tx, hold, found.reservation, now)
    _sell_on(tx, offer, order, now)
    event_store.add(tx, [*_filled(found, now), _told(found.reservation, now)])
    return found


def recall(tx: Tx, ids: Sequence[str]) -> Taken:
    """What has become of what was taken: ``ids`` names the order and its time-box."""
    order = order_store.get(tx, ids).get(ids[0])
    found = reservation_store.get(tx, ids[1])
    if order is None or found is None:
        raise NotFound("reservation", ids[1])
    return Taken(order=order, reservation=found)


def _meant(tx: Tx, request: TakingRequest, now: datetime) -> Offer:
    """The slots that a request takes, where they can be taken and have room."""
    rules, _ = rules_and_cycle(tx)
    pools = capacity_store.pools(tx)
    check_taking(request, pools, rules)
    span = _span(tx, rules, now)
    first, slots = slots_meant(span, request, rules)
    part = replace(span, start=span.at(first), slots=slots)
    offer = _offer(tx, pools[request.pool], part, rules, now)
    offer.check_room(request.quantity)
    offer.check_price(request.most_ucr)
    return offer


def _span(tx: Tx, rules: MarketRules, now: datetime) -> Span:
    _, cycle = rules_and_cycle(tx)
    return span_to_take(rules, now, next_sale(cycle, cycle_store.unfinished(tx), rules, now))


def _offer(tx: Tx, pool: Pool, span: Span, rules: MarketRules, now: datetime) -> Offer:
    """What is free of a pool in slots before the next sale, and what it costs."""
    [there] = on_span(tx, [pool], span)
    kept = kept_by_spot(spot_store.running(tx, pool.id), now, span, rules)
    spot = spot_price_store.before(tx, pool.id, now)
    history = price_store.published(tx, [pool.id], LOOK_BACK)
    published = [one.cleared_ucr for one in forward_prices(pool.id, span, history)]
    least = highest(pool.reserve_price_ucr, _floor(tx, pool, span, rules), span.slots)
    return Offer(
        pool=pool,
        span=span,
        free=there.free(rules.reserved_share_ppm, kept),
        prices=slot_prices(span, published, least, spot.price_ucr if spot else None),
    )


def _floor(tx: Tx, pool: Pool, span: Span, rules: MarketRules) -> Grid | None:
    """The share of the forward floors that counts, where the newest cycle had some."""
    last = cycle_store.latest_settled(tx)
    floors = floor_store.of_cycle(tx, last.number) if last and rules.forward_floor_ppm else None
    return floors.on(span, rules.forward_floor_ppm).get(pool.id) if floors else None


def _check_policy(tx: Tx, order: Order, offer: Offer, now: datetime) -> None:
    """Refuse what the decision policy forbids, what would wait for somebody's word, and what is
    beyond a cap or a spending limit. Raises ``BadField``."""
    adopted = of_now(tx, now)
    if adopted is None:
        return
    policy, team = adopted.policy, order.team
    [leg] = order.request.options[0].legs
    policy.check_pool(team, leg.pool)
    tiers = policy.asking(order.request, order.held_ucr)
    if tiers:
        whose = " and ".join(need.value for need in needs_of(tiers))
        names = ", ".join(tier.name for tier in tiers)
        asks: dict[str, object] = {"whose": whose, "tiers": names}
        raise BadField("quantity", leg.quantity, "needs-approval", asks)
    [there] = on_span(tx, [offer.pool], offer.span)
    has = policy_store.ahead(tx, offer.span, [leg.pool], [team])
    room = policy.room(team, there, has.get((team, leg.pool)))
    if room is not None and leg.quantity > (most := int(room.min())):
        facts = {"team": team, "pool": leg.pool, "most": most}
        raise BadField("quantity", leg.quantity, "above-cap-then", facts)
    limits.check(tx, order.request.tags, order.held_ucr, now, field="cost", team=team)


def _pay(tx: Tx, hold: Hold, reservation: Reservation, now: datetime) -> None:
    """Lock what it costs and pay it, in one breath."""
    due = Due(
        sold=reservation.sold(reservation.units),
        amount_ucr=reservation.paid_ucr,
        rule=RULE,
        reason=TAKEN,
        reservation_id=reservation.id,
    )
    ledger_store.add_holds(tx, [hold])
    ledger_store.end_holds(tx, [replace(hold, state=HoldState.POSTED)])
    ledger_store.post(tx, [*hold_transfers(hold), *settle_transfers(hold, "", [due])], now)


def _sell_on(tx: Tx, offer: Offer, order: Order, now: datetime) -> None:
    """What was given back and is taken now brings its team what a cycle would have brought."""
    _, cycle = rules_and_cycle(tx)
    [leg] = order.request.options[0].legs
    releases = reservation_store.releases(tx, offer.span.start, cycle.number)
    sale = Sale(
        span=offer.span,
        free=offer.free,
        sold=np.full(offer.span.slots, leg.quantity, dtype=np.int64),
        prices_ucr=offer.prices_ucr,
    )
    changed, refunds = resell(releases, {offer.pool.id: sale}, order.hold_id)
    reservation_store.put_releases(tx, changed)
    pay_back(tx, [replace(one, cycle_id="") for one in refunds], now)  # it was sold in no cycle


def _filled(found: Taken, now: datetime) -> list[OrderPlaced | OrderFilled]:
    order, box = found.order, found.reservation
    return [
        OrderPlaced(at=now, order=order.id, team=order.team, held_ucr=order.held_ucr),
        OrderFilled(
            at=now,
            order=order.id,
            team=order.team,
            cycle="",
            start=box.start,
            payment_ucr=box.paid_ucr,
            reservations=(box.id,),
        ),
    ]


def _told(box: Reservation, now: datetime) -> ReservationTaken:
    return ReservationTaken(
        at=now,
        reservation=box.id,
        team=box.team,
        order=box.order_id,
        pool=box.pool,
        quantity=box.quantity,
        start=box.start,
        until=box.end,
    )
