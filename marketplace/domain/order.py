"""A team's offer for reserved time: what may be asked, its life, its hold."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.domain.capacity import (
    Grid,
    Pool,
    Span,
    check_aligned,
    levels,
    starts_with_room,
)
from marketplace.domain.transfer import NO_TAGS, SECOND, TEXT_MAX, Payer, Tags
from marketplace.errors import (
    BadField,
    NotAllowedNow,
    NotFound,
    credits_text,
    text_of_duration,
    zulu,
)
from marketplace.rules import MarketRules, checked_instant
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

    @property
    def extent(self) -> timedelta:
        """From the start to the end of the last leg."""
        return max(leg.offset + leg.duration for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What a team asks for. ``key`` makes a repeat harmless: it stands for this request, once."""

    team: str
    key: str
    options: tuple[Option, ...]
    standing: bool = False
    valid_until: datetime | None = None
    tags: Tags = NO_TAGS

    def digest(self) -> str:
        """A hash of all that is asked, to tell a repeat from a different request."""
        body = [
            self.team,
            [
                [
                    option.value_ucr,
                    option.earliest_start.isoformat(),
                    option.latest_start.isoformat(),
                    [
                        (leg.pool, leg.quantity, leg.duration // SECOND, leg.offset // SECOND)
                        for leg in option.legs
                    ],
                ]
                for option in self.options
            ],
            self.standing,
            self.valid_until.isoformat() if self.valid_until else None,
            [self.tags.project, self.tags.theme, self.tags.cost_centre],
        ]
        return hashlib.sha256(json.dumps(body).encode()).hexdigest()


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
    version: int = 1  # grows with each amendment; names the hold
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
    requests may.
    """

    rules: MarketRules
    pools: Mapping[str, Pool]
    closes_at: datetime  # when the next cycle closes
    span: Span
    units: Mapping[str, Grid]
    sale: str = "the next cycle"  # how a sentence names it


def order_id(team: str, key: str) -> str:
    """An order's id, derived from whose it is and its key, so that a repeat finds itself."""
    return "ord_" + hashlib.sha256(json.dumps([team, key]).encode()).hexdigest()[:16]


def dearest_ucr(request: OrderRequest) -> int:
    """The most that the order can cost."""
    return max(option.value_ucr for option in request.options)


def check_request(request: OrderRequest, catalogue: Catalogue) -> None:
    """Refuse what the market could never serve. Raises ``BadField`` or ``NotFound``."""
    if not request.key or len(request.key) > TEXT_MAX:
        raise BadField("key", repr(request.key), f"give 1 to {TEXT_MAX} letters")
    if not 1 <= len(request.options) <= OPTIONS_MAX:
        raise BadField("options", len(request.options), f"give 1 to {OPTIONS_MAX}")
    for number, option in enumerate(request.options):
        _check_option(f"options[{number}]", option, catalogue)
    if request.valid_until is not None:
        _check_validity(request, checked_instant("valid_until", request.valid_until), catalogue)


def _check_validity(request: OrderRequest, until: datetime, catalogue: Catalogue) -> None:
    if not request.standing:
        because = "only a standing order (--standing) has an end; any other ends with its cycle"
        raise BadField("valid_until", until, because)
    if until <= catalogue.closes_at:
        because = f"the next cycle closes at {zulu(catalogue.closes_at)}"
        raise BadField("valid_until", until, because)
    rules = catalogue.rules
    starts = min(option.earliest_start for option in request.options)
    ahead = timedelta(hours=rules.horizon_hours, minutes=rules.lead_minutes)
    on_sale = rules.next_close(starts - ahead)
    if until <= on_sale:
        because = f"its starts are on sale from the cycle on that closes at {zulu(on_sale)}"
        raise BadField("valid_until", until, because)


def _check_option(name: str, option: Option, catalogue: Catalogue) -> None:
    if not 0 < option.value_ucr <= MAX_UCR:
        value = credits_text(option.value_ucr)
        raise BadField(f"{name}.value", value, "it must be above zero, and countable")
    if not 1 <= len(option.legs) <= LEGS_MAX:
        raise BadField(f"{name}.legs", len(option.legs), f"give 1 to {LEGS_MAX}")
    for number, leg in enumerate(option.legs):
        _check_leg(f"{name}.legs[{number}]", leg, catalogue)
    rules = catalogue.rules
    check_aligned(f"{name}.earliest_start", option.earliest_start, rules)
    check_aligned(f"{name}.latest_start", option.latest_start, rules)
    _check_window(name, option, catalogue)
    if option.extent > timedelta(hours=rules.longest_hours):
        because = f"a time-box is at most {rules.longest_hours} h"
        raise BadField(f"{name}.duration", option.extent, because)
    _check_room(name, option, catalogue)


def _check_window(name: str, option: Option, catalogue: Catalogue) -> None:
    first, latest = catalogue.span.start, option.latest_start
    because = ""
    if latest < option.earliest_start:
        because = f"it is before the earliest start, {zulu(option.earliest_start)}"
    elif latest < first:
        because = f"{catalogue.sale} sells from {zulu(first)} on"
    elif latest > first + AHEAD_MAX:
        because = f"at most {AHEAD_MAX.days} days ahead of the next sale, {zulu(first)}"
    if because:
        raise BadField(f"{name}.latest_start", latest, because)


def _check_leg(name: str, leg: Leg, catalogue: Catalogue) -> None:
    pool = catalogue.pools.get(leg.pool)
    if pool is None:
        raise NotFound("pool", leg.pool, tuple(sorted(catalogue.pools)[:8]))
    if leg.quantity < 1 or leg.quantity % pool.block_size:
        raise BadField(
            f"{name}.quantity", leg.quantity, f"{pool.id} sells multiples of {pool.block_size}"
        )
    slot, longest = catalogue.rules.slot, timedelta(hours=catalogue.rules.longest_hours)
    slots = "hours" if slot == timedelta(hours=1) else f"slots of {text_of_duration(slot)}"
    because = f"whole {slots}, at most {text_of_duration(longest)}"
    if not timedelta(0) < leg.duration <= longest or leg.duration % slot:
        raise BadField(f"{name}.duration", leg.duration, because)
    if not timedelta(0) <= leg.offset <= longest or leg.offset % slot:
        raise BadField(f"{name}.offset", leg.offset, because)


def _check_room(name: str, option: Option, catalogue: Catalogue) -> None:
    """Refuse an option that no start in its window can hold, by windows and maintenance."""
    span = catalogue.span
    first, last = max(span.index(option.earliest_start), 0), span.index(option.latest_start)
    short = []
    for number, leg in enumerate(option.legs):
        start = first + leg.offset // span.slot
        end = last + (leg.offset + leg.duration) // span.slot
        units = catalogue.units[leg.pool][start:end]
        hours = _short_of(leg.quantity, units, span, start)
        if leg.quantity > (most := int(units.max(initial=0))):
            because = f"{leg.pool} never has more than {most} in that window: {hours}"
            raise BadField(f"{name}.legs[{number}].quantity", leg.quantity, because)
        if hours:
            short.append(f"{leg.pool} has {hours}")
    uses = [
        (leg.pool, leg.quantity, leg.offset // span.slot, leg.duration // span.slot)
        for leg in option.legs
    ]
    if not starts_with_room(catalogue.units, uses, first, last).any():
        why = "; ".join(dict.fromkeys(short)) or "its legs overlap in one pool"
        because = f"no start in that window has all its units for so long: {why}"
        raise BadField(f"{name}.duration", option.extent, because)


def _short_of(quantity: int, units: Grid, span: Span, first: int) -> str:
    """The hours of a window that have fewer units than that, in words; empty where none has."""
    spells = [
        f"{there} from {zulu(span.at(first + at))} until {zulu(span.at(first + at + slots))}"
        for there, at, slots in levels(units)
        if there < quantity
    ]
    rest = f" and so on, {len(spells)} times in all" if len(spells) > SPELLS_TOLD else ""
    return ", ".join(spells[:SPELLS_TOLD]) + rest


def below_reserve_ucr(request: OrderRequest, pools: Mapping[str, Pool]) -> int:
    """The least reserve cost of its options, where none is worth its own; else 0."""
    costs = []
    for option in request.options:
        minute_prices = sum(
            pools[leg.pool].reserve_price_ucr * leg.quantity * (leg.duration // MINUTE)
            for leg in option.legs
        )
        costs.append(charge_ucr(minute_prices, 1))
        if option.value_ucr >= costs[-1]:
            return 0
    return min(costs)


def opened(request: OrderRequest, now: datetime) -> Order:
    """A new open order."""
    return Order(
        id=order_id(request.team, request.key),
        request=request,
        state=OrderState.OPEN,
        placed_at=now,
    )


def check_changeable(order: Order) -> None:
    """Refuse to amend or cancel an order that has ended or is being cleared."""
    if not order.open:
        raise NotAllowedNow("order", order.id, order.state.value, "it has ended")
    if order.cycle_id:
        because = f"cycle {order.cycle_id} is clearing it; try again when that is settled"
        raise NotAllowedNow("order", order.id, "closed", because)


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
