"""A problem compiled to arrays: every start of every option, with its price, at once.

Exact amounts here are in **grains**: a whole number of them is one micro-credit, and one
price unit (a micro-credit per unit-hour) for one unit over one slot is a whole number of them
too. So sums over slots of any length are exact integers. Floats only guide a search; they never
decide what is feasible, what is paid or what is proven.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import gcd
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from allocator.problem import Option, Problem
from pricing.units import MINUTES_PER_HOUR

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[Any]
"""Whole numbers: int64 where they surely fit, else Python integers in an object array."""

KEPT_COLUMNS: Final = 4_000_000  # index arrays for up to this many are kept; beyond, made anew
CHUNK_COLUMNS: Final = 1_000_000
SAFE: Final = 2**61


@dataclass(frozen=True, slots=True)
class Columns:
    """Every start of the options [first, last): one **column** each, an option at one start.

    ``heads[i]`` is where option first + i begins. ``layers`` hold each option's first leg,
    second leg, …: which columns have one, its quantity, and where in the flattened prefix sums
    its slots begin and end.
    """

    first: int
    last: int
    option: Ints
    start: Ints
    heads: Ints
    layers: tuple[tuple[Ints | slice, Ints, Ints, Ints], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """The options that take part, flat and in canonical order; those of bid b are numbered
    [``bid_first[b]``, ``bid_first[b + 1]``). An option above its team's limit takes no part.

    ``rank[b]`` breaks ties: the place of bid b in the order of SHA-256(seed, bid id).

    A bid that wins in any case has a bonus on top of its value, more than all others are worth
    together: no plan without it is as good as one with it. ``bonuses`` (grains) are those of all
    such bids, and no part of any surplus, welfare or bound. ``fine``: so many grains are one of a
    lattice that knows nothing of bids that continue something (see ``ties.finer``).
    """

    problem: Problem
    capacity: Ints  # [pool, slot]
    reserve_ucr: Ints  # [pool, slot], per unit-hour
    per_ucr: int  # grains in a micro-credit
    per_price: int  # grains in one price unit × one unit × one slot
    bid_of: Ints
    number_of: Ints  # the option's place in its bid
    bid_first: Ints
    value: Numbers  # grains
    low: Ints  # the option's first start
    high: Ints  # and its last
    count: int  # of columns
    legs: tuple[tuple[tuple[int, int, int, int], ...], ...]  # pool, quantity, offset, duration
    leg_rows: Ints  # [leg, (option, pool, quantity, offset, duration)], all options' legs
    rank: Ints
    limit_ucr: tuple[int | None, ...]  # per bid: the spending limit that holds for it
    team_of: tuple[str, ...]  # per bid
    caps: dict[tuple[str, int], Ints]  # per team and pool
    stays: Flags  # per bid: whether it wins in any case
    bonuses: int
    fine: int = 1
    kept: list[Columns] = field(default_factory=list, compare=False)

    @property
    def bids(self) -> int:
        """How many bids the problem has, with or without an option that takes part."""
        return len(self.bid_first) - 1

    @property
    def options(self) -> int:
        """How many options take part."""
        return len(self.bid_of)

    @property
    def worth(self) -> Numbers:
        """Per option: its value without the bonus, which says what scale amounts are of."""
        bonus = self.bonuses // max(int(self.stays.sum()), 1)
        worth: Numbers = self.value - bonus * self.stays[self.bid_of].astype(self.value.dtype)
        return worth

    def find(self, bid: int, number: int) -> int | None:
        """The option that stands at this place in the bid; None where it takes no part."""
        first, last = self.bid_first[bid : bid + 2].tolist()
        return next((i for i in range(first, last) if self.number_of[i] == number), None)

    def chunks(self) -> Iterator[Columns]:
        """All columns, in pieces whose memory is bounded unless one option alone is longer."""
        if self.kept:
            yield from self.kept
            return
        keep = self.count <= KEPT_COLUMNS
        made: list[Columns] = []
        for first, last in self._pieces():
            piece = self.columns(first, last)
            if keep:
                made.append(piece)
            yield piece
        self.kept.extend(made)

    def _pieces(self) -> Iterator[tuple[int, int]]:
        ends = np.cumsum(self.high - self.low + 1)
        first = 0
        while first < self.options:
            done = int(ends[first - 1]) if first else 0
            last = int(np.searchsorted(ends, done + CHUNK_COLUMNS, side="right"))
            last = max(last, first + 1)
            yield first, last
            first = last

    def columns(self, first: int, last: int) -> Columns:
        """The columns of the options [first, last)."""
        return self.columns_of(np.arange(first, last))

    def columns_of(self, picked: Ints) -> Columns:
        """The columns of the picked options, in that order."""
        width = self.high[picked] - self.low[picked] + 1
        heads = np.concatenate(([0], np.cumsum(width)))[:-1].astype(np.int64)
        option = np.repeat(picked, width)
        start = np.arange(len(option)) - np.repeat(heads, width) + self.low[option]
        first, last = (int(picked[0]), int(picked[-1]) + 1) if len(picked) else (0, 0)
        return Columns(first, last, option, start, heads, self._layers(picked, width, start))

    def _layers(
        self, picked: Ints, width: Ints, start: Ints
    ) -> tuple[tuple[Ints | slice, Ints, Ints, Ints], ...]:
        layers: list[tuple[Ints | slice, Ints, Ints, Ints]] = []
        legs = [self.legs[i] for i in picked.tolist()]
        stride = self.problem.slots + 1
        for depth in range(max(map(len, legs), default=0)):
            has = np.array([len(each) > depth for each in legs])
            facts = np.array([e[depth] if len(e) > depth else (0, 0, 0, 0) for e in legs])
            where: Ints | slice = slice(None)
            if not has.all():
                where = np.flatnonzero(np.repeat(has, width))
            pool, quantity, offset, duration = np.repeat(facts, width, axis=0)[where].T
            begin = pool * stride + start[where] + offset
            layers.append((where, quantity, begin, begin + duration))
        return tuple(layers)

    def prefix(self, prices: Numbers | Floats) -> Numbers | Floats:
        """Grains for one unit from the first slot up to each, flattened over pools."""
        sums = np.zeros((len(prices), self.problem.slots + 1), dtype=prices.dtype)
        np.cumsum(prices * self.per_price, axis=1, out=sums[:, 1:])
        return sums.ravel()

    def cost(self, columns: Columns, prefix: Numbers | Floats) -> Numbers | Floats:
        """Grains that each column's use costs."""
        total = np.zeros(len(columns.option), dtype=prefix.dtype)
        for where, quantity, begin, end in columns.layers:
            if isinstance(where, slice):
                total += quantity * (prefix[end] - prefix[begin])
            else:
                total[where] += quantity * (prefix[end] - prefix[begin])
        return total

    def best(self, prices: Numbers | Floats) -> Numbers | Floats:
        """Per option: the most grains it can be worth above these prices at any start."""
        found = np.zeros(self.options, dtype=prices.dtype)
        prefix = self.prefix(prices)
        value = self.value.astype(prices.dtype)
        for piece in self.chunks():
            cost = self.cost(piece, prefix)
            cheapest = np.minimum.reduceat(cost, piece.heads)
            found[piece.first : piece.last] = value[piece.first : piece.last] - cheapest
        return found

    def best_of_bids(self, prices: Numbers | Floats) -> Numbers | Floats:
        """Per bid: the most its options can be worth above these prices, or 0 where it may stay
        away."""
        best = self.best(prices)
        found = np.zeros(self.bids, dtype=best.dtype)
        some = self.bid_first[1:] > self.bid_first[:-1]
        if len(best):
            found[some] = np.maximum.reduceat(best, self.bid_first[:-1][some])
        worth: Numbers = np.where(self.stays, found, np.maximum(found, 0))
        return worth

    def exact(self, prices: Ints) -> Numbers:
        """The prices as whole numbers whose sums cannot overflow."""
        top = int(prices.max(initial=0)) * self.per_price * max(self.problem.slots, 1)
        units = int(self.leg_rows[:, 2].max(initial=1))
        depth = int(np.bincount(self.leg_rows[:, 0]).max(initial=1))
        small = self.value.dtype != object and top * units * depth < SAFE
        return prices if small else prices.astype(object)

    def reserve_cost(self, option: int, start: int) -> int:
        """Grains that the use of ``option`` from ``start`` costs at the reserve prices."""
        return self.charge(self.reserve_ucr, option, start) * self.per_price

    def charge(self, prices_ucr: Ints, option: int, start: int) -> int:
        """Sum of price × units over the slots that ``option`` uses from ``start``."""
        return sum(
            quantity * sum(prices_ucr[pool, start + offset : start + offset + duration].tolist())
            for pool, quantity, offset, duration in self.legs[option]
        )


