"""Who gets what: construction, ruin and recreate, exact choice, repacking, in that order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from allocator import exact, greedy, ties
from allocator.effort import Effort
from allocator.improve import ruin_and_recreate
from allocator.lattice import Ints, Lattice
from allocator.outcome import Award, ClearingRules, PaymentRule
from allocator.packing import Guide, Packing
from allocator.prices import bound
from allocator.relaxation import Relaxed
from allocator.starts import bring_forward
from allocator.windows import repack

EXACT_COLUMNS: Final = 10_000  # with more, repacking earns more than a try at a proof
RUIN_SHARE: Final = 0.15
EXACT_SHARE: Final = 0.15
PROOF_SHARE: Final = 0.8  # where the payment rule asks for a proof
EASY_COLUMNS: Final = 500  # with no more, the exact solve comes first


@dataclass(frozen=True, slots=True)
class Allocation:
    """A packing, and an upper bound (grains) that an exact solve proved, where one did."""

    packing: Packing
    optimal: bool = False  # exactly: no allocation has a greater surplus
    proven: int | None = None


def plain(lattice: Lattice, relaxed: Relaxed, prices_ucr: Ints, effort: Effort) -> Allocation:
    """The plainer engine: the best of several orders, without any solver."""
    guide = Guide(lattice, relaxed.guide_ucr)
    packing = greedy.construct(lattice, guide, relaxed.guide_ucr, effort)
    bring_forward(lattice, packing, prices_ucr)
    ties.settle(lattice, packing)
    return Allocation(packing)


def allocate(
    lattice: Lattice,
    relaxed: Relaxed,
    prices_ucr: Ints,
    rules: ClearingRules,
    effort: Effort,
    warm: Sequence[Award] = (),
) -> Allocation:
    """The best allocation found within the effort; proven where that was possible."""
    guide = Guide(lattice, relaxed.guide_ucr)
    packing = greedy.construct(lattice, guide, relaxed.guide_ucr, effort)
    if relaxed.taken:
        rounded = greedy.from_shares(lattice, guide, relaxed.taken, relaxed.guide_ucr)
        packing = max(packing, rounded, key=lambda each: each.surplus)
    if warm:
        resumed = greedy.resume(lattice, guide, warm, relaxed.guide_ucr)
        packing = max(packing, resumed, key=lambda each: each.surplus)
    top = bound(lattice, prices_ucr)
    packing, proven = _search(guide, packing, prices_ucr, rules, effort)
    least = top if proven is None else min(top, proven)
    bring_forward(lattice, packing, prices_ucr)
    greedy.fill(packing, greedy.by_price(lattice, relaxed.guide_ucr).tolist(), guide)
    ties.settle(lattice, packing)
    return Allocation(packing, packing.surplus >= least, proven)


def _search(
    guide: Guide, packing: Packing, prices_ucr: Ints, rules: ClearingRules, effort: Effort
) -> tuple[Packing, int | None]:
    """Small problems exactly; others by ruin and recreate, a try at a proof, and repacking."""
    lattice = guide.lattice
    columns = worthwhile(lattice, packing.surplus, prices_ucr)
    if columns is None or len(columns) > EASY_COLUMNS:
        if packing.surplus >= bound(lattice, prices_ucr):
            return packing, None
        packing = ruin_and_recreate(packing, guide, rules.seed, effort.part(RUIN_SHARE))
        columns = worthwhile(lattice, packing.surplus, prices_ucr)
    proven: int | None = None
    if columns is not None and not effort.over:
        needed = rules.payment in (PaymentRule.VCG, PaymentRule.CORE)
        share = PROOF_SHARE if needed else EXACT_SHARE
        packing, proven = prove(packing, columns, effort.part(share))
        if proven is not None and proven <= packing.surplus:
            return packing, proven
    return repack(lattice, packing, guide, rules.seed, effort), proven


def worthwhile(lattice: Lattice, surplus: int, prices_ucr: Ints) -> list[exact.Column] | None:
    """Every column that an allocation with at least this surplus can hold; None if too many.

    A column that is worth less than its bid's best at the published prices, by more than the
    bound exceeds the surplus, is in no such allocation (reduced-cost fixing, exact here).
    """
    slack = bound(lattice, prices_ucr) - surplus
    exact_prices = lattice.exact(prices_ucr)
    best = lattice.best_of_bids(exact_prices)
    prefix = lattice.prefix(exact_prices)
    reserve = lattice.prefix(lattice.exact(lattice.reserve_ucr))
    found: list[exact.Column] = []
    for piece in lattice.chunks():
        value = lattice.value[piece.option]
        lack = best[lattice.bid_of[piece.option]] - (value - lattice.cost(piece, prefix))
        gain = value - lattice.cost(piece, reserve)
        hits = np.flatnonzero((lack <= slack) & (gain > 0))
        if len(found) + len(hits) > EXACT_COLUMNS:
            return None
        found.extend(
            exact.Column(int(option), int(start), int(each))
            for option, start, each in zip(
                piece.option[hits], piece.start[hits], gain[hits], strict=True
            )
        )
    return found


def prove(
    packing: Packing, columns: list[exact.Column], effort: Effort
) -> tuple[Packing, int | None]:
    """Choose exactly among all columns that matter; the better packing, and what is proven."""
    lattice = packing.lattice
    empty = Packing(lattice)
    where = exact.places(columns)
    awards = zip(packing.option.tolist(), packing.start.tolist(), strict=True)
    hint = {where[award] for award in awards if award in where}
    solved = exact.select(empty, columns, hint, effort.left)
    effort.spend(solved.spent if solved is not None else effort.left)
    if solved is None:
        return packing, None
    chosen = solved.chosen
    if sum(columns[i].gain for i in chosen) < packing.surplus:
        return packing, max(solved.bound, packing.surplus)
    if solved.proven:
        tied = exact.first_among_equals(empty, columns, chosen, effort.left)
        if sum(columns[i].gain for i in tied) >= sum(columns[i].gain for i in chosen):
            chosen = tied
    for i in chosen:
        empty.place(*columns[i])
    return empty, max(solved.bound, empty.surplus)
