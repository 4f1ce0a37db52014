"""Why a bid won or lost, from the two files alone: the price in its way, and where it is lower.

Every figure is a sum over published prices and capacities that anyone can do again. What a bid
would have needed to win, found by clearing again, ``allocator.answers.raising`` tells.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from allocator.answers.whatif import ChangeRefused, near_bids
from allocator.audit.recount import Held, Tariff, Teams, fits, left_over, rounded_up, take, window
from allocator.outcome import Award, Outcome, Reason
from allocator.problem import Bid, Leg, Option, Problem, last_start

Limit: TypeAlias = Literal["capacity", "cap", "budget"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Slots [start, end) of one pool in which the price and the units taken stay the same.

    ``cost_ucr`` of all stretches together is exactly the price of the whole.
    """

    pool: str
    start: int
    end: int
    price_ucr: int  # per unit-hour
    units: int
    cost_ucr: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of the bid at one start: its cheapest in its window, or the one it was given."""

    option: int
    start: int
    value_ucr: int
    price_ucr: int  # at the published prices, rounded up
    reserve_ucr: int  # at the reserve prices, rounded up
    never: Limit | None  # what keeps the option out at every start, however high its value

    @property
    def lack_ucr(self) -> int:
        """How far the value lies below the price; negative where it is above."""
        return self.price_ucr - self.value_ucr


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What is missing to give the bid its place beside all that was awarded.

    ``capacity`` and ``cap``: ``lack`` units of the pool at most, in the slots of [start, end)
    where any are missing. ``budget``: ``lack`` micro-credits under the team's limit.
    """

    limit: Limit
    pool: str  # empty for a budget
    start: int
    end: int
    lack: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A winner that holds what the bid would need: units of a pool in [start, end), or, with no
    pool, part of the team's budget."""

    award: Award
    team: str
    pool: str
    units: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A cheaper place for one option, outside its window or in another pool; the rest as it was."""

    kind: Literal["earlier", "later", "pool"]
    option: int
    start: int
    pool: str  # what is taken instead of ``instead_of``; both empty for another start
    instead_of: str
    price_ucr: int
    saving_ucr: int  # against the option's cheapest start in its window
    enough: bool  # its value is above this price
    free: bool  # and this much is unsold there, within the team's limits


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that the two files say of one bid. ``choices`` holds every option, in the file's order;
    ``best`` is the award of a winner, else the option and start that come nearest to winning."""

    bid: Bid
    award: Award | None
    reason: Reason | None
    shortfall_ucr: int
    best: Choice
    choices: tuple[Choice, ...]
    stretches: tuple[Stretch, ...]  # of ``best``
    obstacles: tuple[Obstacle, ...]  # of ``best``, for a loser
    holders: tuple[Holder, ...]  # of what is missing
    elsewhere: tuple[Elsewhere, ...]  # cheapest first


def explain(problem: Problem, outcome: Outcome, bid_id: str) -> Explanation:
    """Why the bid won or lost, what was in its way, and where it would have been cheaper.

    The outcome must be a sound one of this problem (``allocator.audit`` tells). Raises
    ``ChangeRefused`` where the problem has no such bid.
    """
    view = View(problem, outcome)
    bid = view.bids.get(bid_id)
    if bid is None:
        raise ChangeRefused(f"there is no bid {bid_id!r}; {near_bids(problem, bid_id)}")
    choices = tuple(view.cheapest(bid, number) for number in range(len(bid.options)))
    award = next((each for each in outcome.awards if each.bid == bid_id), None)
    why = next((each for each in outcome.rejections if each.bid == bid_id), None)
    if award is not None:
        best = view.choice(bid, award.option, award.start)
    else:
        best = view.nearest(bid, choices)
    obstacles = () if award is not None else tuple(view.obstacles(bid, best.option, best.start))
    return Explanation(
        bid=bid,
        award=award,
        reason=None if why is None else why.reason,
        shortfall_ucr=0 if why is None else why.shortfall_ucr,
        best=best,
        choices=choices,
        stretches=tuple(view.stretches(bid.options[best.option], best.start)),
        obstacles=obstacles,
        holders=tuple(view.holders(bid, obstacles)),
        elsewhere=tuple(sorted(view.elsewhere(bid, choices), key=lambda e: (e.price_ucr, e.start))),
    )


