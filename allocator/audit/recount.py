"""What an audit counts for itself: every option's cost at the prices, and what is left to give.

Shared with no engine. Money is counted in whole sixtieths of a micro-credit (price × units ×
minutes), so no comparison rounds; in 64 bits where they suffice, else in Python's integers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from allocator.outcome import Award, Outcome
from allocator.problem import Bid, Leg, Option, Problem

HOUR: Final = 60  # minutes, and sixtieths in a micro-credit
SAFE: Final = 2**62  # beyond it 64 bits are not trusted

Grid: TypeAlias = Mapping[str, NDArray[Any]]
Held: TypeAlias = tuple[Award, Bid, Option]


class Tariff:
    """The problem at the published prices: what any option costs at any of its starts."""

    def __init__(self, problem: Problem, outcome: Outcome) -> None:
        self.problem = problem
        self.outcome = outcome
        self.limits = {budget.team: budget.limit_ucr for budget in problem.budgets}
        kind = self._kind()
        self.prices = {
            pool.id: _sums_so_far(outcome.prices_ucr[pool.id], kind) for pool in problem.pools
        }
        self.reserves = {pool.id: _sums_so_far(pool.reserve_ucr, kind) for pool in problem.pools}
        self._least: dict[tuple[object, ...], int] = {}  # bids of one shape cost the same

    def _kind(self) -> type[Any]:
        """64 bits where nothing can outgrow them, else Python's own integers."""
        options = [option for bid in self.problem.bids for option in bid.options]
        units = max((sum(leg.quantity for leg in option.legs) for option in options), default=0)
        most = max((option.value_ucr for option in options), default=0)
        grids = [*self.outcome.prices_ucr.values(), *(p.reserve_ucr for p in self.problem.pools)]
        dearest = max((sum(map(abs, grid)) for grid in grids), default=0)
        largest = max(dearest * max(units, 1) * self.problem.slot_minutes, most * HOUR)
        return np.int64 if largest < SAFE else object

    def net(self, option: Option) -> NDArray[Any]:
        """By start: value − Σ prices × unit-hours, in sixtieths of a micro-credit."""
        return option.value_ucr * HOUR - self.cost(option, self.prices)

    def least(self, option: Option, *, reserve: bool) -> int:
        """What the option's legs cost at its cheapest start: at the prices, or at the reserve."""
        shape = (reserve, option.earliest_start, option.latest_start, option.legs)
        found = self._least.get(shape)
        if found is None:
            found = int(self.cost(option, self.reserves if reserve else self.prices).min())
            self._least[shape] = found
        return found

    def cost(self, option: Option, sums: Grid) -> NDArray[Any]:
        """By start of the window: what the option's legs cost there."""
        first, last = window(self.problem, option)
        total: Any = 0
        for leg in option.legs:
            begin = first + leg.offset
            end = begin + leg.duration
            row, starts = sums[leg.pool], last - first + 1
            step = row[end : end + starts] - row[begin : begin + starts]
            total = total + step * leg.quantity
        return np.asarray(total * self.problem.slot_minutes)

    def cost_at(self, option: Option, start: int, sums: Grid) -> int:
        """What the option's legs cost from one start."""
        units = sum(leg.quantity * int(_over(leg, start, sums[leg.pool])) for leg in option.legs)
        return units * self.problem.slot_minutes

    def takes_part(self, bid: Bid, option: Option) -> bool:
        """An option worth more than its team's limit takes no part; what stands from before is
        asked for no limit."""
        return bid.standing is not None or option.value_ucr <= self.limits.get(
            bid.team, option.value_ucr
        )

    def best(self, bid: Bid, *, all_options: bool = False) -> int | None:
        """The most the bid could gain at the prices; None where no option takes part."""
        return max(
            (
                option.value_ucr * HOUR - self.least(option, reserve=False)
                for option in bid.options
                if all_options or self.takes_part(bid, option)
            ),
            default=None,
        )

    def worth(self, bid: Bid) -> int:
        """The most the bid's value exceeds its reserve cost by (negative: falls short)."""
        return max(
            option.value_ucr * HOUR - self.least(option, reserve=True) for option in bid.options
        )

    @cached_property
    def bests(self) -> dict[str, int | None]:
        """The best of every bid at the prices, by id."""
        return {bid.id: self.best(bid) for bid in self.problem.bids}

    def bound(self) -> int:
        """What the prices prove no allocation can exceed, in sixtieths of a micro-credit."""
        seller = 0
        for pool in self.problem.pools:
            prices = self.outcome.prices_ucr[pool.id]
            rows = zip(prices, pool.reserve_ucr, pool.capacity, strict=True)
            seller += sum((price - reserve) * units for price, reserve, units in rows)
        gains = sum(
            (self.bests[bid.id] or 0) if bid.stays else max(0, self.bests[bid.id] or 0)
            for bid in self.problem.bids
        )
        return gains + seller * self.problem.slot_minutes


