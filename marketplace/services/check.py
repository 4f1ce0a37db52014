"""The books, the reservations and past cycles, checked again from what they are made of."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np

from allocator.audit.promises import violations
from allocator.files.formats import FormatError, decode_outcome, decode_problem
from marketplace.domain.books import Books
from marketplace.domain.capacity import Span
from marketplace.domain.cycle import Cycle, CycleState
from marketplace.domain.journal import Head
from marketplace.domain.page import every
from marketplace.domain.reservation import LIVE
from marketplace.domain.transfer import MINT
from marketplace.errors import LedgerBroken, StorageFailed, zulu
from marketplace.services.capacity import on_span
from marketplace.services.market import rules_and_cycle
from marketplace.services.replay import Replay
from marketplace.store import capacity as capacity_store
from marketplace.store import comparison
from marketplace.store import cycle as cycle_store
from marketplace.store import journal as journal_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import reservation as reservation_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store, migrate, prepared, scratch
from marketplace.store.transaction import Tx
from marketplace.store.writes import Key

Progress = Callable[[str, int, int], None]
FEW_ROWS = 200_000
"""Tables of so many rows in all are compared whole at each check, which takes about a second; the
books are rebuilt where those are all tables."""

FAULTS_OF_A_TABLE = 20
"""Enough to see what is wrong with one table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What was checked, and every fault found: an empty tuple is a clean set of books.

    ``replayed``: the journal's lines that were done again, all or those since the last clean
    check; ``rows``: how many rows were held against what they make, of all that are there.
    """

    lines: int
    replayed: int
    rows: int
    rows_there: int
    transfers: int
    accounts: int
    holds: int
    orders: int
    spot_requests: int
    cycles: int
    minted_ucr: int
    head: str  # number and hash of the journal's newest line
    faults: tuple[str, ...]


def silent(what: str, done: int, total: int) -> None:
    """A progress that nobody watches."""


def check(
    store: Store, progress: Progress = silent, *, replica: Store | None = None, since: str = ""
) -> CheckReport:
    """Prove a market's every row by its journal.

    The journal is replayed, outcomes audited, and every table compared to the byte. Then the books
    are rebuilt from the transfers, and settled cycles audited from their files: what would be wrong
    although all agree. ``replica``: a database that a clean check left behind; then only later
    lines are replayed. Where the market is large, only rows that they wrote are then compared in
    its large tables, and the books are not rebuilt: what a hand did to an older row is found
    without a replica alone. ``since``: a head that was kept elsewhere, which must still be in the
    journal. Raises ``BadField`` where it is none.
    """
    if replica is None:
        with scratch() as own:
            return check(store, progress, replica=own, since=since)
    if not prepared(replica):
        migrate(replica)
    with store.read() as tx, replica.read() as kept:
        before = journal_store.head(kept)
        faults = _anchored(tx, before, since)
    with store.read() as tx:
        counts = comparison.counts(tx)
        if faults and before.seq:
            return _report(tx, counts, before.seq, 0, faults)
        replay = Replay(seq=before.seq, hash=before.hash, touched={} if before.seq else None)
        for done in replay.through(journal_store.lines(tx, before.seq), replica):
            progress("journal", done, counts["journal"])
        faults += replay.faults
        whole = _whole(counts) if before.seq else set(counts)
        with replica.read() as kept:
            touched = {name: replay.touched_in(name) for name in counts if name not in whole}
            rows, changed = _compare(tx, kept, counts, touched, progress)
        faults += changed
        if not touched:
            faults += _books(tx, progress)
        return _report(tx, counts, before.seq, rows, faults)


def books(store: Store, progress: Progress = silent) -> CheckReport:
    """Rebuild the books from the transfers and audit settled cycles, without the journal: for a
    market that was made just now, by nobody else."""
    with store.read() as tx:
        faults = _books(tx, progress)
        return _report(tx, comparison.counts(tx), journal_store.head(tx).seq, 0, faults)


def _anchored(tx: Tx, before: Head, since: str) -> list[str]:
    """Whether the journal still has the lines that were seen before."""
    faults = []
    for head, whose in ((before.told, "the last clean check"), (since, "the head that you kept")):
        if not head or head == Head().told:
            continue
        wanted = Head.read(head)
        found = journal_store.next_line(tx, wanted.seq - 1)
        if found is None or (found.seq, found.hash) != (wanted.seq, wanted.hash):
            faults.append(f"journal line {wanted.seq} is not the one of {whose}")
    return faults


def _whole(counts: Mapping[str, int]) -> set[str]:
    """The tables that are compared whole at each check: the small ones first, up to ``FEW_ROWS``
    rows in all."""
    names, rows = set[str](), 0
    for name in sorted(counts, key=lambda name: counts[name]):
        rows += counts[name]
        if rows <= FEW_ROWS:
            names.add(name)
    return names


def _compare(
    tx: Tx,
    kept: Tx,
    counts: Mapping[str, int],
    touched: Mapping[str, Collection[Key]],
    progress: Progress,
) -> tuple[int, list[str]]:
    """How many rows were compared, and what differs. Of the tables in ``touched``, the rows that
    were written since are compared, and how many there are; of all others each row."""
    rows, faults = 0, []
    made = comparison.counts(kept, touched)
    for done, name in enumerate(comparison.NAMES):
        progress("tables", done, len(comparison.NAMES))
        if name in touched:
            keys = sorted(touched[name], key=str)
            rows += len(keys)
            found = comparison.differences_at(tx, kept, name, keys)
            if counts[name] != made[name]:
                faults.append(f"{name} has {counts[name]} rows, the journal makes {made[name]}")
        else:
            rows += counts[name]
            found = comparison.differences(tx, kept, name)
        with closing(found):
            told = [str(one) for one in islice(found, FAULTS_OF_A_TABLE + 1)]
        if len(told) > FAULTS_OF_A_TABLE:
            told[-1] = f"{name}: and more"
        faults += told
    return rows, faults


def _books(tx: Tx, progress: Progress) -> list[str]:
    """What is wrong with the books, whatever the journal says."""
    try:
        return _books_faults(tx, progress)
    except Exception as unreadable:  # noqa: BLE001 - a hand may have left anything there
        return [f"the books cannot be read: {unreadable}"]


def _books_faults(tx: Tx, progress: Progress) -> list[str]:
    books = Books()
    _read_all(tx, books, progress)
    books.compare_balances(ledger_store.all_balances(tx))
    books.compare_holds(ledger_store.every_hold(tx))
    books.compare_orders(order_store.every(tx))
    books.compare_spot(spot_store.every(tx))
    books.compare_payers()
    books.compare_reservations(reservation_store.every(tx))
    for fault in [*_oversold(tx), *_spot_oversold(tx)]:
        books.say(fault)
    cycles = [one for one in every(cycle_store.listed, tx) if one.state is CycleState.SETTLED]
    for done, cycle in enumerate(cycles):
        progress("cycles", done, len(cycles))
        for fault in _cycle_faults(tx, cycle):
            books.say(fault)
    return list(books.faults)


def _report(
    tx: Tx, counts: Mapping[str, int], before: int, rows: int, faults: Sequence[str]
) -> CheckReport:
    head = journal_store.head(tx)
    return CheckReport(
        lines=counts["journal"],
        replayed=head.seq - before,
        rows=rows,
        rows_there=sum(counts.values()),
        transfers=counts["transfer"],
        accounts=counts["account"],
        holds=counts["hold"],
        orders=counts["market_order"],
        spot_requests=counts["spot_request"],
        cycles=cycle_store.settled(tx),
        minted_ucr=-ledger_store.balances_of(tx, [MINT]).get(MINT, 0),
        head=head.told,
        faults=tuple(dict.fromkeys(faults)),
    )


def name(store: Store) -> str:
    """What tells this market's journal from any other's: the hash of its first line."""
    with store.read() as tx:
        first = journal_store.next_line(tx)
        return first.hash.rpartition(":")[2] if first else "empty"


def head(store: Store) -> str:
    """The journal's newest line, to be kept elsewhere: its number and hash."""
    with store.read() as tx:
        return journal_store.head(tx).told


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
    for award in outcome.awards:
        order = filled.get(aliases.get(award.bid, ""))
        if order is None or order.fill is None or order.fill.payment_ucr != award.payment_ucr:
            faults.append(f"{cycle.id}: award {award.bid} is not what its order was filled with")
    return faults
