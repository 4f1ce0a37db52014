"""Who waits on without room, cycle after cycle: told once, and in each cycle's published list."""

from dataclasses import replace

from allocator.problem import Bid
from marketplace.domain.cycle import Book, Cycle, sale_span
from marketplace.domain.order import NO_ROOM, Loss
from marketplace.domain.roomless import Roomless
from marketplace.store import cycle as cycle_store
from marketplace.store import order as order_store
from marketplace.store import roomless as roomless_store
from marketplace.store import rules as rules_store
from marketplace.store.transaction import Tx


def keep(tx: Tx, cycle: Cycle, book: Book) -> None:
    """Keep who had no room: an order that waits on is told so once, and is left alone for as long
    as that stays so."""
    bidding = {entry.order_id for entry in book.entries}
    waiting = {one.id for one in book.roomless if one.id not in bidding}
    before = roomless_store.lasting(tx)
    roomless_store.end(tx, before.keys() - waiting, cycle.number - 1)
    new = [one for one in book.roomless if one.id not in before or one.id not in waiting]
    notes = [
        Roomless(
            order_id=one.id,
            team=one.team,
            options=one.request.options,
            since=cycle.number,
            until=None if one.id in waiting else cycle.number,
        )
        for one in new
    ]
    roomless_store.add(tx, notes)
    loss = Loss(cycle_id=cycle.id, reason=NO_ROOM, shortfall_ucr=0)
    order_store.put_back(tx, [replace(one, loss=loss) for one in new if one.id in waiting])


def bids(tx: Tx, number: int) -> list[tuple[Roomless, Bid]]:
    """The orders that no start had room for, each with what it would have bid."""
    cycle, found = cycle_store.get(tx, number), roomless_store.of_cycle(tx, number)
    if cycle is None or cycle.sale_start is None or not found:
        return []
    rules, salt = rules_store.get(tx, cycle.rules_version), cycle_store.salt(tx, number)
    span = sale_span(rules, cycle.sale_start)
    return [(one, one.bid(salt, span, rules)) for one in found]
