"""Time that the last cycle left over, taken at once: which slots, at which price, and the time-box.

From the next slot's start until the first slot that the next cycle sells, no auction comes any
more. Whatever is free there costs, slot by slot, the greatest of what the last cycle published for
it, the least that it may be sold for, and what spot costs now: so nobody waits with a bid for what
is cheaper to take, and nobody takes from spot what spot pays more for.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.asked import check_duration
from marketplace.domain.board import secured
from marketplace.domain.capacity import Grid, Pool, Span, check_aligned
from marketplace.domain.order import (
    MINUTE,
    Fill,
    Leg,
    Option,
    Order,
    OrderRequest,
    OrderState,
    ended,
    opened,
)
from marketplace.domain.reservation import LIVE, Reservation
from marketplace.domain.spot import SpotRequest
from marketplace.domain.transfer import NO_TAGS, SoldTime, Tags
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import MarketRules, floor_to
from marketplace.words import Credits
from pricing.units import charge_ucr

Asked = tuple[str, object]
"""The field that says how much is meant, and its value: units, or for how long."""

RULE: Final = "take"
"""The rule that the price of taken time goes by, where an award says its payment rule."""

EXTENDED: Final = "extended"
"""Why an order paid again: what it won was extended."""

TAKEN: Final = "taken"
"""Why an order was filled that no cycle cleared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """The most that time may cost, where something says: ``price_ucr`` a unit-hour in any slot,
    ``cost_ucr`` in all."""

    price_ucr: int | None = None
    cost_ucr: int | None = None


