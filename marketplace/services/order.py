"""Place, amend and cancel orders: the hold moves in the same transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from marketplace.domain.actor import IN_TEAM, Actor
from marketplace.domain.agenda import of_order
from marketplace.domain.capacity import Grid, Span
from marketplace.domain.catalogue import AHEAD_MAX, Catalogue, check_request
from marketplace.domain.command import AmendOrder, CancelOrders, PlaceOrder
from marketplace.domain.cycle import next_closing, not_run_yet
from marketplace.domain.event.order import OrderAmended, OrderCancelled, OrderPlaced
from marketplace.domain.journal import Call
from marketplace.domain.ledger import Hold, HoldState, hold_transfers, void_transfers
from marketplace.domain.order import (
    Order,
    OrderRequest,
    OrderState,
    amended,
    check_changeable,
    check_unchanged,
    dearest_ucr,
    ended,
    opened,
    order_id,
)
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.terms import Sale, check_not_past, sale_at
from marketplace.domain.text import checked_texts
from marketplace.errors import KeyReused, MarketError, NotFound
from marketplace.services import approval as approvals
from marketplace.services import extension
from marketplace.services.capacity import known_of_units, units_for_sale
from marketplace.services.free_credits import FreeCredits
from marketplace.services.market import check_clock, rules_and_cycle
from marketplace.services.team import check_team
from marketplace.store import agenda as agenda_store
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import journal as journal_store
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store import roomless as roomless_store
from marketplace.store import transfer as transfer_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx

WEEK: Final = timedelta(days=7)


def place(tx: Tx, command: PlaceOrder, call: Call) -> Order:
    """Place an order: the value of its dearest option is held from now on."""
    request = command.request
    check_team(tx, request.team)
    order, hold = _judged(tx, request, call.at)
    order_store.add(tx, [order])
    approvals.ask(tx, order, call)
    agenda_store.add(tx, [of_order(order, call.at)], new=True)
    ledger_store.add_holds(tx, [hold])
    ledger_store.post(tx, hold_transfers(hold), call.at)
    event_store.add(tx, [_told(OrderPlaced, order, call.at)])
    return order


def try_out(
    store: Store, requests: Sequence[OrderRequest], now: datetime
) -> list[Order | MarketError]:
    """What placing them would answer now; nothing is placed and nothing held."""
    purses: dict[str, FreeCredits] = {}
    asked: dict[str, OrderRequest] = {}
    with store.read() as tx:
        check_clock(tx, now)
        return [_tried(tx, request, now, purses, asked) for request in requests]


def _tried(
    tx: Tx,
    request: OrderRequest,
    now: datetime,
    purses: dict[str, FreeCredits],
    asked: dict[str, OrderRequest],
) -> Order | MarketError:
    try:
        checked_texts(request)
        check_team(tx, request.team)
        known = _known(tx, request)
        if known is not None:
            return known
        id_ = order_id(request.team, request.key)
        if asked.get(id_, request) != request:
            raise KeyReused(request.key)
        order, _ = _judged(tx, request, now, purses)
        asked[id_] = request
    except MarketError as refusal:
        return refusal
    return order


def _known(tx: Tx, request: OrderRequest) -> Order | None:
    """The order that was placed under the request's key. Raises ``KeyReused`` for another one."""
    line = journal_store.keyed(tx, request.team, request.key)
    if line is None:
        return None
    if not PlaceOrder(request).repeats(journal_store.command_of(line)):
        raise KeyReused(request.key)
    return recall(tx, [order_id(request.team, request.key)])[0]


def _judged(
    tx: Tx, request: OrderRequest, now: datetime, purses: dict[str, FreeCredits] | None = None
) -> tuple[Order, Hold]:
    """The order that a request becomes and what it holds, or a refusal; ``purses`` are what those
    before it left, by team."""
    catalogue = catalogue_of(tx, request, now)
    check_request(request, catalogue)
    check_not_past(request, now, catalogue.rules.slot)
    request = extension.checked(tx, request, catalogue.rules, now)
    order = approvals.weighed(tx, opened(request, now), now)
    purse = (purses or {}).get(request.team)
    if purse is None:
        purse = FreeCredits(tx, [request.team], now, catalogue.closes_at)
    hold = purse.lock(order, dearest_ucr(request))
    if purses is not None:
        purses[request.team] = purse
    return order, hold


