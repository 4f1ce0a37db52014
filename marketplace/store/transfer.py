"""Transfers, as they were posted: what each row says, read whole or by team, period and order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.page import Cursor, Page
from marketplace.domain.transfer import (
    GENESIS,
    MINT,
    Movement,
    Payer,
    Posted,
    PricedUnits,
    SoldTime,
    Tags,
    Transfer,
    numbers_of,
    team_of,
)
from marketplace.errors import LedgerBroken
from marketplace.store.chunks import chunks
from marketplace.store.columns import instant_of
from marketplace.store.page import paged
from marketplace.store.tables import TransferRow
from marketplace.store.transaction import Tx

ROWS = TransferRow.__table__.c  # type: ignore[attr-defined]
EXPIRES = ROWS.movement == sa.literal_column(f"'{Movement.EXPIRE.value}'")
"""As the index of expiries has it, word by word."""

DAY_S = 86_400
READ_AHEAD = 500
"""Rows fetched at once where a whole table is read."""

TABLE = TransferRow.__table__  # type: ignore[attr-defined]


def head(tx: Tx) -> tuple[int, str]:
    """Number and hash of the newest transfer."""

    def look() -> tuple[int, str]:
        query = select(TransferRow.seq, TransferRow.hash).order_by(col(TransferRow.seq).desc())
        row = tx.exec(query.limit(1)).first()
        return (row[0], row[1]) if row else (0, GENESIS)

    found: tuple[int, str] = tx.known("ledger head", look)
    return found


def columns_of(transfer: Transfer, seq: int, at: datetime, hash_: str) -> dict[str, object]:
    """A posted transfer as its row."""
    payer, sold = transfer.payer, transfer.sold
    tags = payer.tags
    return {
        "seq": seq,
        "at": at,
        "key": transfer.key,
        "movement": transfer.movement.value,
        "source": transfer.source,
        "target": transfer.target,
        "amount_ucr": transfer.amount_ucr,
        "team": transfer.team,
        "order_id": payer.order_id,
        "spot_id": payer.spot_id,
        "hold_id": transfer.hold_id,
        "reservation_id": transfer.reservation_id,
        "cycle_id": transfer.cycle_id,
        "rule": transfer.rule,
        "reason": transfer.reason,
        "project": tags.project,
        "theme": tags.theme,
        "cost_centre": tags.cost_centre,
        **_sold_columns(sold),
        "unit_seconds": transfer.unit_seconds,
        "whole_ucr": transfer.whole_ucr,
        "other_team": transfer.other_team,
        "note": transfer.note,
        "hash": hash_,
    }


UNSOLD: Final[Mapping[str, object]] = {
    "pool": "",
    "quantity": 0,
    "start": None,
    "end": None,
    "prices": None,
    "paid_ahead": 0,
}
"""What stands there of a transfer that sold no time."""


def _sold_columns(sold: SoldTime | None) -> Mapping[str, object]:
    if sold is None:
        return UNSOLD
    return {
        "pool": sold.pool,
        "quantity": sold.quantity,
        "start": sold.start,
        "end": sold.end,
        "prices": numbers_of(sold),
        "paid_ahead": sold.paid_ahead,
    }


def posted(tx: Tx) -> Iterator[Posted]:
    """All transfers, in the order they were posted."""
    query = sa.select(TABLE).order_by(TABLE.c.seq)
    for row in tx.execute(query.execution_options(yield_per=READ_AHEAD)):
        yield posted_of(row)


def listed(
    tx: Tx,
    account: str,
    period: tuple[datetime | None, datetime | None],
    *,
    after: Cursor | None,
    limit: int,
) -> Page[Posted]:
    """Transfers in [start, end) by time: all, or those to or from an account or any below it."""
    query = sa.select(TABLE)
    if account:
        team = team_of(f"{account}/")
        query = query.where(sa.or_(_below(ROWS.source, account), _below(ROWS.target, account)))
        query = query.where(ROWS.team == team) if team else query
    start, end = period
    query = query if end is None else query.where(ROWS.at < end)
    keys = [ROWS.at, ROWS.seq]
    return paged(tx, query, keys, posted_of, after=after, limit=limit, since=start)


def _below(column: Any, account: str) -> Any:
    return sa.or_(column == account, column.startswith(f"{account}/", autoescape=True))


def came_back(tx: Tx, orders: Sequence[str]) -> dict[str, int]:
    """What was paid back for each of these orders that got any."""
    return _refunds(tx, ROWS.order_id, orders, 0)


def came_back_for(tx: Tx, reservations: Sequence[str], after_seq: int = 0) -> dict[str, int]:
    """What was paid back for each of these reservations that got any: in all, or by transfers
    after that one."""
    return _refunds(tx, ROWS.reservation_id, reservations, after_seq)


def _refunds(tx: Tx, column: Any, ids: Sequence[str], after_seq: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(ids):
        query = sa.select(column, sa.func.sum(ROWS.amount_ucr)).where(
            column.in_(chunk),
            column != sa.literal_column("''"),
            ROWS.movement == Movement.REFUND.value,
            ROWS.seq > after_seq,
        )
        found |= {id_: int(amount_ucr) for id_, amount_ucr in tx.execute(query.group_by(column))}
    return found


def by_number(tx: Tx, numbers: Iterable[int]) -> dict[int, Posted]:
    """Transfers by their numbers; those that are not there are left out."""
    found: dict[int, Posted] = {}
    for chunk in chunks(sorted(set(numbers))):
        query = sa.select(TABLE).where(TABLE.c.seq.in_(chunk)).order_by(TABLE.c.seq)
        found |= {row.seq: posted_of(row) for row in tx.execute(query)}
    return found


def sold_in(tx: Tx, pool: str, start: datetime, end: datetime) -> list[Posted]:
    """Charges and refunds for time of a pool that overlaps [start, end), in the order they were
    posted. No index knows them: it is asked seldom."""
    kinds = (Movement.PAY.value, Movement.REFUND.value)
    query = sa.select(TABLE).where(
        TABLE.c.pool == pool,
        TABLE.c.movement.in_(kinds),
        TABLE.c.start < end,
        TABLE.c.end > start,
    )
    return [posted_of(row) for row in tx.execute(query.order_by(TABLE.c.seq))]


def posted_in(tx: Tx, team: str, start: datetime, end: datetime) -> list[Posted]:
    """A team's transfers in [start, end), in the order they were posted."""
    query = sa.select(TABLE).where(TABLE.c.team == team)
    period = query.where(TABLE.c.at >= start, TABLE.c.at < end)
    return [posted_of(row) for row in tx.execute(period.order_by(TABLE.c.seq))]


