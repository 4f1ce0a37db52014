"""Accounts, transfers, holds. The only place where credits are written down."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from marketplace.domain.agenda import Due, DueKind
from marketplace.domain.credit_line import Repaying, drawn_by
from marketplace.domain.credit_transfer import CreditTransfer
from marketplace.domain.event.credit_line import CreditLineDrawn, CreditLineRepaid
from marketplace.domain.grant import Grant
from marketplace.domain.ledger import HeldPart, Hold, HoldState, void_transfers
from marketplace.domain.order import Order
from marketplace.domain.page import Cursor, Page
from marketplace.domain.spot import SpotRequest
from marketplace.domain.statement import Standing, change_of, month_of
from marketplace.domain.transfer import (
    MINT,
    Movement,
    Payer,
    Transfer,
    chain_hash,
    team_of,
)
from marketplace.errors import LedgerBroken
from marketplace.store import agenda
from marketplace.store import credit_line as line_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import month as month_store
from marketplace.store.chunks import chunks
from marketplace.store.page import paged
from marketplace.store.tables import AccountRow, HoldRow, TeamMonthRow, TransferRow
from marketplace.store.transaction import Tx
from marketplace.store.transfer import READ_AHEAD, columns_of, head
from marketplace.store.writes import Row
from marketplace.words import Credits

PENDING = HoldState.PENDING.value
HOLDS = HoldRow.__table__  # type: ignore[attr-defined]
HOLDS_KNOWN = 50_000
"""So many pending holds are kept in mind at most, from one transaction to the next."""
BACK = (Movement.VOID, Movement.REFUND)
IS_PENDING = HOLDS.c.state == sa.literal_column("'pending'")
"""As the index of pending holds has it, word by word."""


def post(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    """Append transfers to the chain and move the balances; then what they free of credit lines,
    or bring to teams that owe, goes back to the mint.

    A key posts once, for ever: the database refuses it a second time. Raises ``LedgerBroken``
    where an account other than the mint would fall below zero at any point, a credit line would
    pass its limit, or the month is closed.
    """
    if not transfers:
        return
    _append(tx, transfers, at)
    if line_store.every(tx):
        _draw(tx, drawn_by(transfers), at)
        repay(tx, {transfer.team for transfer in transfers}, at)


def _draw(tx: Tx, drawn: Mapping[str, int], at: datetime) -> None:
    """Write down what credit lines have drawn."""
    if not drawn:
        return
    known = line_store.every(tx)
    lines = [known[id_].drawing(amount_ucr) for id_, amount_ucr in sorted(drawn.items())]
    grants = grant_store.of_teams(tx, {one.team for one in lines})
    own = [grants[one.id] for one in lines]
    line_store.put(tx, lines)
    grant_store.put(tx, [replace(one, amount_ucr=one.amount_ucr + drawn[one.id]) for one in own])
    event_store.add(tx, [CreditLineDrawn.of(one, drawn[one.id], at) for one in lines])


def repay(tx: Tx, teams: Collection[str], at: datetime) -> None:
    """Give back to the mint what holds of these teams drew and did not spend, and repay what they
    owe of what they can spend: whoever owes has nothing free."""
    drawn = [one for one in line_store.every(tx).values() if one.drawn_ucr and one.team in teams]
    for team in sorted({one.team for one in drawn}):
        grants = grant_store.of_teams(tx, [team])
        accounts = [account for one in grants.values() for account in (one.free, one.held)]
        repaying = Repaying(
            lines={one.id: one for one in drawn if one.team == team},
            grants=dict(grants),
            balances=balances_of(tx, accounts),
        )
        repaying.repay(at)
        if not repaying.moves:
            continue
        gone = {one.rule for one in repaying.moves}
        line_store.put(tx, [repaying.lines[id_] for id_ in sorted(gone)])
        changed = [one for id_, one in repaying.grants.items() if one != grants[id_]]
        grant_store.put(tx, changed)
        _append(tx, repaying.moves, at)
        told = [
            CreditLineRepaid.of(
                repaying.lines[id_], repaying.repaid.get(id_, 0), repaying.unspent.get(id_, 0), at
            )
            for id_ in sorted(gone)
        ]
        event_store.add(tx, told)


def _append(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    closed_until = month_store.closed_until(tx)
    if closed_until is not None and at < closed_until:
        facts = {"end": closed_until}
        raise LedgerBroken("transfer", transfers[0].key, "in-closed-month", facts)
    keys = [transfer.key for transfer in transfers]
    if len(set(keys)) != len(keys):
        raise LedgerBroken("transfer", max(keys, key=keys.count), "twice-at-once")
    balances = balances_of(tx, {account for t in transfers for account in (t.source, t.target)})
    seq, last = head(tx)
    rows = []
    for transfer in transfers:
        _move(balances, transfer)
        seq += 1
        last = chain_hash(last, seq, at, transfer)
        rows.append(columns_of(transfer, seq, at, last))
    tx.add_rows(TransferRow, rows)
    tx.remember("ledger head", (seq, last))
    _put_months(tx, transfers, at)
    _expire_again(tx, transfers, at)
    _put_balances(tx, balances)


def _put_months(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    month, changes = _month(tx, at), dict[str, tuple[int, int]]()
    for transfer in transfers:
        team = transfer.team
        if team:
            owned, held = change_of(transfer, team)
            so_far = changes.get(team, (0, 0))
            changes[team] = (so_far[0] + owned, so_far[1] + held)
    known = _months(tx, month, sorted(changes))
    new, old = list[Row](), list[Row]()
    for team, (owned, held) in changes.items():
        before = known[team]
        if before is not None:
            owned, held = before[0] + owned, before[1] + held
        row = {"team": team, "month": month, "owned_ucr": owned, "held_ucr": held}
        (new if before is None else old).append(row)
        known[team] = (owned, held)
    tx.add_rows(TeamMonthRow, new)
    tx.change_rows(TeamMonthRow, old)


def _month(tx: Tx, at: datetime) -> datetime:
    """The start of the month that ``at`` lies in: mostly that of the last one asked."""
    last: datetime = tx.known("month", lambda: month_of(at))
    if at.tzinfo is UTC and (at.year, at.month) == (last.year, last.month):
        return last
    month = month_of(at)
    tx.remember("month", month)
    return month


def _months(tx: Tx, month: datetime, teams: Sequence[str]) -> dict[str, tuple[int, int] | None]:
    """What the month has changed so far, by team; None of a team without a row."""
    known: dict[str, tuple[int, int] | None] = tx.known(("month", month), dict)
    new = [team for team in teams if team not in known]
    for chunk in chunks(new) if new else ():
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


def team_months(tx: Tx) -> dict[datetime, dict[str, int]]:
    """By how much each month changed what each team has, in ucr."""
    row, found = TeamMonthRow, dict[datetime, dict[str, int]]()
    query = select(row.month, row.team, row.owned_ucr).order_by(col(row.month), col(row.team))
    for month, team, owned_ucr in tx.exec(query):
        found.setdefault(month, {})[team] = owned_ucr
    return found


def _expire_again(tx: Tx, transfers: Sequence[Transfer], at: datetime) -> None:
    """Credits that come back to a grant that has ended expire at once."""
    back = {t.target for t in transfers if t.movement in BACK}
    if not back:
        return
    known = grant_store.of_teams(tx, {team_of(account) for account in back})
    ended = [
        one for one in known.values() if one.free in back and one.over(at) and not one.credit_line
    ]
    agenda.add(tx, [Due(at, DueKind.GRANT_ENDS, one.id) for one in ended])


def _move(balances: dict[str, int], transfer: Transfer) -> None:
    left = balances.get(transfer.source, 0) - transfer.amount_ucr
    if left < 0 and transfer.source != MINT:
        facts = {"left": Credits(left), "transfer": transfer.key}
        raise LedgerBroken("account", transfer.source, "below-zero", facts)
    balances[transfer.source] = left
    balances[transfer.target] = balances.get(transfer.target, 0) + transfer.amount_ucr


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


def balances_of(tx: Tx, addresses: Iterable[str]) -> dict[str, int]:
    """Balances of the named accounts; one that was never used is not in it."""
    wanted, known = sorted(addresses), _accounts(tx)
    new = [address for address in wanted if address not in known]
    for chunk in chunks(new) if new else ():
        known.update(dict.fromkeys(chunk))
        query = select(AccountRow.address, AccountRow.balance_ucr)
        known.update(dict(tx.exec(query.where(col(AccountRow.address).in_(chunk))).all()))
    return {address: balance for address in wanted if (balance := known[address]) is not None}


def all_balances(tx: Tx) -> dict[str, int]:
    """Every account's balance."""
    query = select(AccountRow.address, AccountRow.balance_ucr).order_by(col(AccountRow.address))
    return dict(tx.exec(query).all())


