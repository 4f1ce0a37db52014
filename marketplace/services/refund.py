"""Pay back what is due, to where the team can spend it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from marketplace.domain.cycle import next_closing
from marketplace.domain.event.grant import GrantCreated
from marketplace.domain.event.reservation import ReservationRefunded
from marketplace.domain.grant import NAMES_MAX, Grant, made_id
from marketplace.domain.refund import Haven, Refund, Tills, paid_for, refund_transfers
from marketplace.domain.standing import Gain, gain_transfer
from marketplace.domain.transfer import Movement, free_of, grant_of, till
from marketplace.services.market import rules_and_cycle
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import transfer as transfer_store
from marketplace.store.transaction import Tx


def pay_back(tx: Tx, refunds: Sequence[Refund], now: datetime) -> None:
    """Post refunds within the caller's transaction: to the grants that paid, or where those can be
    spent no longer to others that can; what a till lacks comes out of the mint."""
    if not refunds:
        return
    posted = [
        posted.transfer
        for posted in transfer_store.posted_for(tx, {refund.order_id for refund in refunds})
    ]
    paid, teams = paid_for(posted), {one.payer.order_id: one.team for one in posted}
    tills = _tills(tx, (refund.sold.pool for refund in refunds))
    havens, transfers, told = dict[str, Haven](), [], []
    for refund in refunds:
        team = teams[refund.order_id]
        if team not in havens:
            havens[team] = _haven(tx, team, now)
        transfers += refund_transfers(refund, paid[refund.reservation_id], havens[team], tills)
        told.append(_refunded(refund, team, now))
    event_store.add(tx, [*_received(tx, havens.values(), now), *told])
    ledger_store.post(tx, transfers, now)


def pay_gains(tx: Tx, gains: Sequence[Gain], now: datetime) -> None:
    """Post what buy-outs bring beyond what was paid: out of the till that sold the time again, and
    what that lacks out of the mint, to where refunds of the order go."""
    if not gains:
        return
    posted = [one.transfer for one in transfer_store.posted_for(tx, {g.order_id for g in gains})]
    paying = {one.payer.order_id: one for one in reversed(posted) if one.movement is Movement.PAY}
    tills = _tills(tx, (gain.pool for gain in gains))
    havens, transfers = dict[str, Haven](), []
    for gain in gains:
        pay = paying[gain.order_id]
        if pay.team not in havens:
            havens[pay.team] = _haven(tx, pay.team, now)
        target = havens[pay.team].gift(free_of(pay.team, grant_of(pay.source)), gain.amount_ucr)
        for source, part_ucr in tills.pay(gain.pool, gain.amount_ucr):
            transfers.append(gain_transfer(gain, pay.payer, source, target, part_ucr))
    event_store.add(tx, _received(tx, havens.values(), now))
    ledger_store.post(tx, transfers, now)


def _tills(tx: Tx, pools: Iterable[str]) -> Tills:
    return Tills(balances_ucr=ledger_store.balances_of(tx, {till(pool) for pool in pools}))


def _haven(tx: Tx, team: str, now: datetime) -> Haven:
    rules, cycle = rules_and_cycle(tx)
    stem = f"{team[:NAMES_MAX]}-refund-{now:%Y-%m-%d}"
    return Haven(
        team=team,
        now=now,
        settled_at=next_closing(cycle, rules, now),
        grants=grant_store.of_teams(tx, [team]),
        name=made_id(stem, grant_store.named_like(tx, stem)),
    )


def _received(tx: Tx, havens: Iterable[Haven], now: datetime) -> list[GrantCreated]:
    """Write what grants received, and those that were made for it."""
    old, new = list[Grant](), list[Grant]()
    for haven in havens:
        changed, made = haven.changed()
        old += changed
        new += [made] if made else []
    grant_store.put(tx, old)
    grant_store.add(tx, new)
    return [GrantCreated.of(one, one.received_ucr, now) for one in new]


def _refunded(refund: Refund, team: str, now: datetime) -> ReservationRefunded:
    return ReservationRefunded(
        at=now,
        reservation=refund.reservation_id,
        team=team,
        order=refund.order_id,
        pool=refund.sold.pool,
        amount_ucr=refund.amount_ucr,
        rule=refund.rule,
    )
