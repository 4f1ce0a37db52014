"""A spot request: what may be asked, its life, what it holds, what a run of it costs.

open → active → closed, or cancelled, or failed. A persistent request that is interrupted opens
again; any other is closed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.domain.asked import check_key, selling
from marketplace.domain.capacity import PRICE_MAX_UCR, Pool
from marketplace.domain.transfer import (
    NO_TAGS,
    SECOND,
    Payer,
    PricedUnits,
    SoldTime,
    Tags,
)
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import MarketRules, checked_instant
from marketplace.words import Credits
from pricing.accrual import SECONDS_PER_HOUR
from pricing.units import MAX_UCR


class SpotState(StrEnum):
    """A spot request's life."""

    OPEN = "open"
    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    FAILED = "failed"


LIVE: Final = (SpotState.OPEN, SpotState.ACTIVE)


class Code(StrEnum):
    """Why a request is where it is."""

    PENDING = "pending-evaluation"
    PRICE_TOO_LOW = "price-too-low"
    OUTBID = "outbid"
    UNFIT = "unfit"
    NO_CAPACITY = "capacity-not-available"
    AWAITING = "awaiting-capacity"
    FULFILLED = "fulfilled"
    RECLAIMED = "reclaimed"
    MAINTENANCE = "maintenance"
    BUDGET = "budget"
    GRANT_EXPIRED = "grant-expired"
    ENDED = "ended"
    WINDOW_PASSED = "window-passed"
    STOPPED = "stopped-by-team"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotTerms:
    """What a team asks for: ``quantity`` units together, at ``limit_ucr`` per unit-hour at most.

    ``key`` makes a repeat harmless. ``minimum``: once started it runs so long at least.
    ``end``: it runs no longer than until then. ``persistent``: it opens again when interrupted.
    ``said``: what it was worked out from, by which a repeat is known.
    """

    team: str
    key: str
    pool: str
    quantity: int
    limit_ucr: int
    minimum: timedelta = timedelta(0)
    end: datetime | None = None
    persistent: bool = False
    tags: Tags = NO_TAGS
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRun:
    """Capacity in use. Paid up to ``billed_until``; at the limit its hold pays up to
    ``covered_until``; ``paid_ahead`` is what rounding has paid too early (``accrued_ucr``)."""

    started_at: datetime
    billed_until: datetime
    covered_until: datetime
    paid_ahead: int = 0
    deadline: datetime | None = None  # of its interruption notice
    why: str = ""  # the notice's code


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRequest:
    """A request and what became of it. ``version`` grows with each hold, and names it."""

    id: str
    terms: SpotTerms
    placed_at: datetime
    state: SpotState = SpotState.OPEN
    code: str = Code.PENDING.value
    updated_at: datetime
    version: int = 1
    at_risk: str = ""  # the code of the last warning, while it is in force
    run: SpotRun | None = None

    @property
    def team(self) -> str:
        """Whose request it is."""
        return self.terms.team

    @property
    def hold_id(self) -> str:
        """The hold of its present version."""
        return f"{self.id}.{self.version}"

    @property
    def payer(self) -> Payer:
        """What its holds and charges are for."""
        return Payer(spot_id=self.id, tags=self.terms.tags)

    @property
    def live(self) -> bool:
        """Whether it runs, or may yet run."""
        return self.state in LIVE

    @property
    def on_notice(self) -> bool:
        """Whether it runs and has been told to leave."""
        return self.run is not None and self.run.deadline is not None

    def protected_until(self) -> datetime | None:
        """Until when its minimum runtime protects it; None where it does not run."""
        return self.run.started_at + self.terms.minimum if self.run else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSpan:
    """A pool's price (ucr per unit-hour) from ``start`` until the next tick."""

    start: datetime
    price_ucr: int


def request_id(team: str, key: str) -> str:
    """A request's id, derived from whose it is and its key, so that a repeat finds itself."""
    return "spot_" + hashlib.sha256(json.dumps([team, key]).encode()).hexdigest()[:16]


def opened(terms: SpotTerms, now: datetime) -> SpotRequest:
    """A new open request, before its hold is locked."""
    return SpotRequest(
        id=request_id(terms.team, terms.key),
        terms=replace(terms, said=""),
        placed_at=now,
        updated_at=now,
    )


def check_terms(
    terms: SpotTerms,
    pools: Mapping[str, Pool],
    most_units: int,
    rules: MarketRules,
    now: datetime,
) -> None:
    """Refuse what spot could never serve. Raises ``BadField`` or ``NotFound``.

    ``most_units``: the most that the pool ever has, from now on.
    """
    check_key(terms.key)
    pool = selling(pools, terms.pool, terms.quantity)
    if terms.quantity > most_units:
        facts = {"pool": pool.id, "most": most_units}
        raise BadField("quantity", terms.quantity, "never-so-many-on-spot", facts)
    check_limit(terms.limit_ucr, pool)
    longest = rules.spot_longest
    if not timedelta(0) <= terms.minimum <= longest or terms.minimum % SECOND:
        raise BadField("minimum_runtime", terms.minimum, "minimum-out-of-range", {"most": longest})
    if terms.end is not None:
        _check_end(terms, checked_instant("end", terms.end), now)
    if held_ucr(terms, rules) > MAX_UCR:
        raise BadField("limit_price", Credits(terms.limit_ucr), "uncountable")


def _check_end(terms: SpotTerms, end: datetime, now: datetime) -> None:
    if end <= now:
        raise BadField("end", end, "in-the-past")
    if now + terms.minimum > end:
        raise BadField("end", end, "before-minimum")


