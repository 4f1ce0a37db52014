"""Place, amend and cancel orders, in batches: the hold moves in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.domain.capacity import Span
from marketplace.domain.cycle import naming, next_closing
from marketplace.domain.event import Event
from marketplace.domain.ledger import Hold, HoldState, hold_transfers, void_transfers
from marketplace.domain.order import (
    AHEAD_MAX,
    Catalogue,
    Option,
    Order,
    OrderRequest,
    OrderState,
    amended,
    check_changeable,
    check_request,
    dearest_ucr,
    ended,
    opened,
    order_id,
)
from marketplace.errors import KeyReused, MarketError, NotFound
from marketplace.services.capacity import on_span
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import check_clock, rules_and_cycle
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import team as team_store
from marketplace.store.engine import Store, Tx


@dataclass(frozen=True, slots=True)
class _Judgement:
    """Each request's order or refusal, and what is new among them."""

    answers: list[Order | MarketError]
    orders: list[Order]
    holds: list[Hold]


def place(
    store: Store, requests: Sequence[OrderRequest], now: datetime
) -> list[Order | MarketError]:
    """Place orders; each gets its order or its refusal, in the order of the requests.

    The value of an order's dearest option is held from now on. A key that was used for the same
    request answers with the first order; for another, ``KeyReused``.
    """
    with store.begin() as tx:
        found = _judge(tx, requests, now)
        order_store.add(tx, found.orders)
        ledger_store.add_holds(tx, found.holds)
        moves = [move for hold in found.holds for move in hold_transfers(hold)]
        ledger_store.post(tx, moves, now)
        event_store.add(tx, [_event("order.placed", order, now) for order in found.orders])
        return found.answers


def try_out(
    store: Store, requests: Sequence[OrderRequest], now: datetime
) -> list[Order | MarketError]:
    """What ``place`` would answer now; nothing is placed and nothing held."""
    with store.read() as tx:
        return _judge(tx, requests, now).answers


def _judge(tx: Tx, requests: Sequence[OrderRequest], now: datetime) -> _Judgement:
    check_clock(tx, now)
    catalogue = _catalogue(tx, requests, now)
    teams = set(team_store.all_of(tx))
    purse = FreeCredits(
        tx, teams & {request.team for request in requests}, now, catalogue.closes_at
    )
    ids = [order_id(request.team, request.key) for request in requests]
    known, digests = order_store.get(tx, ids), order_store.digests(tx, ids)
    found = _Judgement([], [], [])
    for id_, request in zip(ids, requests, strict=True):
        try:
            if id_ in known:
                found.answers.append(_repeat(known[id_], digests[id_], request))
                continue
            if request.team not in teams:
                raise NotFound("team", request.team, tuple(sorted(teams)[:8]))
            check_request(request, catalogue)
            order = opened(request, now)
            found.holds.append(purse.lock(order.hold_id, request.team, dearest_ucr(request)))
        except MarketError as refusal:
            found.answers.append(refusal)
            continue
        known[id_], digests[id_] = order, request.digest()
        found.orders.append(order)
        found.answers.append(order)
    return found


def _catalogue(tx: Tx, requests: Sequence[OrderRequest], now: datetime) -> Catalogue:
    """What the requests are checked against. Their times are not checked yet: what is far off or
    has no offset cannot stretch the span, and is refused later."""
    rules, cycle = rules_and_cycle(tx)
    closes_at = next_closing(cycle, rules, now)
    first = rules.sale_start(closes_at)
    starts = [option.latest_start for request in requests for option in request.options]
    aware = [at for at in starts if at.tzinfo is not None and first < at <= first + AHEAD_MAX]
    reach = max(aware, default=first) - first + timedelta(hours=rules.longest_hours)
    span = Span(start=first, slot=rules.slot, slots=reach // rules.slot + 1)
    pools, share_ppm = capacity_store.pools(tx), rules.reserved_share_ppm
    return Catalogue(
        rules=rules,
        pools=pools,
        closes_at=closes_at,
        span=span,
        units={
            there.pool.id: replace(there, sold=0 * there.sold).free(share_ppm)
            for there in on_span(tx, list(pools.values()), span)
        },
        sale=naming(cycle, now),
    )


def _repeat(order: Order, digest: str, request: OrderRequest) -> Order:
    if request.digest() != digest:
        raise KeyReused(request.key)
    return order


def amend(
    store: Store, id_: str, options: tuple[Option, ...], now: datetime, *, team: str
) -> Order:
    """Replace an open order's options; its hold moves to what they need.

    Refused while a cycle clears it, and where the free credits do not cover the new hold: then
    the order stays as it was.
    """
    with store.begin() as tx:
        check_clock(tx, now)
        order = _own(tx, id_, team)
        check_changeable(order)
        after = amended(order, options)
        catalogue = _catalogue(tx, [after.request], now)
        check_request(after.request, catalogue)
        old = ledger_store.holds_of(tx, [order])[order.id]
        purse = FreeCredits(tx, {team}, now, catalogue.closes_at)
        purse.unlock(old)
        new = purse.lock(after.hold_id, team, after.held_ucr)
        ledger_store.end_holds(tx, [replace(old, state=HoldState.VOIDED)])
        ledger_store.add_holds(tx, [new])
        ledger_store.post(tx, [*void_transfers(old, "amended"), *hold_transfers(new)], now)
        order_store.put(tx, [after])
        event_store.add(tx, [_event("order.amended", after, now)])
        return after


def cancel(store: Store, ids: Sequence[str], now: datetime, *, team: str) -> list[Order]:
    """Cancel open orders, free of charge: all of them or none. Their holds are voided at once."""
    with store.begin() as tx:
        check_clock(tx, now)
        orders = [_own(tx, id_, team) for id_ in dict.fromkeys(ids)]
        for order in orders:
            check_changeable(order)
        holds = ledger_store.holds_of(tx, orders).values()
        after = [ended(order, OrderState.CANCELLED, "cancelled", now) for order in orders]
        ledger_store.end_holds(tx, [replace(hold, state=HoldState.VOIDED) for hold in holds])
        moves = [move for hold in holds for move in void_transfers(hold, "cancelled")]
        ledger_store.post(tx, moves, now)
        order_store.put(tx, after)
        event_store.add(tx, [_event("order.cancelled", order, now) for order in after])
        return after


def _own(tx: Tx, id_: str, team: str) -> Order:
    order = order_store.get(tx, [id_]).get(id_)
    if order is None or order.team != team:
        raise NotFound("order", id_)
    return order


def get(store: Store, id_: str, *, team: str) -> Order:
    """One of the team's orders. Raises ``NotFound`` for another team's (§7.11)."""
    with store.read() as tx:
        return _own(tx, id_, team)


def listed(store: Store, *, team: str, state: OrderState | None = None) -> list[Order]:
    """The team's orders, the newest first."""
    with store.read() as tx:
        return order_store.listed(tx, team=team, state=state)


def _event(kind: str, order: Order, now: datetime) -> Event:
    return Event(
        kind=kind, subject=order.id, at=now, team=order.team, data={"held_ucr": order.held_ucr}
    )