def held_ucr(tx: Tx) -> int:
    """What all holds together lock."""
    account = AccountRow.__table__.c  # type: ignore[attr-defined]
    query = sa.select(sa.func.sum(account.balance_ucr)).where(account.address.like("team/%/held"))
    return int(tx.execute(query).scalar() or 0)


def held_for_work(tx: Tx, team: str) -> int:
    """What a team's orders and spot requests lock, without what waits for another team."""
    of_work = (HOLDS.c.order_id != "") | (HOLDS.c.spot_id != "")
    query = sa.select(sa.func.sum(HOLDS.c.amount_ucr)).where(IS_PENDING, HOLDS.c.team == team)
    return int(tx.execute(query.where(of_work)).scalar() or 0)


def add_holds(tx: Tx, holds: Sequence[Hold]) -> None:
    """Keep new holds."""
    rows = [
        {
            "id": hold.id,
            "place": place,
            "grant_id": grant,
            "order_id": hold.payer.order_id,
            "spot_id": hold.payer.spot_id,
            "team": hold.team,
            "amount_ucr": amount,
            "state": hold.state.value,
        }
        for hold in holds
        for place, (grant, amount) in enumerate(hold.parts)
    ]
    tx.add_rows(HoldRow, rows)
    known = _held_back(tx)
    if len(known) > HOLDS_KNOWN:
        known.clear()
    known.update((one.id, replace(one, draws_ucr=0) if one.draws_ucr else one) for one in holds)


