"""Grants, accounts, transfers, holds. The only place where credits are written down."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.agenda import Due, DueKind, of_grant
from marketplace.domain.ledger import (
    GENESIS,
    MINT,
    Grant,
    Hold,
    HoldState,
    Movement,
    Posted,
    Transfer,
    chain_hash,
    team_of,
)
from marketplace.domain.order import Order
from marketplace.domain.statement import Standing, change_of, month_of
from marketplace.errors import LedgerBroken
from marketplace.store import agenda
from marketplace.store.tables import AccountRow, GrantRow, HoldRow, TeamMonthRow, TransferRow
from marketplace.store.transaction import Tx

PENDING = HoldState.PENDING.value
CHUNK = 500
"""Keys asked for in one statement: databases limit the parameters of one."""


def post(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    """Append transfers to the chain and move the balances.

    A key posts once, for ever: the database refuses it a second time. Raises ``LedgerBroken``
    where an account other than the mint would fall below zero at any point.
    """
    if not transfers:
        return
    if len({transfer.key for transfer in transfers}) != len(transfers):
        raise LedgerBroken("a key stands twice in one batch")
    balances = balances_of(tx, {account for t in transfers for account in (t.source, t.target)})
    seq, last = head(tx)
    rows = []
    for transfer in transfers:
        _move(balances, transfer)
        seq += 1
        last = chain_hash(last, seq, at, transfer)
        rows.append(_row(seq, at, transfer, last))
    tx.add_rows(TransferRow, rows)
    tx.remember("ledger head", (seq, last))
    _put_months(tx, transfers, at)
    _expire_again(tx, transfers, at)
    _put_balances(tx, balances)


def _put_months(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    month, changes = month_of(at), dict[str, list[int]]()
    for transfer in transfers:
        team = team_of(transfer.source) or team_of(transfer.target)
        if team:
            change = changes.setdefault(team, [0, 0])
            for k, part in enumerate(change_of(transfer, team)):
                change[k] += part
    known = _months(tx, month, sorted(changes))
    after = {
        team: tuple(old + new for old, new in zip(known[team] or (0, 0), change, strict=True))
        for team, change in changes.items()
    }
    rows = [
        {"team": team, "month": month, "owned_ucr": owned, "held_ucr": held}
        for team, (owned, held) in after.items()
    ]
    tx.add_rows(TeamMonthRow, [row for row in rows if known[str(row["team"])] is None])
    tx.change_rows(TeamMonthRow, [row for row in rows if known[str(row["team"])] is not None])
    known.update(after)


def _months(tx: Tx, month: datetime, teams: Sequence[str]) -> dict[str, tuple[int, ...] | None]:
    """What the month has changed so far, by team; None of a team without a row."""
    known: dict[str, tuple[int, ...] | None] = tx.known(("month", month), dict)
    for chunk in _chunks(team for team in teams if team not in known):
        known.update(dict.fromkeys(chunk))
        row = TeamMonthRow
        query = select(row.team, row.owned_ucr, row.held_ucr).where(row.month == month)
        known.update(
            {team: change for team, *change in tx.exec(query.where(col(row.team).in_(chunk)))}
        )
    return known


def standing(tx: Tx, team: str, month: datetime) -> Standing:
    """What a team had when a month began."""
    row = TeamMonthRow
    query = select(sa.func.sum(row.owned_ucr), sa.func.sum(row.held_ucr))
    owned, held = tx.exec(query.where(row.team == team, col(row.month) < month)).one()
    return Standing(owned_ucr=int(owned or 0), held_ucr=int(held or 0))


def _expire_again(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    """Credits that come back to a grant that has ended expire at once."""
    back = {t.target for t in transfers if t.movement in (Movement.VOID, Movement.REFUND)}
    if not back:
        return
    known = grants(tx, {team_of(account) for account in back})
    ended = [one for one in known.values() if one.free in back and one.end <= at]
    agenda.add(tx, [Due(at, DueKind.GRANT_ENDS, one.id) for one in ended])


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    all_keys = list(keys)
    for first in range(0, len(all_keys), CHUNK):
        yield all_keys[first : first + CHUNK]


def _move(balances: dict[str, int], transfer: Transfer) -> None:
    left = balances.get(transfer.source, 0) - transfer.amount_ucr
    if left < 0 and transfer.source != MINT:
        raise LedgerBroken(f"{transfer.key} would take {transfer.source} to {left} ucr")
    balances[transfer.source] = left
    balances[transfer.target] = balances.get(transfer.target, 0) + transfer.amount_ucr


def _row(seq: int, at: datetime, transfer: Transfer, digest: str) -> dict[str, object]:
    return {
        "seq": seq,
        "at": at,
        "key": transfer.key,
        "movement": transfer.movement.value,
        "source": transfer.source,
        "target": transfer.target,
        "amount_ucr": transfer.amount_ucr,
        "team": team_of(transfer.source) or team_of(transfer.target),
        "order_id": transfer.order_id,
        "cycle_id": transfer.cycle_id,
        "rule": transfer.rule,
        "note": transfer.note,
        "hash": digest,
    }


def _put_balances(tx: Tx, balances: dict[str, int]) -> None:
    known = _accounts(tx)
    changed = [
        {"address": address, "balance_ucr": balance}
        for address, balance in balances.items()
        if known.get(address) is not None
    ]
    created = [
        {"address": address, "team": team_of(address), "balance_ucr": balance}
        for address, balance in balances.items()
        if known.get(address) is None
    ]
    tx.add_rows(AccountRow, created)
    tx.change_rows(AccountRow, changed)
    known.update(balances)


def _accounts(tx: Tx) -> dict[str, int | None]:
    """Balances that were read or moved in this transaction; None of an account that is new."""
    found: dict[str, int | None] = tx.known("accounts", dict)
    return found


def head(tx: Tx) -> tuple[int, str]:
    """Number and hash of the newest transfer."""

    def look() -> tuple[int, str]:
        query = select(TransferRow.seq, TransferRow.hash).order_by(col(TransferRow.seq).desc())
        row = tx.exec(query.limit(1)).first()
        return (row[0], row[1]) if row else (0, GENESIS)

    found: tuple[int, str] = tx.known("ledger head", look)
    return found


def balances_of(tx: Tx, addresses: Iterable[str]) -> dict[str, int]:
    """Balances of the named accounts; one that was never used is not in it."""
    wanted, known = sorted(addresses), _accounts(tx)
    for chunk in _chunks(address for address in wanted if address not in known):
        known.update(dict.fromkeys(chunk))
        query = select(AccountRow.address, AccountRow.balance_ucr)
        known.update(dict(tx.exec(query.where(col(AccountRow.address).in_(chunk))).all()))
    pairs = ((address, known[address]) for address in wanted)
    return {address: balance for address, balance in pairs if balance is not None}


def all_balances(tx: Tx) -> dict[str, int]:
    """Every account's balance."""
    query = select(AccountRow.address, AccountRow.balance_ucr).order_by(col(AccountRow.address))
    return dict(tx.exec(query).all())