class Teams:
    """What each limited team holds, and what its limits leave it."""

    def __init__(self, problem: Problem, held: Iterable[Held]) -> None:
        self.spent: Counter[str] = Counter()
        self.limits = {budget.team: budget.limit_ucr for budget in problem.budgets}
        self.caps: dict[str, dict[str, NDArray[Any]]] = {}
        for cap in problem.caps:
            self.caps.setdefault(cap.team, {})[cap.pool] = np.array(cap.quantity, dtype=np.int64)
        for award, bid, option in held:
            if bid.standing is None:
                self.spent[bid.team] += option.value_ucr
            take(self.caps.get(bid.team, {}), option, award.start)

    def free_ucr(self, team: str) -> int | None:
        """What the team's budget leaves; None where it has none."""
        return self.limits[team] - self.spent[team] if team in self.limits else None


def left_over(problem: Problem, held: Iterable[Held]) -> dict[str, NDArray[Any]]:
    """Units of each pool and slot that nobody was awarded; negative where oversold."""
    left = {pool.id: np.array(pool.capacity, dtype=np.int64) for pool in problem.pools}
    for award, _, option in held:
        take(left, option, award.start)
    return left


def take(left: Mapping[str, NDArray[Any]], option: Option, start: int) -> None:
    """Take the option's units out of ``left``, in place; a pool that is not in it has no end."""
    for leg in option.legs:
        if leg.pool in left:
            begin = start + leg.offset
            left[leg.pool][begin : begin + leg.duration] -= leg.quantity


def fits(problem: Problem, option: Option, room: Grid) -> NDArray[Any]:
    """By start: whether the legs fit ``room``; a pool that is not in it has no end."""
    first, last = window(problem, option)
    roomy = np.ones(last - first + 1, dtype=bool)
    for pool in {leg.pool for leg in option.legs if leg.pool in room}:
        legs = [leg for leg in option.legs if leg.pool == pool]
        if len(legs) == 1:
            roomy &= _leg_fits(legs[0], first, last, room[pool])
        else:  # legs of one pool may overlap, so they are laid down together
            for place in np.flatnonzero(roomy):
                row = {pool: room[pool].copy()}
                take(row, option, first + int(place))
                roomy[place] = (row[pool] >= 0).all()
    return roomy


def _leg_fits(leg: Leg, first: int, last: int, row: NDArray[Any]) -> NDArray[Any]:
    begin = first + leg.offset
    short = row[begin : last + leg.offset + leg.duration] < leg.quantity
    count = np.concatenate(([0], np.cumsum(short)))
    return np.asarray(count[leg.duration :] == count[: last - first + 1])


def window(problem: Problem, option: Option) -> tuple[int, int]:
    """The first and the last start of an option, both included."""
    within = min(problem.slots - leg.offset - leg.duration for leg in option.legs)
    return option.earliest_start, min(option.latest_start, within)


def _sums_so_far(grid: Iterable[int], kind: type[Any]) -> NDArray[Any]:
    row = np.array([0, *grid], dtype=kind)
    return np.asarray(np.cumsum(row))


def _over(leg: Leg, start: int, sums: NDArray[Any]) -> Any:
    begin = start + leg.offset
    return sums[begin + leg.duration] - sums[begin]


def rounded_up(sixtieths: int) -> int:
    """Rounded up to a whole micro-credit."""
    return -(-sixtieths // HOUR)