class View:
    """The problem at the published prices, and the room that the awards leave."""

    def __init__(self, problem: Problem, outcome: Outcome) -> None:
        self.problem = problem
        self.bids = {bid.id: bid for bid in problem.bids}
        self.tariff = Tariff(problem, outcome)
        self.held: list[Held] = [
            (award, self.bids[award.bid], self.bids[award.bid].options[award.option])
            for award in outcome.awards
        ]
        self.left = left_over(problem, self.held)
        self.whole = left_over(problem, [])
        self.teams = Teams(problem, self.held)
        self.untouched = Teams(problem, [])

    def choice(self, bid: Bid, number: int, start: int) -> Choice:
        """The option at this start."""
        option = bid.options[number]
        return Choice(
            number,
            start,
            option.value_ucr,
            rounded_up(self.tariff.cost_at(option, start, self.tariff.prices)),
            rounded_up(self.tariff.cost_at(option, start, self.tariff.reserves)),
            self._never(bid, option),
        )

    def cheapest(self, bid: Bid, number: int) -> Choice:
        """The option at its cheapest start, the earliest of those."""
        option = bid.options[number]
        at = int(self.tariff.cost(option, self.tariff.prices).argmin())
        return self.choice(bid, number, window(self.problem, option)[0] + at)

    def _never(self, bid: Bid, option: Option) -> Limit | None:
        """What keeps the option out of an empty market, whatever it is worth."""
        roomy = fits(self.problem, option, self.whole)
        if not roomy.any():
            return "capacity"
        if not (roomy & fits(self.problem, option, self.untouched.caps.get(bid.team, {}))).any():
            return "cap"
        return None if self.tariff.takes_part(bid, option) else "budget"

    def nearest(self, bid: Bid, choices: Iterable[Choice]) -> Choice:
        """Where a loser comes nearest to winning: the option that lacks least; where several are
        worth their price, one with room if there is such a one, the cheapest."""
        open_ones = [one for one in choices if one.never is None] or list(choices)
        nearest = min(open_ones, key=lambda one: (one.lack_ucr, one.option))
        if nearest.lack_ucr >= 0:
            return nearest
        roomy = [self._roomiest(bid, one.option) for one in open_ones if one.lack_ucr < 0]
        at = min((one for one in roomy if one is not None), default=None)
        return nearest if at is None else self.choice(bid, at[1], at[2])

    def _roomiest(self, bid: Bid, number: int) -> tuple[int, int, int] | None:
        """The cheapest start that is worth its price and fits what capacity is left (limits are
        not asked): −net, option, start; None where there is none."""
        option = bid.options[number]
        net = self.tariff.net(option)
        open_starts = np.flatnonzero(fits(self.problem, option, self.left) & (net > 0))
        if not len(open_starts):
            return None
        at = int(open_starts[net[open_starts].argmax()])
        return -int(net[at]), number, window(self.problem, option)[0] + at

    def stretches(self, option: Option, start: int) -> Iterator[Stretch]:
        """The slots of an option, leg by leg, folded where price and units stay the same."""
        due = 0  # sixtieths, so that the roundings add up to the rounded whole
        for leg in option.legs:
            prices = self.tariff.outcome.prices_ucr[leg.pool]
            begin = start + leg.offset
            for first, end in runs(prices[begin : begin + leg.duration]):
                price_ucr = prices[begin + first]
                cost = price_ucr * leg.quantity * (end - first) * self.problem.slot_minutes
                cost_ucr = rounded_up(due + cost) - rounded_up(due)
                due += cost
                yield Stretch(
                    leg.pool, begin + first, begin + end, price_ucr, leg.quantity, cost_ucr
                )

    def obstacles(self, bid: Bid, number: int, start: int) -> Iterator[Obstacle]:
        """What is missing to award the option from this start beside all other awards."""
        option = bid.options[number]
        rooms: tuple[tuple[Limit, Mapping[str, NDArray[Any]]], ...] = (
            ("capacity", self.left),
            ("cap", self.teams.caps.get(bid.team, {})),
        )
        for limit, room in rooms:
            for pool in sorted({leg.pool for leg in option.legs} & room.keys()):
                row = {pool: room[pool].copy()}
                take(row, option, start)
                short = np.flatnonzero((row[pool] < 0) & (row[pool] < room[pool]))
                if len(short):
                    lack = -int(row[pool][short].min())
                    yield Obstacle(limit, pool, int(short[0]), int(short[-1]) + 1, lack)
        free_ucr = self.teams.free_ucr(bid.team)
        if free_ucr is not None and option.value_ucr > free_ucr:
            yield Obstacle("budget", "", 0, 0, option.value_ucr - free_ucr)

    def holders(self, bid: Bid, obstacles: Iterable[Obstacle]) -> Iterator[Holder]:
        """Who was awarded what is missing, most units first for each obstacle."""
        for obstacle in obstacles:
            found: list[Holder] = []
            for award, owner, option in self.held:
                if obstacle.limit != "capacity" and owner.team != bid.team:
                    continue
                if obstacle.limit == "budget":
                    found.append(Holder(award, owner.team, "", 0, 0, 0))
                    continue
                for leg in option.legs:
                    begin = max(award.start + leg.offset, obstacle.start)
                    end = min(award.start + leg.offset + leg.duration, obstacle.end)
                    if leg.pool == obstacle.pool and begin < end:
                        found.append(Holder(award, owner.team, leg.pool, leg.quantity, begin, end))
            yield from sorted(found, key=lambda one: (-one.units, one.award))

    def elsewhere(self, bid: Bid, choices: Iterable[Choice]) -> Iterator[Elsewhere]:
        """Cheaper places: each option before and after its window, and with a pool exchanged."""
        for choice in choices:
            option = bid.options[choice.option]
            first, last = window(self.problem, option)
            before = replace(option, earliest_start=0, latest_start=first - 1)
            end = last_start(option.legs, self.problem.slots)
            after = replace(option, earliest_start=last + 1, latest_start=end)
            if first > 0:
                yield from self._cheaper(bid, choice, before, "earlier")
            if last < end:
                yield from self._cheaper(bid, choice, after, "later")
            for old in sorted({leg.pool for leg in option.legs}):
                for pool in self._like(old, option):
                    legs = tuple(exchanged(option.legs, old, pool))
                    moved = replace(option, legs=legs)
                    yield from self._cheaper(bid, choice, moved, "pool", (pool, old))

    def _like(self, old: str, option: Option) -> list[str]:
        """Other pools of the same unit that could ever hold the option's legs in ``old``."""
        unit = {pool.id: pool.unit for pool in self.problem.pools}
        return [
            pool
            for pool in sorted(unit)
            if pool != old
            and unit[pool] == unit[old]
            and fits(
                self.problem,
                replace(option, legs=tuple(exchanged(option.legs, old, pool))),
                {pool: self.whole[pool]},
            ).any()
        ]

    def _cheaper(
        self,
        bid: Bid,
        choice: Choice,
        option: Option,
        kind: Literal["earlier", "later", "pool"],
        pools: tuple[str, str] = ("", ""),
    ) -> Iterator[Elsewhere]:
        """The option's cheapest start, where the units are at all and it costs less."""
        costs = self.tariff.cost(option, self.tariff.prices)
        possible = np.flatnonzero(
            fits(self.problem, option, self.whole)
            & fits(self.problem, option, self.untouched.caps.get(bid.team, {}))
        )
        if not len(possible):
            return
        at = int(possible[costs[possible].argmin()])
        price_ucr = rounded_up(int(costs[at]))
        if price_ucr >= choice.price_ucr:
            return
        start = option.earliest_start + at
        yield Elsewhere(
            kind,
            choice.option,
            start,
            *pools,
            price_ucr,
            choice.price_ucr - price_ucr,
            option.value_ucr > price_ucr,
            self._is_free(bid, option, start),
        )

    def _is_free(self, bid: Bid, option: Option, start: int) -> bool:
        """Whether the option fits from this start beside all that was awarded."""
        trial = replace(bid, options=(option,))
        return not any(True for _ in self.obstacles(trial, 0, start))


def exchanged(legs: Iterable[Leg], old: str, new: str) -> Iterator[Leg]:
    """The legs, with one pool taken instead of another."""
    for leg in legs:
        yield replace(leg, pool=new) if leg.pool == old else leg


def runs(prices: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Where equal prices stand side by side: [first, end) of each run."""
    first = 0
    for place in range(1, len(prices) + 1):
        if place == len(prices) or prices[place] != prices[first]:
            yield first, place
            first = place