def add_grants(tx: Tx, grants: Sequence[Grant]) -> None:
    """Keep new grants (their credits move by a transfer)."""
    rows = [
        {
            "id": grant.id,
            "team": grant.team,
            "amount_ucr": grant.amount_ucr,
            "start": grant.start,
            "end": grant.end,
            "purpose": grant.purpose,
            "created_at": grant.created_at,
        }
        for grant in grants
    ]
    tx.add_rows(GrantRow, rows)
    agenda.add(tx, [due for grant in grants for due in of_grant(grant)], new=True)
    tx.forget(*(("grants", grant.team) for grant in grants))


def grants(tx: Tx, teams: Iterable[str] | None = None) -> dict[str, Grant]:
    """Grants by id: of some teams, or of all."""
    if teams is None:
        return _grants(tx, select(GrantRow))
    found: dict[str, Grant] = {}
    for team in sorted(teams):
        found |= tx.known(("grants", team), partial(_grants_of, tx, team))
    return found


def _grants_of(tx: Tx, team: str) -> dict[str, Grant]:
    return _grants(tx, select(GrantRow).where(GrantRow.team == team))


def grants_by_id(tx: Tx, ids: Sequence[str]) -> dict[str, Grant]:
    """Some grants by id."""
    found: dict[str, Grant] = {}
    for chunk in _chunks(ids):
        found |= _grants(tx, select(GrantRow).where(col(GrantRow.id).in_(chunk)))
    return found


def _grants(tx: Tx, query: Any) -> dict[str, Grant]:
    return {
        row.id: Grant(
            id=row.id,
            team=row.team,
            amount_ucr=row.amount_ucr,
            start=row.start,
            end=row.end,
            purpose=row.purpose,
            created_at=row.created_at,
        )
        for row in tx.exec(query.order_by(col(GrantRow.id)))
    }


def add_holds(tx: Tx, holds: Sequence[Hold]) -> None:
    """Keep new holds."""
    rows = [
        {
            "id": hold.id,
            "place": place,
            "grant_id": grant,
            "order_id": hold.order_id,
            "team": hold.team,
            "amount_ucr": amount,
            "state": hold.state.value,
        }
        for hold in holds
        for place, (grant, amount) in enumerate(hold.parts)
    ]
    tx.add_rows(HoldRow, rows)


