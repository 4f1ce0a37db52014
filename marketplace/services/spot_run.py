"""End spot runs, bill them, and roll their holds: money moves in the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from marketplace.domain.capacity import PoolCapacity, Span
from marketplace.domain.event.audience import Event
from marketplace.domain.event.spot import SpotEnded, SpotInterrupted
from marketplace.domain.ledger import (
    Due,
    Hold,
    HoldState,
    hold_transfers,
    settle_transfers,
    void_transfers,
)
from marketplace.domain.spot import (
    Code,
    PricedSpan,
    SpotRequest,
    SpotState,
    cost_ucr,
    ended,
    first_hold,
    held_ucr,
    overdue,
    reopened,
    sold_to,
)
from marketplace.domain.tick import Board, lost
from marketplace.domain.transfer import ROLLED, Movement, Transfer
from marketplace.errors import InsufficientCredits, LedgerBroken
from marketplace.rules import MarketRules
from marketplace.services.free_credits import FreeCredits
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store.transaction import Tx

RULE: Final = "spot"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run owes, and how much of that rounding pays ahead."""

    due: Due
    paid_ahead: int


@dataclass(slots=True)
class Bills:
    """What a batch of ends and rolls writes; mutable while the batch goes on."""

    purse: FreeCredits
    holds: dict[str, Hold]  # of the requests of the batch, by request id
    prices: dict[str, list[PricedSpan]]  # by pool, from before the first second that is not billed
    emptied: list[Hold] = field(default_factory=list)
    locked: list[Hold] = field(default_factory=list)
    moves: list[Transfer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @classmethod
    def of(cls, tx: Tx, requests: Sequence[SpotRequest], now: datetime) -> "Bills":
        """Ready for these requests."""
        holds = {hold.payer.id: hold for hold in ledger_store.pending_holds(tx, requests)}
        for one in requests:
            if one.id not in holds:
                facts = {"state": one.state.value}
                raise LedgerBroken("spot request", one.id, "holds-nothing", facts)
        purse = FreeCredits(tx, sorted({one.team for one in requests}), now, now)
        return cls(purse=purse, holds=holds, prices=_prices(tx, requests, now))

    @property
    def paid_ucr(self) -> int:
        """What the batch has paid so far."""
        return sum(one.amount_ucr for one in self.moves if one.movement is Movement.PAY)

    def write(self, tx: Tx, now: datetime) -> None:
        """Post what the batch moved."""
        ledger_store.end_holds(tx, self.emptied)
        ledger_store.add_holds(tx, self.locked)
        ledger_store.post(tx, self.moves, now)
        event_store.add(tx, self.events)

    def end(
        self, request: SpotRequest, state: SpotState, code: str, at: datetime, until: datetime
    ) -> SpotRequest:
        """The request at its end: what its run owes up to ``until`` is paid, the rest goes back."""
        self._settle(request, until, code)
        self.events.append(SpotEnded(**whose(request, at), code=code))
        return ended(request, state, code, at)

    def interrupt(
        self,
        request: SpotRequest,
        code: str,
        at: datetime,
        until: datetime,
        rules: MarketRules,
    ) -> SpotRequest:
        """The request after its run was taken from it: closed, or open again where it is
        persistent, its end has not come and the team can hold for it once more."""
        self._settle(request, until, code)
        after = self._interrupted(request, code, at, rules)
        told = SpotInterrupted(**whose(request, at), code=code, state=after.state.value)
        self.events.append(told)
        return after

    def _interrupted(
        self, request: SpotRequest, code: str, at: datetime, rules: MarketRules
    ) -> SpotRequest:
        terms = request.terms
        passed = terms.end is not None and at + terms.minimum >= terms.end
        if not terms.persistent or passed or code == Code.BUDGET:
            return ended(request, SpotState.CLOSED, code, at)
        again = reopened(request, code, at)
        try:
            amount = held_ucr(terms, rules)
            until = at + first_hold(rules, terms.minimum)
            hold = self.purse.lock(again, amount, until)
        except InsufficientCredits:
            return ended(request, SpotState.CLOSED, Code.BUDGET.value, at)
        self._lock(hold)
        return again

    def roll(
        self,
        request: SpotRequest,
        now: datetime,
        untils: Sequence[datetime],
        limit_ucr: int | None = None,
    ) -> SpotRequest:
        """The run under a new hold, at another limit if one is given: it pays up to the first of
        ``untils`` that the team can cover. Raises ``InsufficientCredits`` where it can cover none
        of them; then nothing has moved."""
        run, old = request.run, self.holds[request.id]
        if run is None:
            raise ValueError(f"{request.id} does not run")
        bill = self._bill(request, now, ROLLED)
        rest = _left(old, bill.due.amount_ucr)
        for grant, amount in rest:
            self.purse.give_back(grant, amount)
        terms = replace(request.terms, limit_ucr=limit_ucr or request.terms.limit_ucr)
        after = replace(request, terms=terms, version=request.version + 1)
        try:
            hold, until = self._covering(after, now, untils)
        except InsufficientCredits:
            for grant, amount in rest:
                self.purse.give_back(grant, -amount)
            raise
        self._pay(old, bill.due)
        self._lock(hold)
        run = replace(run, billed_until=now, covered_until=until, paid_ahead=bill.paid_ahead)
        return replace(after, run=run)

    def _covering(
        self, request: SpotRequest, now: datetime, untils: Sequence[datetime]
    ) -> tuple[Hold, datetime]:
        """A hold up to the first of the times that the team can cover."""
        terms = request.terms
        for number, until in enumerate(untils):
            amount = cost_ucr(terms.limit_ucr, terms.quantity, until - now)
            try:
                return self.purse.lock(request, amount, until), until
            except InsufficientCredits:
                if number + 1 == len(untils):
                    raise
        raise ValueError("no time was given to hold until")

    def _lock(self, hold: Hold) -> None:
        self.locked.append(hold)
        self.holds[hold.payer.id] = hold
        self.moves += hold_transfers(hold)

    def _settle(self, request: SpotRequest, until: datetime, code: str) -> None:
        old = self.holds[request.id]
        if request.run is None:
            self.emptied.append(replace(old, state=HoldState.VOIDED))
            self.moves += void_transfers(old, code)
            rest = list(old.parts)
        else:
            due = self._bill(request, until, code).due
            rest = _left(old, due.amount_ucr)
            self._pay(old, due)
        for grant, amount in rest:
            self.purse.give_back(grant, amount)

    def _pay(self, old: Hold, due: Due) -> None:
        """Empty the old hold."""
        self.emptied.append(replace(old, state=HoldState.POSTED))
        self.moves += settle_transfers(old, "", [due])

    def _bill(self, request: SpotRequest, until: datetime, code: str) -> Bill:
        """What the run owes up to ``until``; worked out once, for runs are many."""
        sold = sold_to(request, self.prices.get(request.terms.pool, ()), until)
        owed_ucr, paid_ahead = sold.cost_ucr()
        return Bill(Due(sold=sold, amount_ucr=owed_ucr, rule=RULE, reason=code), paid_ahead)


def _left(hold: Hold, owed_ucr: int) -> list[tuple[str, int]]:
    """What of each part of a hold goes back when so much is paid, the first part first."""
    left = []
    for grant, amount in hold.parts:
        paid = min(amount, owed_ucr)
        owed_ucr -= paid
        if amount > paid:
            left.append((grant, amount - paid))
    return left


def _prices(tx: Tx, requests: Iterable[SpotRequest], now: datetime) -> dict[str, list[PricedSpan]]:
    first: dict[str, datetime] = {}
    for one in requests:
        if one.run is not None:
            pool = one.terms.pool
            first[pool] = min(first.get(pool, one.run.billed_until), one.run.billed_until)
    if not first:
        return {}
    known = price_store.history(tx, min(first.values()), now, first)
    found = {}
    for pool, start in first.items():
        before = price_store.before(tx, pool, start)
        spans = [before] if before else []
        spans += [one for one in known.get(pool, ()) if one.at > start]
        found[pool] = [PricedSpan(start=one.at, price_ucr=one.price_ucr) for one in spans]
    return found


def whose(request: SpotRequest, at: datetime) -> dict[str, Any]:
    """What each event of a request says."""
    return {
        "at": at,
        "request": request.id,
        "team": request.team,
        "pool": request.terms.pool,
        "quantity": request.terms.quantity,
    }


def end_overdue(tx: Tx, over: Sequence[SpotRequest], at: datetime, rules: MarketRules) -> None:
    """End what is over at ``at``, and bill it up to then."""
    if not over:
        return
    bills, after = Bills.of(tx, over, at), list[SpotRequest]()
    for one in over:
        code = overdue(one, at)
        if one.run is None or code == Code.ENDED:
            after.append(bills.end(one, SpotState.CLOSED, code, at, at))
        else:
            after.append(bills.interrupt(one, code, at, at, rules))
    bills.write(tx, at)
    spot_store.put(tx, after)


def shed(
    tx: Tx, there: Sequence[PoolCapacity], span: Span, now: datetime, rules: MarketRules, code: str
) -> list[SpotRequest]:
    """End at once what runs on units that are gone; the time since the last tick is free.

    ``there``: the pools' units from ``span`` on, whose first slot holds ``now``.
    """
    running = {one.pool.id: spot_store.running(tx, one.pool.id) for one in there}
    gone: list[SpotRequest] = []
    for one in there:
        board = Board(
            pool=one.pool.id,
            now=now,
            span=span,
            capacity=one.capacity,
            sold=one.sold,
            requests=running[one.pool.id],
        )
        gone += lost(board)
    if not gone:
        return []
    bills = Bills.of(tx, gone, now)
    known = price_store.pools(tx)
    after = [
        bills.interrupt(one, code, now, min(known[one.terms.pool].ticked_at, now), rules)
        for one in gone
    ]
    spot_store.put(tx, after)
    bills.write(tx, now)
    return after
