"""Bids that lost: why, what to do about it, and the address of the bid that would have won."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final
from urllib.parse import urlencode

from api.rest.caller import Caller
from marketplace.domain import advice
from marketplace.domain.order import Option, Order, OrderState
from marketplace.domain.terms import Sale
from marketplace.services import order as orders
from marketplace.words import stamp, text_of_duration
from pricing.units import credits_from_ucr, ucr_from_credits

LATELY: Final = timedelta(days=7)
LOST: Final = (OrderState.LOST, OrderState.EXPIRED)
OUTBID: Final = "outbid"
PRICED: Final = (OUTBID, "below-reserve")
CENT: Final = Decimal("0.01")
CENT_UCR: Final = ucr_from_credits(CENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """An order that won nothing; ``again``: the address of a bid for the same that is worth what
    was asked, or nothing where the form has no place for it."""

    order: Order
    how: str
    advice: str
    again: str
    value_ucr: int

    @property
    def by_price(self) -> bool:
        """Whether a higher value may win it."""
        return self.order.loss is not None and self.order.loss.reason in PRICED


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The newest lost orders, and how many there were in the last week; ``more``: at least."""

    newest: tuple[Lost, ...]
    lately: int
    more: bool


def losses(who: Caller, team: str, sale: Sale, most: int) -> Losses:
    """What a team of the caller's lost, the newest first."""
    store, since = who.market.store, who.now - LATELY
    pages = [orders.listed(store, team=who.team(team), state=state) for state in LOST]
    found = sorted(
        (one for page in pages for one in page),
        key=lambda one: (one.ended_at or one.placed_at, one.id),
        reverse=True,
    )
    return Losses(
        newest=tuple(lost(one, sale) for one in found[:most]),
        lately=sum(1 for one in found if (one.ended_at or one.placed_at) >= since),
        more=any(page.next is not None for page in pages),
    )


def lost(order: Order, sale: Sale) -> Lost:
    """A lost order, and what to do about it."""
    option, value_ucr = wanted(order)
    return Lost(
        order=order,
        how=advice.how(order.loss) if order.loss else order.reason,
        advice=advice.of_order(order),
        again=again(option, sale, value_ucr) if option else "",
        value_ucr=value_ucr,
    )


def wanted(order: Order) -> tuple[Option | None, int]:
    """The option to bid for again, which is of one leg, and the value that the published prices
    asked of it, in ucr; where it was outbid at just its value, a hundredth of a credit more, for
    it may be what made the price. None, where none is of one leg."""
    single = [one for one in order.request.options if len(one.legs) == 1]
    if not single:
        return None, 0
    best = max(single, key=lambda one: one.value_ucr)
    loss = order.loss
    lack_ucr = loss.shortfall_ucr if loss else 0
    if loss and loss.reason == OUTBID:
        lack_ucr = max(lack_ucr, CENT_UCR)
    return best, best.value_ucr + lack_ucr


def again(option: Option, sale: Sale, value_ucr: int, pool: str = "") -> str:
    """The address of the bid form, filled with the option at another value; a window that is over
    is moved to the next sale. ``pool``: instead of the option's own."""
    [leg] = option.legs
    first = max(option.earliest_start, sale.start)
    last = max(option.latest_start, first)
    if option.latest_start < sale.start:
        last = first + (option.latest_start - option.earliest_start)
    query = {
        "pool": pool or leg.pool,
        "quantity": str(leg.quantity),
        "duration": text_of_duration(leg.duration),
        "start": stamp(first),
        "latest": stamp(last),
        "value": str(rounded_up(value_ucr)),
    }
    return f"/bid?{urlencode(query)}"


def rounded_up(value_ucr: int) -> Decimal:
    """An amount as a form has it: never less than asked, in hundredths of a credit."""
    return credits_from_ucr(value_ucr).quantize(CENT, ROUND_CEILING)
