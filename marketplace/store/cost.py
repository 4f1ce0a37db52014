"""Charges and refunds, read for a bill: a page at a time, without the hash and the holds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from marketplace.domain.cost import COSTS, Cost
from marketplace.domain.page import Cursor, Page
from marketplace.domain.transfer import SECOND, Movement, Tags, grant_of
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of
from marketplace.store.page import paged
from marketplace.store.tables import TransferRow
from marketplace.store.transaction import Tx

ROWS = TransferRow.__table__.c  # type: ignore[attr-defined]
KNOWN: Final = 8_192
"""So many moments and tags are kept in mind: rows that follow each other share them."""

PAY: Final = Movement.PAY.value
REFUND: Final = Movement.REFUND.value
ADJUSTMENT: Final = Movement.ADJUSTMENT.value
SECONDS: Final = {
    name: sa.type_coerce(ROWS[name], sa.BigInteger).label(name) for name in ("at", "start", "end")
}
NONE: Final[Any] = sa.literal_column("''")
READ: Final = (
    *(ROWS.seq, SECONDS["at"], ROWS.movement, ROWS.team, ROWS.source, ROWS.target),
    *(ROWS.amount_ucr, ROWS.pool, ROWS.quantity, SECONDS["start"], SECONDS["end"]),
    *(ROWS.unit_seconds, ROWS.order_id, ROWS.spot_id, ROWS.reservation_id),
    *(ROWS.cycle_id, ROWS.rule, ROWS.reason, ROWS.note),
    *(ROWS.project, ROWS.theme, ROWS.cost_centre),
)
"""All but the spans, which are long to read."""

_instant: Final = lru_cache(maxsize=KNOWN)(instant_of)
_tags: Final = lru_cache(maxsize=KNOWN)(
    lambda project, theme, cost_centre: Tags(project=project, theme=theme, cost_centre=cost_centre)
)


def listed(
    tx: Tx, start: datetime, end: datetime, *, after: Cursor | None, limit: int
) -> Page[Cost]:
    """Charges and refunds of sold time, and adjustments of them, that were posted in [start, end),
    by time."""
    of_work = (ROWS.order_id != NONE) | (ROWS.spot_id != NONE)
    query = sa.select(*READ).where(
        ROWS.at < end,
        sa.or_(
            ROWS.movement.in_([one.value for one in COSTS]),
            sa.and_(ROWS.movement == ADJUSTMENT, of_work),
        ),
    )
    keys = [ROWS.at, ROWS.seq]
    rows = paged(tx, query, keys, lambda row: row, after=after, limit=limit, since=start)
    refunded = {row.reservation_id for row in rows if row.movement == REFUND}
    paid = _paid_at(tx, refunded - {""})
    plain = [row for row in rows if row.movement != ADJUSTMENT]
    finer = _finer(tx, [row.seq for row in plain if not row.unit_seconds])
    corrected = _corrected(tx, [row for row in rows if row.movement == ADJUSTMENT])
    return rows.each(
        lambda row: (
            _adjustment(row, corrected.get(row.order_id or row.reason))
            if row.movement == ADJUSTMENT
            else _cost(row, paid, finer)
        )
    )


class _Charged(NamedTuple):
    """What was charged that an adjustment corrects: when it was posted first, and its time."""

    at: datetime
    pool: str  # empty where there were several
    start: datetime
    end: datetime


def _corrected(tx: Tx, rows: Sequence[Any]) -> dict[str, _Charged]:
    """What adjustments correct: all charges of an order, by its id; a charge of a spot run, by what
    the adjustment says of it. What was never charged is left out."""
    found: dict[str, _Charged] = {}
    at, start, end = SECONDS.values()
    told = (sa.func.min(at), sa.func.min(ROWS.pool), sa.func.max(ROWS.pool))
    time = (sa.func.min(start), sa.func.max(end))
    of_spot = {row.reason: row.reason.partition(":")[2] for row in rows if not row.order_id}
    for column, names in (
        (ROWS.order_id, {row.order_id: row.order_id for row in rows if row.order_id}),
        (ROWS.seq, {reason: int(seq) for reason, seq in of_spot.items()}),
    ):
        by_key = {key: name for name, key in names.items()}
        for chunk in chunks(sorted(by_key)):
            query = sa.select(column, *told, *time).where(column.in_(chunk), ROWS.movement == PAY)
            for key, first, low, high, since, until in tx.execute(query.group_by(column)):
                pool = low if low == high else ""
                moments = (_instant(one) for one in (since, until))
                found[by_key[key]] = _Charged(_instant(first), pool, *moments)
    return found


def _adjustment(row: Any, charged: _Charged | None) -> Cost:
    """An adjustment; where nothing was charged that it corrects, of the second of its posting."""
    seq, at, _, team, source, target, amount_ucr, *_ = row
    given, posted = grant_of(target), _instant(at)
    paid_at, pool, start, end = charged or (None, "", posted, posted + SECOND)
    return Cost(
        seq,
        posted,
        refund=bool(given),
        adjustment=True,
        team=team,
        grant=given or grant_of(source),
        amount_ucr=amount_ucr,
        pool=pool,
        quantity=0,
        start=start,
        end=end,
        unit_seconds=0,
        order_id=row.order_id,
        spot_id=row.spot_id,
        reservation_id="",
        cycle_id="",
        rule=row.rule,
        reason=row.reason,
        tags=_tags(row.project, row.theme, row.cost_centre),
        paid_at=paid_at,
        note=row.note,
    )


def _paid_at(tx: Tx, reservations: Iterable[str]) -> dict[str, datetime]:
    """When each reservation was paid for, by its id."""
    found: dict[str, datetime] = {}
    at = sa.type_coerce(ROWS.at, sa.BigInteger)
    for chunk in chunks(sorted(reservations)):
        query = sa.select(ROWS.reservation_id, sa.func.min(at)).where(
            ROWS.reservation_id.in_(chunk),
            ROWS.reservation_id != NONE,
            ROWS.movement == PAY,
        )
        for id_, first in tx.execute(query.group_by(ROWS.reservation_id)):
            found[id_] = instant_of(first)
    return found


def _cost(row: Any, paid: Mapping[str, datetime], finer: Mapping[int, Fraction]) -> Cost:
    seq, at, movement, team, source, target, amount_ucr, pool, quantity, start, end, *more = row
    unit_s, order, spot, reservation, cycle, rule, reason, note, *tags = more
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
        note,
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
