"""The books, rebuilt from the transfers alone and compared with what is written elsewhere."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from marketplace.domain.credit_line import CreditLine
from marketplace.domain.credit_transfer import CreditTransfer, CreditTransferState
from marketplace.domain.ledger import Hold, HoldState
from marketplace.domain.month import MonthBooks, MonthClose
from marketplace.domain.order import Order, OrderState
from marketplace.domain.reservation import Release, Reservation
from marketplace.domain.spot import SpotRequest, cost_ucr
from marketplace.domain.spot_resale import RULE as RESALE
from marketplace.domain.statement import line_of
from marketplace.domain.transfer import (
    BETWEEN,
    GENESIS,
    MINT,
    Movement,
    Posted,
    chain_hash,
    free_of,
    grant_of,
    held_of,
    team_of,
    till,
)

OF_HOLDS = (Movement.HOLD, Movement.VOID, Movement.PAY, Movement.GIVE)
"""What fills a hold, and what empties it."""

FAULTS_MAX = 100
"""Enough to see what is wrong; a broken chain would otherwise repeat itself for ever."""


@dataclass(slots=True)
class Books:
    """What the transfers say, read one by one; then what is written elsewhere is taken off it, and
    what is left in the end stands nowhere else. Mutable: it is a running sum."""

    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    locked: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    held: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid_for: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refunded: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    spot: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by pool's till
    resold: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by reservation
    drawn: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by credit line
    passed: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    closing: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    pending: dict[str, int] = field(default_factory=dict)  # what a hold locks now
    fills: dict[str, int] = field(default_factory=dict)  # what an order was filled for
    months: MonthBooks = field(default_factory=MonthBooks)
    count: int = 0
    last_hash: str = GENESIS
    faults: list[str] = field(default_factory=list)

    def read(self, posted: Posted) -> None:
        """Take in the next transfer."""
        transfer = posted.transfer
        self.count += 1
        if posted.seq != self.count:
            self.say(f"transfer {posted.seq} stands where {self.count} should")
            self.count = posted.seq
        if posted.hash != chain_hash(self.last_hash, posted.seq, posted.at, transfer):
            self.say(f"transfer {posted.seq} ({transfer.key}) does not fit the hash chain")
        self.last_hash = posted.hash
        self.balances[transfer.source] -= transfer.amount_ucr
        self.balances[transfer.target] += transfer.amount_ucr
        if self.balances[transfer.source] < 0 and transfer.source != MINT:
            self.say(f"transfer {posted.seq} takes {transfer.source} below zero")
        self._read_hold(posted)
        self.months.read(posted)
        for team in {team_of(transfer.source), team_of(transfer.target)} - {""}:
            line = line_of(posted, team)
            self.closing[team] += line.amount_ucr if line else 0

    def _read_hold(self, posted: Posted) -> None:
        transfer = posted.transfer
        if transfer.movement is Movement.REFUND:
            self.refunded[transfer.payer.id] += transfer.amount_ucr
            self._read_resale(posted)
        if transfer.movement in (Movement.DRAW, Movement.REPAY):
            draws = transfer.movement is Movement.DRAW
            self.drawn[transfer.rule] += transfer.amount_ucr if draws else -transfer.amount_ucr
        if transfer.movement in (Movement.GIVE, Movement.RECEIVE):
            id_ = transfer.hold_id.partition(".")[0]
            self.passed[id_, transfer.team] += transfer.amount_ucr
        if transfer.movement not in OF_HOLDS:
            return
        hold_id = transfer.hold_id
        part = (hold_id, grant_of(transfer.source))
        if transfer.movement is Movement.HOLD:
            self.locked[part] += transfer.amount_ucr
            self.held[part] += transfer.amount_ucr
            return
        if part in self.locked and not self.held[part]:
            self.say(f"hold {hold_id} is emptied again by transfer {posted.seq}")
        self.held[part] -= transfer.amount_ucr
        if transfer.movement is Movement.PAY:
            self.paid[transfer.payer.id] += transfer.amount_ucr
            self.paid_for[transfer.reservation_id] += transfer.amount_ucr
            if transfer.payer.spot_id:
                self.spot[transfer.target] += transfer.amount_ucr
            self._read_price(posted)

    def _read_resale(self, posted: Posted) -> None:
        """What spot has brought a pool is never less than what of it went to those who gave time
        back."""
        transfer = posted.transfer
        if transfer.rule != RESALE:
            return
        self.resold[transfer.reservation_id] += transfer.amount_ucr
        sold_by = till(transfer.sold.pool) if transfer.sold else transfer.source
        self.spot[sold_by] -= transfer.amount_ucr
        if self.spot[sold_by] < 0:
            self.say(f"transfer {posted.seq} gives back more than spot brought {sold_by}")

    def _read_price(self, posted: Posted) -> None:
        """A spot charge is what its time costs at its prices: the line stands by itself."""
        transfer = posted.transfer
        sold = transfer.sold
        if sold is None or (transfer.payer.spot_id and sold.cost_ucr()[0] != transfer.whole_ucr):
            self.say(f"transfer {posted.seq} ({transfer.key}) is not what its time costs")

    def say(self, fault: str) -> None:
        """Note a fault."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(fault)

    def compare_balances(self, accounts: Mapping[str, int]) -> None:
        """Hold the written balances, and the teams' statements, against the transfers."""
        for address in sorted(accounts.keys() | self.balances.keys()):
            written, rebuilt = accounts.get(address, 0), self.balances.get(address, 0)
            if written != rebuilt:
                self.say(f"account {address} says {written} ucr, its transfers say {rebuilt} ucr")
        owned: dict[str, int] = defaultdict(int)
        for address, balance in accounts.items():
            owned[team_of(address)] += balance
        for team, closing in sorted(self.closing.items()):
            if owned[team] != closing:
                self.say(f"team {team} owns {owned[team]} ucr, its statement says {closing} ucr")

    def compare_months(self, closed: Iterable[MonthClose]) -> None:
        """Hold what closed months came to against their transfers."""
        for fault in self.months.faults(closed):
            self.say(fault)

    def compare_holds(self, holds: Iterable[Hold]) -> None:
        """Hold every hold against the transfers that filled and emptied it."""
        for hold in holds:
            for grant, amount in hold.parts:
                left = self.held.pop((hold.id, grant), 0)
                due = amount if hold.state is HoldState.PENDING else 0
                if self.locked.pop((hold.id, grant), 0) != amount:
                    self.say(f"hold {hold.id} says {amount} ucr of grant {grant}, not what moved")
                if left != due:
                    self.say(f"hold {hold.id} is {hold.state.value}, yet {left} ucr are locked")
            if hold.state is HoldState.PENDING:
                self.pending[hold.id] = hold.amount_ucr
        for hold_id, grant in sorted(self.held):
            self.say(f"credits of grant {grant} are locked for an unknown hold {hold_id}")

    def compare_orders(self, orders: Iterable[Order]) -> None:
        """Every open order holds its dearest option; every ended one has a reason, and no hold."""
        for order in orders:
            held_ucr = self.pending.pop(order.hold_id, 0)
            if held_ucr != (order.held_ucr if order.open else 0):
                self.say(f"order {order.id} is {order.state.value} and holds {held_ucr} ucr")
            if not order.open and not (order.reason and order.ended_at):
                self.say(f"order {order.id} ended without a reason or a time")
            self._compare_payment(order)

    def compare_spot(self, requests: Iterable[SpotRequest]) -> None:
        """Every live spot request holds what it needs to start, or to run on until its hold ends;
        every ended one has a reason and holds nothing."""
        for one in requests:
            self.paid.pop(one.id, None)
            held_ucr = self.pending.pop(one.hold_id, 0)
            if one.live:
                self._compare_spot_hold(one, held_ucr)
            elif held_ucr:
                self.say(f"spot request {one.id} is {one.state.value} and holds {held_ucr}")
            if not one.code:
                self.say(f"spot request {one.id} is {one.state.value} without a reason")

    def _compare_spot_hold(self, one: SpotRequest, held_ucr: int) -> None:
        if not held_ucr:
            self.say(f"spot request {one.id} is {one.state.value} and holds nothing")
        elif one.run is not None:
            length = one.run.covered_until - one.run.billed_until
            needed = cost_ucr(one.terms.limit_ucr, one.terms.quantity, length)
            if held_ucr < needed:
                self.say(f"spot request {one.id} holds {held_ucr}, and may owe {needed}")

    def compare_credit_transfers(self, transfers: Iterable[CreditTransfer]) -> None:
        """Every transfer that waits for an answer holds its credits; what was accepted is what
        moved, from one team to the other; nothing is left between teams."""
        for one in transfers:
            held_ucr = self.pending.pop(one.hold_id, 0)
            if held_ucr != (one.request.amount_ucr if one.open else 0):
                self.say(f"credit transfer {one.id} is {one.state.value} and holds {held_ucr} ucr")
            due_ucr = one.request.amount_ucr if one.state is CreditTransferState.ACCEPTED else 0
            for team in (one.team, one.receiver):
                moved_ucr = self.passed.pop((one.id, team), 0)
                if moved_ucr != due_ucr:
                    self.say(f"credit transfer {one.id} moved {moved_ucr} ucr of {team}")
        for id_, team in sorted(self.passed):
            self.say(f"credits of {team} moved for an unknown credit transfer {id_!r}")
        if self.balances.get(BETWEEN, 0):
            self.say(f"{self.balances[BETWEEN]} ucr are left between teams")

    def compare_credit_lines(self, lines: Iterable[CreditLine]) -> None:
        """What each line has drawn is what was drawn and not repaid, within its limit; it holds no
        more than that, and has nothing free."""
        for one in lines:
            drawn_ucr = self.drawn.pop(one.id, 0)
            if drawn_ucr != one.drawn_ucr:
                says = f"says that {one.drawn_ucr} ucr are drawn"
                self.say(f"credit line {one.id} {says}, its transfers say {drawn_ucr}")
            free = self.balances.get(free_of(one.team, one.id), 0)
            held = self.balances.get(held_of(one.team, one.id), 0)
            if free or not held <= drawn_ucr <= one.limit_ucr:
                facts = f"{free} ucr free, {held} held, {drawn_ucr} drawn"
                self.say(f"credit line {one.id} of {one.limit_ucr} ucr has {facts}")
        for id_, drawn_ucr in sorted(self.drawn.items()):
            self.say(f"{drawn_ucr} ucr were drawn of an unknown credit line {id_!r}")

    def compare_payers(self) -> None:
        """Whatever is held or was paid is for an order or a spot request that there is: of those
        that were compared, nothing is left."""
        for hold_id in sorted(self.pending):
            self.say(f"hold {hold_id} belongs to no open order and no live spot request")
        for payer_id, paid_ucr in sorted(self.paid.items()):
            self.say(f"{paid_ucr} ucr were paid for an unknown order {payer_id!r}")

    def _compare_payment(self, order: Order) -> None:
        extends = bool(order.request.extends)  # the order pays whose time-box it extended
        due = order.fill.paid_ucr if order.fill and not extends else 0
        paid = self.paid.pop(order.id, 0)
        if order.fill and not extends:
            self.fills[order.id] = due
        if paid != due or (order.state is OrderState.FILLED) != bool(order.fill):
            self.say(
                f"order {order.id} is {order.state.value} and should have paid {due}, not {paid}"
            )
        if self.refunded.get(order.id, 0) > paid:
            self.say(f"order {order.id} got back {self.refunded[order.id]} ucr, but paid {paid}")

    def compare_releases(self, releases: Iterable[Release]) -> None:
        """What spot brought for time that was given back is what was paid back for it, and no slot
        brought more than was paid for it."""
        brought: dict[str, int] = defaultdict(int)
        for release in releases:
            brought[release.reservation_id] += sum(release.by_spot_ucr)
            if any(release.may_bring_ucr(slot) < 0 for slot in range(len(release.left))):
                self.say(f"release {release.id} brought more than was paid for it")
        for id_ in sorted(brought.keys() | self.resold.keys()):
            says, back = brought.get(id_, 0), self.resold.get(id_, 0)
            if says != back:
                self.say(f"reservation {id_} brought {says} ucr by spot, its transfers say {back}")

    def compare_reservations(self, reservations: Iterable[Reservation]) -> None:
        """Every leg of an award was paid what it says, and all together what their order paid."""
        by_order: dict[str, int] = defaultdict(int)
        for reservation in reservations:
            by_order[reservation.order_id] += reservation.paid_ucr
            paid_ucr = self.paid_for.get(reservation.id, 0)
            if paid_ucr != reservation.paid_ucr:
                says = f"says that it was paid {reservation.paid_ucr}"
                self.say(f"reservation {reservation.id} {says}, its transfers say {paid_ucr}")
        fills = self.fills
        for order_id in sorted(fills.keys() ^ by_order.keys()):
            self.say(f"order {order_id} is filled without reservations, or the other way round")
        for order_id in sorted(fills.keys() & by_order.keys()):
            if fills[order_id] != by_order[order_id]:
                self.say(f"order {order_id} paid {fills[order_id]}, its legs {by_order[order_id]}")
