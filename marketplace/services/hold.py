"""Move holds off grants that end to what else a team has; end what nothing else can pay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from marketplace.domain.agenda import Due, DueKind
from marketplace.domain.credit_transfer import CreditTransfer, CreditTransferState, number_of_hold
from marketplace.domain.cycle import expire_order, next_closing
from marketplace.domain.grant import Grant
from marketplace.domain.ledger import MOVED, Hold, HoldState, hold_transfers, void_transfers
from marketplace.domain.order import Order
from marketplace.domain.spot import Code, SpotRequest, SpotState, first_hold
from marketplace.domain.transfer import Transfer
from marketplace.errors import InsufficientCredits
from marketplace.rules import MarketRules
from marketplace.services.credit_transfer import give_back
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import rules_and_cycle
from marketplace.services.spot_run import Bills
from marketplace.store import agenda as agenda_store
from marketplace.store import credit_transfer as transfer_store
from marketplace.store import event as event_store
from marketplace.store import grant as grant_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import spot as spot_store
from marketplace.store.transaction import Tx

Payers = Order | SpotRequest | CreditTransfer
"""What a hold locks credits for."""

EXPIRED: Final = Code.GRANT_EXPIRED.value


def move_off(tx: Tx, grants: Iterable[Grant], at: datetime) -> None:
    """Let other credits of their teams hold what these grants hold, which end at ``at``.

    What was placed first moves first; what its grant's end would end, before what it would not:
    orders in a book that is closed, and spot runs, stay on the old hold where nothing else can
    pay, for their credits were held in time. What waits and cannot move ends.
    """
    holds = ledger_store.holds_on(tx, grants)
    if not holds:
        return
    rules, cycle = rules_and_cycle(tx)
    orders = order_store.get(tx, sorted({one.payer.order_id for one in holds} - {""}))
    spot = spot_store.get(tx, sorted({one.payer.spot_id for one in holds} - {""}))
    transfers = transfer_store.get(tx, {number_of_hold(one.id) for one in holds} - {0})
    passing = {one.id: one for one in transfers.values()}
    payers: dict[str, Payers] = {**orders, **spot, **passing}
    settled_at = next_closing(cycle, rules, at)
    purse = FreeCredits(tx, sorted({one.team for one in holds}), at, at)
    moving = _Moving(purse, at)
    for hold in sorted(holds, key=lambda hold: _turn(payers[_payer_of(hold)])):
        one = payers[_payer_of(hold)]
        own = replace(hold, payer=one.payer)
        moving.move(one, own, _until(one, settled_at, rules, at))
    moving.write(tx)
    _end(tx, moving.poor, at)


def _payer_of(hold: Hold) -> str:
    return hold.payer.id or hold.id.partition(".")[0]


def _turn(one: Payers) -> tuple[bool, datetime, str]:
    return not _waits(one), one.placed_at, one.id


def _waits(one: Payers) -> bool:
    if isinstance(one, CreditTransfer):
        return True
    return not one.cycle_id if isinstance(one, Order) else one.run is None


def _until(one: Payers, settled_at: datetime, rules: MarketRules, at: datetime) -> datetime:
    """Until when credits that hold for it must be valid."""
    if isinstance(one, CreditTransfer):
        return at
    if isinstance(one, Order):
        return at if one.cycle_id else settled_at
    return one.run.covered_until if one.run else at + first_hold(rules, one.terms.minimum)


@dataclass(slots=True)
class _Moving:
    """What moves; mutable while it is found out."""

    purse: FreeCredits
    at: datetime
    changed: list[Payers] = field(default_factory=list)
    emptied: list[Hold] = field(default_factory=list)
    locked: list[Hold] = field(default_factory=list)
    moves: list[Transfer] = field(default_factory=list)
    poor: list[tuple[Payers, Hold]] = field(default_factory=list)

    def move(self, one: Payers, old: Hold, until: datetime) -> None:
        """Let other credits hold for it that are valid until then; where they do not suffice,
        nothing moves."""
        self.purse.unlock(old)
        after = replace(one, version=one.version + 1)
        try:
            new = self.purse.lock(after, old.amount_ucr, until)
        except InsufficientCredits:
            self.purse.relock(old)
            if _waits(one):
                self.poor.append((one, old))
            return
        self.changed.append(after)
        self.emptied.append(replace(old, state=HoldState.VOIDED))
        self.locked.append(new)
        self.moves += [*void_transfers(old, MOVED), *hold_transfers(new)]

    def write(self, tx: Tx) -> None:
        """Post what moved."""
        if not self.moves:
            return
        ledger_store.end_holds(tx, self.emptied)
        ledger_store.add_holds(tx, self.locked)
        ledger_store.post(tx, self.moves, self.at)
        order_store.put(tx, [one for one in self.changed if isinstance(one, Order)])
        spot_store.put(tx, [one for one in self.changed if isinstance(one, SpotRequest)])
        transfer_store.put(tx, [one for one in self.changed if isinstance(one, CreditTransfer)])


def _end(tx: Tx, poor: Sequence[tuple[Payers, Hold]], at: datetime) -> None:
    """End what waits and cannot be paid."""
    ends = [expire_order(one, hold, EXPIRED, at) for one, hold in poor if isinstance(one, Order)]
    order_store.put(tx, [order for order, *_ in ends])
    if ends:
        ledger_store.end_holds(tx, [hold for _, hold, *_ in ends])
    ledger_store.post(tx, [move for _, _, moves, _ in ends for move in moves], at)
    event_store.add(tx, [event for *_, event in ends])
    over = [one for one, _ in poor if isinstance(one, SpotRequest)]
    if over:
        bills = Bills.of(tx, over, at)
        spot_store.put(tx, [bills.end(one, SpotState.FAILED, EXPIRED, at, at) for one in over])
        bills.write(tx, at)
    for one, hold in poor:
        if isinstance(one, CreditTransfer):
            give_back(tx, one.ended(CreditTransferState.LAPSED, at, code=EXPIRED), hold, at)


def look_again(tx: Tx, orders: Iterable[Order], holds: Mapping[str, Hold], now: datetime) -> None:
    """Orders wait again whose cycle is over: where a grant that holds for one has ended meanwhile,
    its holds are moved off it next. ``holds``: by order id."""
    waiting = [one for one in orders if one.open]
    ids = {grant for one in waiting for grant, _ in holds[one.id].parts}
    grants = grant_store.of_teams(tx, {one.team for one in waiting})
    ended = [id_ for id_ in sorted(ids) if grants[id_].over(now)]
    agenda_store.add(tx, [Due(now, DueKind.GRANT_ENDS, id_) for id_ in ended])
