"""End spot runs, bill them, and roll their holds: money moves in the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from marketplace.domain.board import Board, begun_since
from marketplace.domain.capacity import PoolCapacity, Span
from marketplace.domain.event.audience import Event
from marketplace.domain.event.spot import SpotEnded, SpotInterrupted
from marketplace.domain.ledger import (
    Due,
    Hold,
    HoldState,
    hold_transfers,
    settle_all,
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
from marketplace.domain.spot_resale import Charge, Resold
from marketplace.domain.tick import lost, used_until
from marketplace.domain.transfer import ROLLED, Movement, SoldTime, Transfer
from marketplace.errors import InsufficientCredits, LedgerBroken
from marketplace.rules import MarketRules
from marketplace.services import spot_resale
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import rules_and_cycle
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import spot as spot_store
from marketplace.store import spot_price as price_store
from marketplace.store import spot_resale as resale_store
from marketplace.store.transaction import Tx

RULE: Final = "spot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a run owes and pays, how much of that rounding pays ahead, and from which holds: its
    own, and beyond that one of what its team has free. What that does not reach stays uncollected:
    it pays for its first seconds then."""

    due: Due
    paid_ahead: int
    holds: tuple[Hold, ...]
    uncollected_ucr: int = 0

    def rest(self) -> list[tuple[str, int]]:
        """What of each part of the holds goes back, the first part being spent first."""
        left, owed_ucr = [], self.due.amount_ucr
        for grant, amount in (part for hold in self.holds for part in hold.parts):
            paid = min(amount, owed_ucr)
            owed_ucr -= paid
            if amount > paid:
                left.append((grant, amount - paid))
        return left


