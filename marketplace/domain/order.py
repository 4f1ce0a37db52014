"""A team's offer for reserved time: what may be asked, its life, its hold."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from json.encoder import encode_basestring_ascii as quoted

from marketplace.domain.capacity import Grid, Pool, Span, check_aligned, levels, starts_with_room
from marketplace.domain.failure import OnFailure
from marketplace.domain.transfer import NO_TAGS, SECOND, TEXT_MAX, Payer, Tags
from marketplace.errors import BadField, NotAllowedNow, NotFound, zulu
from marketplace.rules import MarketRules, checked_instant, in_utc
from marketplace.words import Credits
from pricing.units import MAX_UCR, charge_ucr

OPTIONS_MAX = 10_000
LEGS_MAX = 100
AHEAD_MAX = timedelta(days=366)
"""How far ahead of the next sale an option may still start."""

MINUTE = timedelta(minutes=1)
SPELLS_TOLD = 3
"""How many spells without room a refusal names."""


class OrderState(StrEnum):
    """An order's life: pending-approval → open → one of the ends."""

    PENDING_APPROVAL = "pending-approval"
    OPEN = "open"
    FILLED = "filled"
    LOST = "lost"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """``quantity`` units of ``pool`` for ``duration``, ``offset`` after the option's start."""

    pool: str
    quantity: int
    duration: timedelta
    offset: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to serve an order: all legs, starting at one slot in [earliest, latest]."""

    value_ucr: int
    earliest_start: datetime
    latest_start: datetime
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        for name in ("earliest_start", "latest_start"):
            at = getattr(self, name)
            if at.tzinfo is not UTC:
                object.__setattr__(self, name, in_utc(at))

    @property
    def extent(self) -> timedelta:
        """From the start to the end of the last leg."""
        return max(leg.offset + leg.duration for leg in self.legs)

    @property
    def last(self) -> int:
        """The number of the leg that ends last."""
        ends = [leg.offset + leg.duration for leg in self.legs]
        return ends.index(max(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What a team asks for. ``key`` makes a repeat harmless: it stands for this request, once.
    ``said``: what it was worked out from, where times in it depend on when it was said; a repeat
    is known by that."""

    team: str
    key: str
    options: tuple[Option, ...]
    standing: bool = False
    valid_until: datetime | None = None
    tags: Tags = NO_TAGS
    on_failure: OnFailure = OnFailure.SHRINK
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An award as the order's result."""

    cycle_id: str
    option: int
    start: datetime
    payment_ucr: int
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Why the last cycle did not take it, and by how much it missed."""

    cycle_id: str
    reason: str
    shortfall_ucr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order and what became of it."""

    id: str
    request: OrderRequest
    state: OrderState
    placed_at: datetime
    version: int = 1  # grows with each amendment and where its hold moves; names the hold
    cycle_id: str = ""  # the cycle whose frozen book it is in, while that is not settled
    fill: Fill | None = None
    loss: Loss | None = None  # of the last cycle it met, also while it stays open
    reason: str = ""  # why it ended
    ended_at: datetime | None = None

    @property
    def team(self) -> str:
        """Whose order it is."""
        return self.request.team

    @property
    def hold_id(self) -> str:
        """The hold of its present version."""
        return f"{self.id}.{self.version}"

    @property
    def payer(self) -> Payer:
        """What its holds and charges are for."""
        return Payer(order_id=self.id, tags=self.request.tags)

    @property
    def held_ucr(self) -> int:
        """What it holds while it is open: the value of its dearest option."""
        return dearest_ucr(self.request)

    @property
    def open(self) -> bool:
        """Whether it can still win."""
        return self.state in (OrderState.OPEN, OrderState.PENDING_APPROVAL)

    def passed(self, at: datetime) -> str:
        """Why it can win no more at ``at``, whatever cycles come; or an empty string."""
        return too_late(self.request, at, at + SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What an order is checked against: the rules, the pools and their units, the next sale.

    ``units`` are those that windows give and maintenance leaves, by pool, over ``span``, which
    begins with the first slot that the next cycle sells and reaches as far as any option of the
    requests may; ``least``: the fewest of them at any time.
    """

    rules: MarketRules
    pools: Mapping[str, Pool]
    closes_at: datetime  # when the next cycle closes
    span: Span
    units: Mapping[str, Grid]
    least: Mapping[str, int]
    overdue: Mapping[str, object] = field(default_factory=dict)  # a cycle that has not run yet


def order_id(team: str, key: str) -> str:
    """An order's id, derived from whose it is and its key, so that a repeat finds itself."""
    text = f"[{quoted(team)}, {quoted(key)}]"
    return "ord_" + hashlib.sha256(text.encode()).hexdigest()[:16]


def dearest_ucr(request: OrderRequest) -> int:
    """The most that the order can cost."""
    return max(option.value_ucr for option in request.options)


def check_request(request: OrderRequest, catalogue: Catalogue) -> None:
    """Refuse what the market could never serve. Raises ``BadField`` or ``NotFound``."""
    if not request.key or len(request.key) > TEXT_MAX:
        facts = {"least": 1, "most": TEXT_MAX}
        raise BadField("key", request.key, "letters-out-of-range", facts)
    if not 1 <= len(request.options) <= OPTIONS_MAX:
        facts = {"least": 1, "most": OPTIONS_MAX}
        raise BadField("options", len(request.options), "count-out-of-range", facts)
    for number, option in enumerate(request.options):
        _check_option(f"options[{number}]", option, catalogue)
    if request.valid_until is not None:
        _check_validity(request, checked_instant("valid_until", request.valid_until), catalogue)


def _check_validity(request: OrderRequest, until: datetime, catalogue: Catalogue) -> None:
    if not request.standing:
        raise BadField("valid_until", until, "not-standing")
    if until <= catalogue.closes_at:
        raise BadField("valid_until", until, "before-closing", {"closes_at": catalogue.closes_at})
    rules = catalogue.rules
    starts = min(option.earliest_start for option in request.options)
    ahead = timedelta(hours=rules.horizon_hours, minutes=rules.lead_minutes)
    on_sale = rules.next_close(starts - ahead)
    if until <= on_sale:
        raise BadField("valid_until", until, "before-its-sale", {"closes_at": on_sale})


def _check_option(name: str, option: Option, catalogue: Catalogue) -> None:
    if not 0 < option.value_ucr <= MAX_UCR:
        raise BadField(f"{name}.value", Credits(option.value_ucr), "uncountable")
    if not 1 <= len(option.legs) <= LEGS_MAX:
        facts = {"least": 1, "most": LEGS_MAX}
        raise BadField(f"{name}.legs", len(option.legs), "count-out-of-range", facts)
    for number, leg in enumerate(option.legs):
        _check_leg(f"{name}.legs[{number}]", leg, catalogue)
    rules = catalogue.rules
    check_aligned(f"{name}.earliest_start", option.earliest_start, rules)
    check_aligned(f"{name}.latest_start", option.latest_start, rules)
    _check_window(name, option, catalogue)
    if option.extent > (longest := rules.longest):
        place = f"{name}.legs[{option.last}].duration"
        raise BadField(place, option.extent, "longer-than-longest", {"most": longest})
    _check_room(name, option, catalogue)


def _check_window(name: str, option: Option, catalogue: Catalogue) -> None:
    first, latest = catalogue.span.start, option.latest_start
    reason, facts = "", dict(catalogue.overdue) | {"sale_start": first}
    if latest < option.earliest_start:
        reason, facts = "before-earliest", {"earliest_start": option.earliest_start}
    elif latest < first:
        reason = "before-overdue-sale" if catalogue.overdue else "before-sale"
    elif latest > first + AHEAD_MAX:
        reason, facts = "too-far-ahead", {"days": AHEAD_MAX.days, "sale_start": first}
    if reason:
        raise BadField(f"{name}.latest_start", latest, reason, facts)


def _check_leg(name: str, leg: Leg, catalogue: Catalogue) -> None:
    pool = catalogue.pools.get(leg.pool)
    if pool is None:
        raise NotFound("pool", leg.pool, tuple(sorted(catalogue.pools)[:8]))
    if leg.quantity < 1 or leg.quantity % pool.block_size:
        blocks = {"pool": pool.id, "block_size": pool.block_size}
        raise BadField(f"{name}.quantity", leg.quantity, "not-a-multiple", blocks)
    slot, longest = catalogue.rules.slot, catalogue.rules.longest
    facts = {"slot": slot, "most": longest}
    if not timedelta(0) < leg.duration <= longest or leg.duration % slot:
        raise BadField(f"{name}.duration", leg.duration, "not-slots", facts)
    if not timedelta(0) <= leg.offset <= longest or leg.offset % slot:
        raise BadField(f"{name}.offset", leg.offset, "not-slots", facts)


def _check_room(name: str, option: Option, catalogue: Catalogue) -> None:
    """Refuse an option that no start in its window can hold, by windows and maintenance."""
    pools, least = {leg.pool for leg in option.legs}, catalogue.least
    apart = len(pools) == len(option.legs)
    if apart and all(least[leg.pool] >= leg.quantity for leg in option.legs):
        return  # whenever it is
    span = catalogue.span
    first, last = max(span.index(option.earliest_start), 0), span.index(option.latest_start)
    short: list[Shortage] = []
    for number, leg in enumerate(option.legs):
        start = first + leg.offset // span.slot
        end = last + (leg.offset + leg.duration) // span.slot
        units = catalogue.units[leg.pool][start:end]
        if units.min(initial=leg.quantity) >= leg.quantity:
            continue
        there = _shortage(leg, units, span, start)
        if leg.quantity > (most := int(units.max(initial=0))):
            facts = {"pool": leg.pool, "most": most, "there": there}
            raise BadField(f"{name}.legs[{number}].quantity", leg.quantity, "never-so-many", facts)
        if there not in short:
            short.append(there)
    if not short and apart:
        return  # whichever start it takes
    uses = [
        (leg.pool, leg.quantity, leg.offset // span.slot, leg.duration // span.slot)
        for leg in option.legs
    ]
    if not starts_with_room(catalogue.units, uses, first, last).any():
        reason = "no-room" if short else "overlapping"
        place = f"{name}.legs[{option.last}].duration"
        raise BadField(place, option.extent, reason, {"there": short})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """So many units are there in [start, end)."""

    units: int
    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.units} from {zulu(self.start)} until {zulu(self.end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """When a pool has fewer units than a leg asks for: the first spells, and how many in all."""

    pool: str
    spells: tuple[Spell, ...]
    times: int

    def __str__(self) -> str:
        rest = f" and so on, {self.times} times in all" if self.times > len(self.spells) else ""
        return f"{self.pool} has {', '.join(map(str, self.spells))}{rest}"


def _shortage(leg: Leg, units: Grid, span: Span, first: int) -> Shortage:
    spells = [
        Spell(units=there, start=span.at(first + at), end=span.at(first + at + slots))
        for there, at, slots in levels(units)
        if there < leg.quantity
    ]
    return Shortage(pool=leg.pool, spells=tuple(spells[:SPELLS_TOLD]), times=len(spells))


def below_reserve_ucr(request: OrderRequest, pools: Mapping[str, Pool]) -> int:
    """The least reserve cost of its options, where none is worth its own; else 0."""
    costs = [reserve_cost_ucr(option, pools) for option in request.options]
    worth = any(
        option.value_ucr >= cost for option, cost in zip(request.options, costs, strict=True)
    )
    return 0 if worth else min(costs)


def reserve_cost_ucr(option: Option, pools: Mapping[str, Pool]) -> int:
    """The least that an option can cost: every slot at its pool's reserve price."""
    minute_prices = sum(
        pools[leg.pool].reserve_price_ucr * leg.quantity * (leg.duration // MINUTE)
        for leg in option.legs
    )
    return charge_ucr(minute_prices, 1)


def pools_of(requests: Iterable[OrderRequest]) -> set[str]:
    """The pools that requests name."""
    return {leg.pool for one in requests for option in one.options for leg in option.legs}


def opened(request: OrderRequest, now: datetime) -> Order:
    """A new open order."""
    return Order(
        id=order_id(request.team, request.key),
        request=replace(request, said=""),
        state=OrderState.OPEN,
        placed_at=now,
    )


def check_changeable(order: Order) -> None:
    """Refuse to amend or cancel an order that has ended or is being cleared."""
    if not order.open:
        raise NotAllowedNow("order", order.id, order.state.value, "ended")
    if order.cycle_id:
        facts = {"cycle": order.cycle_id}
        raise NotAllowedNow("order", order.id, "closed", "being-cleared", facts)


def check_unchanged(order: Order, version: int) -> None:
    """Refuse a change to an order that is no longer the version that was seen; 0 for any."""
    if version not in (0, order.version):
        facts = {"seen": version, "version": order.version}
        raise NotAllowedNow("order", order.id, order.state.value, "changed-since", facts)


def amended(order: Order, options: tuple[Option, ...]) -> Order:
    """The same order with other options: the next version."""
    return replace(
        order, request=replace(order.request, options=options), version=order.version + 1
    )


def ended(order: Order, state: OrderState, reason: str, now: datetime) -> Order:
    """The order at its end, with a reason and a time (§7.10)."""
    if not reason:
        raise ValueError(f"{order.id}: an order must not end without a reason")
    return replace(order, state=state, reason=reason, ended_at=now, cycle_id="")


def last_start(request: OrderRequest) -> datetime:
    """After this no option can start any more."""
    return max(option.latest_start for option in request.options)


def too_late(request: OrderRequest, closes_at: datetime, sale_start: datetime) -> str:
    """Why a request meets no cycle that closes at ``closes_at`` or later, or an empty string."""
    if request.valid_until is not None and request.valid_until <= closes_at:
        return "validity-ended"
    return "window-passed" if last_start(request) < sale_start else ""
