"""The books, the reservations and past cycles, checked again from what they are made of."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.audit.promises import violations
from allocator.files.formats import FormatError, decode_outcome, decode_problem
from marketplace.domain.books import Books
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle, CycleState
from marketplace.domain.ledger import HoldState
from marketplace.domain.reservation import LIVE
from marketplace.domain.spot import SpotRequest, is_request
from marketplace.errors import LedgerBroken, StorageFailed, zulu
from marketplace.services.capacity import on_span
from marketplace.services.market import rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was checked, and every fault found: an empty tuple is a clean set of books."""

    transfers: int
    accounts: int
    holds: int
    orders: int
    spot_requests: int
    cycles: int
    minted_ucr: int
    head: str  # hash of the newest transfer
    faults: tuple[str, ...]


def silent(what: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


def check(store: Store, progress: Progress = silent) -> CheckReport:
    """Rebuild balances, holds, statements and orders from the transfers, verify the hash chain,
    look for oversold slots, and audit every settled cycle from its stored files."""
    with store.read() as tx:
        books = Books()
        _read_all(tx, books, progress)
        accounts, holds = ledger_store.all_balances(tx), ledger_store.all_holds(tx)
        books.compare_balances(accounts)
        books.compare_holds(holds)
        orders = list(order_store.every(tx))
        pending = {hold.id: hold for hold in holds if hold.state is HoldState.PENDING}
        spots = list(spot_store.every(tx))
        for_spot = {id_: hold for id_, hold in pending.items() if is_request(hold.order_id)}
        books.compare_orders(
            orders, {id_: pending[id_] for id_ in pending.keys() - for_spot.keys()}
        )
        books.compare_spot(spots, for_spot)
        books.compare_payers()
        books.compare_reservations(orders, reservation_store.every(tx))
        for fault in [*_oversold(tx), *_spot_oversold(tx, spots)]:
            books.say(fault)
        cycles = [one for one in cycle_store.listed(tx) if one.state is CycleState.SETTLED]
        for done, cycle in enumerate(cycles):
            progress("cycles", done, len(cycles))
            for fault in _cycle_faults(tx, cycle):
                books.say(fault)
        return CheckReport(
            transfers=books.count,
            accounts=len(accounts),
            holds=len(holds),
            orders=len(orders),
            spot_requests=len(spots),
            cycles=len(cycles),
            minted_ucr=-accounts.get("mint", 0),
            head=books.last_hash,
            faults=tuple(books.faults),
        )


def _read_all(tx: Tx, books: Books, progress: Progress) -> None:
    total = ledger_store.head(tx)[0]
    try:
        for posted in ledger_store.posted(tx):
            books.read(posted)
            if posted.seq % 5_000 == 0:
                progress("transfers", posted.seq, total)
    except LedgerBroken as broken:
        books.say(broken.because)


def _oversold(tx: Tx) -> list[str]:
    rules, _ = rules_and_cycle(tx)
    held = [one for one in reservation_store.live(tx) if one.state in LIVE]
    if not held:
        return []
    start, end = min(one.start for one in held), max(one.end for one in held)
    span = Span(start=start, slot=rules.slot, slots=(end - start) // rules.slot)
    faults = []
    for there in on_span(tx, list(capacity_store.pools(tx).values()), span):
        over = there.sold - there.capacity
        for slot in np.flatnonzero(over > 0):
            at = zulu(span.at(int(slot)))
            faults.append(f"pool {there.pool.id} is oversold by {over[slot]} at {at}")
    return faults


def _spot_oversold(tx: Tx, spots: Sequence[SpotRequest]) -> list[str]:
    """Pools whose spot runs take more than their last tick had beside what is sold."""
    rules, _ = rules_and_cycle(tx)
    pools, faults = capacity_store.pools(tx), []
    for known in price_store.pools(tx).values():
        running = [one for one in spots if one.terms.pool == known.pool and one.run is not None]
        if not running:
            continue
        span = Span(start=rules.slot_floor(known.ticked_at), slot=rules.slot, slots=1)
        (there,) = on_span(tx, [pools[known.pool]], span)
        over = sum(one.terms.quantity for one in running) - int(there.capacity[0] - there.sold[0])
        if over > 0:
            faults.append(
                f"pool {known.pool} is oversold by {over} at {zulu(known.ticked_at)}: spot"
            )
    return faults


def _cycle_faults(tx: Tx, cycle: Cycle) -> list[str]:
    try:
        data = cycle_store.problem(tx, cycle.number)
        written = cycle_store.outcome(tx, cycle.number)
    except StorageFailed as damaged:
        return [f"{cycle.id}: {damaged.because}"]
    if hashlib.sha256(data).hexdigest() != cycle.problem_sha256:
        return [f"{cycle.id}: the stored problem is not the one that was frozen"]
    try:
        problem, outcome = decode_problem(data), decode_outcome(written)
    except FormatError as bad:
        return [f"{cycle.id}: {bad}"]
    faults = [f"{cycle.id}: {fault}" for fault in violations(problem, outcome)]
    aliases = {entry.alias: entry.order_id for entry in cycle_store.entries(tx, cycle.number)}
    filled = order_store.get(tx, [aliases.get(award.bid, "") for award in outcome.awards])
    for award in outcome.awards:
        order = filled.get(aliases.get(award.bid, ""))
        if order is None or order.fill is None or order.fill.payment_ucr != award.payment_ucr:
            faults.append(f"{cycle.id}: award {award.bid} is not what its order was filled with")
    return faults