@dataclass(slots=True)
class Bills:
    """What a batch of ends and rolls writes; mutable while the batch goes on."""

    purse: FreeCredits
    holds: dict[str, Hold]  # of the requests of the batch, by request id
    prices: dict[str, list[PricedSpan]]  # by pool, from before the first second that is not billed
    notes: list[Resold]  # of that time
    emptied: list[Hold] = field(default_factory=list)
    locked: list[Hold] = field(default_factory=list)
    moves: list[Transfer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)

    @classmethod
    def of(cls, tx: Tx, requests: Sequence[SpotRequest], now: datetime) -> "Bills":
        """Ready for these requests."""
        holds = {hold.payer.id: hold for hold in ledger_store.pending_holds(tx, requests)}
        for one in requests:
            if one.id not in holds:
                facts = {"state": one.state.value}
                raise LedgerBroken("spot request", one.id, "holds-nothing", facts)
        purse = FreeCredits(tx, sorted({one.team for one in requests}), now, now)
        prices = _prices(tx, requests, now)
        notes = _notes(tx, requests, prices, now)
        return cls(purse=purse, holds=holds, prices=prices, notes=notes)

    @property
    def paid_ucr(self) -> int:
        """What the batch has paid so far."""
        return sum(one.amount_ucr for one in self.moves if one.movement is Movement.PAY)

    def write(self, tx: Tx, now: datetime) -> None:
        """Post what the batch moved, and what that brings to those who gave time back."""
        new = {hold.id for hold in self.locked}
        ledger_store.end_holds(tx, [one for one in self.emptied if one.id not in new])
        ledger_store.add_holds(tx, self.locked)
        if at_once := [one for one in self.emptied if one.id in new]:
            ledger_store.end_holds(tx, at_once)
        ledger_store.post(tx, self.moves, now)
        event_store.add(tx, self.events)
        spot_resale.pay(tx, self.charges, self.notes, now)

    def end(
        self, request: SpotRequest, state: SpotState, code: str, at: datetime, until: datetime
    ) -> SpotRequest:
        """The request at its end: what its run owes up to ``until`` is paid, the rest goes back."""
        request, uncollected_ucr = self._settle(request, until, code)
        told = SpotEnded(**whose(request, at), code=code, uncollected_ucr=uncollected_ucr)
        self.events.append(told)
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
        request, uncollected_ucr = self._settle(request, until, code)
        after = self._interrupted(request, code, at, rules)
        told = SpotInterrupted(
            **whose(request, at),
            code=code,
            state=after.state.value,
            uncollected_ucr=uncollected_ucr,
        )
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
        of them, or not what it owes; then nothing has moved."""
        run = request.run
        if run is None:
            raise ValueError(f"{request.id} does not run")
        bill = self._bill(request, now, ROLLED)
        for grant, amount in bill.rest():
            self.purse.give_back(grant, amount)
        terms = replace(request.terms, limit_ucr=limit_ucr or request.terms.limit_ucr)
        after = replace(request, terms=terms, version=request.version + len(bill.holds))
        try:
            hold, until = self._covering(after, now, untils)
        except InsufficientCredits:
            for grant, amount in bill.rest():
                self.purse.give_back(grant, -amount)
            for more in bill.holds[1:]:
                self.purse.undo(more)
            raise
        self._pay(request, bill)
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

    def _settle(self, request: SpotRequest, until: datetime, code: str) -> tuple[SpotRequest, int]:
        """Empty the request's hold: the request as its last hold knows it, and what its run owes
        that its team cannot pay."""
        if request.run is None:
            old = self.holds[request.id]
            self.emptied.append(replace(old, state=HoldState.VOIDED))
            self.moves += void_transfers(old, code)
            self.purse.unlock(old)
            return request, 0
        bill = self._bill(request, until, code)
        self._pay(request, bill)
        for grant, amount in bill.rest():
            self.purse.give_back(grant, amount)
        return replace(request, version=request.version + len(bill.holds) - 1), bill.uncollected_ucr

    def _pay(self, request: SpotRequest, bill: Bill) -> None:
        """Empty the holds that pay."""
        due = bill.due
        if due.amount_ucr:
            charge = Charge(request=request.id, sold=due.sold, amount_ucr=due.amount_ucr)
            self.charges.append(charge)
        for more in bill.holds[1:]:
            self.locked.append(more)
            self.moves += hold_transfers(more)
        self.emptied += [replace(hold, state=HoldState.POSTED) for hold in bill.holds]
        self.moves += settle_all(bill.holds, "", [due])

    def _bill(self, request: SpotRequest, until: datetime, code: str) -> Bill:
        """What the run owes up to ``until``; worked out once, for runs are many. What its hold does
        not reach, since ticks were missed, is locked of what its team has free."""
        old = self.holds[request.id]
        sold = sold_to(request, self.prices.get(request.terms.pool, ()), until)
        owed_ucr, paid_ahead = sold.cost_ucr()
        if owed_ucr <= old.amount_ucr:
            return Bill(due=_due(sold, owed_ucr, code), paid_ahead=paid_ahead, holds=(old,))
        sold = sold.within(old.amount_ucr + self.purse.most_ucr(request.team))
        paid_ucr, paid_ahead = sold.cost_ucr()
        more_ucr, more = paid_ucr - old.amount_ucr, list[Hold]()
        if more_ucr > 0:
            more.append(self.purse.lock(replace(request, version=request.version + 1), more_ucr))
        return Bill(
            due=_due(sold, paid_ucr, code),
            paid_ahead=paid_ahead,
            holds=(old, *more),
            uncollected_ucr=owed_ucr - paid_ucr,
        )


def _due(sold: SoldTime, amount_ucr: int, code: str) -> Due:
    return Due(sold=sold, amount_ucr=amount_ucr, rule=RULE, reason=code)


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


def _notes(
    tx: Tx,
    requests: Iterable[SpotRequest],
    prices: Mapping[str, Sequence[PricedSpan]],
    now: datetime,
) -> list[Resold]:
    """What was given back that they may have used; read before anything is written."""
    begun = [one.run.billed_until for one in requests if one.run is not None]
    if not begun:
        return []
    ticked = {pool: spans[-1].start for pool, spans in prices.items() if spans}
    spot_resale.catch_up(tx, ticked, now, rules_and_cycle(tx)[0])
    return resale_store.between(tx, ticked, min(begun), now)


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
    """End at once what runs on units that are gone; the time since the last tick, or since the
    last one that should have been, is free.

    ``there``: the pools' units over ``span``, whose last slot holds ``now``; those of its earlier
    slots count that began since the last tick.
    """
    ticked = {pool: min(one.ticked_at, now) for pool, one in price_store.pools(tx).items()}
    gone = list[tuple[SpotRequest, datetime]]()
    for one in there:
        pool = one.pool.id
        last = span.slots - 1
        board = Board(
            pool=pool,
            now=now,
            span=replace(span, start=span.at(last), slots=1),
            capacity=one.capacity[last:],
            sold=one.sold[last:],
            requests=spot_store.running(tx, pool),
            before=begun_since(one, span, ticked.get(pool, now), span.at(last)),
        )
        gone += lost(board)
    if not gone:
        return []
    bills = Bills.of(tx, [one for one, _ in gone], now)
    after = [
        bills.interrupt(one, code, now, used_until(since, ticked[one.terms.pool], rules), rules)
        for one, since in gone
    ]
    spot_store.put(tx, after)
    bills.write(tx, now)
    return after