def catalogue_of(tx: Tx, request: OrderRequest, now: datetime) -> Catalogue:
    """What a request is checked against: the pools that it names, as far ahead as it reaches; a
    pool's units are looked up once for all requests that reach as far. Its times are not checked
    yet: what is far off or has no offset cannot stretch the span, and is refused later."""
    rules, cycle = rules_and_cycle(tx)
    closes_at = next_closing(cycle, rules, now)
    first = rules.sale_start(closes_at)
    starts, furthest = (option.latest_start for option in request.options), first + AHEAD_MAX
    aware = [at for at in starts if at.tzinfo is not None and first < at <= furthest]
    weeks = (max(aware, default=first) - first + rules.longest) // WEEK + 1
    pools, overdue = capacity_store.pools(tx), not_run_yet(cycle, now)

    def empty() -> tuple[Catalogue, dict[str, Grid], dict[str, int]]:
        units: dict[str, Grid] = {}
        least: dict[str, int] = {}
        catalogue = Catalogue(
            rules=rules,
            pools=pools,
            closes_at=closes_at,
            span=Span(start=first, slot=rules.slot, slots=weeks * WEEK // rules.slot),
            units=units,
            least=least,
            overdue=overdue,
        )
        return catalogue, units, least

    asked = ("catalogue", closes_at, weeks, bool(overdue))
    catalogue, units, least = known_of_units(tx, asked, empty, rules, cycle, pools)
    named = {leg.pool for option in request.options for leg in option.legs}
    new = [pools[id_] for id_ in sorted(named & pools.keys() - units.keys())]
    if new:
        found = units_for_sale(tx, new, catalogue.span, rules.reserved_share_ppm)
        units |= found
        least |= {pool: int(each.min()) for pool, each in found.items()}
    return catalogue


def amend(tx: Tx, command: AmendOrder, call: Call) -> Order:
    """Replace an open order's options; its hold moves to what they need.

    Refused while a cycle clears it, where somebody else changed it first, and where the free
    credits do not cover the new hold: then the order stays as it was.
    """
    order = _own(tx, command.order, call.actor)
    check_changeable(order)
    check_unchanged(order, command.version)
    changed = amended(order, command.options)
    catalogue = catalogue_of(tx, changed.request, call.at)
    check_request(changed.request, catalogue)
    extension.checked(tx, changed.request, catalogue.rules, call.at, order.id)
    old = ledger_store.holds_of(tx, [order])[order.id]
    after = approvals.weighed(tx, changed, call.at, old.amount_ucr)
    purse = FreeCredits(tx, [order.team], call.at, catalogue.closes_at)
    purse.unlock(old)
    new = purse.lock(after, after.held_ucr)
    ledger_store.end_holds(tx, [replace(old, state=HoldState.VOIDED)])
    ledger_store.add_holds(tx, [new])
    ledger_store.post(tx, [*void_transfers(old, "amended"), *hold_transfers(new)], call.at)
    order_store.put(tx, [after])
    _, cycle = rules_and_cycle(tx)
    roomless_store.end(tx, [order.id], cycle.number - 1)  # it asks for something else from now on
    approvals.withdraw(tx, [order], call.actor.name, call.at, "amended")
    approvals.ask(tx, after, call)
    agenda_store.add(tx, [of_order(after, call.at)])
    event_store.add(tx, [_told(OrderAmended, after, call.at)])
    return after


def cancel(tx: Tx, command: CancelOrders, call: Call) -> tuple[Order, ...]:
    """Cancel open orders, free of charge: all of them or none. Their holds are voided at once."""
    orders = [_own(tx, id_, call.actor) for id_ in dict.fromkeys(command.orders)]
    seen = dict(zip(command.orders, command.versions, strict=False))
    for order in orders:
        check_changeable(order)
        check_unchanged(order, seen.get(order.id, 0))
    holds = ledger_store.holds_of(tx, orders).values()
    after = tuple(ended(order, OrderState.CANCELLED, "cancelled", call.at) for order in orders)
    ledger_store.void(tx, holds, "cancelled", call.at)
    order_store.put(tx, after)
    approvals.withdraw(tx, orders, call.actor.name, call.at, "cancelled")
    event_store.add(tx, [_told(OrderCancelled, order, call.at) for order in after])
    return after


def _own(tx: Tx, id_: str, actor: Actor) -> Order:
    order = order_store.get(tx, [id_]).get(id_)
    if order is None or not actor.in_team(order.team, IN_TEAM):
        raise NotFound("order", id_)
    return order


def recall(tx: Tx, ids: Sequence[str]) -> tuple[Order, ...]:
    """What has become of those orders."""
    known = order_store.get(tx, ids)
    return tuple(known[id_] for id_ in ids)


def those(store: Store, ids: Sequence[str]) -> tuple[Order, ...]:
    """Those orders as they are."""
    with store.read() as tx:
        return recall(tx, ids)


def get(store: Store, id_: str, *, team: str) -> Order:
    """One of the team's orders. Raises ``NotFound`` for another team's (§7.11)."""
    with store.read() as tx:
        order = order_store.get(tx, [id_]).get(id_)
        if order is None or order.team != team:
            raise NotFound("order", id_)
        return order


def own(store: Store, id_: str, actor: Actor) -> Order:
    """An order of one of the actor's teams. Raises ``NotFound`` for any other (§7.11)."""
    with store.read() as tx:
        return _own(tx, id_, actor)


def listed(
    store: Store,
    *,
    team: str,
    state: OrderState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT,
) -> Page[Order]:
    """The team's orders, the newest first. Raises ``NotFound``."""
    with store.read() as tx:
        check_team(tx, team)
        return order_store.listed(tx, team=team, state=state, after=after, limit=limit)


def sale(store: Store, now: datetime) -> Sale:
    """What is on sale next."""
    with store.read() as tx:
        rules, cycle = rules_and_cycle(tx)
    return sale_at(cycle, rules, now)


def came_back(store: Store, orders: Iterable[Order]) -> Counter[str]:
    """What was paid back for each of these orders, in ucr: for time that failed, or was released
    and sold again. Only who was filled has paid."""
    filled = [order.id for order in orders if order.fill]
    if not filled:
        return Counter()
    with store.read() as tx:
        return Counter(transfer_store.came_back(tx, filled))


def _told(
    kind: type[OrderPlaced | OrderAmended | OrderCancelled], order: Order, now: datetime
) -> OrderPlaced | OrderAmended | OrderCancelled:
    return kind(at=now, order=order.id, team=order.team, held_ucr=order.held_ucr)
