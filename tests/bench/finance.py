"""Closed months and statements, proved again: how long it takes, and how much memory."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from marketplace.domain.adjustment import LINES_MOST, AdjustmentLine, AdjustmentRequest
from marketplace.domain.adjustment_command import ProposeAdjustment
from marketplace.domain.month import MonthClose, following
from marketplace.services import books, check, statement
from marketplace.services.books import Progress
from marketplace.services.runner import Runner
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from tests.bench import machine, statements
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row, seconds
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    DAY,
    HOUR,
    SALT,
    START,
    TEAMS,
    a_market,
)

TRANSFERS: Final = {True: 1_000_000, False: 10_000}
"""Of three closed months: in full, or quickly."""

CHARGES: Final = {True: 50_000, False: 10_000}
"""Of a pool, of which an hour is rated anew."""

FIFTH: Final = 5
MILLION: Final = 1_000_000
PROOF_S: Final = 60.0
PROOF_MB: Final = 1_024
"""The bars of a million transfers."""

ENDS: Final = [
    datetime(year, month, 1, tzinfo=UTC) for year, month in ((2026, 12), (2027, 1), (2027, 2))
]
"""When each of the months is over; the market opens in the first."""


def rows(_bench: Bench, plan: Plan) -> Iterator[Row]:
    """Three months that are closed, and an hour of a pool that is rated anew."""
    yield from _proofs(TRANSFERS[plan.every_file])
    yield _rerating(CHARGES[plan.every_file])


def _proofs(transfers: int) -> Iterator[Row]:
    """The books and each month added up anew from the transfers, with their chain of hashes, and
    each team's statement of each month held against the month's close; and, beside it, all of it
    replayed from the journal too. Of two sizes, for what more of them costs."""
    few, many = (_proof(count) for count in (transfers // FIFTH, transfers))
    left, more = MILLION - transfers, transfers - transfers // FIFTH
    books_s, all_s = (many[k] + (many[k] - few[k]) / more * left for k in (0, 2))
    loop = f"SQLite; loop {machine.calibration_s():.2f} s"
    yield Row(
        section="finance",
        problem=f"closes and statements, {transfers:,} transfers",
        figure=f"{seconds(many[0])}, {many[1]:.0f} MB: {books_s:.0f} s for a million",
        baseline=f"{seconds(few[0])}, {few[1]:.0f} MB for a fifth",
        bar=f"≤ {PROOF_S:.0f} s for a million, ≤ {PROOF_MB:,} MB",
        reached=books_s <= PROOF_S and many[1] <= PROOF_MB,
        note=f"the time is scaled, the memory is not; {loop}",
    )
    yield Row(
        section="finance",
        problem="the same, and the journal replayed",
        figure=f"{seconds(many[2])}, {many[3]:.0f} MB: {all_s:.0f} s for a million",
        bar=f"≤ {PROOF_S:.0f} s for a million, ≤ {PROOF_MB:,} MB",
        reached=all_s <= PROOF_S and many[3] <= PROOF_MB,
        note=f"as above; batches of {LINES_MOST:,} at most; {loop}",
    )


def _proof(transfers: int) -> tuple[float, float, float, float]:
    """How long the books and statements take, and how large the processes are; and with all that
    is replayed."""
    with tempfile.TemporaryDirectory() as folder:
        store = a_market(f"{folder}/market.db", credit=10**6, days=200)
        closes = [_month(store, end, transfers // len(ENDS)) for end in ENDS]
        books_mb, all_mb = [machine.family_mb()], [machine.family_mb()]
        books_s = _timed(partial(_rebuild, store, closes, books_mb))
        all_s = _timed(partial(_clean, store, all_mb))
        store.close()
    return books_s, max(books_mb), all_s, max(all_mb)


def _month(store: Store, end: datetime, transfers: int) -> MonthClose:
    """A month in which adjustments moved credits to and fro, closed."""
    for first in range(0, transfers, LINES_MOST):
        lines = tuple(
            AdjustmentLine(
                team=TEAMS[k % len(TEAMS)], amount_ucr=(2 + k % 5) * (1 - k % 4 // 3 * 2)
            )
            for k in range(first, min(first + LINES_MOST, transfers))
        )
        asked = AdjustmentRequest(lines=lines, reason="as the bench says")
        at = end - 2 * DAY
        made = Runner(store).run(ProposeAdjustment(asked), by=hands.FINANCE, at=at)
        hands.approve_adjustment(store, made.id, at)
    hands.run(store, end, SALT)
    return hands.close_month(store, f"{end - DAY:%Y-%m}", end + HOUR)


def _rebuild(store: Store, closes: list[MonthClose], sizes_mb: list[float]) -> None:
    """The books from the transfers, and the statements that each month was closed with."""
    watch: Progress = lambda *_: sizes_mb.append(machine.family_mb())  # noqa: E731
    with store.read() as tx:
        _none(books.faults(tx, watch))
    for close in closes:
        total_ucr = sum(close.sums.accounts.values())
        for one in close.sums.teams:
            start = close.sums.month
            told = statement.account(store, one.team, start, following(start))
            if (told.opening_ucr, told.closing_ucr) != (one.opening_ucr, one.closing_ucr):
                raise RuntimeError(f"{close.id}: the statement of {one.team} says otherwise")
            total_ucr += told.closing_ucr
        if total_ucr:
            raise RuntimeError(f"{close.id}: all statements and accounts come to {total_ucr} ucr")


def _clean(store: Store, sizes_mb: list[float]) -> None:
    """A check of all; how large the processes were as it went on."""
    watch: Progress = lambda *_: sizes_mb.append(machine.family_mb())  # noqa: E731
    _none(check.check(store, watch).faults)


def _none(faults: Sequence[str]) -> None:
    if faults:
        raise RuntimeError(f"the books are broken: {faults[0]}")


def _rerating(charges: int) -> Row:
    """How long it takes to find who was charged for an hour of a pool: no index knows it."""
    with tempfile.TemporaryDirectory() as folder:
        store = a_market(f"{folder}/market.db", credit=10**6)
        statements.fill(store, charges)
        with store.read() as tx:
            find = partial(transfer_store.sold_in, tx, "h100", START, START + HOUR)
            took_s = statistics.median(_timed(find) for _ in range(5))
        store.close()
    return Row(
        section="finance",
        problem=f"who paid for an hour, of {charges:,} charges",
        figure=seconds(took_s),
        note=f"SQLite, median of five; loop {machine.calibration_s():.2f} s",
    )


def _timed(what: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    what()
    return time.perf_counter() - began_s
