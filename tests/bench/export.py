"""The exports for finance: how long a month of many rows takes, and that memory does not grow."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from api.focus import writing
from marketplace.domain.transfer import (
    Movement,
    Payer,
    PricedUnits,
    SoldTime,
    Tags,
    Transfer,
    free_of,
    held_of,
    till,
)
from marketplace.store import ledger as ledger_store
from tests.bench import children, machine
from tests.bench.cells import COMMAND, Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row, seconds
from tests.marketplace.bazaar import HOUR, POOLS, TEAMS, a_market

ROWS: Final = {True: 1_000_000, False: 10_000}
"""Rows of the bill: in full, or quickly."""

TENTH: Final = 10
MILLION: Final = 1_000_000
EXPORT_S: Final = 60.0
"""The bar of a million rows."""

EXPORT_MB: Final = 1_024
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
END: Final = datetime(2026, 2, 1, tzinfo=UTC)
"""A month that is over. Its lines are written as their commands would write them."""

PATIENCE_S: Final = 600.0
AT_ONCE: Final = 5_000
PRICE_UCR: Final = 1_234_567
PROJECTS: Final = 40


def rows(_bench: Bench, plan: Plan) -> Iterator[Row]:
    """The bill of a month of many charges, beside one of a tenth."""
    many = ROWS[plan.every_file]
    with tempfile.TemporaryDirectory() as folder:
        few, all_ = (_month(f"{folder}/{count}.db", count) for count in (many // TENTH, many))
        for form in writing.Format:
            out = Path(folder) / f"bill{form.value}"
            few_s, _ = _export(few, out)
            took_s, most_mb = _export(all_, out)
            yield _row(form, many, (few_s, took_s), most_mb, out.stat().st_size / 1e6)


def _row(
    form: writing.Format, many: int, took: tuple[float, float], most_mb: float, size_mb: float
) -> Row:
    few_s, took_s = took
    more_s = (took_s - few_s) / (many - many // TENTH)
    million_s = took_s + more_s * (MILLION - many)
    return Row(
        section="export",
        problem=f"FOCUS {form.value}, {many:,} rows",
        figure=f"{seconds(took_s)}, {most_mb:.0f} MB: {million_s:.0f} s for a million",
        baseline=f"{took_s / few_s:.1f} × the time of a {TENTH}th of the rows",
        bar=f"≤ {EXPORT_S:.0f} s for a million, ≤ {EXPORT_MB:,} MB",
        reached=million_s <= EXPORT_S and most_mb <= EXPORT_MB,
        note=f"SQLite, the whole program, {size_mb:.0f} MB; loop {machine.calibration_s():.2f} s",
    )


def _export(database: str, out: Path) -> tuple[float, float]:
    """How long the whole program takes for a bill, and the most memory that it had, in MB."""
    words = ["--database", database, "export", "focus", "--from", f"{START:%Y-%m}"]
    said = ["--currency", "EUR", "--rate", "0.85", "--out", str(out)]
    ran = children.run([COMMAND, *words, *said], PATIENCE_S)
    if ran.code:
        raise RuntimeError(ran.complaint)
    return ran.wall_s, ran.peak_mb


def _month(path: str, count: int) -> str:
    """The database of a market whose teams paid so many times in one month."""
    store = a_market(path, credit=10**9, days=400)
    for first in range(0, count, AT_ONCE):
        at = START + (END - START) * (first / count)
        numbers = range(first, min(first + AT_ONCE, count))
        moves = [move for number in numbers for move in _moves(number)]
        with store.begin() as tx, tx.noting():
            ledger_store.post(tx, moves, at.replace(microsecond=0))
    store.close()
    return path


def _moves(number: int) -> list[Transfer]:
    """A hold, and the charge that it pays."""
    team, pool = TEAMS[number % len(TEAMS)], list(POOLS)[number % len(POOLS)]
    grant, start = f"g-{team}", START + (number % 700) * HOUR
    sold = SoldTime(pool, (PricedUnits(start, start + 3 * HOUR, 8, PRICE_UCR + number % 97),))
    amount_ucr, _ = sold.cost_ucr()
    tags = Tags(project=f"project-{number % PROJECTS}", theme="frontier", cost_centre="4711")
    payer = Payer(order_id=f"ord_{number:016x}", tags=tags)
    held = Transfer(
        key=f"hold:{number}",
        movement=Movement.HOLD,
        source=free_of(team, grant),
        target=held_of(team, grant),
        amount_ucr=amount_ucr,
        payer=payer,
    )
    paid = Transfer(
        key=f"pay:{number}",
        movement=Movement.PAY,
        source=held_of(team, grant),
        target=till(pool),
        amount_ucr=amount_ucr,
        payer=payer,
        reservation_id=f"rsv_{number:016x}_0",
        cycle_id=f"cyc_{number // 50:06d}",
        rule="uniform",
        reason="filled",
        sold=sold,
        whole_ucr=amount_ucr,
        unit_seconds=sold.unit_seconds,
    )
    return [held, paid]
