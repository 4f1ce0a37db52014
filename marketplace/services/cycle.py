"""An auction's three steps: close the book, take the outcome in, settle."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

import numpy as np

from allocator.audit.promises import violations
from allocator.files.formats import FormatError, decode_outcome, decode_problem, encode_bids, seal
from allocator.outcome import Outcome
from allocator.problem import Problem
from marketplace.domain.agenda import of_order
from marketplace.domain.capacity import Span
from marketplace.domain.clock_command import CloseCycle, FailCycle, RecordOutcome, SettleCycle
from marketplace.domain.cycle import (
    Cycle,
    CycleState,
    Ended,
    closing_time,
    expire_order,
    following,
    id_of,
    sale_span,
    seed_of,
)
from marketplace.domain.event.cycle import CycleCleared, CycleClosed, CycleFailed, CycleOpened
from marketplace.domain.journal import Call
from marketplace.domain.order import Order
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.reservation import Release, Sale, resell
from marketplace.domain.settlement import Frozen, plan_settlement
from marketplace.domain.sold import kept_by_pool, sold_by_pool
from marketplace.errors import NotDue, NotFound, UnsoundOutcome, zulu
from marketplace.rules import MarketRules
from marketplace.services import extension, roomless, standing
from marketplace.services import pool as pools
from marketplace.services.book import assembled, sorted_out
from marketplace.services.failure import fail_what_does_not_fit
from marketplace.services.hold import look_again
from marketplace.services.market import cycle_of, rules_and_cycle
from marketplace.services.refund import pay_back
from marketplace.store import agenda as agenda_store
from marketplace.store import capacity as capacity_store
from marketplace.store import cycle as cycle_store
from marketplace.store import event as event_store
from marketplace.store import forward_floor as floor_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import price as price_store
from marketplace.store import reservation as reservation_store
from marketplace.store import roomless as roomless_store
from marketplace.store import rules as rules_store
from marketplace.store import standing as standing_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

FAULTS_TOLD: Final = 10
"""How many of an audit's objections a refusal carries."""


class _Lately:
    """The problems that were sealed or read last, by their digest: each step of a cycle reads its
    problem, and need not take the file apart again."""

    def __init__(self) -> None:
        self._kept: dict[str, Problem] = {}

    def keep(self, digest: str, problem: Problem) -> None:
        self._kept = {**dict(list(self._kept.items())[-1:]), digest: problem}

    def read(self, data: bytes) -> Problem:
        digest = hashlib.sha256(data).hexdigest()
        found = self._kept.get(digest)
        if found is None:
            found = decode_problem(data)
            self.keep(digest, found)
        return found


_PROBLEMS: Final = _Lately()


@lru_cache(maxsize=2)
def _decoded_outcome(data: bytes) -> Outcome:
    return decode_outcome(data)


def _problem(tx: Tx, number: int) -> Problem:
    return _PROBLEMS.read(cycle_store.problem(tx, number))


def close(tx: Tx, command: CloseCycle, call: Call) -> Cycle:
    """Close the book: keep the problem and its digest, and open the next cycle.

    A cycle that was closed before and is not settled is returned as it is. Raises ``NotDue``.
    """
    now, salt = call.at, call.secret
    left = cycle_store.unfinished(tx)
    if left is not None:
        return left
    rules, cycle = rules_and_cycle(tx)
    if cycle.closes_at > now and not command.early:
        raise NotDue(cycle.id, cycle.closes_at)
    next_rules = rules_store.of_cycle(tx, cycle.number + 1).rules
    closed_at = closing_time(cycle, rules, now)
    sale_start = rules.sale_start(closed_at)
    waiting = _expire_overdue(tx, (closed_at, sale_start), now)
    floors = floor_store.of_cycle(tx, cycle.number)
    book = assembled(tx, waiting, rules, sale_start, now, salt, closed_at, floors)
    data, problem = seal(book.problem)
    _PROBLEMS.keep(problem.sha256, problem)
    closed = replace(
        cycle,
        state=CycleState.CLOSED,
        closes_at=closed_at,
        sale_start=sale_start,
        problem_sha256=problem.sha256,
        seed=seed_of(cycle.id, problem.sha256),
    )
    cycle_store.put(tx, closed)
    kept = cycle_store.Frozen(salt=salt, problem=data)
    cycle_store.keep_book(tx, cycle.number, kept, book.entries)
    order_store.mark(tx, [entry.order_id for entry in book.entries], cycle.id)
    roomless.keep(tx, cycle, book)
    standing_store.keep(tx, cycle.number, book.standing)
    coming = following(closed, next_rules)
    cycle_store.add(tx, coming)
    pools.turn(tx, coming.number)
    told = CycleClosed(
        at=now,
        cycle=closed.id,
        closed_at=closed_at,
        sale_start=sale_start,
        bids=len(problem.bids),
        problem_sha256=problem.sha256,
    )
    event_store.add(tx, [told, CycleOpened(at=now, cycle=coming.id, closes_at=coming.closes_at)])
    return closed


