"""Bids for more time right behind a time-box: hold them against it, and keep what they extended."""

from collections.abc import Iterable
from datetime import datetime

from marketplace.domain.extension import Behind, Boxes, checked_extension
from marketplace.domain.order import Order, OrderRequest
from marketplace.domain.reservation import advanced
from marketplace.errors import NotFound
from marketplace.rules import MarketRules
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store.transaction import Tx


def checked(
    tx: Tx, request: OrderRequest, rules: MarketRules, now: datetime, order: str = ""
) -> OrderRequest:
    """A request as it is once its time-box is known, where it asks for the time behind one;
    ``order``: what it is a change of.

    Raises ``NotFound`` for a time-box of another team, and as ``checked_extension``.
    """
    if not request.extends:
        return request
    box = reservation_store.get(tx, request.extends)
    if box is None or box.team != request.team:
        raise NotFound("reservation", request.extends)
    legs = reservation_store.of_order(tx, box.order_id)
    behind = Behind(
        box=advanced(box, now),
        order=order_store.get(tx, [box.order_id])[box.order_id],
        legs=tuple(advanced(one, now) for one in legs),
        bidding=next((id_ for id_ in order_store.extending(tx, box.id) if id_ != order), ""),
    )
    return checked_extension(request, behind, rules, now)


def boxes_of(tx: Tx, orders: Iterable[Order], now: datetime) -> Boxes:
    """The time-boxes behind which orders bid, as they are now."""
    ids = sorted({one.request.extends for one in orders} - {""})
    if not ids:
        return Boxes.of({}, {})
    found = reservation_store.get_all(tx, ids)
    boxes = {id_: advanced(one, now) for id_, one in found.items()}
    return Boxes.of(boxes, order_store.get(tx, {one.order_id for one in boxes.values()}))


def keep(tx: Tx, behind: Boxes) -> None:
    """Write the time-boxes that were extended, and their orders."""
    boxes, orders = behind.extended()
    if boxes:
        order_store.put(tx, orders)
        reservation_store.put(tx, boxes)
