"""The books, the reservations and past cycles, checked again from what they are made of."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice

from marketplace.domain.journal import Head
from marketplace.domain.transfer import MINT
from marketplace.services import books
from marketplace.services.books import Progress, silent
from marketplace.services.replay import Replay
from marketplace.store import comparison
from marketplace.store import cycle as cycle_store
from marketplace.store import journal as journal_store
from marketplace.store import ledger as ledger_store
from marketplace.store.engine import Store, migrate, prepared, scratch
from marketplace.store.transaction import Tx
from marketplace.store.writes import Key

FEW_ROWS = 200_000
"""Tables of so many rows in all are compared whole at each check, which takes about a second; the
books are rebuilt where those are all tables."""

MANY_ROWS = 10_000
"""A table of so many takes a while to read: another process reads the market's."""

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
    with store.read() as tx, ExitStack() as stack:
        counts = comparison.counts(tx)
        if faults and before.seq:
            return _report(tx, counts, before.seq, 0, faults)
        whole = _whole(counts) if before.seq else set(counts)
        rebuilt = None
        if len(whole) == len(counts):
            large = [name for name in counts if counts[name] >= MANY_ROWS]
            rebuilt = stack.enter_context(books.beside(store, counts["transfer"], large))
        replay = Replay(seq=before.seq, hash=before.hash, touched={} if before.seq else None)
        for done in replay.through(journal_store.lines(tx, before.seq), replica):
            progress("journal", done, counts["journal"])
        faults += replay.faults
        with replica.read() as kept:
            touched = {name: replay.touched_in(name) for name in counts if name not in whole}
            prints = rebuilt.fingerprints() if rebuilt else {}
            rows, changed = _compare(tx, kept, counts, touched, prints, progress)
        faults += changed
        if rebuilt is not None:
            faults += rebuilt.faults(tx, progress)
        return _report(tx, counts, before.seq, rows, faults)


@contextmanager
def books_beside(store: Store) -> Iterator[Callable[[Progress], CheckReport]]:
    """Rebuild the books from the transfers and audit settled cycles, without the journal: for a
    market that was made just now, by nobody else. It is begun now and told when it is asked: large
    books are read in a process of their own, while this one goes on with something else."""
    with store.read() as tx:
        transfers = comparison.counts(tx)["transfer"]
    with books.beside(store, transfers) as rebuilt:

        def report(progress: Progress) -> CheckReport:
            with store.read() as tx:
                faults, counts = rebuilt.faults(tx, progress), comparison.counts(tx)
                return _report(tx, counts, journal_store.head(tx).seq, 0, faults)

        yield report


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
    prints: Mapping[str, str],
    progress: Progress,
) -> tuple[int, list[str]]:
    """How many rows were compared, and what differs. Of the tables in ``touched``, the rows that
    were written since are compared, and how many there are; of all others each row, but where
    another process found its table to be, to the byte, what the journal makes: ``prints``."""
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
            if name in prints and prints[name] == comparison.fingerprint(kept, name):
                continue
            found = comparison.differences(tx, kept, name)
        with closing(found):
            told = [str(one) for one in islice(found, FAULTS_OF_A_TABLE + 1)]
        if len(told) > FAULTS_OF_A_TABLE:
            told[-1] = f"{name}: and more"
        faults += told
    return rows, faults


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