def _expire_overdue(tx: Tx, closed: tuple[datetime, datetime], now: datetime) -> list[Order]:
    """End open orders that can win no more; the others."""
    waiting, late = sorted_out(tx, closed)
    ended, emptied, moves, events = [], [], [], []
    for order, held, reason in late:
        after, hold, transfers, event = expire_order(order, held, reason, now)
        ended.append(after)
        emptied.append(hold)
        moves += transfers
        events.append(event)
    order_store.put(tx, ended)
    ledger_store.end_holds(tx, emptied)
    ledger_store.post(tx, moves, now)
    event_store.add(tx, events)
    return waiting


def frozen(store: Store, cycle: Cycle) -> tuple[Problem, MarketRules]:
    """What a closed cycle clears, and the rules it clears by."""
    with store.read() as tx:
        return _problem(tx, cycle.number), rules_store.get(tx, cycle.rules_version)


def record(tx: Tx, command: RecordOutcome, call: Call) -> Cycle:
    """Take in a closed cycle's outcome, once; a second one changes nothing.

    Raises ``UnsoundOutcome`` where the audit objects: nothing is taken on an engine's word.
    """
    cycle = _there(tx, command.cycle)
    if cycle.state is not CycleState.CLOSED:
        return cycle
    problem = _problem(tx, cycle.number)
    outcome = _audited(cycle, problem, command, call.attachment)
    cycle_store.keep_outcome(tx, cycle.number, call.attachment)
    on_sale = {pool.id: pool.capacity for pool in problem.pools}
    price_store.keep(tx, cycle.number, outcome.prices_ucr, on_sale)
    cleared = replace(cycle, state=CycleState.CLEARED)
    cycle_store.put(tx, cleared)
    told = CycleCleared(
        at=call.at,
        cycle=cleared.id,
        awards=len(outcome.awards),
        outcome_sha256=command.sha256,
    )
    event_store.add(tx, [told])
    return cleared


def _audited(cycle: Cycle, problem: Problem, command: RecordOutcome, file: bytes) -> Outcome:
    if hashlib.sha256(file).hexdigest() != command.sha256:
        raise UnsoundOutcome(cycle.id, ("it is not the file that was announced",))
    try:
        outcome = _decoded_outcome(file)
    except FormatError as bad:
        raise UnsoundOutcome(cycle.id, (str(bad),)) from bad
    if faults := violations(problem, outcome):
        raise UnsoundOutcome(cycle.id, tuple(faults[:FAULTS_TOLD]))
    return outcome


def settle(tx: Tx, command: SettleCycle, call: Call) -> Ended:
    """Turn the kept outcome into money, filled orders and reservations: all or none, at most
    once. A cycle that has ended already stays as it is.

    A cycle whose sale began before anybody settled it fails: what it sold is in part gone.
    """
    number, now = command.cycle, call.at
    cycle = _there(tx, number)
    if cycle.state is not CycleState.CLEARED:
        return Ended(cycle, here=False)
    if cycle.sale_start is not None and now > cycle.sale_start:
        because = f"too-late: its sale began at {zulu(cycle.sale_start)}"
        return _give_up(tx, cycle, "too-late", because, now)
    rules = rules_store.get(tx, cycle.rules_version)
    problem = _problem(tx, number)
    book = _frozen_book(tx, cycle, sale_span(rules, problem.start), now)
    releases = reservation_store.releases(tx, problem.start, number)
    stands = standing_store.of_cycle(tx, number)
    plan = plan_settlement(book, rules, now)
    ledger_store.end_holds(tx, plan.holds)
    ledger_store.post(tx, plan.transfers, now)
    waiting = [one for one in plan.orders if one.open]
    order_store.put(tx, [one for one in plan.orders if not one.open])
    extension.keep(tx, plan.behind)
    order_store.put_back(tx, waiting)
    _fall_due_again(tx, waiting, now)
    look_again(tx, plan.orders, book.holds, now)
    reservation_store.add(tx, plan.reservations)
    standing.note(tx, plan.orders)
    standing.settle(tx, stands, book.outcome, book.span, plan.cycle, now)
    cycle_store.put(tx, plan.cycle)
    event_store.add(tx, plan.events)
    if releases:
        _resell(tx, book, plan.lapsed, releases, problem, now)
    fail_what_does_not_fit(tx, list(capacity_store.pools(tx).values()), book.span, now)
    told = order_store.open_among(tx, roomless_store.begun(tx, number))
    return Ended(plan.cycle, here=True, orders=(*plan.orders, *told))


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Cycle, ...]:
    """Those cycles as they are."""
    return tuple(_there(tx, int(id_.removeprefix("cyc_"))) for id_ in ids)


def recall_ended(tx: Tx, ids: Sequence[str]) -> Ended:
    """A cycle that was ended before."""
    return Ended(recall(tx, ids)[0], here=False)


def _there(tx: Tx, number: int) -> Cycle:
    cycle = cycle_store.get(tx, number)
    if cycle is None:
        raise NotFound("cycle", id_of(number))
    return cycle


