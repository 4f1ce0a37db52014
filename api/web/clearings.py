"""What cycles came to, as pages tell it: from what was published when they were cleared."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from allocator.outcome import NOT_FOUND, Outcome
from allocator.problem import Bid, Problem
from api.charts.cycles import CycleProof
from api.rest.caller import Caller
from marketplace.domain.cycle import Cycle, CycleState
from marketplace.services import cycle as cycles
from marketplace.services.cycle import Result
from pricing.shown import percent_shown

NO_ROOM: Final = "without-room"
WHY: Final = {
    "below-reserve": "bid less than the reserve price",
    "outbid": "others bid more for the same hours",
    "cap": "would have had more units than its team may",
    "budget": "would have cost more than its team may spend",
    "unfit": "did not fit beside those that won",
    NOT_FOUND: "worth more than its price; no place was found for it, and one may be there",
    NO_ROOM: "no start that it asked for had room: not in the files",
}
"""Why bids lose, in words, by the code of the reason."""

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """A cleared cycle's figures. ``lost``: how many bids, by reason, the commonest first;
    ``gap``: how much better the best outcome could be at most, as a share."""

    won: int
    lost: tuple[tuple[str, int], ...]
    surplus_ucr: int
    bound_ucr: int
    gap: float
    paid_ucr: int
    rule: str
    proven: bool
    engine: str
    work: int
    seconds: float

    @property
    def bids(self) -> int:
        """How many bids there were, with those that had no room."""
        return self.won + sum(number for _, number in self.lost)

    @property
    def lost_bids(self) -> int:
        """How many of them got nothing."""
        return self.bids - self.won

    @property
    def better(self) -> str:
        """The proven gap, in words."""
        if self.gap <= 0:
            return "no better is possible"
        return f"at most {percent_shown(self.gap, 2 if self.gap < 0.001 else 1)} better is possible"

    @classmethod
    def of(cls, came_to: Result) -> "Clearing | None":
        """The figures of what a cycle came to; None where it was not cleared."""
        outcome = came_to.outcome
        if outcome is None:
            return None
        lost = Counter(outcome.told(one.reason) for one in outcome.rejections)
        if came_to.without_room:
            lost[NO_ROOM] = came_to.without_room
        return cls(
            won=len(outcome.awards),
            lost=tuple(lost.most_common()),
            surplus_ucr=outcome.surplus_ucr,
            bound_ucr=outcome.bound_ucr,
            gap=outcome.gap,
            paid_ucr=sum(award.payment_ucr for award in outcome.awards),
            rule=outcome.payment_rule.value,
            proven=outcome.status == "optimal",
            engine=outcome.engine,
            work=outcome.work,
            seconds=outcome.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A cycle, and what it came to, where it was cleared."""

    cycle: Cycle
    clearing: Clearing | None

    @property
    def took(self) -> timedelta | None:
        """How long it took from its closing to its end."""
        ended = self.cycle.settled_at
        return ended - self.cycle.closes_at if ended else None


def told(who: Caller, found: Sequence[Cycle]) -> tuple[Told, ...]:
    """Cycles with their figures. A large outcome takes a second to read, and never changes: what
    was read once is kept."""
    return tuple(Told(cycle=one, clearing=_clearing(who, one)) for one in found)


def _clearing(who: Caller, cycle: Cycle) -> Clearing | None:
    if cycle.state in (CycleState.OPEN, CycleState.CLOSED):
        return None

    def make() -> Clearing | None:
        return Clearing.of(cycles.result(who.market.store, cycle))

    return who.market.published.kept(("clearing", cycle.id), cycle.state, make)


def proofs(found: Sequence[Told]) -> list[CycleProof]:
    """The cleared ones among them as a chart takes them, the oldest first."""
    return [
        CycleProof(
            closed_at=one.cycle.closes_at,
            bids=one.clearing.bids,
            awards=one.clearing.won,
            surplus_ucr=one.clearing.surplus_ucr,
            bound_ucr=one.clearing.bound_ucr,
            gap=one.clearing.gap,
        )
        for one in sorted(found, key=lambda one: one.cycle.number)
        if one.clearing
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What was bid for a pool's unit-hours in a cycle, all teams together: pairs of what was bid
    for a unit-hour, in micro-credits, and for how many unit-hours."""

    wanted: tuple[tuple[int, float], ...]
    won: tuple[tuple[int, float], ...]
    on_sale: float
    reserve_ucr: int

    @property
    def worth_ucr(self) -> int:
        """What was bid for it, all in all."""
        return sum(round(price * hours) for price, hours in self.wanted)

    @property
    def hours_wanted(self) -> float:
        """Unit-hours that were bid for."""
        return sum(hours for _, hours in self.wanted)

    @property
    def hours_won(self) -> float:
        """Unit-hours that were sold."""
        return sum(hours for _, hours in self.won)


def depths(problem: Problem, outcome: Outcome) -> dict[str, Depth]:
    """By pool, from the published files alone. A bid counts once for a pool: by the option that
    won, or else by the first that has a part in it."""
    slot_hours = timedelta(minutes=problem.slot_minutes) / HOUR
    awards = {one.bid: one.option for one in outcome.awards}
    wanted: dict[str, list[tuple[int, float]]] = {one.id: [] for one in problem.pools}
    won: dict[str, list[tuple[int, float]]] = {one.id: [] for one in problem.pools}
    for bid in problem.bids:
        for pool, pair in _counted(bid, awards.get(bid.id), slot_hours).items():
            wanted[pool].append(pair)
            if bid.id in awards:
                won[pool].append(pair)
    return {
        one.id: Depth(
            wanted=tuple(wanted[one.id]),
            won=tuple(won[one.id]),
            on_sale=sum(one.capacity) * slot_hours,
            reserve_ucr=min(one.reserve_ucr, default=0),
        )
        for one in problem.pools
    }


def _counted(bid: Bid, awarded: int | None, slot_hours: float) -> dict[str, tuple[int, float]]:
    """What a bid says of each pool: its price of a unit-hour, and how many of them."""
    found: dict[str, tuple[int, float]] = {}
    for option in bid.options if awarded is None else (bid.options[awarded],):
        hours: dict[str, float] = defaultdict(float)
        for leg in option.legs:
            hours[leg.pool] += leg.quantity * leg.duration * slot_hours
        price = round(option.value_ucr / sum(hours.values()))
        for pool, number in hours.items():
            found.setdefault(pool, (price, number))
    return found
