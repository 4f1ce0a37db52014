"""A tick of one pool's spot market: who starts, who must go, and what the price is.

The controller moves its price by the demand at the old one. Whoever's limit is at or above it is
served whole, the highest limit first; among equals who runs already, then who asked earlier. A
gang that does not fit is passed over. The price of the tick is the larger of the controller's and
the highest limit not served that is not above the lowest limit served. A run below the price stays
while nobody else takes its units, and whoever leavers make room for starts when they are gone,
whatever the price is then: nobody is interrupted for nothing (§7.15). Such a run, and one kept by
its minimum runtime alone, pays the smaller of price and limit, and sets no price.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from marketplace.domain.board import Board, fits, is_protected, load, secured
from marketplace.domain.capacity import Grid
from marketplace.domain.spot import Code, SpotRequest, coded, noticed, started
from marketplace.domain.spot_price import TickPrice
from marketplace.rules import MarketRules, floor_to
from pricing.controller import Controller

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
class Decision:
    """What a tick changes: ``changed`` are requests with a new state, run, code or warning."""

    state: Any  # of the controller
    price: TickPrice
    changed: tuple[SpotRequest, ...]
    warned: tuple[SpotRequest, ...]  # of the changed: those at risk from now on


def decide(board: Board, controller: Controller[Any], state: Any, rules: MarketRules) -> Decision:
    """One tick. Pure. What must end by ``now`` has been ended before: by its
    time (``marketplace.domain.agenda``), or as ``lost``."""
    wanted, heard = load(board, rules, state.price_ucr)
    after, reason = controller.step(state, heard)
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
        supply=heard.supply,
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


def _runs_at(request: SpotRequest, at: datetime) -> bool:
    run = request.run
    return run is not None and (run.deadline is None or run.deadline > at)


def _warned(request: SpotRequest, risk: str) -> SpotRequest:
    return request if request.at_risk == risk else replace(request, at_risk=risk)


def rank(request: SpotRequest) -> Rank:
    """Who is served first: the higher limit, then who runs already, then who asked earlier."""
    return -request.terms.limit_ucr, request.run is None, request.placed_at, request.id


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
    unasked: frozenset[str]  # below the price by now, and nobody else takes their units
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
        served, blocked, left = _greedy(loose, safe - kept, board, room, rules)
        fair = served if not protected else _greedy(ranked, safe, board, None, rules)[0]
        unasked = _stay(board, served | protected, left, room, rules)
        without_ahead = served | unasked
        if safe < int(supply[0]):
            more, _, left = _greedy(loose, int(supply[0]) - kept, board, None, rules)
            without_ahead = more | _stay(board, more | protected, left, None, rules)
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
            unasked=unasked,
            without_ahead=without_ahead,
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
            if request.id not in self.served | self.unasked:
                return coded(request, self._why(request), now)
            if free < request.terms.quantity:
                return coded(request, Code.AWAITING.value, now)
            return started(request, now, self.rules)
        if request.on_notice or request.id in self.served | self.protected | self.unasked:
            return request
        return noticed(request, self._why(request), now + self.rules.notice, now)

    def _why(self, request: SpotRequest) -> str:
        """Why it is not served."""
        if request.id in self.without_ahead:
            return self._taken() if request.run is not None else Code.UNFIT.value
        if request.terms.limit_ucr < self.price_ucr:
            return Code.PRICE_TOO_LOW.value
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
        below = sorted((one for one in self.board.requests if one.id in self.unasked), key=rank)
        for each in (*self.ranked, *below):
            if each.id not in self.served | self.unasked or each.id in self.protected:
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
) -> tuple[frozenset[str], frozenset[str], int]:
    """Who is served whole, in that order; who is not, since its time does not fit; and the units
    that are left.

    ``room``: units by slot that no run has secured; a start takes its own from it, and without it
    only the units count. What must wait for others to leave starts when their notice is over.
    """
    left, free = units, int(board.supply(rules)[0])
    free -= sum(each.terms.quantity for each in board.requests if each.run is not None)
    found, blocked = set[str](), set[str]()
    room = room.copy() if room is not None else None
    for each in ranked:
        if each.terms.quantity > left:
            continue
        if each.run is None and room is not None:
            begin = board.now if each.terms.quantity <= free else board.now + rules.notice
            slots = fits(each, begin, board, room, rules)
            if not slots:
                blocked.add(each.id)
                continue
            room[:slots] -= each.terms.quantity
            free -= each.terms.quantity if begin == board.now else 0
        left -= each.terms.quantity
        found.add(each.id)
    return frozenset(found), frozenset(blocked), left


def _stay(
    board: Board, others: frozenset[str], left: int, room: Grid | None, rules: MarketRules
) -> frozenset[str]:
    """Who keeps its place beside those ``others`` though the price has passed its limit, in the
    units that are left: runs, and those for whom somebody was told to leave."""
    found = set[str]()
    for each in sorted(board.requests, key=rank):
        waits = each.run is None
        if each.id in others or each.on_notice or each.terms.quantity > left:
            continue
        if waits and (each.code != Code.AWAITING or room is None):
            continue
        if waits and room is not None and not fits(each, board.now, board, room, rules):
            continue
        left -= each.terms.quantity
        found.add(each.id)
    return frozenset(found)


def lost(board: Board) -> list[tuple[SpotRequest, datetime]]:
    """Runs whose units are gone already, beyond any notice, and since when: hardware failed, or no
    tick came in time. Those on notice first, then the lowest in the order of serving, the protected
    last."""
    running = [each for each in board.requests if each.run is not None]
    found = list[tuple[SpotRequest, datetime]]()
    for since, units in (*board.before, (board.now, int(board.capacity[0] - board.sold[0]))):
        over = sum(each.terms.quantity for each in running) - max(units, 0)
        running.sort(key=lambda each: _last_lost(each, since))
        while over > 0:
            found.append((running.pop(), since))
            over -= found[-1][0].terms.quantity
    return found


def _last_lost(request: SpotRequest, at: datetime) -> tuple[bool, bool, Rank]:
    return request.on_notice, not is_protected(request, at), rank(request)


def used_until(since: datetime, ticked_at: datetime, rules: MarketRules) -> datetime:
    """Until when a run is billed whose units are gone ``since`` then: the tick in which they went
    is free, also where it was missed."""
    return max(floor_to(since, rules.tick), min(ticked_at, since))
