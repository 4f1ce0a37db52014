"""What finance's insight reads: charges and refunds of a period, and what was released in it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from marketplace.domain.insight import Bought, Spend
from marketplace.domain.transfer import Movement, PricedUnits
from marketplace.store.columns import instant_of
from marketplace.store.tables import (
    CycleRow,
    EntryRow,
    OrderRow,
    ReleaseRow,
    ReservationRow,
    TransferRow,
)
from marketplace.store.transaction import Tx

ROWS: Final = TransferRow.__table__.c  # type: ignore[attr-defined]
BOXES: Final = ReservationRow.__table__.c  # type: ignore[attr-defined]
GIVEN: Final = ReleaseRow.__table__.c  # type: ignore[attr-defined]
ENTRIES: Final = EntryRow.__table__.c  # type: ignore[attr-defined]
ORDERS: Final = OrderRow.__table__.c  # type: ignore[attr-defined]
CYCLES: Final = CycleRow.__table__.c  # type: ignore[attr-defined]
READ_AHEAD: Final = 500


def _sum(column: Any, movement: Movement) -> Any:
    """The sum of a column over transfers of one kind."""
    nothing: Any = sa.literal_column("0")
    return sa.func.sum(sa.case((ROWS.movement == movement.value, column), else_=nothing))


def spend(tx: Tx, start: datetime, end: datetime) -> list[Spend]:
    """What was charged and refunded in [start, end), by team, theme and pool."""
    query = (
        sa.select(
            ROWS.team,
            ROWS.theme,
            ROWS.pool,
            _sum(ROWS.amount_ucr, Movement.PAY),
            _sum(ROWS.amount_ucr, Movement.REFUND),
            _sum(ROWS.unit_seconds, Movement.PAY),
        )
        .where(ROWS.at >= start, ROWS.at < end)
        .where(ROWS.movement.in_([Movement.PAY.value, Movement.REFUND.value]))
        .group_by(ROWS.team, ROWS.theme, ROWS.pool)
    )
    return [
        Spend(
            team=team,
            theme=theme,
            pool=pool,
            charged_ucr=int(charged),
            refunded_ucr=int(refunded),
            unit_seconds=int(unit_seconds),
        )
        for team, theme, pool, charged, refunded, unit_seconds in sorted(
            tuple(row) for row in tx.execute(query)
        )
    ]


def bought(tx: Tx, start: datetime, end: datetime) -> Iterator[Bought]:
    """The time that was charged in [start, end): of a charge by several grants, each part."""
    columns = (ROWS.team, ROWS.pool, ROWS.amount_ucr, ROWS.unit_seconds, ROWS.prices)
    query = sa.select(*columns).where(
        ROWS.at >= start, ROWS.at < end, ROWS.movement == Movement.PAY.value, ROWS.pool != ""
    )
    for row in tx.execute(query.execution_options(yield_per=READ_AHEAD)):
        yield Bought(
            team=row.team,
            pool=row.pool,
            amount_ucr=row.amount_ucr,
            unit_seconds=row.unit_seconds,
            spans=tuple(
                PricedUnits(instant_of(first), instant_of(last), units, price_ucr)
                for first, last, units, price_ucr in row.prices
            ),
        )


def released(tx: Tx, start: datetime, end: datetime) -> dict[str, int]:
    """What reservations that released time in [start, end) gave back in all, in unit-seconds."""
    ids = sa.select(GIVEN.reservation_id).where(GIVEN.released_at >= start, GIVEN.released_at < end)
    query = sa.select(BOXES.id, BOXES.given_back, BOXES.slot_s).where(BOXES.id.in_(ids))
    return {row.id: sum(row.given_back) * row.slot_s for row in tx.execute(query)}


def resold(tx: Tx, start: datetime, end: datetime, rules: tuple[str, ...]) -> int:
    """What of that was sold again and paid for, under the names of those rules, in unit-seconds."""
    ids = sa.select(GIVEN.reservation_id).where(GIVEN.released_at >= start, GIVEN.released_at < end)
    query = sa.select(sa.func.sum(ROWS.unit_seconds)).where(
        ROWS.reservation_id.in_(ids),
        ROWS.reservation_id != sa.literal_column("''"),
        ROWS.movement == Movement.REFUND.value,
        ROWS.rule.in_(rules),
    )
    return int(tx.execute(query).scalar() or 0)


def recalled(tx: Tx, start: datetime, end: datetime, rule: str) -> list[tuple[str, str, int, int]]:
    """Time-boxes that were bought back in [start, end): the box and the cycle that did it, what
    came back of what was paid, and what was gained beyond that, in ucr."""
    moved = (Movement.REFUND.value, Movement.BUY_OUT.value)
    query = (
        sa.select(
            ROWS.reservation_id,
            ROWS.cycle_id,
            _sum(ROWS.amount_ucr, Movement.REFUND),
            _sum(ROWS.amount_ucr, Movement.BUY_OUT),
        )
        .where(ROWS.at >= start, ROWS.at < end)
        .where(ROWS.movement.in_(moved), ROWS.rule == rule)
        .group_by(ROWS.reservation_id, ROWS.cycle_id)
    )
    rows = [tuple(row) for row in tx.execute(query)]
    return sorted((box, cycle, int(back), int(gained)) for box, cycle, back, gained in rows)


def cycles(tx: Tx, start: datetime, end: datetime, state: str) -> list[tuple[int, datetime]]:
    """Cycles in that state that closed in [start, end): their numbers and when they closed."""
    query = sa.select(CYCLES.number, CYCLES.closes_at).where(
        CYCLES.state == state, CYCLES.closes_at >= start, CYCLES.closes_at < end
    )
    return [(row.number, row.closes_at) for row in tx.execute(query.order_by(CYCLES.number))]


def names(tx: Tx, cycle: int) -> dict[str, tuple[str, str, str]]:
    """Whose bid is which in a cycle's files: by its name there the order, its team and theme."""
    query = sa.select(ENTRIES.alias, ENTRIES.order_id, ORDERS.team, ORDERS.request).where(
        ENTRIES.cycle == cycle, ORDERS.id == ENTRIES.order_id
    )
    return {row.alias: (row.order_id, row.team, _theme(row)) for row in tx.execute(query)}


def _theme(row: Any) -> str:
    theme: str = row.request["tags"][1]
    return theme
