"""What a reason means and what to do about it: once, for every door that tells one."""

from collections.abc import Mapping
from typing import Final

from marketplace.domain.order import Loss, Order, OrderState
from marketplace.words import credits_text

ORDER: Final[Mapping[str, str]] = {
    "below-reserve": "Bid more: its value was below the reserve price of what it asks for.",
    "outbid": "Bid more, or leave more freedom: a longer window, another pool, fewer units.",
    "capacity-not-available": "Price was not the cause: at no start in its window were all its "
    "units free, by what is sold and under maintenance. Widen the window, or ask for fewer units.",
    "cap": "Ask for fewer units: the team's cap on this pool was reached.",
    "budget": "Bid less, or on fewer things: the team's budget was reached.",
    "unfit": "Price was not the cause: ask for fewer units or a shorter time, or widen the window.",
    "not-found": "It was worth more than its price. No place was found for it, and the clearing is "
    "not proven so near the best that there was none. Bid again, or widen the window.",
    "window-passed": "Its last possible start passed; bid again with a later window.",
    "validity-ended": "It stood as long as it was to stand; bid again.",
    "box-changed": "The time-box that it was to extend changed: look at it, and bid again.",
    "grant-expired": "The grant that held its credits ended; ask finance, and bid again.",
    "approval-refused": "Whoever was asked said no, and why; bid again with that mended.",
    "approval-lapsed": "Nobody who was asked decided in time; tell them, and bid again.",
}
"""What to do next, by the reason for which an order lost or ended."""

SPOT: Final[Mapping[str, str]] = {
    "pending-evaluation": "it is looked at in the next tick",
    "price-too-low": "the price is above its limit; raise the limit, or wait",
    "outbid": "others with limits as high or higher have the capacity; raise the limit, or wait",
    "unfit": "its units, or its minimum runtime and a notice, do not fit beside what is running, "
    "sold ahead, and sold in the next auction; ask for fewer units or a shorter minimum, or wait",
    "capacity-not-available": "the pool has not so many units for spot now",
    "awaiting-capacity": "it has won; it starts when those who were told to leave are gone",
    "fulfilled": "it runs",
    "reclaimed": "reserved time that others bought begins, or its pool is retired",
    "maintenance": "its units go to maintenance, or its pool is to have fewer",
    "budget": "the team's credits do not cover another hold; ask finance for a grant",
    "grant-expired": "the grant that held its credits ended",
    "ended": "it ran until the end that it asked for",
    "window-passed": "its end came too near for its minimum runtime",
    "stopped-by-team": "the team stopped it",
    "cancelled": "the team cancelled it before it ran",
}
"""What each status code means, and what to do."""


FREER: Final = (
    "Leave more freedom (a longer window, another pool, fewer units), or value it higher."
)


def how(loss: Loss) -> str:
    """How an order lost, in a phrase: its reason, and by how much where price was it."""
    if loss.reason == "capacity-not-available":
        return f"no start in its window had room for it ({loss.reason})"
    lack = credits_text(loss.shortfall_ucr)
    if loss.reason != "outbid":
        return f"{loss.reason}, short by {lack} credits" if loss.shortfall_ucr else loss.reason
    if loss.shortfall_ucr:
        return f"outbid, {lack} below the published price"
    return "outbid, worth exactly its price; the place went to a bid valued as high or higher"


def of_order(order: Order) -> str:
    """What to do next about an order that lost or ended; empty where there is nothing to do."""
    if order.fill or order.state is OrderState.CANCELLED:
        return ""
    loss = order.loss
    reason = loss.reason if loss and not order.reason else order.reason
    advice = ORDER.get(reason, "")
    if not loss or reason != loss.reason or reason not in ("outbid", "below-reserve"):
        return advice
    if not loss.shortfall_ucr:
        return FREER
    options = order.request.options
    lack = f"{credits_text(loss.shortfall_ucr)} more credits for its best option"
    if len(options) == 1 and (order.reason or order.version == 1):
        lack = f"{credits_text(options[0].value_ucr + loss.shortfall_ucr)} credits"
    if reason == "below-reserve":
        return f"{advice} The reserve price asks {lack}; to win it may take more."
    return (
        f"{advice} The published prices asked {lack}; a higher bid moves the prices, so that "
        "this may not be enough to win."
    )
