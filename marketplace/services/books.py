"""The books of a market, rebuilt from its transfers, and its settled cycles, audited from their
files: what would be wrong although the journal makes just that.
"""

import hashlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np

from allocator.audit.promises import violations
from allocator.files.formats import FormatError, decode_outcome, decode_problem
from marketplace.domain.books import Books
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle, CycleState
from marketplace.domain.extension import BOX_CHANGED
from marketplace.domain.page import every
from marketplace.domain.reservation import LIVE
from marketplace.errors import LedgerBroken, StorageFailed, zulu
from marketplace.services.capacity import on_span
from marketplace.services.market import rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import comparison
from marketplace.store import credit_line as line_store
from marketplace.store import credit_transfer as credit_transfer_store
from marketplace.store import cycle as cycle_store
from marketplace.store import ledger as ledger_store
from marketplace.store import month as month_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store import standing as standing_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store, connect
from marketplace.store.transaction import Tx

Progress = Callable[[str, int, int], None]
Told = tuple[list[str], dict[str, str]]
"""What another process found: faults, and fingerprints of tables."""

MANY_TRANSFERS = 10_000
"""Reading so many takes about as long as a process needs to begin."""


def silent(what: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


@dataclass(slots=True)
class Reading:
    """Books that are read in a process of their own, or here once somebody asks; mutable."""

    answer: Connection | None = None
    _told: Told | None = None

    def faults(self, tx: Tx, progress: Progress = silent) -> list[str]:
        """What is wrong with them. Where the other process was ended, such as for want of memory,
        they are read here."""
        told = self._heard()
        return faults(tx, progress) if told is None else told[0]

    def fingerprints(self) -> Mapping[str, str]:
        """Of the large tables that were asked for; of none where all is read here."""
        told = self._heard()
        return {} if told is None else told[1]

    def _heard(self) -> Told | None:
        if self._told is None and self.answer is not None:
            try:
                self._told = self.answer.recv()
            except (EOFError, OSError):
                self.answer = None
        return self._told


@contextmanager
def beside(store: Store, transfers: int, tables: Sequence[str] = ()) -> Iterator[Reading]:
    """The books, read. Large ones are read from now on in a process of their own, while this one
    goes on with something else: as they stand now or a moment later, for they must be right at any
    time. It takes fingerprints of ``tables`` too."""
    if transfers < MANY_TRANSFERS or not store.address:
        yield Reading()
        return
    clean = multiprocessing.get_context("spawn")  # a copy of this process would share its locks
    answer, theirs = clean.Pipe(duplex=False)
    reader = clean.Process(
        target=_read_apart, args=(store.address, tuple(tables), theirs), daemon=True
    )
    reader.start()
    theirs.close()
    try:
        yield Reading(answer)
    finally:
        reader.terminate()
        reader.join()


def _read_apart(address: str, tables: Sequence[str], answer: Connection) -> None:
    """The other process: whoever began it also ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prints = dict[str, str]()
    try:
        with closing(connect(address)) as store, store.read() as tx:
            found = faults(tx)
            prints = {name: comparison.fingerprint(tx, name) for name in tables}
    except Exception as unreadable:  # noqa: BLE001 - whatever it is, it must be told
        found = [_unreadable(unreadable)]
    answer.send((found, prints))


def _unreadable(why: Exception) -> str:
    return f"the books cannot be read: {why}"


def faults(tx: Tx, progress: Progress = silent) -> list[str]:
    """What is wrong with the books, whatever the journal says."""
    try:
        return _faults(tx, progress)
    except Exception as unreadable:  # noqa: BLE001 - a hand may have left anything there
        return [_unreadable(unreadable)]


def _faults(tx: Tx, progress: Progress) -> list[str]:
    books = Books()
    _read_all(tx, books, progress)
    books.compare_balances(ledger_store.all_balances(tx))
    books.compare_months(month_store.every(tx))
    books.compare_holds(ledger_store.every_hold(tx))
    books.compare_orders(order_store.every(tx))
    books.compare_spot(spot_store.every(tx))
    books.compare_credit_transfers(credit_transfer_store.every(tx))
    books.compare_credit_lines(line_store.every(tx).values())
    books.compare_payers()
    books.compare_reservations(reservation_store.every(tx))
    books.compare_releases(reservation_store.every_release(tx))
    for fault in [*_oversold(tx), *_spot_oversold(tx)]:
        books.say(fault)
    cycles = [one for one in every(cycle_store.listed, tx) if one.state is CycleState.SETTLED]
    for done, cycle in enumerate(cycles):
        progress("cycles", done, len(cycles))
        for fault in _cycle_faults(tx, cycle):
            books.say(fault)
    return list(books.faults)


def _read_all(tx: Tx, books: Books, progress: Progress) -> None:
    total = transfer_store.head(tx)[0]
    try:
        for posted in transfer_store.posted(tx):
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


def _spot_oversold(tx: Tx) -> list[str]:
    """Pools whose spot runs take more than their last tick had beside what is sold."""
    rules, _ = rules_and_cycle(tx)
    pools, faults = capacity_store.pools(tx), []
    for known in price_store.pools(tx).values():
        running = spot_store.running(tx, known.pool)
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
    stands = {bid.id for bid in problem.bids if bid.standing}
    if stands != set(standing_store.names_in(tx, cycle.number)):
        faults.append(f"{cycle.id}: it is not known whose awards stood in its book")
    for award in outcome.awards:
        if award.bid in stands:
            continue
        order = filled.get(aliases.get(award.bid, ""))
        if order is not None and order.request.extends and order.reason == BOX_CHANGED:
            continue  # nobody has it
        if order is None or order.fill is None or order.fill.payment_ucr != award.payment_ucr:
            faults.append(f"{cycle.id}: award {award.bid} is not what its order was filled with")
    return faults
