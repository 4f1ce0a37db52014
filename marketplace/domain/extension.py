"""Bids for more time right behind a time-box: what they must ask for, and what winning makes of it.

Such a bid is in the next cycle like any other, and goes first among equals there. When it wins no
new time-box is made: the old one is extended in place, under its id, and its own order pays, out of
what the bid holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from marketplace.domain.guarantee import Kind
from marketplace.domain.ledger import Due, Hold, settle_transfers
from marketplace.domain.order import Option, Order, OrderRequest
from marketplace.domain.reservation import LIVE, Reservation
from marketplace.domain.standing import Standing
from marketplace.domain.taking import EXTENDED, extended, sold_more
from marketplace.domain.transfer import NO_TAGS, Movement, Tags, Transfer
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import MarketRules

BOX_CHANGED: Final = "box-changed"
"""Why a bid ended that was to extend a time-box which is not as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The time-box behind which a bid asks for more, the order that won it, and all legs of that
    award; ``bidding``: another open order that asks for the time behind it, if there is one."""

    box: Reservation
    order: Order
    legs: tuple[Reservation, ...]
    bidding: str = ""


def checked_extension(
    request: OrderRequest, behind: Behind, rules: MarketRules, now: datetime
) -> OrderRequest:
    """The request, under the tags of the order that won the time-box: that pays.

    Raises ``NotAllowedNow`` for a time-box that cannot be extended so, ``BadField`` for anything
    but its own pool and units right behind it.
    """
    box, order = behind.box, behind.order
    _check_box(behind, rules, now)
    if request.guarantee.kind is not Kind.FIRM:
        raise BadField("guarantee", request.guarantee.kind.value, "extended-is-firm")
    tags = order.request.tags
    if request.tags not in (NO_TAGS, tags):
        field, said = _tag_apart(request.tags, tags)
        raise BadField(field, said, "tagged-as-its-box", {"order": order.id})
    for number, option in enumerate(request.options):
        _check_option(f"options[{number}]", option, box, rules)
    return replace(request, tags=tags)


def _check_box(behind: Behind, rules: MarketRules, now: datetime) -> None:
    box = behind.box
    reason, facts = "", dict[str, object]()
    if box.state not in LIVE:
        reason = "ended"
    elif not box.units[-1]:
        reason = "gave-up-its-end"
    elif behind.bidding:
        reason, facts = "bid-for-already", {"order": behind.bidding}
    else:
        until = Standing.of(behind.order, behind.legs).changes_until(rules)
        if until is not None and until > now:
            reason, facts = "may-still-change", {"until": until}
    if reason:
        raise NotAllowedNow("reservation", box.id, box.state.value, reason, facts)


def _tag_apart(asked: Tags, own: Tags) -> tuple[str, str]:
    """The first tag that is not the time-box's, and what was said."""
    names = ("project", "theme", "cost_centre")
    name = next(one for one in names if getattr(asked, one) != getattr(own, one))
    return name, str(getattr(asked, name))


def _check_option(name: str, option: Option, box: Reservation, rules: MarketRules) -> None:
    start, units = box.end, box.units[-1]
    facts = {"box": box.id, "pool": box.pool, "quantity": units, "start": start}
    if len(option.legs) != 1:
        raise BadField(f"{name}.legs", len(option.legs), "not-behind", facts)
    [leg] = option.legs
    asked = (
        ("earliest_start", option.earliest_start, start),
        ("latest_start", option.latest_start, start),
        ("legs[0].pool", leg.pool, box.pool),
        ("legs[0].quantity", leg.quantity, units),
        ("legs[0].offset", leg.offset, start - start),
    )
    for field, said, own in asked:
        if said != own:
            raise BadField(f"{name}.{field}", said, "not-behind", facts)
    if start + leg.duration - box.start > rules.longest:
        place = f"{name}.legs[0].duration"
        raise BadField(place, leg.duration, "longer-than-longest", {"most": rules.longest})


def still_behind(request: OrderRequest, box: Reservation | None) -> bool:
    """Whether the time-box is as it was when a bid for more of it was placed."""
    option = request.options[0]
    return (
        box is not None
        and box.team == request.team
        and box.state in LIVE
        and box.end == option.earliest_start
        and box.units[-1] == option.legs[0].quantity
    )


@dataclass(slots=True, kw_only=True)
class Boxes:
    """Time-boxes that bids of a book are to extend, and the orders that won them, by id. Mutable:
    they grow as bids win."""

    boxes: dict[str, Reservation]
    orders: dict[str, Order]
    changed: set[str]

    @classmethod
    def of(cls, boxes: Mapping[str, Reservation], orders: Mapping[str, Order]) -> "Boxes":
        """As they are before anybody won."""
        return cls(boxes=dict(boxes), orders=dict(orders), changed=set())

    def copy(self) -> "Boxes":
        """The same, to grow by itself."""
        return Boxes(boxes=dict(self.boxes), orders=dict(self.orders), changed=set(self.changed))

    def has(self, request: OrderRequest) -> bool:
        """Whether the time-box of a bid is as it was."""
        return still_behind(request, self.boxes.get(request.extends))

    def extend(
        self, bid: Order, hold: Hold, prices_ucr: tuple[int, ...], payment: tuple[int, str]
    ) -> tuple[Reservation, list[Transfer]]:
        """Extend the time-box of a bid that won, by slots of these prices; ``payment``: for how
        much, and by which rule. The order that won it pays, out of what the bid holds."""
        box = self.boxes[bid.request.extends]
        units, (cost_ucr, rule) = box.units[-1], payment
        order, after = extended(self.orders[box.order_id], box, units, prices_ucr, cost_ucr)
        self.boxes[box.id], self.orders[order.id] = after, order
        self.changed.add(box.id)
        due = Due(
            sold=sold_more(after, units, len(prices_ucr)),
            amount_ucr=cost_ucr,
            rule=rule,
            reason=EXTENDED,
            reservation_id=box.id,
        )
        cycle_id = bid.fill.cycle_id if bid.fill else ""
        moves = settle_transfers(hold, cycle_id, [due])
        return after, [
            replace(one, payer=order.payer) if one.movement is Movement.PAY else one
            for one in moves
        ]

    def extended(self) -> tuple[list[Reservation], list[Order]]:
        """The time-boxes that were extended, and their orders."""
        boxes = [self.boxes[id_] for id_ in sorted(self.changed)]
        return boxes, _orders(self.orders[one.order_id] for one in boxes)


def _orders(found: Iterable[Order]) -> list[Order]:
    return list({one.id: one for one in found}.values())
