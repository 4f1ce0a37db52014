"""Charges and refunds, read for a bill: a page at a time, without the hash and the holds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.cost import COSTS, Cost
from marketplace.domain.page import Cursor, Page
from marketplace.domain.transfer import Movement, Tags, grant_of
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of
from marketplace.store.page import paged
from marketplace.store.tables import TransferRow
from marketplace.store.transaction import Tx

ROWS = TransferRow.__table__.c  # type: ignore[attr-defined]
KNOWN: Final = 8_192
"""So many moments and tags are kept in mind: rows that follow each other share them."""

REFUND: Final = Movement.REFUND.value
SECONDS: Final = {
    name: sa.type_coerce(ROWS[name], sa.BigInteger).label(name) for name in ("at", "start", "end")
}
READ: Final = (
    *(ROWS.seq, SECONDS["at"], ROWS.movement, ROWS.team, ROWS.source, ROWS.target),
    *(ROWS.amount_ucr, ROWS.pool, ROWS.quantity, SECONDS["start"], SECONDS["end"]),
    *(ROWS.unit_seconds, ROWS.order_id, ROWS.spot_id, ROWS.reservation_id),
    *(ROWS.cycle_id, ROWS.rule, ROWS.reason, ROWS.project, ROWS.theme, ROWS.cost_centre),
)
"""All but the spans, which are long to read."""

_instant: Final = lru_cache(maxsize=KNOWN)(instant_of)
_tags: Final = lru_cache(maxsize=KNOWN)(
    lambda project, theme, cost_centre: Tags(project=project, theme=theme, cost_centre=cost_centre)
)


def listed(
    tx: Tx, start: datetime, end: datetime, *, after: Cursor | None, limit: int
) -> Page[Cost]:
    """Charges and refunds of sold time that were posted in [start, end), by time."""
    query = sa.select(*READ).where(
        ROWS.at >= start,
        ROWS.at < end,
        ROWS.movement.in_([one.value for one in COSTS]),
    )
    rows = paged(tx, query, [ROWS.at, ROWS.seq], lambda row: row, after=after, limit=limit)
    refunded = {row.reservation_id for row in rows if row.movement == REFUND}
    paid = _paid_at(tx, refunded - {""})
    finer = _finer(tx, [row.seq for row in rows if not row.unit_seconds])
    return rows.each(lambda row: _cost(row, paid, finer))


def _paid_at(tx: Tx, reservations: Iterable[str]) -> dict[str, datetime]:
    """When each reservation was paid for, by its id."""
    found: dict[str, datetime] = {}
    at = sa.type_coerce(ROWS.at, sa.BigInteger)
    for chunk in chunks(sorted(reservations)):
        query = sa.select(ROWS.reservation_id, sa.func.min(at)).where(
            ROWS.reservation_id.in_(chunk),
            ROWS.reservation_id != sa.literal_column("''"),
            ROWS.movement == Movement.PAY.value,
        )
        for id_, first in tx.execute(query.group_by(ROWS.reservation_id)):
            found[id_] = instant_of(first)
    return found


def _cost(row: Any, paid: Mapping[str, datetime], finer: Mapping[int, Fraction]) -> Cost:
    seq, at, movement, team, source, target, amount_ucr, pool, quantity, start, end, *more = row
    unit_s, order, spot, reservation, cycle, rule, reason, *tags = more
    refund = movement == REFUND
    return Cost(
        seq,
        _instant(at),
        refund,
        team,
        grant_of(target if refund else source),
        amount_ucr,
        pool,
        quantity,
        _instant(start),
        _instant(end),
        unit_s or finer[seq],
        order,
        spot,
        reservation,
        cycle,
        rule,
        reason,
        _tags(*tags),
        paid.get(reservation) if refund else None,
    )


def _finer(tx: Tx, numbers: Sequence[int]) -> dict[int, Fraction]:
    """The unit-seconds of parts that are worth less than a half of one, by their numbers."""
    found: dict[int, Fraction] = {}
    for chunk in chunks(numbers):
        query = sa.select(ROWS.seq, ROWS.prices, ROWS.amount_ucr, ROWS.whole_ucr)
        for seq, prices, amount_ucr, whole_ucr in tx.execute(query.where(ROWS.seq.in_(chunk))):
            whole = sum((end - start) * units for start, end, units, _ in prices)
            found[seq] = Fraction(whole * amount_ucr, whole_ucr)
    return found
