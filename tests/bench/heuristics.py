"""What a desk does without a solver: first come, first served, and greedy by value density."""

from collections.abc import Iterable

import numpy as np

from tests.bench.columns import Ints, Market

Awards = list[tuple[int, int]]


def fifo(market: Market) -> Awards:
    """Bids in the file's order."""
    return _serve(market, range(market.bids))


def greedy(market: Market) -> Awards:
    """The bids with the greatest value per unit and slot first, by their densest option."""
    density = np.full(market.bids, -1.0)
    for choice in market.choices:
        density[choice.bid] = max(density[choice.bid], choice.density)
    return _serve(market, np.argsort(-density, kind="stable").tolist())


def _serve(market: Market, order: Iterable[int]) -> Awards:
    """Each bid in its first option and at its first start that gain and fit what is left."""
    options: list[list[int]] = [[] for _ in range(market.bids)]
    for number, choice in enumerate(market.choices):
        options[choice.bid].append(number)
    room = _Room(market)
    awards = []
    for bid in order:
        for number in options[bid]:
            start = room.first_start(number)
            if start is not None:
                room.take(number, start)
                awards.append((number, start))
                break
    return awards


class _Room:
    """What is left of pools, caps and budgets."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.floors = market.floor_sums()
        self.free = market.capacity.copy()
        self.caps = {key: cap.copy() for key, cap in market.caps.items()}
        self.budgets = dict(market.budgets)

    def first_start(self, number: int) -> int | None:
        """The first start at which the choice gains and fits."""
        choice = self.market.choices[number]
        if choice.value_ucr > self.budgets.get(choice.team, choice.value_ucr):
            return None
        good = self.market.gains(number, self.floors) > 0
        for part in choice.parts:
            rows = [self.free[part.pool]]
            if (choice.team, part.pool) in self.caps:
                rows.append(self.caps[choice.team, part.pool])
            begin = choice.low + part.offset
            for row in rows:
                short = row[begin : choice.high + part.offset + part.duration] < part.quantity
                sums = np.concatenate([[0], np.cumsum(short)])
                good &= sums[part.duration :] == sums[: -part.duration]
        for place in np.flatnonzero(good).tolist():
            if len(choice.parts) == 1 or self._fits_together(number, choice.low + place):
                return int(choice.low + place)
        return None

    def _fits_together(self, number: int, start: int) -> bool:
        """Whether legs that meet in one pool fit at once."""
        self._move(number, start, -1)
        fits = bool((self.free >= 0).all()) and all((cap >= 0).all() for cap in self.caps.values())
        self._move(number, start, 1)
        return fits

    def take(self, number: int, start: int) -> None:
        choice = self.market.choices[number]
        self._move(number, start, -1)
        if choice.team in self.budgets:
            self.budgets[choice.team] -= choice.value_ucr

    def _move(self, number: int, start: int, sign: int) -> None:
        choice = self.market.choices[number]
        for part in choice.parts:
            span = slice(start + part.offset, start + part.offset + part.duration)
            rows: list[Ints] = [self.free[part.pool]]
            if (choice.team, part.pool) in self.caps:
                rows.append(self.caps[choice.team, part.pool])
            for row in rows:
                row[span] += sign * part.quantity
