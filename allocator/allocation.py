"""Who gets what: construction, ruin and recreate, exact choice, repacking, in that order."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from allocator import exact, greedy, ties
from allocator.effort import Effort
from allocator.improve import ruin_and_recreate
from allocator.lattice import Ints, Lattice
from allocator.packing import Guide, Packing
from allocator.prices import bound
from allocator.relaxation import Relaxed
from allocator.windows import repack

EXACT_COLUMNS: Final = 20_000
RUIN_SHARE: Final = 0.15
EXACT_SHARE: Final = 0.3
HARD_COLUMNS: Final = 2_500  # with more left after fixing, repacking earns more than a proof


@dataclass(frozen=True, slots=True)
class Allocation:
    """A packing, and an upper bound (grains) that an exact solve proved, where one did."""

    packing: Packing
    proven: int | None = None

    @property
    def optimal(self) -> bool:
        """Whether no allocation has a greater surplus, exactly."""
        return self.proven is not None and self.proven <= self.packing.surplus


def plain(lattice: Lattice, relaxed: Relaxed, effort: Effort) -> Allocation:
    """The plainer engine: the best of several orders, without any solver."""
    guide = Guide(lattice, relaxed.prices_ucr)
    packing = greedy.construct(lattice, guide, relaxed.prices_ucr, effort)
    ties.settle(lattice, packing)
    return Allocation(packing)


def allocate(
    lattice: Lattice, relaxed: Relaxed, prices_ucr: Ints, seed: int, effort: Effort
) -> Allocation:
    """The best allocation found within the effort; proven where that was possible."""
    guide = Guide(lattice, relaxed.prices_ucr)
    packing = greedy.construct(lattice, guide, relaxed.prices_ucr, effort)
    if relaxed.taken:
        rounded = greedy.from_shares(lattice, guide, relaxed.taken, relaxed.prices_ucr)
        packing = max(packing, rounded, key=lambda each: each.surplus)
    top = bound(lattice, prices_ucr)
    proven: int | None = None
    if packing.surplus < top and not effort.over:
        packing, proven = _search(lattice, guide, packing, prices_ucr, seed, effort)
    greedy.fill(packing, greedy.by_price(lattice, relaxed.prices_ucr).tolist(), guide)
    ties.settle(lattice, packing)
    return Allocation(packing, proven)


def _search(
    lattice: Lattice,
    guide: Guide,
    packing: Packing,
    prices_ucr: Ints,
    seed: int,
    effort: Effort,
) -> tuple[Packing, int | None]:
    columns = worthwhile(lattice, packing.surplus, prices_ucr)
    if columns is None or len(columns) > HARD_COLUMNS // 5:
        ruin = effort.part(RUIN_SHARE)
        packing = ruin_and_recreate(packing, guide, seed, ruin)
        effort.spend(ruin.spent)
        columns = worthwhile(lattice, packing.surplus, prices_ucr)
    proven: int | None = None
    if columns is not None and len(columns) <= HARD_COLUMNS and not effort.over:
        packing, proven = prove(packing, columns, effort)
        if proven is not None and proven <= packing.surplus:
            return packing, proven
    return repack(lattice, packing, guide, seed, effort), proven


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
    solved = exact.select(empty, columns, hint, int(effort.left * EXACT_SHARE))
    effort.spend(solved.spent if solved is not None else int(effort.left * EXACT_SHARE))
    if solved is None:
        return packing, None
    chosen = solved.chosen
    if sum(columns[i].gain for i in chosen) < packing.surplus:
        return packing, max(solved.bound, packing.surplus)
    if solved.proven:
        chosen = exact.first_among_equals(empty, columns, chosen, int(effort.left * EXACT_SHARE))
    for i in chosen:
        empty.place(*columns[i])
    return empty, max(solved.bound, empty.surplus)
