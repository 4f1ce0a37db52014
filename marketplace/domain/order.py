"""A team's offer for reserved time: its life, its hold."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from json.encoder import encode_basestring_ascii as quoted
from typing import Final

from marketplace.domain.capacity import Pool
from marketplace.domain.failure import OnFailure
from marketplace.domain.guarantee import FIRM, Guarantee
from marketplace.domain.transfer import NO_TAGS, SECOND, Payer, Tags
from marketplace.domain.version import check_seen
from marketplace.errors import NotAllowedNow
from marketplace.rules import in_utc
from pricing.units import charge_ucr

OPTIONS_MAX = 10_000
LEGS_MAX = 100
MINUTE = timedelta(minutes=1)


NO_ROOM: Final = "capacity-not-available"
"""Why an order lost that stayed out of the problem: no start had all its units."""


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
    ``extends``: the time-box of the team behind which it asks for more time, if it does. ``said``:
    what it was worked out from, where times in it depend on when it was said; a repeat is known by
    that."""

    team: str
    key: str
    options: tuple[Option, ...]
    standing: bool = False
    valid_until: datetime | None = None
    tags: Tags = NO_TAGS
    on_failure: OnFailure = OnFailure.SHRINK
    guarantee: Guarantee = FIRM
    extends: str = ""
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """An award as the order's result, as it was won: where its time is now the reservation says. In
    no cycle where that was taken at once. ``extended_ucr``: what was paid since for extending it.
    """

    cycle_id: str
    option: int
    start: datetime
    payment_ucr: int
    capped: bool
    extended_ucr: int = 0

    @property
    def paid_ucr(self) -> int:
        """All that was paid."""
        return self.payment_ucr + self.extended_ucr


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Why the last cycle did not take it, and by how much it missed; where no start had room, the
    first cycle since which that is so."""

    cycle_id: str
    reason: str
    shortfall_ucr: int

    @property
    def roomless(self) -> bool:
        """Whether no start had all its units."""
        return self.reason == NO_ROOM


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


def order_id(team: str, key: str) -> str:
    """An order's id, derived from whose it is and its key, so that a repeat finds itself."""
    text = f"[{quoted(team)}, {quoted(key)}]"
    return "ord_" + hashlib.sha256(text.encode()).hexdigest()[:16]


def dearest_ucr(request: OrderRequest) -> int:
    """The most that the order can cost."""
    return max(option.value_ucr for option in request.options)


def dearest_place(request: OrderRequest) -> str:
    """Where the value stands that an order holds: ``options[1].value``."""
    values = [option.value_ucr for option in request.options]
    return f"options[{values.index(max(values))}].value"


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
    check_seen("order", order.id, order.state.value, version, order.version)


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
    return max([option.latest_start for option in request.options])


def too_late(request: OrderRequest, closes_at: datetime, sale_start: datetime) -> str:
    """Why a request meets no cycle that closes at ``closes_at`` or later, or an empty string."""
    if request.valid_until is not None and request.valid_until <= closes_at:
        return "validity-ended"
    return "window-passed" if last_start(request) < sale_start else ""