def by_day(
    tx: Tx, team: str, start: datetime, end: datetime
) -> dict[tuple[datetime, Movement], int]:
    """What a team's transfers in [start, end) come to, in ucr: by the UTC day of their posting and
    by why credits moved; what adjustments took lies below zero."""
    return _by_day(tx, ROWS.team == team, start, end).get(team, {})


def by_day_of_all(
    tx: Tx, start: datetime, end: datetime
) -> dict[str, dict[tuple[datetime, Movement], int]]:
    """The same of each team that had any."""
    return _by_day(tx, ROWS.team != "", start, end)


def _by_day(
    tx: Tx, whose: sa.ColumnElement[bool], start: datetime, end: datetime
) -> dict[str, dict[tuple[datetime, Movement], int]]:
    at = sa.type_coerce(ROWS.at, sa.BigInteger)
    day = at - at % DAY_S
    taken = sa.and_(ROWS.movement == Movement.ADJUSTMENT.value, ROWS.target == MINT)
    signed = sa.case((taken, -ROWS.amount_ucr), else_=ROWS.amount_ucr)
    query = (
        sa.select(ROWS.team, day, ROWS.movement, sa.func.sum(signed))
        .where(whose, ROWS.at >= start, ROWS.at < end)
        .group_by(ROWS.team, day, ROWS.movement)
    )
    found: dict[str, dict[tuple[datetime, Movement], int]] = {}
    for team, first, movement, amount_ucr in tx.execute(query):
        sums = found.setdefault(team, {})
        sums[instant_of(first), Movement(movement)] = int(amount_ucr)
    return found


def balances_at(tx: Tx, teams: Sequence[str], at: datetime) -> dict[str, int]:
    """What teams' accounts had at a time, in ucr, by address: what was moved until then."""
    found: dict[str, int] = {}
    for side, sign in ((ROWS.target, 1), (ROWS.source, -1)):
        for chunk in chunks(teams):
            query = sa.select(side, sa.func.sum(ROWS.amount_ucr)).group_by(side)
            moved = tx.execute(query.where(ROWS.team.in_(chunk), ROWS.at <= at))
            for address, amount_ucr in moved:
                found[address] = found.get(address, 0) + sign * int(amount_ucr)
    return found


