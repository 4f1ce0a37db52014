"""An order as people ask for it: the window where they name none, the terms that they change, and
the cycle that it meets."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.domain.cycle import Cycle, next_closing
from marketplace.domain.order import Option, Order, OrderRequest
from marketplace.domain.reservation import Part
from marketplace.errors import BadField
from marketplace.rules import MarketRules

A_DAY: Final = timedelta(days=1)


def start_window(
    earliest: datetime | None, latest: datetime | None, sale_start: datetime
) -> tuple[datetime, datetime]:
    """The first and the last start that are meant where one or both were not named: from the next
    sale's first slot on, and for a day after that or after the sale begins."""
    first = earliest or sale_start
    return first, latest or max(first, sale_start) + A_DAY


def check_not_past(request: OrderRequest, now: datetime, slot: timedelta) -> None:
    """Refuse a new order with an earliest start whose slot is over: it may be meant for another
    day. Raises ``BadField``."""
    for number, option in enumerate(request.options):
        if option.earliest_start + slot <= now:
            place = f"options[{number}].earliest_start"
            raise BadField(place, option.earliest_start, "in-the-past")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Other terms of an order; what is None stays as it is."""

    value_ucr: int | None = None
    quantity: int | None = None
    duration: timedelta | None = None
    earliest_start: datetime | None = None
    latest_start: datetime | None = None


def changed(order: Order, to: Changes) -> Option:
    """The order's one option with other terms. Where its earliest start moves beyond its latest,
    the latest moves along. Raises ``BadField`` for an order of several options or legs."""
    options = order.request.options
    if len(options) > 1 or len(options[0].legs) > 1:
        raise BadField("order", order.id, "several-legs")
    [option] = options
    [leg] = option.legs
    leg = replace(
        leg,
        quantity=leg.quantity if to.quantity is None else to.quantity,
        duration=leg.duration if to.duration is None else to.duration,
    )
    first, last = to.earliest_start or option.earliest_start, to.latest_start
    if last is None:
        moved_along = first + (option.latest_start - option.earliest_start)
        last = moved_along if first > option.latest_start else option.latest_start
    return replace(
        option,
        value_ucr=option.value_ucr if to.value_ucr is None else to.value_ucr,
        earliest_start=first,
        latest_start=last,
        legs=(leg,),
    )


def hardly_sold_before(start: datetime, end: datetime, part: Part, sale: "Sale") -> datetime | None:
    """When the next cycle begins to sell, where the part of [start, end) that would be given back
    begins before that: hours before it find no buyer."""
    begins = max(part.start or start, start, sale.now)
    return sale.start if begins < min(sale.start, part.end or end, end) else None


class Meets(StrEnum):
    """Which cycle an order meets first."""

    NONE = "none"  # it has ended
    LATER = "later"  # its start is not on sale yet
    OVERDUE = "overdue"  # the open cycle's time has come, and it has not run yet
    NEXT = "next"  # the open cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What is on sale next, at ``now``: the cycle that takes orders, when it closes as planned, and
    which starts it sells. ``overdue``: it should have run, and sells from ``start`` on if it runs
    now."""

    cycle_id: str
    closes_at: datetime
    overdue: bool
    start: datetime
    starts_before: datetime
    slot: timedelta
    now: datetime


def sale_at(cycle: Cycle, rules: MarketRules, now: datetime) -> Sale:
    """What is on sale next, if ``cycle`` is the open one."""
    start = rules.sale_start(next_closing(cycle, rules, now))
    return Sale(
        cycle_id=cycle.id,
        closes_at=cycle.closes_at,
        overdue=now >= cycle.closes_at,
        start=start,
        starts_before=start + rules.start_slots * rules.slot,
        slot=rules.slot,
        now=now,
    )


def meeting(order: Order, sale: Sale) -> Meets:
    """Which cycle an order meets first."""
    if not order.open:
        return Meets.NONE
    if min(option.earliest_start for option in order.request.options) >= sale.starts_before:
        return Meets.LATER
    return Meets.OVERDUE if sale.overdue else Meets.NEXT
