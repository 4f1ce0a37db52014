"""A tick of one pool's spot market: who starts, who must go, and what the price is.

The controller moves its price by the demand at the old one. Whoever's limit is at or above it is
served whole, the highest limit first; among equals who runs already, then who asked earlier. A
gang that does not fit is passed over. The price of the tick is the larger of the controller's and
the highest limit not served that is not above the lowest limit served. A minimum runtime and a
notice protect a run against both price and reserved starts; a run kept by them alone pays the
smaller of price and limit, and sets no price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from marketplace.domain.capacity import Grid, Span
from marketplace.domain.spot import Code, SpotRequest, coded, noticed, started
from marketplace.domain.spot_price import TickPrice
from marketplace.rules import PPM, MarketRules, floor_to
from pricing.controller import Controller, Load

Rank = tuple[int, bool, datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """What a tick did. ``due_at``: the mark on the grid that it was for."""

    due_at: datetime
    prices: tuple[TickPrice, ...]
    started: tuple[SpotRequest, ...]
    noticed: tuple[SpotRequest, ...]
    lost: tuple[SpotRequest, ...]  # whose units were gone, or that were not there in time
    at_risk: tuple[SpotRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that a tick of one pool sees. ``capacity`` and ``sold``: units by slot over ``span``,
    whose first slot holds ``now``. From ``promised_from`` on a cycle that is not settled may sell
    everything, so nothing new may reach there. ``likely_ucr``: what the
    price may well rise to within the hour, by forecast."""

    pool: str
    now: datetime
    span: Span
    capacity: Grid
    sold: Grid
    requests: Sequence[SpotRequest]
    promised_from: datetime | None = None
    likely_ucr: int = 0

    def supply(self, rules: MarketRules) -> Grid:
        """Units for spot by slot: capacity, less what is sold and the buffer."""
        buffer = self.capacity * rules.spot_buffer_ppm // PPM
        units: Grid = np.maximum(self.capacity - self.sold - buffer, 0)
        return units

    def least(self, units: Grid, ahead: timedelta) -> int:
        """The least of ``units`` in any slot from now until ``ahead`` from now."""
        return int(units[: max(self.span.index_up(self.now + ahead), 1)].min())


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a tick changes: ``changed`` are requests with a new state, run, code or warning."""

    state: Any  # of the controller
    price: TickPrice
    changed: tuple[SpotRequest, ...]
    warned: tuple[SpotRequest, ...]  # of the changed: those at risk from now on


def decide(board: Board, controller: Controller[Any], state: Any, rules: MarketRules) -> Decision:
    """One tick. Pure. What must end by ``now`` has been ended before: by its
    time (``marketplace.domain.agenda``), or as ``lost``."""
    supply = int(board.supply(rules)[0])
    wanted = sum(_wanted(each, state.price_ucr) for each in board.requests)
    after, reason = controller.step(state, Load(wanted=wanted, supply=supply))
    match = Match.of(board, rules, after.price_ucr)
    moved = match.applied()
    unserved_ucr = match.unserved_ucr
    price = TickPrice(
        pool=board.pool,
        at=board.now,
        price_ucr=max(after.price_ucr, unserved_ucr),
        controller_ucr=after.price_ucr,
        reason=reason.value,
        unserved_ucr=unserved_ucr,
        supply=supply,
        wanted=wanted,
        used=sum(each.terms.quantity for each in moved if each.run is not None),
    )
    next_ucr = max(controller.limits.reach(price.price_ucr)[1], board.likely_ucr)
    risks = match.risks(next_ucr)
    before = {each.id: each for each in board.requests}
    final = [_warned(each, risks.get(each.id, "")) for each in moved]
    changed = [each for each in final if each is not before[each.id]]
    warned = [each for each in changed if each.at_risk not in ("", before[each.id].at_risk)]
    return Decision(state=after, price=price, changed=tuple(changed), warned=tuple(warned))


def _wanted(request: SpotRequest, price_ucr: int) -> int:
    """Units that it wants at that price: it bids so much, or runs and stays."""
    if request.on_notice and request.code == Code.BUDGET:
        return 0
    stays = request.run is not None and not request.on_notice
    return request.terms.quantity if stays or request.terms.limit_ucr >= price_ucr else 0


def _runs_at(request: SpotRequest, at: datetime) -> bool:
    run = request.run
    return run is not None and (run.deadline is None or run.deadline > at)


def _warned(request: SpotRequest, risk: str) -> SpotRequest:
    return request if request.at_risk == risk else replace(request, at_risk=risk)


def rank(request: SpotRequest) -> Rank:
    """Who is served first: the higher limit, then who runs already, then who asked earlier."""
    return -request.terms.limit_ucr, request.run is None, request.placed_at, request.id


def is_protected(request: SpotRequest, now: datetime) -> bool:
    """Whether its minimum runtime still protects its run."""
    until = request.protected_until()
    return until is not None and now < until and not request.on_notice


def secured_until(request: SpotRequest, now: datetime, rules: MarketRules) -> datetime:
    """Until when a run, or a start ``now``, keeps its units whatever comes: to its deadline, or
    a notice after the first tick at which its minimum runtime is over."""
    if request.run is not None and request.run.deadline is not None:
        return request.run.deadline
    over = (request.run.started_at if request.run else now) + request.terms.minimum
    floor = floor_to(over, rules.tick)
    free = floor if floor == over else floor + rules.tick
    return max(free, now) + rules.notice


def secured(requests: Iterable[SpotRequest], now: datetime, span: Span, rules: MarketRules) -> Grid:
    """Units that runs keep whatever comes, by slot of ``span``."""
    units = np.zeros(span.slots, dtype=np.int64)
    for each in requests:
        if each.run is not None:
            units[: max(span.index_up(secured_until(each, now, rules)), 0)] += each.terms.quantity
    return units


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Who is served at a price. ``ranked``: those whose limit reaches it, runs on notice aside;
    ``safe``: units until a decision of the next tick can take effect."""

    board: Board
    rules: MarketRules
    price_ucr: int
    safe: int
    ranked: tuple[SpotRequest, ...]
    protected: frozenset[str]
    served: frozenset[str]
    kept_only: frozenset[str]  # by their minimum runtime alone
    last: Rank | None  # of those served without protection
    blocked: frozenset[str]  # there is room now, and not for long enough
    without_ahead: frozenset[str]  # who would be served if nothing changed ahead

    @classmethod
    def of(cls, board: Board, rules: MarketRules, price_ucr: int) -> "Match":
        """The greedy match of the board's requests at the controller's price."""
        now, supply = board.now, board.supply(rules)
        safe = board.least(supply, rules.tick + rules.notice)
        shielded = [each for each in board.requests if is_protected(each, now)]
        protected = frozenset(each.id for each in shielded)
        ranked = tuple(
            sorted(
                (
                    each
                    for each in board.requests
                    if each.terms.limit_ucr >= price_ucr and not each.on_notice
                ),
                key=rank,
            )
        )
        kept = sum(each.terms.quantity for each in shielded)
        loose = [each for each in ranked if each.id not in protected]
        room = supply - secured(shielded, now, board.span, rules)
        served, blocked = _greedy(loose, safe - kept, board, room, rules)
        fair = served if not protected else _greedy(ranked, safe, board, None, rules)[0]
        least = safe == int(supply[0])
        last = max((rank(each) for each in loose if each.id in served), default=None)
        return cls(
            board=board,
            rules=rules,
            price_ucr=price_ucr,
            safe=safe,
            ranked=ranked,
            protected=protected,
            served=served | (protected & fair),
            kept_only=protected - fair,
            last=last,
            blocked=blocked,
            without_ahead=served
            if least
            else _greedy(loose, int(supply[0]) - kept, board, None, rules)[0],
        )

    def applied(self) -> list[SpotRequest]:
        """Every request as it is after the tick, in the order of serving."""
        running = sum(each.terms.quantity for each in self.board.requests if each.run is not None)
        free = int(self.board.supply(self.rules)[0]) - running
        found = []
        for each in sorted(self.board.requests, key=rank):
            after = self._after(each, free)
            if each.run is None and after.run is not None:
                free -= each.terms.quantity
            found.append(after)
        return self._hastened(found)

    def _hastened(self, ranked: list[SpotRequest]) -> list[SpotRequest]:
        """The requests, with shorter notices where units are gone before a whole one is over: a
        tick came late. The lowest in the order of serving go first, and only as many as must."""
        board, told = self.board, {each.id for each in self.board.requests if each.on_notice}
        there, after = board.capacity - board.sold, list(ranked)
        for slot in range(1, board.span.slots):
            gone = board.span.at(slot)
            if gone >= board.now + self.rules.notice:
                break
            over = -int(there[slot])
            over += sum(each.terms.quantity for each in after if _runs_at(each, gone))
            for number in range(len(after) - 1, -1, -1):
                each = after[number]
                if each.run is None or not each.on_notice or each.id in told:
                    continue
                if over > 0 and _runs_at(each, gone):
                    after[number] = replace(each, run=replace(each.run, deadline=gone))
                    over -= each.terms.quantity
        return after

    def _after(self, request: SpotRequest, free: int) -> SpotRequest:
        now = self.board.now
        if request.run is None:
            if request.id not in self.served:
                return coded(request, self._why(request), now)
            if free < request.terms.quantity:
                return coded(request, Code.AWAITING.value, now)
            return started(request, now, self.rules)
        if request.on_notice or request.id in self.served or request.id in self.protected:
            return request
        return noticed(request, self._why(request), now + self.rules.notice, now)

    def _why(self, request: SpotRequest) -> str:
        """Why it is not served."""
        if request.terms.limit_ucr < self.price_ucr:
            return Code.PRICE_TOO_LOW.value
        if request.id in self.without_ahead:
            return self._taken() if request.run is not None else Code.UNFIT.value
        if request.id in self.blocked:
            return Code.UNFIT.value
        if request.terms.quantity > self.safe:
            # Whoever runs had its units: something takes them.
            return Code.NO_CAPACITY.value if request.run is None else self._taken()
        lower = self.last is not None and self.last > rank(request)
        return (Code.UNFIT if lower else Code.OUTBID).value

    def _taken(self) -> str:
        """What takes units away ahead: less capacity, or a reserved start."""
        capacity = self.board.capacity
        ahead = self.board.least(capacity, self.rules.tick + self.rules.notice)
        return (Code.MAINTENANCE if ahead < int(capacity[0]) else Code.RECLAIMED).value

    @property
    def unserved_ucr(self) -> int:
        """The highest limit not served that is not above the lowest served; 0 where there is
        none, or nobody is served."""
        limits = [each.terms.limit_ucr for each in self.ranked if each.id in self.served]
        if not limits:
            return 0
        lowest, out = min(limits), self.served | self.kept_only
        return max(
            (
                each.terms.limit_ucr
                for each in self.ranked
                if each.id not in out and each.terms.limit_ucr <= lowest
            ),
            default=0,
        )

    def risks(self, next_ucr: int) -> dict[str, str]:
        """What may interrupt a run soon, by request: a reserved start or maintenance within the
        time that runs are warned ahead, or a price that may rise above its limit."""
        ahead = self.board.least(
            self.board.supply(self.rules), timedelta(minutes=self.rules.at_risk_minutes)
        )
        standing = sum(
            each.terms.quantity for each in self.board.requests if each.id in self.protected
        )
        found = {}
        for each in self.ranked:
            if each.id not in self.served or each.id in self.protected:
                continue
            standing += each.terms.quantity
            if standing > ahead:
                found[each.id] = Code.RECLAIMED.value
            elif each.terms.limit_ucr < next_ucr:
                found[each.id] = Code.PRICE_TOO_LOW.value
        running = {each.id for each in self.board.requests if each.run is not None}
        return {id_: why for id_, why in found.items() if id_ in running}