def drawn_at(tx: Tx, teams: Sequence[str], at: datetime) -> dict[str, int]:
    """What of each credit line of teams was drawn at a time and not repaid, in ucr; of those that
    were ever drawn."""
    found: dict[str, int] = {}
    for kind, sign in ((Movement.DRAW, 1), (Movement.REPAY, -1)):
        moved = sa.select(ROWS.rule, sa.func.sum(ROWS.amount_ucr)).group_by(ROWS.rule)
        moved = moved.where(ROWS.movement == kind.value, ROWS.at <= at)
        for chunk in chunks(teams):
            for line, amount_ucr in tx.execute(moved.where(ROWS.team.in_(chunk))):
                found[line] = found.get(line, 0) + sign * int(amount_ucr)
    return found


def posted_for_spot(tx: Tx, team: str, request: str, since: datetime) -> list[Posted]:
    """All transfers from then on that name a spot request of a team, in the order they were
    posted."""
    query = sa.select(TABLE).where(TABLE.c.team == team, TABLE.c.at >= since)
    found = tx.execute(query.where(TABLE.c.spot_id == request).order_by(TABLE.c.seq))
    return [posted_of(row) for row in found]


def posted_for(tx: Tx, orders: Iterable[str]) -> list[Posted]:
    """All transfers that name one of the orders, in the order they were posted."""
    found: list[Posted] = []
    for chunk in chunks(sorted(set(orders))):
        query = sa.select(TABLE).where(TABLE.c.order_id.in_(chunk))
        found += [posted_of(row) for row in tx.execute(query)]
    return sorted(found, key=lambda posted: posted.seq)


def posted_of(row: Sequence[Any]) -> Posted:
    """A row, whole, as the transfer that it is. Raises ``LedgerBroken`` where it is none.

    Its columns are taken by their places, as ``tables`` has them: to ask a row for each of them by
    its name takes longer than all else."""
    # fmt: off
    (
        seq, at, key, movement, source, target, amount_ucr, _team,
        order_id, spot_id, hold_id, reservation_id, cycle_id, rule, reason,
        project, theme, cost_centre,
        pool, _quantity, _start, _end, unit_seconds, prices, paid_ahead,
        whole_ucr, other_team, note, hash_,
    ) = row
    # fmt: on
    try:
        transfer = Transfer(
            key=key,
            movement=Movement(movement),
            source=source,
            target=target,
            amount_ucr=amount_ucr,
            payer=Payer(
                order_id=order_id, spot_id=spot_id, tags=_tags(project, theme, cost_centre)
            ),
            hold_id=hold_id,
            reservation_id=reservation_id,
            cycle_id=cycle_id,
            rule=rule,
            reason=reason,
            sold=None if prices is None else _sold(pool, prices, paid_ahead),
            whole_ucr=whole_ucr,
            unit_seconds=unit_seconds,
            other_team=other_team,
            note=note,
        )
    except ValueError as bad:
        facts = {"because": str(bad)}
        raise LedgerBroken("transfer", str(seq), "no-transfer", facts) from bad
    return Posted(seq=seq, at=at, transfer=transfer, hash=hash_)


@lru_cache(maxsize=1_024)
def _tags(project: str, theme: str, cost_centre: str) -> Tags:
    """Tags are few, and many transfers have the same."""
    return Tags(project=project, theme=theme, cost_centre=cost_centre)


def _sold(pool: str, prices: Iterable[tuple[int, int, int, int]], paid_ahead: int) -> SoldTime:
    spans = (
        PricedUnits(instant_of(start), instant_of(end), units, price_ucr)
        for start, end, units, price_ucr in prices
    )
    return SoldTime(pool, tuple(spans), paid_ahead)


def expired(tx: Tx, grant_accounts: Sequence[str]) -> dict[str, int]:
    """How many micro-credits of each of the free accounts have expired, by address."""
    found: dict[str, int] = {}
    for chunk in chunks(grant_accounts):
        query = select(TransferRow.source, sa.func.sum(TransferRow.amount_ucr)).where(
            EXPIRES, col(TransferRow.source).in_(chunk)
        )
        sums = tx.exec(query.group_by(col(TransferRow.source))).all()
        found.update({account: int(amount_ucr) for account, amount_ucr in sums})
    return found


def expiries(tx: Tx, grant_accounts: Sequence[str]) -> dict[str, int]:
    """How often each of the free accounts has expired, by address."""
    found: dict[str, int] = {}
    for chunk in chunks(grant_accounts):
        query = select(TransferRow.source, sa.func.count()).where(
            EXPIRES, col(TransferRow.source).in_(chunk)
        )
        found.update(dict(tx.exec(query.group_by(col(TransferRow.source))).all()))
    return found
