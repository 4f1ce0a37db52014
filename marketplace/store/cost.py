"""Charges and refunds, read for a bill: a page at a time, without the hash and the holds."""

from collections.abc import Iterable
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
TAGS_KNOWN: Final = 4_096
READ: Final = (
    *(ROWS.seq, ROWS.at, ROWS.movement, ROWS.team, ROWS.source, ROWS.target, ROWS.amount_ucr),
    *(ROWS.pool, ROWS.quantity, ROWS.start, ROWS.end, ROWS.unit_seconds, ROWS.whole_ucr),
    *(ROWS.order_id, ROWS.spot_id, ROWS.reservation_id, ROWS.cycle_id, ROWS.rule, ROWS.reason),
    *(ROWS.project, ROWS.theme, ROWS.cost_centre),
    sa.case((ROWS.unit_seconds == 0, ROWS.prices)).label("prices"),
)
"""The spans alone are long to read: they are there where a part rounds to no second."""

_tags: Final = lru_cache(maxsize=TAGS_KNOWN)(
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
    refunded = {row.reservation_id for row in rows if row.movement == Movement.REFUND.value}
    paid = _paid_at(tx, refunded - {""})
    return rows.each(lambda row: _cost(row, paid))


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


def _cost(row: Any, paid: dict[str, datetime]) -> Cost:
    refund = row.movement == Movement.REFUND.value
    return Cost(
        seq=row.seq,
        at=row.at,
        movement=Movement.REFUND if refund else Movement.PAY,
        team=row.team,
        grant=grant_of(row.target if refund else row.source),
        amount_ucr=row.amount_ucr,
        pool=row.pool,
        quantity=row.quantity,
        start=row.start,
        end=row.end,
        unit_seconds=row.unit_seconds or _finer(row),
        order_id=row.order_id,
        spot_id=row.spot_id,
        reservation_id=row.reservation_id,
        cycle_id=row.cycle_id,
        rule=row.rule,
        reason=row.reason,
        tags=_tags(row.project, row.theme, row.cost_centre),
        paid_at=paid.get(row.reservation_id) if refund else None,
    )


def _finer(row: Any) -> Fraction:
    """The unit-seconds of a part that is worth less than a half of one."""
    whole = sum((end - start) * units for start, end, units, _ in row.prices)
    return Fraction(whole * row.amount_ucr, row.whole_ucr)