def check_limit(limit_ucr: int, pool: Pool) -> None:
    """Refuse a limit that could never buy, or that cannot be counted. Raises ``BadField``."""
    floor = floor_ucr(pool)
    if limit_ucr < floor:
        facts = {"pool": pool.id, "floor": Credits(floor)}
        raise BadField("limit_price", Credits(limit_ucr), "below-floor", facts)
    if limit_ucr > PRICE_MAX_UCR:
        raise BadField(
            "limit_price", Credits(limit_ucr), "above-most", {"most": Credits(PRICE_MAX_UCR)}
        )


def floor_ucr(pool: Pool) -> int:
    """What spot never sells below: the pool's reserve price, or the least that there is."""
    return max(pool.reserve_price_ucr, 1)


def first_hold(rules: MarketRules, minimum: timedelta) -> timedelta:
    """How long a request's first hold pays for: minimum runtime and notice, at least two ticks.

    And always for a tick and a notice: that is how long a team can run on that has no more.
    """
    return max(minimum + rules.notice, 2 * rules.tick, rules.tick + rules.notice)


def cost_ucr(limit_ucr: int, quantity: int, length: timedelta) -> int:
    """The most that so many units can cost for so long, at a limit."""
    return -(-limit_ucr * quantity * (length // SECOND) // SECONDS_PER_HOUR)


def held_ucr(terms: SpotTerms, rules: MarketRules) -> int:
    """What a request holds when it is placed."""
    return cost_ucr(terms.limit_ucr, terms.quantity, first_hold(rules, terms.minimum))


def holding_ucr(request: SpotRequest, rules: MarketRules) -> int:
    """What a live request holds as it stands: what it was placed under, or its run at the limit for
    the time that is covered and not billed."""
    terms, run = request.terms, request.run
    if run is None:
        return held_ucr(terms, rules)
    return cost_ucr(terms.limit_ucr, terms.quantity, run.covered_until - run.billed_until)


def started(request: SpotRequest, now: datetime, rules: MarketRules) -> SpotRequest:
    """The request, running from ``now`` on."""
    run = SpotRun(
        started_at=now,
        billed_until=now,
        covered_until=now + first_hold(rules, request.terms.minimum),
    )
    return replace(
        request, state=SpotState.ACTIVE, code=Code.FULFILLED.value, updated_at=now, run=run
    )


def noticed(request: SpotRequest, code: str, deadline: datetime, now: datetime) -> SpotRequest:
    """The request, told to be gone by ``deadline``. A deadline that was told never moves."""
    if request.run is None or request.run.deadline is not None:
        raise ValueError(f"{request.id} does not run, or was told already")
    run = replace(request.run, deadline=deadline, why=code)
    return replace(request, run=run, code=code, updated_at=now)


def coded(request: SpotRequest, code: str, now: datetime) -> SpotRequest:
    """The request with another status code; itself where it has that already."""
    return request if request.code == code else replace(request, code=code, updated_at=now)


def ended(request: SpotRequest, state: SpotState, code: str, at: datetime) -> SpotRequest:
    """The request at its end, with a reason and a time (§7.10)."""
    if not code:
        raise ValueError(f"{request.id}: a request must not end without a reason")
    return replace(request, state=state, code=code, updated_at=at, run=None, at_risk="")


def reopened(request: SpotRequest, code: str, at: datetime) -> SpotRequest:
    """A persistent request after an interruption: open again, under its next hold."""
    return replace(
        request,
        state=SpotState.OPEN,
        code=code,
        updated_at=at,
        version=request.version + 1,
        run=None,
        at_risk="",
    )


def check_changeable(request: SpotRequest) -> None:
    """Refuse to change a request that has ended."""
    if not request.live:
        raise NotAllowedNow("spot request", request.id, request.state.value, "ended")


def check_raise(request: SpotRequest, limit_ucr: int) -> None:
    """Refuse a lower limit while it runs: a run kept by its minimum runtime pays its limit at
    most, so lowering it would buy time for less than it cost to get in."""
    if request.run is not None and limit_ucr < request.terms.limit_ucr:
        facts = {"limit": Credits(request.terms.limit_ucr)}
        raise BadField("limit_price", Credits(limit_ucr), "below-present", facts)


def sold_to(request: SpotRequest, prices: Iterable[PricedSpan], until: datetime) -> SoldTime:
    """What a run used from ``billed_until`` on until ``until``, and what each second costs it.

    ``prices``: the pool's, oldest first, the first of them no later than ``billed_until``. By the
    second, at each tick's price, never above the limit; while ticks are missed the last one holds.
    """
    run, terms = request.run, request.terms
    if run is None:
        raise ValueError(f"{request.id} does not run")
    used, spans = list[PricedUnits](), list(prices)
    for number, span in enumerate(spans):
        begin = max(span.start, run.billed_until)
        end = min(spans[number + 1].start if number + 1 < len(spans) else until, until)
        if end > begin:
            price_ucr = min(span.price_ucr, terms.limit_ucr)
            used.append(PricedUnits(begin, end, terms.quantity, price_ucr))
    return SoldTime.of(terms.pool, used, run.paid_ahead)


def overdue(request: SpotRequest, at: datetime) -> str:
    """Why a live request ends by itself at ``at``: its notice's deadline or its end has come, it
    can no longer start in time. Empty where it goes on."""
    terms, run = request.terms, request.run
    if run is not None:
        if run.deadline is not None and run.deadline <= at and not _before(terms.end, run.deadline):
            return run.why
        return Code.ENDED.value if terms.end is not None and terms.end <= at else ""
    if terms.end is not None and last_start(terms.end, terms.minimum) < at:
        return Code.WINDOW_PASSED.value
    return ""


def _before(end: datetime | None, deadline: datetime) -> bool:
    return end is not None and end < deadline


def last_start(end: datetime, minimum: timedelta) -> datetime:
    """The last second at which a run that is to end by ``end`` can start."""
    return end - max(minimum, SECOND)
