"""The prices that cycles published, slot by slot: read by the many, without opening their files."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import sqlalchemy as sa

from marketplace.domain.cycle import CycleState, id_of, sale_span
from marketplace.domain.price import Published
from marketplace.store import rules as rules_store
from marketplace.store.tables import CyclePriceRow, CycleRow
from marketplace.store.transaction import Tx

PRICES = CyclePriceRow.__table__  # type: ignore[attr-defined]
CYCLES = CycleRow.__table__  # type: ignore[attr-defined]


def keep(
    tx: Tx,
    number: int,
    prices_ucr: Mapping[str, Sequence[int]],
    on_sale: Mapping[str, Sequence[int]],
) -> None:
    """Keep what a cycle publishes, by pool."""
    rows = [
        {
            "cycle": number,
            "pool": pool,
            "prices_ucr": list(prices),
            "on_sale": list(on_sale[pool]),
        }
        for pool, prices in sorted(prices_ucr.items())
    ]
    tx.add_rows(CyclePriceRow, rows)


def of_cycle(tx: Tx, number: int) -> Published:
    """What a settled cycle published of all pools. Raises ``IndexError`` where it did not."""
    return _published(tx, list(tx.execute(_kept(PRICES.c.cycle == number))))


def published(tx: Tx, pools: Iterable[str], cycles: int) -> list[Published]:
    """What the newest settled cycles published of these pools, the oldest of them first."""
    newest = (
        sa.select(CYCLES.c.number)
        .where(CYCLES.c.state == CycleState.SETTLED.value)
        .order_by(CYCLES.c.number.desc())
        .limit(cycles)
        .subquery()
    )
    query = _kept(PRICES.c.cycle.in_(sa.select(newest.c.number)), PRICES.c.pool.in_(sorted(pools)))
    rows = groupby(tx.execute(query), key=lambda row: row.cycle)
    return [_published(tx, list(own)) for _, own in rows]


def _kept(*which: Any) -> Any:
    return (
        sa.select(PRICES, CYCLES.c.sale_start, CYCLES.c.rules_version)
        .join(CYCLES, CYCLES.c.number == PRICES.c.cycle)
        .where(*which)
        .order_by(PRICES.c.cycle, PRICES.c.pool)
    )


def _published(tx: Tx, rows: Sequence[Any]) -> Published:
    first = rows[0]
    return Published(
        cycle=id_of(first.cycle),
        span=sale_span(rules_store.get(tx, first.rules_version), first.sale_start),
        prices_ucr={row.pool: np.array(row.prices_ucr, dtype=np.int64) for row in rows},
        on_sale={row.pool: np.array(row.on_sale, dtype=np.int64) for row in rows},
    )