def _held_back(tx: Tx) -> dict[str, Hold]:
    """Pending holds that are known: not all there are."""
    found: dict[str, Hold] = tx.known("pending holds", dict)
    return found


def end_holds(tx: Tx, holds: Sequence[Hold]) -> None:
    """Write how holds ended. Raises ``LedgerBroken`` where one had ended before (§7.5)."""
    rows = [
        {"id": hold.id, "place": place, "state": hold.state.value}
        for hold in holds
        for place in range(len(hold.parts))
    ]
    pending = 0
    for chunk in chunks(hold.id for hold in holds):
        query = select(sa.func.count()).select_from(HoldRow).where(HoldRow.state == PENDING)
        pending += tx.exec(query.where(col(HoldRow.id).in_(chunk))).one()
    if pending != len(rows):
        raise LedgerBroken("hold", holds[0].id, "emptied-twice", {"holds": len(holds)})
    tx.change_rows(HoldRow, rows)
    known = _held_back(tx)
    for hold in holds:
        known.pop(hold.id, None)


def void(tx: Tx, holds: Collection[Hold], reason: str, at: datetime) -> None:
    """Give all back that holds lock. ``reason``: a code."""
    end_holds(tx, [replace(hold, state=HoldState.VOIDED) for hold in holds])
    post(tx, [move for hold in holds for move in void_transfers(hold, reason)], at)


def pending_holds(tx: Tx, payers: Iterable[Order | SpotRequest | CreditTransfer]) -> list[Hold]:
    """Those of the present holds of what pays that still lock credits."""
    by_hold, known = {one.hold_id: one for one in payers}, _held_back(tx)
    rows: list[Any] = []
    for chunk in chunks(sorted(by_hold.keys() - known.keys())):
        query = sa.select(HOLDS).where(HOLDS.c.id.in_(chunk), HOLDS.c.state == PENDING)
        rows += tx.execute(query.order_by(HOLDS.c.id, HOLDS.c.place))
    known |= {hold.id: replace(hold, payer=by_hold[hold.id].payer) for hold in _holds(rows)}
    return [known[id_] for id_ in sorted(by_hold) if id_ in known]


def holds_on(tx: Tx, grants: Iterable[Grant]) -> list[Hold]:
    """Holds that lock credits of some grants now, by id, whole; what their work is for stands with
    their orders."""
    wanted = list(grants)
    ids, teams = sorted({one.id for one in wanted}), sorted({one.team for one in wanted})
    found: set[str] = set()
    for chunk in chunks(teams):
        query = sa.select(HOLDS.c.id).where(IS_PENDING, HOLDS.c.team.in_(chunk))
        found |= set(tx.execute(query.where(HOLDS.c.grant_id.in_(ids))).scalars())
    rows: list[Any] = []
    for chunk in chunks(sorted(found)):
        query = sa.select(HOLDS).where(HOLDS.c.id.in_(chunk))
        rows += tx.execute(query.order_by(HOLDS.c.id, HOLDS.c.place))
    return list(_holds(rows))


def held(tx: Tx, team: str, *, after: Cursor | None, limit: int) -> Page[HeldPart]:
    """What is locked now, by team and what locks it: of a team, or of all."""
    query = sa.select(HOLDS).where(IS_PENDING)
    if team:
        query = query.where(HOLDS.c.team == team)
    keys = [HOLDS.c.team, HOLDS.c.id, HOLDS.c.place]
    return paged(tx, query, keys, _held_part, after=after, limit=limit)


def _held_part(row: Any) -> HeldPart:
    return HeldPart(
        hold_id=row.id,
        payer=Payer(order_id=row.order_id, spot_id=row.spot_id),
        team=row.team,
        grant=row.grant_id,
        amount_ucr=row.amount_ucr,
    )


def holds_of(tx: Tx, orders: Iterable[Order]) -> dict[str, Hold]:
    """The holds of open orders, by order id. Raises ``LedgerBroken`` where one has none."""
    wanted = list(orders)
    holds = {hold.payer.id: hold for hold in pending_holds(tx, wanted)}
    for order in wanted:
        if order.id not in holds:
            raise LedgerBroken("order", order.id, "holds-nothing", {"state": order.state.value})
    return holds


def every_hold(tx: Tx) -> Iterator[Hold]:
    """Every hold that ever was, by id; what its work is for stands with its order."""
    query = sa.select(HOLDS).order_by(HOLDS.c.id, HOLDS.c.place)
    return _holds(tx.execute(query.execution_options(yield_per=READ_AHEAD)))


def _holds(rows: Iterable[Any]) -> Iterator[Hold]:
    """Holds from their parts, in the order of ids and places."""
    for id_, group in groupby(rows, attrgetter("id")):
        parts = list(group)
        yield Hold(
            id=id_,
            payer=Payer(order_id=parts[0].order_id, spot_id=parts[0].spot_id),
            team=parts[0].team,
            parts=tuple((row.grant_id, row.amount_ucr) for row in parts),
            state=HoldState(parts[0].state),
        )
