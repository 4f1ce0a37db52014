"""Who gets what: construction, ruin and recreate, exact choice, in that order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.engine import greedy, ties
from allocator.engine.bounds.prices import bound
from allocator.engine.bounds.relaxation import Relaxed
from allocator.engine.effort import Effort
from allocator.engine.flat import Flat, exact_sums, price_sums
from allocator.engine.lattice import Floats, Ints, Lattice
from allocator.engine.packing import Gains, Packing
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.starts import bring_forward
from allocator.outcome import Award, ClearingRules

if TYPE_CHECKING:
    from allocator.engine.improve import Awards
    from allocator.engine.kernels.search_kernel import Guide

PPM: Final = 10**6


@dataclass(frozen=True, slots=True)
class Allocation:
    """A packing, and an upper bound (grains) that an exact solve proved, where one did."""

    packing: Packing
    optimal: bool = False  # exactly: no allocation has a greater surplus
    proven: int | None = None
    solver: str | None = None


def plain(
    lattice: Lattice,
    relaxed: Relaxed,
    prices_ucr: Ints,
    effort: Effort,
    warm: Sequence[Award] = (),
    params: EngineParams = PARAMS,
) -> Allocation:
    """The plainer engine: the best of several orders, without any search."""
    gains = Gains(lattice, relaxed.guide_ucr)
    packing = max(
        greedy.construct(lattice, gains, relaxed.guide_ucr, effort, params),
        greedy.simplest(lattice, gains, params),
        greedy.resume(lattice, gains, warm, relaxed.guide_ucr),
        key=_surplus,
    )
    bring_forward(lattice, packing, prices_ucr, params)
    ties.settle(lattice, packing)
    return Allocation(packing)


def allocate(
    lattice: Lattice,
    flat: Flat,
    relaxed: Relaxed,
    prices_ucr: Ints,
    rules: ClearingRules,
    effort: Effort,
    warm: Sequence[Award] = (),
    params: EngineParams = PARAMS,
) -> Allocation:
    """The best allocation found within the effort; proven where that was possible."""
    top = bound(lattice, prices_ucr)
    effort.news.proven(top)
    work = _Work(lattice, flat, relaxed, prices_ucr, top, rules, effort, params)
    found = work.small(warm) if lattice.count <= params.easy_columns else work.large(warm)
    packing = found.packing
    least = top if found.proven is None else min(top, found.proven)
    if lattice.count > params.easy_columns:
        packing = work.brought_forward(packing)
    else:
        bring_forward(lattice, packing, prices_ucr, params)
        order = greedy.by_price(lattice, relaxed.guide_ucr).tolist()
        greedy.fill(packing, order, Gains(lattice, relaxed.guide_ucr))
    ties.settle(lattice, packing)
    return Allocation(packing, packing.surplus >= least, found.proven, found.solver)


def _points(awards: "Awards") -> int:
    return awards.points


def _surplus(packing: Packing) -> int:
    return packing.surplus


@dataclass(slots=True)
class _Work:
    lattice: Lattice
    flat: Flat
    relaxed: Relaxed
    prices_ucr: Ints
    top: int  # what these prices prove (grains)
    rules: ClearingRules
    effort: Effort
    params: EngineParams

    @property
    def needed(self) -> bool:
        """Whether the payment rule means nothing without a proof."""
        return self.rules.payment.needs_proof

    def small(self, warm: Sequence[Award]) -> Allocation:
        """Exactly, after a plain construction."""
        gains = Gains(self.lattice, self.relaxed.guide_ucr)
        prices, effort = self.relaxed.guide_ucr, self.effort
        packing = greedy.construct(self.lattice, gains, prices, effort, self.params, few=True)
        if warm:
            resumed = greedy.resume(self.lattice, gains, warm, prices)
            packing = max(packing, resumed, key=_surplus)
        found = self._prove(Allocation(packing), effort)
        if found.optimal:
            return found
        plain = greedy.simplest(self.lattice, gains, self.params)
        return replace(found, packing=max(found.packing, plain, key=_surplus))

    def large(self, warm: Sequence[Award]) -> Allocation:
        """By search; with tries at a proof where few columns are left that can matter."""
        from allocator.engine import improve

        guide = self._guide(self.relaxed.guide_ucr)
        starts = [*self.relaxed.plans, greedy.wanted(self.lattice, ())]
        if warm:
            starts.append(greedy.wanted(self.lattice, warm))
        begun = [improve.filled(self.flat, guide, self._staying(start)) for start in starts]
        simplest = improve.simplest(self.flat, self.params)
        if simplest.points > max(map(_points, begun)):
            begun.insert(0, simplest)
        few = self.lattice.count <= self.params.provable_columns or self.needed
        if not few:
            return Allocation(self._searched((), begun, self.effort))
        first = self.effort.upto(min(self.params.first_units, self.effort.left // 4))
        best = max(begun, key=_points)
        found = Allocation(self._packing(self._improved(guide, best, first)))
        share = 1.0 if self.needed else self.params.first_share
        found = self._prove(found, self.effort, share)
        if self._near(found):
            found = self._prove(found, self.effort, self.params.near_try_share)
        if found.optimal or self.effort.over:
            return found
        awards = improve.Awards.of(self.flat, found.packing.option, found.packing.start)
        packing = self._searched([awards], begun, self.effort.part(self.params.search_share))
        better = max(found.packing, packing, key=_surplus)
        return self._prove(replace(found, packing=better), self.effort)

    def _staying(self, start: Ints) -> Ints:
        """A start with those first that win in any case: where it wants them, or as they stand."""
        stays = self.lattice.stays
        if not stays.any():
            return start
        first = self.lattice.bid_first[:-1][stays]  # the place that each holds, at one start
        held = np.stack([first, self.lattice.low[first]], axis=1)
        mine = stays[self.lattice.bid_of[start[:, 0]]]
        return np.concatenate([start[mine], held, start[~mine]])

    def _near(self, found: Allocation) -> bool:
        """Whether a proof came near what was found, but not to its end."""
        if found.optimal or found.proven is None:
            return False
        gap = found.proven - found.packing.surplus
        return gap <= self.params.near_gap * abs(found.proven - self.lattice.bonuses)

    def _guide(self, prices_ucr: Floats) -> "Guide":
        from allocator.engine import improve

        sums = price_sums(self.flat, self.lattice, prices_ucr)
        return improve.guide_of(self.flat, sums, self.params)

    def _improved(
        self, guide: "Guide", found: "Awards", effort: Effort, number: int = 0
    ) -> "Awards":
        from allocator.engine import improve

        seed = self.rules.seed + number
        return improve.ruin_and_recreate(
            self.flat, guide, found, seed, effort, self._enough(), self.params
        )

    def _searched(
        self, first: "Sequence[Awards]", begun: "Sequence[Awards]", effort: Effort
    ) -> Packing:
        """Search from the best of these; where there is effort for it, after trials from as many
        as it allows, the first ones first.

        Where few large awards decide, the start and the chances that a search leaves with matter
        more than how long it goes on, and the best start is not the one that leads furthest.
        """
        from allocator.engine import improve

        guide, starts = self._for_search(effort)
        dived = [improve.filled(self.flat, guide, self._staying(start)) for start in starts]
        known = [*first, *dived, *begun]
        bids = len(self.flat.bids)
        budget = int(effort.left * self.params.trials_share)
        several = known[: budget // (self.params.trial_least_units * bids)]
        if len(several) < 2:
            best = max(known, key=_points)
            return self._packing(self._improved(guide, best, effort))
        trial = min(budget // len(several), self.params.trial_most_units * bids)
        tried = list(several)
        for number in range(budget // trial):
            if effort.over or max(map(_points, tried)) >= self._enough():
                break
            start = several[number % len(several)]
            tried.append(self._improved(guide, start, effort.upto(trial), number))
        last = self._improved(guide, max(tried, key=_points), effort)
        return self._packing(max(last, *known, key=_points))

    def _for_search(self, effort: Effort) -> "tuple[Guide, tuple[Ints, ...]]":
        """A guide, and starts out of the linear programme, for a search with this effort."""
        if self.relaxed.deeper is None:
            return self._guide(self.relaxed.guide_ucr), ()
        prices, starts = self.relaxed.deeper(effort, self.rules.seed)
        return self._guide(prices), starts

    def brought_forward(self, packing: Packing) -> Packing:
        """Winners at their cheapest free start, and whatever still fits beside them."""
        from allocator.engine import improve

        awards = improve.Awards.of(self.flat, packing.option, packing.start)
        sums = exact_sums(self.flat, self.lattice, self.prices_ucr)
        early = improve.brought_forward(self.flat, awards, sums, self.lattice.rank, self.params)
        moved = self._packing(early)
        return moved if moved.surplus >= packing.surplus else packing

    def _enough(self) -> int:
        """Points at which the proven gap is as small as was asked for."""
        wanted = self.top - abs(self.top - self.lattice.bonuses) * self.rules.gap_ppm // PPM
        return -(-wanted // self.flat.per_point)

    def _prove(self, found: Allocation, effort: Effort, share: float = 1.0) -> Allocation:
        """The better of what was found and an exact solve, with the least bound of both."""
        from allocator.engine.proofs.proof import prove

        proof = prove(
            self.lattice,
            found.packing,
            self.prices_ucr,
            effort,
            self.params,
            needed=self.needed,
            share=share,
        )
        bounds = [each for each in (found.proven, proof.bound) if each is not None]
        solver = found.solver if proof.bound is None else proof.solver
        return Allocation(proof.packing, proof.optimal, min(bounds, default=None), solver)

    def _packing(self, awards: "Awards") -> Packing:
        """The awards, recounted exactly; one worth less than its reserve cost is let go."""
        packing = Packing(self.lattice)
        for option, start in awards.award[awards.award[:, 0] >= 0].tolist():
            gain = int(self.lattice.value[option]) - self.lattice.reserve_cost(option, start)
            if gain >= 0:
                packing.place(option, start, gain)
        return packing
