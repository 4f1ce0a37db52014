"""What statements read: sums of transfers, the lines of a tag, the time of a period."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.hours import Box
from marketplace.domain.page import Cursor, Page
from marketplace.domain.statement import LINE_OF, Standing, Tagged
from marketplace.domain.transfer import MINT, Movement, Posted, Tag
from marketplace.store import transfer as transfer_store
from marketplace.store.columns import seconds_of
from marketplace.store.page import paged
from marketplace.store.tables import OrderRow, ReservationRow, TransferRow
from marketplace.store.transaction import Tx

TABLE: Final = TransferRow.__table__  # type: ignore[attr-defined]
ROWS: Final = TABLE.c
BOXES: Final = ReservationRow.__table__.c  # type: ignore[attr-defined]
ORDERS: Final = OrderRow.__table__.c  # type: ignore[attr-defined]
NONE: Final[Any] = sa.literal_column("''")
"""As the indexes of tags have it, word by word."""

PAID: Final[Any] = sa.literal_column(f"'{Movement.PAY.value}'")
"""As the index of what spot was paid has it."""

TAGS: Final[Mapping[Tag, tuple[Any, int]]] = {
    Tag.PROJECT: (ROWS.project, 0),
    Tag.THEME: (ROWS.theme, 1),
    Tag.COST_CENTRE: (ROWS.cost_centre, 2),
}
"""Where a tag stands: its column of transfers, and its place in an order's request."""

MADE: Final = [movement.value for movement in LINE_OF]
OF_WORK: Final = [movement for movement in MADE if movement != Movement.BUY_OUT]
"""What work with a tag cost: what a buy-out brings beyond what was paid is its team's gain, and
makes no work cheaper."""


def changed(tx: Tx, team: str, start: datetime, end: datetime) -> Standing:
    """By how much a team's transfers in [start, end) changed what it has, and what is held."""
    ours = f"team/{team}/"
    signs = [
        (side, sign, sa.func.substr(side, 1, len(ours)) == ours)
        for side, sign in ((ROWS.target, 1), (ROWS.source, -1))
    ]
    nothing: Any = sa.literal_column("0")
    owned = [sa.case((own, sign * ROWS.amount_ucr), else_=nothing) for _, sign, own in signs]
    held = [
        sa.case((own & side.like("%/held"), sign * ROWS.amount_ucr), else_=nothing)
        for side, sign, own in signs
    ]
    query = sa.select(sa.func.sum(owned[0] + owned[1]), sa.func.sum(held[0] + held[1]))
    period = query.where(ROWS.team == team, ROWS.at >= start, ROWS.at < end)
    owned_ucr, held_ucr = tx.execute(period).one()
    return Standing(owned_ucr=int(owned_ucr or 0), held_ucr=int(held_ucr or 0))


def moved(tx: Tx, of: str | Tagged, start: datetime | None, end: datetime) -> Counter[Movement]:
    """What a team's transfers, or those with a tag, in [start, end) come to, in ucr, by why credits
    moved. Of adjustments those of its work alone: what they gave, less what they took."""
    within = [*_moving(of), ROWS.at < end]
    if start is not None:
        within.append(ROWS.at >= start)
    query = sa.select(ROWS.movement, sa.func.sum(ROWS.amount_ucr)).where(*within)
    rows = tx.execute(query.group_by(ROWS.movement))
    found = Counter({Movement(movement): int(amount_ucr) for movement, amount_ucr in rows})
    if Movement.ADJUSTMENT in found:  # seldom: what tells their sign stands in no index
        signed = sa.case((ROWS.target == MINT, -ROWS.amount_ucr), else_=ROWS.amount_ucr)
        of_work = (ROWS.order_id != NONE) | (ROWS.spot_id != NONE)
        those = (ROWS.movement == Movement.ADJUSTMENT.value, of_work)
        given = tx.execute(sa.select(sa.func.sum(signed)).where(*within, *those)).scalar()
        found[Movement.ADJUSTMENT] = int(given or 0)
    return found


