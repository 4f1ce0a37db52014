"""An auction's life, and the book that it freezes.

open → closed (the book is frozen) → cleared (the outcome is kept) → settled, or failed.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from allocator import problem as market
from marketplace.domain.capacity import Grid, PoolCapacity, Room, Span
from marketplace.domain.event.order import OrderExpired
from marketplace.domain.forward_floor import NO_FLOORS, highest
from marketplace.domain.ledger import Hold, HoldState
from marketplace.domain.ledger import void_transfers as void
from marketplace.domain.order import Option, Order, OrderState, ended, too_late
from marketplace.domain.standing import Standing, on_sale_with
from marketplace.domain.transfer import Transfer
from marketplace.errors import BadField
from marketplace.rules import MarketRules

Coming = tuple[datetime, datetime]
"""When the cycle that comes next closes, and when its sale starts."""

Caps = Mapping[tuple[str, str], Grid]
NO_CAPS: Caps = {}
NO_GRIDS: Mapping[str, Grid] = {}
NO_BUDGETS: Mapping[str, int] = {}
_ID = re.compile(r"(?:cyc_)?(\d{1,9})", re.ASCII)


class CycleState(StrEnum):
    """A cycle's life."""

    OPEN = "open"
    CLOSED = "closed"
    CLEARED = "cleared"
    SETTLED = "settled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One auction. ``closes_at`` is the plan while it is open, and the fact afterwards."""

    number: int
    state: CycleState
    closes_at: datetime
    rules_version: int
    sale_start: datetime | None = None  # set when it is closed
    problem_sha256: str = ""
    seed: int = 0
    settled_at: datetime | None = None
    reason: str = ""

    @property
    def id(self) -> str:
        """Its name in orders, transfers and files."""
        return id_of(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An order in a frozen book: its name there, and which of its options could start.

    Where none has room it is in the book without a bid in the problem.
    """

    order_id: str
    alias: str
    team_alias: str
    options: tuple[int, ...]  # the bid's option k is the order's options[k]


@dataclass(frozen=True, slots=True)
class Ended:
    """A cycle that has ended. ``here``: whether it was this that ended it, and not another one
    before; then ``orders`` are those of its book as they are now."""

    cycle: Cycle
    here: bool
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All that a cycle clears, and the key to the names in it. ``roomless``: the orders that no
    start had room for. Those of them that wait on have no entry: nothing is decided of them."""

    problem: market.Problem
    entries: tuple[Entry, ...]
    roomless: tuple[Order, ...]
    standing: Mapping[str, str] = field(default_factory=dict)
    """The orders whose awards may be changed, each with its name here."""


def seed_of(cycle_id: str, problem_sha256: str) -> int:
    """A cycle's seed: the hash of its id and its problem's digest, so that nobody picks it."""
    digest = hashlib.sha256(f"{cycle_id}/{problem_sha256}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def alias(salt: bytes, kind: str, id_: str) -> str:
    """A name for the published files, drawn anew for each cycle by its secret salt."""
    digest = hashlib.sha256(salt + f"/{kind}/{id_}".encode()).hexdigest()
    return f"{kind}-{digest[:12]}"


def closing_time(cycle: Cycle, rules: MarketRules, now: datetime) -> datetime:
    """When a cycle that is closed at ``now`` closes: as planned, but ``now`` where it is closed
    early, or so late that its sale would have begun."""
    late = now - cycle.closes_at >= timedelta(minutes=rules.lead_minutes)
    return now if late or now < cycle.closes_at else cycle.closes_at


def next_closing(cycle: Cycle, rules: MarketRules, now: datetime) -> datetime:
    """When the open cycle closes: as planned, or where that is past, as if it were run now."""
    return closing_time(cycle, rules, now) if now >= cycle.closes_at else cycle.closes_at


def next_sale(
    cycle: Cycle, unfinished: Cycle | None, rules: MarketRules, now: datetime
) -> datetime:
    """The first slot that a cycle may sell that is not settled by now: the one that was closed and
    left ``unfinished``, or else the open one, where it is not closed early."""
    if unfinished is not None and unfinished.sale_start is not None:
        return unfinished.sale_start
    return rules.sale_start(next_closing(cycle, rules, now))


def unsealed(order: Order, settled_at: datetime | None) -> bool:
    """Whether an order bids no more and a cycle was settled since, the newest of them then: no book
    that is still to be cleared tells of it, or of what its team put in its place (§7.11)."""
    if order.ended_at is None or settled_at is None:
        return False
    return order.ended_at <= settled_at


def not_run_yet(cycle: Cycle, now: datetime) -> dict[str, object]:
    """The open cycle, for a refusal to name, where it has closed and has not run yet."""
    if now < cycle.closes_at:
        return {}
    return {"cycle": cycle.id, "closed_at": cycle.closes_at}


def id_of(number: int) -> str:
    """The name of the cycle with that number: ``cyc_000001``."""
    return f"cyc_{number:06d}"


def number_of(id_: str, field: str = "cycle") -> int:
    """The number in a cycle's id, ``cyc_000001`` or ``1``. Raises ``BadField``."""
    found = _ID.fullmatch(id_)
    if not found:
        raise BadField(field, id_, "not-an-id", {"like": id_of(1)})
    return int(found[1])


def following(cycle: Cycle, rules: MarketRules) -> Cycle:
    """The cycle that opens when ``cycle`` has closed, to run by ``rules``."""
    return Cycle(
        number=cycle.number + 1,
        state=CycleState.OPEN,
        closes_at=rules.next_close(cycle.closes_at),
        rules_version=rules.version,
    )


def sale_span(rules: MarketRules, sale_start: datetime) -> Span:
    """The slots that a cycle sells."""
    return Span(start=sale_start, slot=rules.slot, slots=rules.sale_slots)


def assemble_book(
    orders: Iterable[Order],
    capacities: Sequence[PoolCapacity],
    rules: MarketRules,
    sale_start: datetime,
    salt: bytes,
    secured: Mapping[str, Grid] = NO_GRIDS,
    caps: Caps = NO_CAPS,
    budgets: Mapping[str, int] = NO_BUDGETS,
    closed_at: datetime | None = None,
    floors: Mapping[str, Grid] = NO_FLOORS,
    standing: Sequence[Standing] = (),
) -> Book:
    """The frozen book: every order that could start, under names drawn by ``salt``, and the awards
    that may be changed (``standing``) with the capacity that they hold.

    ``secured``: units by slot that spot runs keep by their minimum runtimes, by pool. ``caps``:
    units by slot that a team may still get, by team and pool, where something says how many;
    ``budgets``: what a team may spend, in ucr, where something says how much.

    ``floors``: the least price by slot, ucr a unit-hour, where it is not the pool's reserve alone.

    ``capacities`` cover ``sale_span(rules, sale_start)``. Orders without a start in this sale
    (they begin later) stay out, and keep waiting; options without room at any start stay out of
    the problem. An order that has no others loses, or waits on where there is another cycle for it
    after this one, ``closed_at``.
    """
    span = sale_span(rules, sale_start)
    share = rules.reserved_share_ppm
    spare = {one.pool.id: one.spare(share, secured.get(one.pool.id)) for one in capacities}
    held, free = on_sale_with(standing, spare, span)
    pools = [_pool(one, free[one.pool.id], floors.get(one.pool.id)) for one in capacities]
    room = Room(free)
    coming = None if closed_at is None else cycle_after(rules, closed_at)
    teams: dict[str, str] = {}
    entries: list[Entry] = []
    bids: list[market.Bid] = []
    roomless: list[Order] = []
    for order in sorted(orders, key=lambda order: order.id):
        options = bid_options(order.request.options, span, rules)
        if not options:
            continue
        fitting = [(number, option) for number, option in options if _has_room(option, room)]
        if not fitting:
            roomless.append(order)
            if coming is not None and waits_on(order, coming):
                continue
        if order.team not in teams:
            teams[order.team] = alias(salt, "team", order.team)
        names = alias(salt, "bid", order.id), teams[order.team]
        numbers = tuple(number for number, _ in fitting)
        entries.append(
            Entry(order_id=order.id, alias=names[0], team_alias=names[1], options=numbers)
        )
        if fitting:
            offered = tuple(option for _, option in fitting)
            bids.append(market.Bid(*names, offered, continues=bool(order.request.extends)))
    standing_bids = [_standing(one, salt, span, rules, pools) for one in held]
    bids += standing_bids
    problem = market.Problem.of(
        start=sale_start,
        slot_minutes=rules.slot_minutes,
        slots=span.slots,
        pools=pools,
        bids=bids,
        budgets=_budgets(budgets, salt, bids),
        caps=_caps(_with_held(caps, held, span), salt, bids),
    )
    return Book(
        problem=problem,
        entries=tuple(entries),
        roomless=tuple(roomless),
        standing={one.order.id: bid.id for one, bid in zip(held, standing_bids, strict=True)},
    )


def _standing(
    one: Standing, salt: bytes, span: Span, rules: MarketRules, pools: Sequence[market.Pool]
) -> market.Bid:
    names = alias(salt, "bid", one.order.id), alias(salt, "team", one.order.team)
    least = {pool.id: np.array(pool.reserve_ucr) for pool in pools}
    return one.bid(names, span, rules, least)


def _with_held(caps: Caps, held: Sequence[Standing], span: Span) -> Caps:
    """What teams may still get, with what of it they have in what may be changed."""
    room = {place: units.copy() for place, units in caps.items()}
    for one in held:
        for pool, quantity, where in one.slots(span):
            if (one.order.team, pool) in room:
                room[one.order.team, pool][where] += quantity
    return room


def cycle_after(rules: MarketRules, closed_at: datetime) -> Coming:
    """The cycle that follows one that closed then."""
    closes_at = rules.next_close(closed_at)
    return closes_at, rules.sale_start(closes_at)


def waits_on(order: Order, coming: Coming) -> bool:
    """Whether an order that does not win waits for the cycle that comes next."""
    return order.request.standing and not too_late(order.request, *coming)


def _pool(capacity: PoolCapacity, free: Grid, floor: Grid | None) -> market.Pool:
    reserve = highest(capacity.pool.reserve_price_ucr, floor, len(free))
    return market.Pool(capacity.pool.id, capacity.pool.unit, tuple(free.tolist()), reserve)


def _budgets(
    budgets: Mapping[str, int], salt: bytes, bids: Sequence[market.Bid]
) -> list[market.Budget]:
    named = {alias(salt, "team", team): limit_ucr for team, limit_ucr in budgets.items()}
    there = {bid.team for bid in bids}
    return [market.Budget(name, limit_ucr) for name, limit_ucr in named.items() if name in there]


def _caps(caps: Caps, salt: bytes, bids: Sequence[market.Bid]) -> list[market.Cap]:
    named = {(alias(salt, "team", team), pool): room for (team, pool), room in caps.items()}
    there = {bid.team for bid in bids}
    return [
        market.Cap(name, pool, tuple(room.tolist()))
        for (name, pool), room in named.items()
        if name in there
    ]


def bid_options(
    options: Sequence[Option], span: Span, rules: MarketRules
) -> list[tuple[int, market.Option]]:
    """The options of an order that have a start in a sale, each with its number."""
    return [
        (number, found)
        for number, option in enumerate(options)
        if (found := _bid_option(option, span, rules)) is not None
    ]


def _bid_option(option: Option, span: Span, rules: MarketRules) -> market.Option | None:
    legs = tuple(
        market.Leg(leg.pool, leg.quantity, leg.offset // span.slot, leg.duration // span.slot)
        for leg in option.legs
    )
    earliest = max(span.index_up(option.earliest_start), 0)
    latest = min(
        span.index(option.latest_start),
        rules.start_slots - 1,
        market.last_start(legs, span.slots),
    )
    return market.Option(option.value_ucr, earliest, latest, legs) if earliest <= latest else None


def _has_room(option: market.Option, room: Room) -> bool:
    uses = tuple((leg.pool, leg.quantity, leg.offset, leg.duration) for leg in option.legs)
    return room.any(uses, option.earliest_start, option.latest_start)


def expire_order(
    order: Order, hold: Hold, reason: str, now: datetime
) -> tuple[Order, Hold, list[Transfer], OrderExpired]:
    """End an order that can no longer win, and void its hold in the same breath."""
    after = ended(order, OrderState.EXPIRED, reason, now)
    voided = replace(hold, state=HoldState.EXPIRED)
    event = OrderExpired(at=now, order=order.id, team=order.team, reason=reason)
    return after, voided, void(hold, reason), event