def compile_problem(problem: Problem, seed: int) -> Lattice:
    """Lay the problem out in arrays; ``seed`` settles who is first among equals."""
    common = gcd(MINUTES_PER_HOUR, problem.slot_minutes)
    per_ucr = MINUTES_PER_HOUR // common
    pool_of = {pool.id: index for index, pool in enumerate(problem.pools)}
    limits = {budget.team: budget.limit_ucr for budget in problem.budgets}
    taking = [
        (b, number, option)
        for b, bid in enumerate(problem.bids)
        for number, option in enumerate(bid.options)
        if (bid.standing or option.value_ucr <= limits.get(bid.team, option.value_ucr))
        and option.latest_start >= option.earliest_start
    ]
    bid_of = np.array([b for b, _, _ in taking], dtype=np.int64)
    legs = tuple(_legs(option, pool_of) for _, _, option in taking)
    leg_rows = [(i, *leg) for i, each in enumerate(legs) for leg in each]
    shape = (len(problem.pools), problem.slots)
    ids = [bid.id for bid in problem.bids]
    stays = np.array([bid.stays for bid in problem.bids], dtype=np.bool_)
    bonus = _bonus_ucr(problem) * per_ucr
    return Lattice(
        problem=problem,
        capacity=np.array([p.capacity for p in problem.pools], dtype=np.int64).reshape(shape),
        reserve_ucr=np.array([p.reserve_ucr for p in problem.pools], dtype=np.int64).reshape(shape),
        per_ucr=per_ucr,
        per_price=problem.slot_minutes // common,
        bid_of=bid_of,
        number_of=np.array([number for _, number, _ in taking], dtype=np.int64),
        bid_first=np.searchsorted(bid_of, np.arange(len(problem.bids) + 1)).astype(np.int64),
        value=whole_numbers(
            [option.value_ucr * per_ucr + bonus * problem.bids[b].stays for b, _, option in taking]
        ),
        low=np.array([option.earliest_start for _, _, option in taking], dtype=np.int64),
        high=np.array([option.latest_start for _, _, option in taking], dtype=np.int64),
        legs=legs,
        leg_rows=np.array(leg_rows, dtype=np.int64).reshape(-1, 5),
        count=sum(o.latest_start - o.earliest_start + 1 for _, _, o in taking),
        rank=tie_order(ids, seed),
        limit_ucr=tuple(None if b.standing else limits.get(b.team) for b in problem.bids),
        team_of=tuple(bid.team for bid in problem.bids),
        caps={(c.team, pool_of[c.pool]): np.array(c.quantity, np.int64) for c in problem.caps},
        stays=stays,
        bonuses=bonus * int(stays.sum()),
    )


def _bonus_ucr(problem: Problem) -> int:
    """More than everybody's bids are worth together, where some bid wins in any case."""
    if not any(bid.stays for bid in problem.bids):
        return 0
    return 1 + sum(max(option.value_ucr for option in bid.options) for bid in problem.bids)


def tie_order(ids: list[str], seed: int) -> Ints:
    """Each bid's place in the order of SHA-256 of "seed/bid id": smaller goes first."""
    keys = [hashlib.sha256(f"{seed}/{each}".encode()).digest() for each in ids]
    rank = np.empty(len(ids), dtype=np.int64)
    rank[sorted(range(len(ids)), key=keys.__getitem__)] = np.arange(len(ids))
    return rank


def _legs(option: Option, pool_of: dict[str, int]) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((pool_of[g.pool], g.quantity, g.offset, g.duration) for g in option.legs)


def whole_numbers(amounts: list[int]) -> Numbers:
    """Amounts in an array: as plain integers where no sum of them can overflow."""
    small = sum(map(abs, amounts)) < SAFE
    return np.array(amounts, dtype=np.int64 if small else object)