def lines(
    tx: Tx,
    of: str | Tagged,
    period: tuple[datetime, datetime],
    *,
    after: Cursor | None,
    limit: int,
) -> Page[Posted]:
    """Transfers in [start, end) that are lines of a team's statement, or of a tag's, by time."""
    made = MADE if isinstance(of, str) else OF_WORK
    query = sa.select(TABLE).where(*_moving(of), ROWS.movement.in_(made))
    query, keys = query.where(ROWS.at < period[1]), [ROWS.at, ROWS.seq]
    read = transfer_store.posted_of
    return paged(tx, query, keys, read, after=after, limit=limit, since=period[0])


def _moving(of: str | Tagged) -> list[Any]:
    return [ROWS.team == of] if isinstance(of, str) else _with(of)


def _with(tagged: Tagged) -> list[Any]:
    column, _ = TAGS[tagged.tag]
    met = [column == tagged.name, column != NONE]
    # no index of teams may answer this: what a tag is of is found by the tag
    return met if tagged.teams is None else [*met, ROWS.team.concat(NONE).in_(tagged.teams)]


def spot_seconds(tx: Tx, of: str | Tagged, start: datetime, end: datetime) -> Counter[str]:
    """Unit-seconds of spot runs billed in [start, end), by pool: a team's or a tag's."""
    query = sa.select(ROWS.pool, sa.func.sum(ROWS.unit_seconds)).where(
        *_moving(of),
        ROWS.at >= start,
        ROWS.at < end,
        ROWS.movement == PAID,
        ROWS.spot_id != NONE,
    )
    return Counter({pool: int(found) for pool, found in tx.execute(query.group_by(ROWS.pool))})


def whole_seconds(tx: Tx, of: str | Tagged, start: datetime, end: datetime) -> Counter[str]:
    """Unit-seconds by pool of time-boxes that lie in [start, end) and are as they were bought."""
    first, last = _plain(BOXES.start), _plain(BOXES.end)
    total = sa.func.sum(BOXES.quantity * (last - first))
    inside = sa.select(BOXES.pool, total).where(
        *_bought_by(of), BOXES.start >= start, last <= seconds_of(end), BOXES.changed_at.is_(None)
    )
    found = tx.execute(inside.group_by(BOXES.pool))
    return Counter({pool: int(seconds) for pool, seconds in found})


def other_boxes(tx: Tx, of: str | Tagged, start: datetime, end: datetime) -> list[Box]:
    """Time-boxes that overlap [start, end) and lie across its ends or are not as they were
    bought."""
    changed_or_across = sa.or_(
        BOXES.changed_at.is_not(None),
        _plain(BOXES.start) < seconds_of(start),
        _plain(BOXES.end) > seconds_of(end),
    )
    columns = (BOXES.pool, BOXES.start, BOXES.slot_s, BOXES.units, BOXES.lost, BOXES.given_back)
    query = sa.select(*columns).where(
        *_bought_by(of), BOXES.end > start, _plain(BOXES.start) < seconds_of(end), changed_or_across
    )
    return [
        Box(
            pool=row.pool,
            start=row.start,
            slot=timedelta(seconds=row.slot_s),
            units=tuple(row.units),
            gone=tuple(map(sum, zip(row.lost, row.given_back, strict=True))),
        )
        for row in tx.execute(query)
    ]


def _plain(column: Any) -> Any:
    """A moment's number, by which no index finds it."""
    return sa.type_coerce(column, sa.BigInteger) + sa.literal_column("0")


def _bought_by(of: str | Tagged) -> Sequence[Any]:
    if isinstance(of, str):
        return [BOXES.team == of]
    place = TAGS[of.tag][1]
    named = [ORDERS.id == BOXES.order_id, ORDERS.request[("tags", place)].as_string() == of.name]
    return named if of.teams is None else [*named, BOXES.team.in_(of.teams)]