def end_holds(tx: Tx, holds: Sequence[Hold]) -> None:
    """Write how holds ended. Raises ``LedgerBroken`` where one had ended before (§7.5)."""
    rows = [
        {"id": hold.id, "place": place, "state": hold.state.value}
        for hold in holds
        for place in range(len(hold.parts))
    ]
    pending = 0
    for chunk in _chunks(hold.id for hold in holds):
        query = select(sa.func.count()).select_from(HoldRow).where(HoldRow.state == PENDING)
        pending += tx.exec(query.where(col(HoldRow.id).in_(chunk))).one()
    if pending != len(rows):
        raise LedgerBroken("a hold would be emptied twice")
    tx.change_rows(HoldRow, rows)


def pending_holds(tx: Tx, ids: Sequence[str]) -> list[Hold]:
    """Those of the named holds that still lock credits."""
    rows: list[HoldRow] = []
    for chunk in _chunks(ids):
        query = select(HoldRow).where(col(HoldRow.id).in_(chunk), HoldRow.state == PENDING)
        rows += tx.exec(query)
    return _holds(rows)


def holds_of(tx: Tx, orders: Iterable[Order]) -> dict[str, Hold]:
    """The holds of open orders, by order id. Raises ``LedgerBroken`` where one has none."""
    hold_ids = {order.hold_id: order.id for order in orders}
    holds = {hold.order_id: hold for hold in pending_holds(tx, list(hold_ids))}
    for order_id in hold_ids.values():
        if order_id not in holds:
            raise LedgerBroken(f"order {order_id} is open and holds nothing")
    return holds


def all_holds(tx: Tx) -> list[Hold]:
    """Every hold that ever was."""
    return _holds(tx.exec(select(HoldRow)))


def _holds(rows: Iterable[HoldRow]) -> list[Hold]:
    by_id: dict[str, list[HoldRow]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return [
        Hold(
            id=id_,
            order_id=parts[0].order_id,
            team=parts[0].team,
            parts=tuple(
                (row.grant_id, row.amount_ucr) for row in sorted(parts, key=lambda row: row.place)
            ),
            state=HoldState(parts[0].state),
        )
        for id_, parts in sorted(by_id.items())
    ]


def posted(tx: Tx, *, team: str = "", movement: Movement | None = None) -> Iterator[Posted]:
    """Transfers in the order they were posted: all, or those of a team, or of one kind."""
    query = select(TransferRow).order_by(col(TransferRow.seq))
    if team:
        query = query.where(TransferRow.team == team)
    if movement is not None:
        query = query.where(TransferRow.movement == movement.value)
    for row in tx.exec(query.execution_options(yield_per=5_000)):
        yield _posted(row)


def posted_in(tx: Tx, team: str, start: datetime, end: datetime) -> list[Posted]:
    """A team's transfers in [start, end), in the order they were posted."""
    query = select(TransferRow).where(TransferRow.team == team)
    period = query.where(col(TransferRow.at) >= start, col(TransferRow.at) < end)
    return [_posted(row) for row in tx.exec(period.order_by(col(TransferRow.seq)))]


def posted_for(tx: Tx, orders: Iterable[str]) -> list[Posted]:
    """All transfers that name one of the orders, in the order they were posted."""
    found: list[Posted] = []
    for chunk in _chunks(sorted(set(orders))):
        query = select(TransferRow).where(col(TransferRow.order_id).in_(chunk))
        found += [_posted(row) for row in tx.exec(query)]
    return sorted(found, key=lambda posted: posted.seq)


def _posted(row: TransferRow) -> Posted:
    try:
        transfer = Transfer(
            key=row.key,
            movement=Movement(row.movement),
            source=row.source,
            target=row.target,
            amount_ucr=row.amount_ucr,
            order_id=row.order_id,
            cycle_id=row.cycle_id,
            rule=row.rule,
            note=row.note,
        )
    except ValueError as bad:
        raise LedgerBroken(f"transfer {row.seq} is no transfer ({bad})") from bad
    return Posted(seq=row.seq, at=row.at, transfer=transfer, hash=row.hash)


def expired(tx: Tx, grant_accounts: Sequence[str]) -> dict[str, int]:
    """How many micro-credits of each of the free accounts have expired, by address."""
    found: dict[str, int] = {}
    for chunk in _chunks(grant_accounts):
        query = select(TransferRow.source, sa.func.sum(TransferRow.amount_ucr)).where(
            TransferRow.movement == Movement.EXPIRE.value, col(TransferRow.source).in_(chunk)
        )
        sums = tx.exec(query.group_by(col(TransferRow.source))).all()
        found.update({account: int(amount_ucr) for account, amount_ucr in sums})
    return found


def expiries(tx: Tx, grant_accounts: Sequence[str]) -> dict[str, int]:
    """How often each of the free accounts has expired, by address."""
    found: dict[str, int] = {}
    for chunk in _chunks(grant_accounts):
        query = select(TransferRow.source, sa.func.count()).where(
            TransferRow.movement == Movement.EXPIRE.value, col(TransferRow.source).in_(chunk)
        )
        found.update(dict(tx.exec(query.group_by(col(TransferRow.source))).all()))
    return found
