"""The book that a cycle clears: which orders are in it, and what is on sale to them."""

from collections.abc import Sequence
from datetime import datetime

from marketplace.domain.cycle import Book, assemble_book, sale_span
from marketplace.domain.ledger import Hold
from marketplace.domain.order import Order, too_late
from marketplace.domain.tick import secured
from marketplace.rules import MarketRules
from marketplace.services.capacity import on_span
from marketplace.store import capacity as capacity_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import spot as spot_store
from marketplace.store.transaction import Tx


def sorted_out(
    tx: Tx, closed: tuple[datetime, datetime]
) -> tuple[list[Order], list[tuple[Order, Hold, str]]]:
    """Open orders that wait for a cycle, and those that can win no more, each with its hold and
    why. ``closed``: when the cycle closes, and the start of its sale."""
    orders = order_store.open_ones(tx)
    holds = ledger_store.holds_of(tx, orders)
    waiting, late = [], []
    for order in orders:
        if reason := too_late(order.request, *closed):
            late.append((order, holds[order.id], reason))
        else:
            waiting.append(order)
    return waiting, late


def assembled(
    tx: Tx,
    waiting: Sequence[Order],
    rules: MarketRules,
    sale_start: datetime,
    now: datetime,
    salt: bytes,
) -> Book:
    """The book of those orders, over what is free of the pools as they are now."""
    span = sale_span(rules, sale_start)
    pools = list(capacity_store.pools(tx).values())
    secured_units = {
        pool: secured(requests, now, span, rules) for pool, requests in spot_store.live(tx).items()
    }
    there = on_span(tx, pools, span)
    return assemble_book(waiting, there, rules, sale_start, salt, secured_units)
