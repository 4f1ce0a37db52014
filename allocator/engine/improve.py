"""Ruin and recreate: clear a stretch, refill it in a random order, keep what gains.

Two searches run side by side, each in pools of its own, drawn anew for every round; what they
do depends on the seed and the effort alone, never on which of them is faster. All chance comes
from seeded streams.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

from allocator.engine.effort import Effort
from allocator.engine.flat import (
    BID,
    DURATION,
    HIGH,
    LEG_FIRST,
    LEG_LAST,
    LOW,
    QUANTITY,
    ROW,
    TEAM,
    VALUE,
    Flat,
)
from allocator.engine.kernels import field_kernel
from allocator.engine.kernels import search_kernel as kernel
from allocator.engine.kernels.demand_kernel import option_worths
from allocator.engine.lattice import Flags, Floats, Ints
from allocator.engine.params import PARAMS, EngineParams


@dataclass(frozen=True, slots=True)
class Awards:
    """Options and starts by bid, −1 for none, and the points that they gain together."""

    award: Ints  # [bid, (option, start)]
    points: int

    @classmethod
    def of(cls, flat: Flat, option: Ints, start: Ints) -> Self:
        """Awards by bid, with what they gain."""
        award = np.stack([option, start], axis=1)
        return cls(award, int(field_kernel.points_of(terms_of(flat), award)))


def terms_of(flat: Flat) -> field_kernel.Terms:
    """The tables that the search reads."""
    return field_kernel.Terms(flat.options, flat.legs, flat.bids, flat.reserve)


def guide_of(flat: Flat, sums: Floats, params: EngineParams = PARAMS) -> kernel.Guide:
    """What the search goes by, at these price sums."""
    slots = flat.room.shape[1]
    worth = np.zeros(len(flat.options))
    option_worths(flat, sums, worth)
    value = flat.options[:, VALUE].astype(np.float64)
    size = value - worth + _dust(flat, sums, params.size_dust)
    ratio = value / np.maximum(size, 1e-9)
    bid = flat.options[:, BID]
    order = np.lexsort((ratio, bid))  # the last of each bid is its best
    logs = np.zeros((len(flat.bids), 2))
    logs[bid[order]] = np.log(np.maximum(np.stack([value, size], axis=1)[order], 1e-9))
    hopeful = np.flatnonzero(ratio >= params.hopeful_ratio)
    bucket = max(1, slots * len(flat.room) // params.buckets_most, slots // 24)
    first, listed = _listed(flat, hopeful[np.argsort(-ratio[hopeful], kind="stable")], bucket)
    longest = np.ones(len(flat.room), dtype=np.int64)
    np.maximum.at(longest, flat.legs[:, ROW], flat.legs[:, DURATION])
    return kernel.Guide(sums, logs, first, listed, longest, bucket, flat.pools)


def _option_of(flat: Flat) -> Ints:
    """Per leg: whose it is."""
    lengths = flat.options[:, LEG_LAST] - flat.options[:, LEG_FIRST]
    return np.repeat(np.arange(len(flat.options)), lengths)


def _dust(flat: Flat, sums: Floats, share: float) -> Floats:
    """A little for every unit and slot, so that nothing is free in a size that ranks."""
    slots, legs = flat.room.shape[1], flat.legs
    mean = float(sums[: flat.pools, -1].sum()) / max(flat.pools * slots, 1)
    units = (legs[:, QUANTITY] * legs[:, DURATION] * (legs[:, ROW] < flat.pools)).astype(np.float64)
    used = np.bincount(_option_of(flat), weights=units, minlength=len(flat.options))
    return np.asarray(used * max(share * mean, 1e-12))


def _listed(flat: Flat, options: Ints, bucket: int) -> tuple[Ints, Ints]:
    """For each row and bucket of time, the options with a leg that may use it, in that order."""
    buckets = -(-flat.room.shape[1] // bucket)
    place = np.full(len(flat.options), -1, dtype=np.int64)
    place[options] = np.arange(len(options))
    option = _option_of(flat)
    legs = np.flatnonzero((place[option] >= 0) & (flat.legs[:, ROW] < flat.pools))
    legs = legs[np.argsort(place[option[legs]], kind="stable")]
    who = option[legs]
    row, _, offset, duration = flat.legs[legs].T
    begin = (flat.options[who, LOW] + offset) // bucket
    end = (flat.options[who, HIGH] + offset + duration - 1) // bucket
    width = end - begin + 1
    inside = np.arange(int(width.sum())) - np.repeat(np.cumsum(width) - width, width)
    key = np.repeat(row * buckets + begin, width) + inside
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], np.arange(len(flat.room) * buckets + 1))
    return first.astype(np.int64), np.repeat(who, width)[order]


def empty_field(flat: Flat) -> field_kernel.Field:
    """Nobody has anything yet."""
    bids = len(flat.bids)
    legs = int((flat.options[:, LEG_LAST] - flat.options[:, LEG_FIRST]).max(initial=1))
    return field_kernel.Field(
        free=flat.room.copy(),
        purse=flat.limit.copy(),
        award=np.full((bids, 2), field_kernel.NONE, dtype=np.int64),
        head=np.full(flat.room.size, field_kernel.NONE, dtype=np.int64),
        link=np.full((bids * legs, 2), field_kernel.NONE, dtype=np.int64),
        kept=np.full((bids, 2), field_kernel.NONE, dtype=np.int64),
    )


def filled(flat: Flat, guide: kernel.Guide, wanted: Ints) -> Awards:
    """The wanted (option, start), as far as they fit, in that order; then whatever else fits."""
    field, terms = empty_field(flat), terms_of(flat)
    field_kernel.place_all(terms, field, wanted)
    everything = np.ones(len(flat.room), dtype=np.bool_)
    order = np.argsort(guide.logs[:, 1] - guide.logs[:, 0], kind="stable")
    field_kernel.fill(terms, field, guide.sums, everything, order)
    return Awards(field.award, int(field_kernel.points_of(terms, field.award)))


def simplest(flat: Flat, params: EngineParams = PARAMS) -> Awards:
    """The best of what plain orders give: by value / size^power, each bid at its best start, or at
    the first that there is.

    No search begins below them.
    """
    units = flat.legs[:, QUANTITY] * flat.legs[:, DURATION] * (flat.legs[:, ROW] < flat.pools)
    size = np.bincount(_option_of(flat), weights=units, minlength=len(flat.options))
    reserve = flat.reserve.astype(np.float64)
    terms, everything = terms_of(flat), np.ones(len(flat.room), dtype=np.bool_)
    found = []
    for power in params.simple_powers:
        score = flat.options[:, VALUE] / np.maximum(size, 1.0) ** power
        best = np.full(len(flat.bids), -np.inf)
        np.maximum.at(best, flat.options[:, BID], score)
        order = np.argsort(-best, kind="stable")
        field, first = empty_field(flat), empty_field(flat)
        field_kernel.fill(terms, field, reserve, everything, order)
        field_kernel.fill_first(terms, first, order)
        found += [
            Awards(award, int(field_kernel.points_of(terms, award)))
            for award in (field.award, first.award)
        ]
    return max(found, key=lambda each: each.points)


def brought_forward(
    flat: Flat, awards: Awards, sums: Ints, rank: Ints, params: EngineParams = PARAMS
) -> Awards:
    """Each award at the cheapest start of its option that is free, the earliest among equals.

    ``sums``: the published prices' sums in points, [row, slot + 1]. Winners are taken by start,
    then by ``rank``; none moves to where it gains less.
    """
    field, terms = empty_field(flat), terms_of(flat)
    field_kernel.place_all(terms, field, awards.award[awards.award[:, 0] >= 0])
    for _ in range(params.start_passes):
        won = np.flatnonzero(field.award[:, 0] >= 0)
        order = won[np.lexsort((rank[won], field.award[won, 1]))]
        if not field_kernel.bring_forward(terms, field, sums, order):
            break
    everything = np.ones(len(flat.room), dtype=np.bool_)
    lost = np.flatnonzero(field.award[:, 0] < 0)
    field_kernel.fill(terms, field, sums.astype(np.float64), everything, lost)
    return Awards(field.award, int(field_kernel.points_of(terms, field.award)))


class Search:
    """Awards under change, and the best that was met."""

    def __init__(
        self, flat: Flat, guide: kernel.Guide, awards: Awards, seed: int, params: EngineParams
    ) -> None:
        self.flat, self.guide, self.terms = flat, guide, terms_of(flat)
        self.params, self.best = params, awards
        self.seeds = np.unique(guide.listed)
        self.chance = np.random.Generator(np.random.PCG64(seed))
        self.streams = [self._stream() for _ in range(params.search_parts)]
        self.moves, cached = params.search_first_moves, params.cached_bids
        self.steps_per_unit = params.search_steps_per_unit * cached // (cached + len(flat.bids))
        self.resume()
        self.weight = np.bincount(flat.legs[:, ROW], minlength=len(flat.room))[: flat.pools]

    def _stream(self) -> Ints:
        return self.chance.integers(1, 2**63, size=1).astype(np.uint64)

    def resume(self) -> None:
        """Go on from the best met."""
        self.field = empty_field(self.flat)
        self.points = self.best.points
        field_kernel.place_all(self.terms, self.field, self.best.award[self.best.award[:, 0] >= 0])

    def round(self, pool: ThreadPoolExecutor, heat: float) -> int:
        """One round of both parts; the units of work it took."""
        field = self.field
        np.copyto(field.kept, field.award)
        parts = [each for each in self._parts() if len(each.seeds)]
        sizes = self.params.ruin_most_awards, self.params.refill_draws
        jobs = [
            pool.submit(
                kernel.search, self.terms, field, self.guide, each, self.moves, heat, *sizes
            )
            for each in parts
        ]
        for job in jobs:
            job.result()
        best = self.points + sum(int(each.tally[kernel.BEST]) for each in parts)
        if best > self.best.points:
            self.best = Awards(field.kept.copy(), best)
        self.points += sum(int(each.tally[kernel.CURRENT]) for each in parts)
        steps = [int(each.tally[kernel.STEPS]) for each in parts]
        if max(steps, default=0):
            wanted = self.params.search_round_units * self.steps_per_unit
            self.moves = max(self.moves * wanted // max(steps), 16)
        return 1 + max(steps, default=0) // self.steps_per_unit

    def _parts(self) -> list[kernel.Part]:
        """Pools dealt out to both sides, about even in demand; each bid to one side at most."""
        side = self._sides()
        flat, sides, nobody = self.flat, int(side.max(initial=0)) + 1, self.params.search_parts
        option = self.field.award[:, 0]
        lost = option < 0
        holder = np.where(lost, self.chance.integers(0, sides, size=len(option)), 0)
        first, last = flat.options[option, LEG_FIRST], flat.options[option, LEG_LAST]
        holder = np.where(lost, holder, side[flat.legs[first, ROW]])
        for bid in np.flatnonzero(~lost & (last - first > 1)).tolist():
            if (side[flat.legs[first[bid] : last[bid], ROW]] != holder[bid]).any():
                holder[bid] = nobody  # across sides, so in no part of this round
        if len(flat.limit):
            team = self.chance.integers(0, sides, size=len(flat.limit))[flat.bids[:, TEAM]]
            limited = flat.bids[:, TEAM] >= 0
            holder = np.where(limited & lost, team, holder)
            holder = np.where(limited & (holder != team), nobody, holder)
        return [self._part(each, side == each, holder == each) for each in range(sides)]

    def _sides(self) -> Ints:
        """The side of each row: pools at random, the smaller side first; a cap as its pool."""
        flat = self.flat
        side = np.zeros(len(flat.room), dtype=np.int64)
        if flat.pools > 1:
            load = [0] * self.params.search_parts
            for row in self.chance.permutation(flat.pools).tolist():
                at = load.index(min(load))
                side[row] = at
                load[at] += int(self.weight[row]) + 1
        side[flat.pools :] = side[flat.cap_pool]
        return side

    def _part(self, number: int, rows: Flags, bids: Flags) -> kernel.Part:
        most = kernel.MOST
        return kernel.Part(
            rows=rows,
            bids=bids,
            seeds=self.seeds[bids[self.flat.options[self.seeds, BID]]],
            chance=self.streams[number],
            tally=np.zeros(5, dtype=np.int64),
            mark=np.zeros(len(bids), dtype=np.int64),
            journal=np.zeros(len(bids) + 2 * most, dtype=np.int64),
            taken=np.zeros((most, 3), dtype=np.int64),
            placed=np.zeros(most, dtype=np.int64),
            pick=np.zeros(most, dtype=np.int64),
            score=np.zeros(most),
        )


def ruin_and_recreate(
    flat: Flat,
    guide: kernel.Guide,
    awards: Awards,
    seed: int,
    effort: Effort,
    enough: int,
    params: EngineParams = PARAMS,
) -> Awards:
    """The best awards met until the effort is spent or they gain ``enough`` points."""
    if not len(guide.listed):
        return awards
    search = Search(flat, guide, awards, seed, params)
    total = max(effort.left, 1)
    mean = max(awards.points - flat.bonuses, 0) / max(int((awards.award[:, 0] >= 0).sum()), 1)
    length = min(1.0, effort.left / (params.long_units * len(flat.bids)))
    hot = params.first_heat * mean * length**2
    last = False
    with ThreadPoolExecutor(params.search_parts) as pool:
        while not effort.over and search.best.points < enough:
            left = effort.left / total
            if left < params.calm_share and not last:
                last = True
                search.resume()
            heat = 0.0 if last else hot * params.last_heat ** (1 - left)
            effort.spend(search.round(pool, heat))
            effort.news.found(search.best.points * flat.per_point)
    return search.best
