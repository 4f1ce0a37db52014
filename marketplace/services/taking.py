"""Take what the last cycle left over: firm time, at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from marketplace.domain.actor import IN_TEAM
from marketplace.domain.asked import check_duration, check_key, selling
from marketplace.domain.capacity import Grid, Pool, Span
from marketplace.domain.cycle import next_sale
from marketplace.domain.event.order import OrderFilled, OrderPlaced
from marketplace.domain.event.reservation import ReservationExtended, ReservationTaken, about
from marketplace.domain.forward_floor import highest
from marketplace.domain.journal import Call
from marketplace.domain.ledger import Due, Hold, HoldState, hold_transfers, settle_transfers
from marketplace.domain.order import Order
from marketplace.domain.policy import needs_of
from marketplace.domain.preview import LOOK_BACK
from marketplace.domain.price import forward_prices
from marketplace.domain.reservation import Reservation, Sale, advanced, resell
from marketplace.domain.take_command import ExtendReservation, TakeNow
from marketplace.domain.taking import (
    EXTENDED,
    RULE,
    TAKEN,
    Asked,
    Extended,
    Longer,
    Offer,
    Taken,
    TakingRequest,
    check_longer,
    extended,
    kept_by_spot,
    order_for_more,
    order_of,
    slot_prices,
    slots_meant,
    sold_more,
    span_to_take,
    taken,
)
from marketplace.errors import BadField, NotFound, zulu
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
    check_key(request.key)
    offer = _meant(tx, request, now)
    order = order_of(request, offer, now)
    _check_policy(tx, order, offer, now, ("quantity", request.quantity))
    hold = FreeCredits(tx, [order.team], now, now).lock(order, order.held_ucr)
    found = taken(order, offer, now)
    order_store.add(tx, [found.order])
    reservation_store.add(tx, [found.reservation])
    box = found.reservation
    due = Due(
        sold=box.sold(box.units),
        amount_ucr=box.paid_ucr,
        rule=RULE,
        reason=TAKEN,
        reservation_id=box.id,
    )
    _pay(tx, hold, due, now)
    _sell_on(tx, offer, order, now)
    told = ReservationTaken(
        **about(box, now), quantity=box.quantity, start=box.start, until=box.end
    )
    event_store.add(tx, [*_filled(found, now), told])
    return found


def recall(tx: Tx, ids: Sequence[str]) -> Taken:
    """What has become of what was taken: ``ids`` names the order and its time-box."""
    order = order_store.get(tx, ids).get(ids[0])
    found = reservation_store.get(tx, ids[1])
    if order is None or found is None:
        raise NotFound("reservation", ids[1])
    return Taken(order=order, reservation=found)


def extend(tx: Tx, command: ExtendReservation, call: Call) -> Extended:
    """Let a time-box last longer, under its id, where its units are free behind it before the next
    sale: its order pays at once what taking that time would cost.

    Raises ``NotFound`` for another team's, ``NotAllowedNow`` for one that has ended, and as
    ``take``.
    """
    longer, now = command.longer, call.at
    found = reservation_store.get(tx, command.reservation)
    if found is None or not call.actor.in_team(found.team, IN_TEAM):
        raise NotFound("reservation", command.reservation)
    box, order = advanced(found, now), order_store.get(tx, [found.order_id])[found.order_id]
    offer, quantity = _behind(tx, box, longer, now)
    more = order_for_more(order, offer, quantity)
    _check_policy(tx, more, offer, now, ("duration", longer.duration))
    hold = FreeCredits(tx, [order.team], now, now).lock(more, more.held_ucr)
    cost_ucr = offer.cost_ucr(quantity)
    after, extended_box = extended(order, box, quantity, offer.prices_ucr, cost_ucr)
    order_store.put(tx, [after])
    reservation_store.put(tx, [extended_box])
    sold = sold_more(extended_box, quantity, offer.span.slots)
    due = Due(sold=sold, amount_ucr=cost_ucr, rule=RULE, reason=EXTENDED, reservation_id=box.id)
    _pay(tx, hold, due, now)
    _sell_on(tx, offer, more, now)
    told = ReservationExtended(
        **about(extended_box, now),
        quantity=quantity,
        start=offer.span.start,
        until=extended_box.end,
    )
    event_store.add(tx, [told])
    return Extended(
        reservation=extended_box,
        start=offer.span.start,
        cost_ucr=cost_ucr,
        prices_ucr=offer.prices_ucr,
        slots=offer.prices,
    )


def names_of_extended(done: Extended) -> tuple[str, ...]:
    """The time-box, from when on it was extended, and at which prices: it may be again."""
    prices = (str(price) for price in done.prices_ucr)
    return done.reservation.id, zulu(done.start), str(done.cost_ucr), *prices


def recall_extended(tx: Tx, names: Sequence[str]) -> Extended:
    """What has become of a time-box that was extended."""
    id_, start, cost, *prices = names
    found = reservation_store.get(tx, id_)
    if found is None:
        raise NotFound("reservation", id_)
    return Extended(
        reservation=found,
        start=datetime.fromisoformat(start),
        cost_ucr=int(cost),
        prices_ucr=tuple(map(int, prices)),
    )


def _behind(tx: Tx, box: Reservation, longer: Longer, now: datetime) -> tuple[Offer, int]:
    """The slots behind a time-box that an extension buys, and how many units of each."""
    rules, _ = rules_and_cycle(tx)
    pool = capacity_store.pools(tx)[box.pool]
    if pool.retired:
        raise BadField("pool", pool.id, "retired")
    quantity = check_longer(box, longer, _span(tx, rules, now), rules)
    span = Span(start=box.end, slot=rules.slot, slots=longer.duration // rules.slot)
    offer = _offer(tx, pool, span, rules, now)
    offer.check_room(quantity, ("duration", longer.duration))
    offer.check_cost(quantity, longer.most)
    return offer, quantity


def _meant(tx: Tx, request: TakingRequest, now: datetime) -> Offer:
    """The slots that a request takes, where they can be taken and have room."""
    rules, _ = rules_and_cycle(tx)
    pool = selling(capacity_store.pools(tx), request.pool, request.quantity)
    check_duration(request.duration, rules)
    span = _span(tx, rules, now)
    first, slots = slots_meant(span, request, rules)
    part = replace(span, start=span.at(first), slots=slots)
    offer = _offer(tx, pool, part, rules, now)
    offer.check_room(request.quantity, ("quantity", request.quantity))
    offer.check_cost(request.quantity, request.most)
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


def _check_policy(tx: Tx, order: Order, offer: Offer, now: datetime, asked: Asked) -> None:
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
        raise BadField(*asked, "needs-approval", asks)
    [there] = on_span(tx, [offer.pool], offer.span)
    has = policy_store.ahead(tx, offer.span, [leg.pool], [team])
    room = policy.room(team, there, has.get((team, leg.pool)))
    if room is not None and leg.quantity > (most := int(room.min())):
        facts = {"team": team, "pool": leg.pool, "most": most}
        raise BadField(*asked, "above-cap-then", facts)
    limits.check(tx, order.request.tags, order.held_ucr, now, field="cost", team=team)


def _pay(tx: Tx, hold: Hold, due: Due, now: datetime) -> None:
    """Lock what is due and pay it, in one breath."""
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
        OrderFilled.of(order, [box.id], now),
    ]