def _frozen_book(tx: Tx, cycle: Cycle, span: Span, now: datetime) -> Frozen:
    orders = order_store.of_cycle(tx, cycle.number)
    return Frozen(
        cycle=cycle,
        span=span,
        entries=cycle_store.entries(tx, cycle.number),
        orders=orders,
        holds=ledger_store.holds_of(tx, orders.values()),
        outcome=_decoded_outcome(cycle_store.outcome(tx, cycle.number)),
        behind=extension.boxes_of(tx, orders.values(), now),
    )


def _resell(
    tx: Tx,
    book: Frozen,
    lapsed: Collection[str],
    releases: Sequence[Release],
    problem: Problem,
    now: datetime,
) -> None:
    had = tuple(award for award in book.outcome.awards if award.bid not in lapsed)
    outcome = replace(book.outcome, awards=had)
    sold, kept = sold_by_pool(problem, outcome), kept_by_pool(problem, outcome)
    sales = {
        pool.id: Sale(
            span=book.span,
            free=np.array(pool.capacity, dtype=np.int64) - kept[pool.id],
            sold=sold[pool.id],
            prices_ucr=book.outcome.prices_ucr[pool.id],
        )
        for pool in problem.pools
    }
    changed, refunds = resell(releases, sales, book.cycle.id)
    reservation_store.put_releases(tx, changed)
    pay_back(tx, refunds, now)


def fail(tx: Tx, command: FailCycle, call: Call) -> Ended:
    """Give a closed cycle up: its orders reopen for the next one, and nothing is paid."""
    cycle = _there(tx, command.cycle)
    if cycle.state is not CycleState.CLOSED:
        return Ended(cycle, here=False)
    return _give_up(tx, cycle, "unsound-outcome", command.reason, call.at)


def _give_up(tx: Tx, cycle: Cycle, code: str, reason: str, now: datetime) -> Ended:
    failed = replace(cycle, state=CycleState.FAILED, reason=reason, settled_at=now)
    cycle_store.put(tx, failed)
    closed = order_store.of_cycle(tx, cycle.number)
    reopened = tuple(replace(one, cycle_id="") for _, one in sorted(closed.items()))
    order_store.mark(tx, [one.id for one in reopened], "")
    _fall_due_again(tx, reopened, now)
    look_again(tx, reopened, ledger_store.holds_of(tx, reopened), now)
    told = CycleFailed(at=now, cycle=cycle.id, code=code, reopened=len(reopened))
    event_store.add(tx, [told])
    return Ended(failed, here=True, orders=reopened)


def _fall_due_again(tx: Tx, orders: Sequence[Order], now: datetime) -> None:
    """Remember anew the orders that passed while they were cleared; the others stand there yet."""
    dues = (of_order(one, now) for one in orders)
    agenda_store.add(tx, [due for due in dues if due.at <= now])


def unfinished(store: Store) -> bool:
    """Whether a cycle is closed and not settled: one runs now, or a crash left it."""
    with store.read() as tx:
        return cycle_store.unfinished(tx) is not None


def kept(store: Store, cycle: Cycle) -> Outcome | None:
    """The outcome that a settled cycle was settled by."""
    if cycle.state is not CycleState.SETTLED:
        return None
    with store.read() as tx:
        return _decoded_outcome(cycle_store.outcome(tx, cycle.number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """A cycle's published files, exactly as they were cleared."""

    problem: bytes
    outcome: bytes
    refused: bytes  # bids that no start had room for: a list, in the form of a problem's


def files(store: Store, number: int) -> Files:
    """The problem and outcome of a cleared cycle, for anyone to verify."""
    with store.read() as tx:
        _there(tx, number)
        return Files(
            problem=cycle_store.problem(tx, number),
            outcome=cycle_store.outcome(tx, number),
            refused=encode_bids([bid for _, bid in roomless.bids(tx, number)]),
        )


def get(store: Store, id_: str) -> Cycle:
    """The cycle of an id, ``cyc_000001`` or ``1``. Raises ``BadField`` or ``NotFound``."""
    with store.read() as tx:
        return cycle_of(tx, id_)


def latest_settled(store: Store) -> Cycle | None:
    """The newest cycle with an outcome that counts; None before there is one."""
    with store.read() as tx:
        return cycle_store.latest_settled(tx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a cycle came to: its outcome, where it was cleared, and how many orders of its frozen
    book had no start with room, and so no bid in the files."""

    outcome: Outcome | None
    without_room: int


def result(store: Store, cycle: Cycle) -> Result:
    """What a cycle came to."""
    with store.read() as tx:
        data = cycle_store.outcome(tx, cycle.number)
        return Result(
            outcome=decode_outcome(data) if data else None,
            without_room=roomless_store.count(tx, cycle.number),
        )


def listed(store: Store, *, after: Cursor | None = None, limit: int = LIMIT) -> Page[Cycle]:
    """Cycles, the newest first."""
    with store.read() as tx:
        return cycle_store.listed(tx, after=after, limit=limit)