def _greedy(
    ranked: Iterable[SpotRequest],
    units: int,
    board: Board,
    room: Grid | None,
    rules: MarketRules,
) -> tuple[frozenset[str], frozenset[str]]:
    """Who is served whole, in that order; and who is not, since its time does not fit.

    ``room``: units by slot that no run has secured; a start takes its own from it, and without it
    only the units count.
    """
    left = units
    found, blocked = set(), set()
    room = room.copy() if room is not None else None
    for each in ranked:
        if each.terms.quantity > left:
            continue
        if each.run is None and room is not None and not _fits(each, board, room, rules):
            blocked.add(each.id)
            continue
        left -= each.terms.quantity
        found.add(each.id)
    return frozenset(found), frozenset(blocked)


def _fits(request: SpotRequest, board: Board, room: Grid, rules: MarketRules) -> bool:
    """Whether its minimum runtime and a notice fit from now on, before what is sold ahead; and
    if they do, takes them from ``room``."""
    terms, until = request.terms, secured_until(request, board.now, rules)
    if terms.end is not None and board.now + terms.minimum > terms.end:
        return False
    if board.promised_from is not None and until > board.promised_from:
        return False
    slots = board.span.index_up(until)
    if slots > board.span.slots or (room[1:slots] < terms.quantity).any():
        return False
    room[:slots] -= terms.quantity
    return True


def lost(board: Board) -> list[SpotRequest]:
    """Runs whose units are gone already, beyond any notice: hardware failed, or no tick came in
    time. Those on notice first, then the lowest in the order of serving, the protected last."""
    running = [each for each in board.requests if each.run is not None]
    over = sum(each.terms.quantity for each in running)
    over -= max(int(board.capacity[0] - board.sold[0]), 0)
    found = []
    last = sorted(
        running,
        key=lambda each: (each.on_notice, not is_protected(each, board.now), rank(each)),
        reverse=True,
    )
    for each in last:
        if over <= 0:
            break
        over -= each.terms.quantity
        found.append(each)
    return found