ANY: Final = Most()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingRequest:
    """What a team takes: ``quantity`` units for ``duration``, from ``start`` on, or from the next
    slot's start; nothing where it costs more than ``most``. ``key`` makes a repeat harmless;
    ``said``: what it was worked out from, by which a repeat is known."""

    team: str
    key: str
    pool: str
    quantity: int
    duration: timedelta
    start: datetime | None = None
    most: Most = ANY
    tags: Tags = NO_TAGS
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer:
    """How a time-box is to be extended: by so much, where it costs no more than ``most``."""

    duration: timedelta
    most: Most = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPrice:
    """What a unit costs in a slot that can be taken, ucr a unit-hour, and what made it so much.

    ``published_ucr``: by the newest cycle that sold the slot; ``floor_ucr``: the pool's reserve, or
    the forward floor where that is more; ``spot_ucr``: the newest spot price. None: there is none.
    """

    at: datetime
    published_ucr: int | None
    floor_ucr: int
    spot_ucr: int | None

    @property
    def price_ucr(self) -> int:
        """The greatest of them."""
        return max(self.published_ucr or 0, self.floor_ucr, self.spot_ucr or 0)

    @property
    def set_by(self) -> str:
        """Which of them it is: the first of several that are alike."""
        if self.published_ucr == self.price_ucr:
            return "published"
        return "floor" if self.floor_ucr == self.price_ucr else "spot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The slots of a pool that can be taken: ``free`` units in each, and the prices. ``span`` ends
    where the next cycle begins to sell."""

    pool: Pool
    span: Span
    free: Grid
    prices: tuple[SlotPrice, ...]

    @property
    def prices_ucr(self) -> tuple[int, ...]:
        """What a unit costs an hour, slot by slot."""
        return tuple(one.price_ucr for one in self.prices)

    def cost_ucr(self, quantity: int) -> int:
        """What so many units cost over all its slots, under the one rounding rule."""
        return charge_ucr(sum(self.prices_ucr) * quantity, self.span.slot // MINUTE)

    def check_room(self, quantity: int, asked: Asked) -> None:
        """Refuse more units than are free in every slot. Raises ``BadField``: ``asked``."""
        least = int(self.free.min())
        if quantity > least:
            at = self.span.at(int(self.free.argmin()))
            facts = {"pool": self.pool.id, "most": least, "at": at}
            raise BadField(*asked, "not-free", facts)

    def check_cost(self, quantity: int, most: Most) -> None:
        """Refuse so many units where they cost more than that. Raises ``BadField``."""
        dearest = max(self.prices, key=lambda one: one.price_ucr)
        if most.price_ucr is not None and dearest.price_ucr > most.price_ucr:
            facts = {"price": Credits(dearest.price_ucr), "at": dearest.at}
            raise BadField("max_price", Credits(most.price_ucr), "costs-more", facts)
        cost_ucr = self.cost_ucr(quantity)
        if most.cost_ucr is not None and cost_ucr > most.cost_ucr:
            in_all = {"cost": Credits(cost_ucr)}
            raise BadField("max_cost", Credits(most.cost_ucr), "costs-more-in-all", in_all)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken: the filled order, its time-box, and what made the price of each slot; of one
    that is only said again no more is known of that than the prices."""

    order: Order
    reservation: Reservation
    slots: tuple[SlotPrice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended:
    """A time-box that was extended from ``start`` on, what that cost, and what made the price of
    each new slot; of what is only said again no more than the prices is known."""

    reservation: Reservation
    start: datetime
    cost_ucr: int
    prices_ucr: tuple[int, ...]
    slots: tuple[SlotPrice, ...] = ()


def span_to_take(rules: MarketRules, now: datetime, sale_start: datetime) -> Span:
    """The slots that begin at ``now`` or later, and before the first that the next cycle sells."""
    first = rules.slot_ceil(now)
    slots = max((sale_start - first) // rules.slot, 0)
    return Span(start=first, slot=rules.slot, slots=slots)


def kept_by_spot(
    runs: Iterable[SpotRequest], now: datetime, span: Span, rules: MarketRules
) -> Grid:
    """Units that spot runs keep, by slot: by their minimum runtimes and notices; and all of them in
    slots that begin before a notice of the next tick is over, for nobody goes without one."""
    there = [one for one in runs if one.run is not None]
    units = secured(there, now, span, rules)
    noticed_by = floor_to(now, rules.tick) + rules.tick + rules.notice
    for slot in range(min(max(span.index_up(noticed_by), 0), span.slots)):
        at = span.at(slot)
        units[slot] = sum(one.terms.quantity for one in there if _runs_on(one, at))
    return units


def _runs_on(one: SpotRequest, at: datetime) -> bool:
    return one.run is not None and (one.run.deadline is None or one.run.deadline > at)


def slots_meant(span: Span, request: TakingRequest, rules: MarketRules) -> tuple[int, int]:
    """The first of the slots to take that are meant, and how many. Raises ``BadField`` for those
    that have begun, and for those that the next cycle sells."""
    start = span.start if request.start is None else check_aligned("start", request.start, rules)
    if start < span.start:
        raise BadField("start", start, "slot-begun", {"next": span.start})
    if start >= span.end:
        raise BadField("start", start, "sold-by-auction", {"sale_start": span.end})
    check_end(start, request.duration, span)
    return span.index(start), request.duration // span.slot


def check_end(start: datetime, duration: timedelta, span: Span) -> None:
    """Refuse time that reaches into what the next cycle sells. Raises ``BadField``."""
    if start + duration > span.end:
        facts = {"sale_start": span.end, "most": span.end - start}
        raise BadField("duration", duration, "reaches-the-sale", facts)


def order_of(request: TakingRequest, offer: Offer, now: datetime) -> Order:
    """The order that stands for what is taken: its one option is that time-box, worth what it
    costs, for nobody was asked what else it is worth."""
    option = _option(offer, request.pool, request.quantity)
    asked = OrderRequest(team=request.team, key=request.key, options=(option,), tags=request.tags)
    return opened(asked, now)


def _option(offer: Offer, pool: str, quantity: int) -> Option:
    at, span = offer.span.start, offer.span
    leg = Leg(pool=pool, quantity=quantity, duration=span.slots * span.slot)
    return Option(
        value_ucr=max(offer.cost_ucr(quantity), 1),  # nothing is held for less
        earliest_start=at,
        latest_start=at,
        legs=(leg,),
    )


def taken(order: Order, offer: Offer, now: datetime) -> Taken:
    """The order, filled, and its time-box. It was won in no cycle, and names none."""
    [leg] = order.request.options[0].legs
    cost_ucr, slots = offer.cost_ucr(leg.quantity), offer.span.slots
    start = offer.span.start
    fill = Fill(cycle_id="", option=0, start=start, payment_ucr=cost_ucr, capped=False)
    name = hashlib.sha256(f"{TAKEN}/{order.id}".encode()).hexdigest()[:16]
    reservation = Reservation(
        id=f"rsv_{name}_0",
        award_id=f"awd_{name}",
        order_id=order.id,
        cycle_id="",
        team=order.team,
        pool=leg.pool,
        start=start,
        slot=offer.span.slot,
        quantity=leg.quantity,
        units=(leg.quantity,) * slots,
        lost=(0,) * slots,
        given_back=(0,) * slots,
        prices_ucr=offer.prices_ucr,
        paid_ucr=cost_ucr,
        awarded_at=now,
    )
    filled = replace(ended(order, OrderState.FILLED, TAKEN, now), fill=fill)
    return Taken(order=filled, reservation=reservation, slots=offer.prices)


def slot_prices(
    span: Span,
    published_ucr: Sequence[int | None],
    floors_ucr: Sequence[int],
    spot_ucr: int | None,
) -> tuple[SlotPrice, ...]:
    """The price of each slot, of what is known of each; the spot price is that of now."""
    each = zip(published_ucr, floors_ucr, strict=True)
    return tuple(
        SlotPrice(at=span.at(k), published_ucr=published, floor_ucr=floor, spot_ucr=spot_ucr)
        for k, (published, floor) in enumerate(each)
    )


def check_longer(box: Reservation, longer: Longer, span: Span, rules: MarketRules) -> int:
    """How many units an extension buys: those that the time-box has in its last slot.

    Raises ``NotAllowedNow`` for one that has ended or has none there, ``BadField`` for time that
    the next cycle sells, or more than a time-box may last.
    """
    if box.state not in LIVE:
        raise NotAllowedNow("reservation", box.id, box.state.value, "ended")
    if not box.units[-1]:
        raise NotAllowedNow("reservation", box.id, box.state.value, "gave-up-its-end")
    check_duration(longer.duration, rules)
    if box.end >= span.end:
        raise BadField("duration", longer.duration, "sold-by-auction", {"sale_start": span.end})
    check_end(box.end, longer.duration, span)
    if box.end + longer.duration - box.start > rules.longest:
        facts = {"most": rules.longest}
        raise BadField("duration", longer.duration, "longer-than-longest", facts)
    return box.units[-1]


def order_for_more(order: Order, offer: Offer, quantity: int) -> Order:
    """The order as it stands for more time: its next version, which holds what that costs."""
    option = _option(offer, offer.pool.id, quantity)
    request = replace(order.request, options=(option,))
    return replace(order, request=request, version=order.version + 1)


def extended(
    order: Order, box: Reservation, quantity: int, prices_ucr: tuple[int, ...], cost_ucr: int
) -> tuple[Order, Reservation]:
    """The order and its time-box once so many units were bought behind it, in slots of these
    prices, for so much."""
    if order.fill is None:
        raise ValueError(f"{order.id} won nothing")
    slots = len(prices_ucr)
    fill = replace(order.fill, extended_ucr=order.fill.extended_ucr + cost_ucr)
    longer = replace(
        box,
        units=box.units + (quantity,) * slots,
        lost=box.lost + (0,) * slots,
        given_back=box.given_back + (0,) * slots,
        prices_ucr=box.prices_ucr + prices_ucr,
        paid_ucr=box.paid_ucr + cost_ucr,
        extended=box.extended + slots,
        extended_ucr=box.extended_ucr + cost_ucr,
    )
    return replace(order, version=order.version + 1, fill=fill), longer


def sold_more(box: Reservation, quantity: int, slots: int) -> SoldTime:
    """The time of the last slots of a time-box, at their prices."""
    return box.sold((0,) * (len(box.units) - slots) + (quantity,) * slots)
