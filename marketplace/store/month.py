"""Closed months, and what the transfers of a month come to."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.journal import Head
from marketplace.domain.month import MonthClose, MonthSums, Moved, TeamMonth, following
from marketplace.domain.page import Cursor, Page
from marketplace.domain.statement import LineType, month_of
from marketplace.domain.transfer import Movement
from marketplace.store.columns import instant_of
from marketplace.store.month_tables import MonthCloseRow, MonthTeamRow
from marketplace.store.page import paged
from marketplace.store.tables import TeamMonthRow
from marketplace.store.transaction import Tx
from marketplace.store.transfer import ROWS

CLOSES = MonthCloseRow.__table__.c  # type: ignore[attr-defined]
TEAMS = MonthTeamRow.__table__.c  # type: ignore[attr-defined]
MONTHS = TeamMonthRow.__table__.c  # type: ignore[attr-defined]


def closed_until(tx: Tx) -> datetime | None:
    """When the newest closed month ended; nothing is posted before. None where none is closed."""

    def look() -> datetime | None:
        last = tx.exec(select(sa.func.max(CLOSES.month, type_=sa.BigInteger))).one()
        return None if last is None else following(instant_of(int(last)))

    found: datetime | None = tx.known("closed until", look)
    return found


def add(tx: Tx, close: MonthClose) -> None:
    """Keep a closed month."""
    sums = close.sums
    row = {
        "month": sums.month,
        "closed_at": close.closed_at,
        "closed_by": close.closed_by,
        "head_seq": close.head.seq,
        "head_hash": close.head.hash,
        "transfers": sums.transfers,
        "last_seq": sums.last[0],
        "last_hash": sums.last[1],
        "movements": dict(sums.movements),
        "opening": dict(sums.opening),
        "accounts": dict(sums.accounts),
        "total_ucr": sums.total_ucr,
    }
    tx.add_rows(MonthCloseRow, [row])
    teams = [
        {
            "month": sums.month,
            "team": one.team,
            "opening_ucr": one.opening_ucr,
            **{_column(kind): amount_ucr for kind, amount_ucr in one.lines.items()},
            "closing_ucr": one.closing_ucr,
            "held_ucr": one.held_ucr,
        }
        for one in sums.teams
    ]
    tx.add_rows(MonthTeamRow, teams)
    tx.remember("closed until", following(sums.month))


def get(tx: Tx, month: datetime) -> MonthClose | None:
    """A closed month, with its teams."""
    row = tx.get(MonthCloseRow, month)
    return _close(tx, row) if row else None


def latest(tx: Tx) -> MonthClose | None:
    """The newest closed month."""
    query = select(MonthCloseRow).order_by(col(MonthCloseRow.month).desc()).limit(1)
    row = tx.exec(query).first()
    return _close(tx, row) if row else None


def listed(tx: Tx, *, after: Cursor | None, limit: int) -> Page[MonthClose]:
    """Closed months, the newest first."""
    keys = [CLOSES.month]
    query = select(MonthCloseRow)

    def read(row: Any) -> MonthClose:
        return _close(tx, row)

    return paged(tx, query, keys, read, after=after, limit=limit, newest_first=True)


def every(tx: Tx) -> Iterator[MonthClose]:
    """All closed months, by their time."""
    for row in tx.exec(select(MonthCloseRow).order_by(col(MonthCloseRow.month))).all():
        yield _close(tx, row)


def _close(tx: Tx, row: Any) -> MonthClose:
    query = select(MonthTeamRow).where(TEAMS.month == row.month).order_by(TEAMS.team)
    return MonthClose(
        sums=MonthSums(
            month=row.month,
            transfers=row.transfers,
            last=(row.last_seq, row.last_hash),
            movements=row.movements,
            opening=row.opening,
            accounts=row.accounts,
            teams=tuple(_team(one) for one in tx.exec(query)),
        ),
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        head=Head(row.head_seq, None, row.head_hash),
    )


def _team(row: Any) -> TeamMonth:
    return TeamMonth(
        team=row.team,
        opening_ucr=row.opening_ucr,
        lines={kind: getattr(row, _column(kind)) for kind in LineType},
        closing_ucr=row.closing_ucr,
        held_ucr=row.held_ucr,
    )


def moved(tx: Tx, month: datetime) -> Moved:
    """What the transfers of a month come to, added up by the database."""
    within = (month <= ROWS.at, following(month) > ROWS.at)
    source, target = (_kind(column) for column in (ROWS.source, ROWS.target))
    groups = (ROWS.team, ROWS.movement, source, target)
    query = sa.select(*groups, sa.func.sum(ROWS.amount_ucr), sa.func.count()).where(*within)
    found = Moved()
    for team, movement, out, into, amount_ucr, count in tx.execute(query.group_by(*groups)):
        found.take(team, Movement(movement), (out, into), int(amount_ucr), count)
    changes = sa.select(MONTHS.team, MONTHS.held_ucr).where(MONTHS.month == month)
    found.held.update((team, held_ucr) for team, held_ucr in tx.execute(changes))
    newest = tx.execute(sa.select(sa.func.max(ROWS.seq)).where(*within)).scalar()
    if newest is not None:
        hash_ = tx.execute(sa.select(ROWS.hash).where(ROWS.seq == newest)).scalar_one()
        found.last = (int(newest), hash_)
    return found


def _kind(account: Any) -> Any:
    """What kind of account an address is of: those of teams and pools begin with it."""
    of_team, of_pool = (account.startswith(f"{kind}/") for kind in ("team", "pool"))
    return sa.case(
        (of_team, sa.literal_column("'team'")),
        (of_pool, sa.literal_column("'pool'")),
        else_=account,
    )


def owned(tx: Tx, until: datetime) -> dict[str, int]:
    """What each team had when the months before ``until`` were over, by its months."""
    query = sa.select(MONTHS.team, sa.func.sum(MONTHS.owned_ucr)).where(until > MONTHS.month)
    return {team: int(sum_ucr) for team, sum_ucr in tx.execute(query.group_by(MONTHS.team))}


def with_transfers(tx: Tx, since: datetime | None, until: datetime, most: int) -> list[datetime]:
    """The first months in [since, until) that something was posted in, so many at most."""
    found = list[datetime]()
    while len(found) < most:
        query = sa.select(sa.func.min(ROWS.at, type_=sa.BigInteger)).where(until > ROWS.at)
        if since is not None:
            query = query.where(since <= ROWS.at)
        first = tx.execute(query).scalar()
        if first is None:
            break
        found.append(month_of(instant_of(int(first))))
        since = following(found[-1])
    return found


def _column(kind: LineType) -> str:
    return f"{kind.value.replace('-', '_')}_ucr"
