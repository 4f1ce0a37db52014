"""Proof: the best packing among all columns that can matter, and what no packing can exceed.

Two searches run side by side. CP-SAT owns the packings, another solver proves bounds; neither
hears of the other until one of them ends it. So which of the two is faster on a machine does
not change the answer: with the proof from either, it is the first packing on CP-SAT's own way
that gains as much.
"""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from allocator.engine.bounds.prices import bound
from allocator.engine.effort import Effort, Stop
from allocator.engine.lattice import Ints, Lattice
from allocator.engine.packing import NOT_AWARDED, Packing
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs import branching, exact, parts, scip
from allocator.engine.proofs.branching import Tree
from allocator.engine.proofs.singles import Singles

ROUNDS: Final = 2  # of the parts: with what was not needed, those not proven are tried again


@dataclass(frozen=True, slots=True)
class Proof:
    """A packing, and an upper bound (grains) that a solver proved, where one did."""

    packing: Packing
    bound: int | None = None
    solver: str | None = None
    optimal: bool = False  # no allocation has a greater surplus, to the last grain


def prove(
    lattice: Lattice,
    packing: Packing,
    prices_ucr: Ints,
    effort: Effort,
    params: EngineParams = PARAMS,
    *,
    needed: bool = False,
    share: float = 1.0,
) -> Proof:
    """The better of ``packing`` and what an exact search finds, with what that proves.

    ``prices_ucr`` are the published prices: they tell which columns can matter. ``needed``: the
    payment rule asks for the proof, so it is tried however many columns there are. ``share``:
    of the effort that is left, how much it may take where the columns are one part.
    """
    top = bound(lattice, prices_ucr)
    if packing.surplus >= top:
        return Proof(packing, optimal=True)
    columns = worthwhile(lattice, packing.surplus, prices_ucr)
    if not columns:
        return Proof(packing, packing.surplus, exact.NAME, optimal=True)
    if effort.over or (len(columns) > params.proof_columns and not needed):
        return Proof(packing)
    limits = exact.rows(Packing(lattice), columns)
    several: Sequence[Sequence[int]] = [range(len(columns))]
    if len(columns) > params.tied_columns:
        several = parts.parted(lattice, columns, limits, params)
    try:
        if len(several) < 2:
            return _decided(packing, columns, limits, effort.part(share), params, needed=needed)
        share = max(share, params.parts_share)
        found = Parts(packing, columns, limits, several, params)
        return found.decided(effort.part(share), needed=needed)
    except exact.TooLarge:
        return Proof(packing)


def _decided(
    packing: Packing,
    columns: Sequence[exact.Column],
    limits: Sequence[exact.Row],
    effort: Effort,
    params: EngineParams,
    *,
    needed: bool,
) -> Proof:
    """The better of ``packing`` and the best choice found among these columns."""
    single = len(columns) > params.tied_columns and scip.fits(columns, limits, effort.left, params)
    if single and not needed:
        return _nearly(packing, columns, limits, effort, params)
    return Contest(packing, columns, limits, params).decided(effort)


class Parts:
    """Columns in parts that share nothing, each decided by itself. Raises ``TooLarge`` as they
    do."""

    def __init__(
        self,
        packing: Packing,
        columns: Sequence[exact.Column],
        limits: Sequence[exact.Row],
        several: Sequence[Sequence[int]],
        params: EngineParams,
    ) -> None:
        self.packing, self.params = packing, params
        self.columns = [[columns[i] for i in each] for each in several]
        self.limits = parts.limits_of(several, limits)
        self.found = [self._begun(each) for each in self.columns]

    def _begun(self, columns: Sequence[exact.Column]) -> Proof:
        known = [columns[i] for i in taken(self.packing, columns)]
        return Proof(packed(self.packing.lattice, known) or Packing(self.packing.lattice))

    def decided(self, effort: Effort, *, needed: bool) -> Proof:
        """All parts' answers together. What one part does not need is for those after it, and then
        for those that are not proven yet."""
        for _ in range(ROUNDS):
            open_ = [i for i, each in enumerate(self.found) if not _closed(each)]
            size = sum(len(self.columns[i]) for i in open_)
            for i in open_:
                if effort.over:
                    break
                own = self.columns[i]
                self._decide(i, effort.part(len(own) / size).quiet(), needed=needed)
                size -= len(own)
        return self._together()

    def _decide(self, number: int, effort: Effort, *, needed: bool) -> None:
        before, columns, limits = self.found[number], self.columns[number], self.limits[number]
        after = _decided(before.packing, columns, limits, effort, self.params, needed=needed)
        bounds = [each.bound for each in (before, after) if each.bound is not None]
        self.found[number] = replace(after, bound=min(bounds, default=None))

    def _together(self) -> Proof:
        awards = [award for each in self.found for award in _awards(each.packing)]
        whole = packed(self.packing.lattice, awards)
        if whole is None or whole.surplus < self.packing.surplus:
            whole = self.packing
        bounds = [each.bound for each in self.found if each.bound is not None]
        if len(bounds) < len(self.found):
            return Proof(whole)
        solvers = {each.solver for each in self.found}
        return Proof(
            whole,
            max(sum(bounds), whole.surplus),
            scip.NAME if scip.NAME in solvers else exact.NAME,
            optimal=all(each.optimal for each in self.found),
        )


def _closed(found: Proof) -> bool:
    """Whether the bound leaves nothing to find, but for a solver's margin."""
    gain = found.packing.surplus
    return found.bound is not None and found.bound <= scip.raised(gain)


def _awards(packing: Packing) -> list[exact.Column]:
    return [
        exact.Column(int(packing.option[bid]), int(packing.start[bid]), packing.gain[bid])
        for bid in packing.awarded().tolist()
    ]


def _nearly(
    packing: Packing,
    columns: Sequence[exact.Column],
    limits: Sequence[exact.Row],
    effort: Effort,
    params: EngineParams,
) -> Proof:
    """The answer within SCIP's margin."""
    known = taken(packing, columns)
    found = Singles(packing.lattice, columns, limits, known, params).decided(effort)
    if found is None:
        return Proof(packing)
    best = _better(packing, columns, found.chosen)
    return Proof(best, max(found.bound, best.surplus), scip.NAME)


class Contest:
    """Two searches for the best choice among the columns: one owns it, one proves bounds."""

    def __init__(
        self,
        packing: Packing,
        columns: Sequence[exact.Column],
        limits: Sequence[exact.Row],
        params: EngineParams,
    ) -> None:
        lattice = packing.lattice
        self.packing, self.columns, self.params = packing, columns, params
        selection = exact.Selection(lattice, columns, limits)
        selection.maximise(selection.worths)
        selection.hint(taken(packing, columns))
        legs = sum(len(lattice.legs[column.option]) for column in columns)
        crossing = legs >= params.crossing_legs * len(columns)
        several = any(row.limit > 1 for row in limits) and not crossing
        self.owner = exact.CpSat(selection, params, by_lp=several)
        self.prover: exact.CpSat | Tree = exact.CpSat(selection, params, by_cost=True)
        if not crossing and branching.fineness(columns, limits):
            self.prover = Tree(lattice, columns, limits, packing.surplus, params)

    def decided(self, effort: Effort) -> Proof:
        """The answer, when both have ended, or one has made the other pointless."""
        effort.news.found(self.packing.surplus)
        with ThreadPoolExecutor(2) as beside:
            owner = beside.submit(self.owner.run, effort.left)
            prover = beside.submit(self.prover.run, effort.left)
            try:
                self._watch(owner, prover, effort)
            finally:
                exact.halt((owner, self.owner.stop), (prover, self.prover.stop))
        found = [each for each in map(exact.outcome, (owner, prover)) if each is not None]
        effort.spend(max((each.spent for each in found), default=1))
        return self._proof(found, effort.stop)

    def _watch(self, owner: exact.Running, prover: exact.Running, effort: Effort) -> None:
        """Wait until the owner has what the prover proved, or proved it itself, or is told to."""
        running: set[exact.Running] = {owner, prover}
        while running and not effort.stop():
            _, running = wait(running, exact.POLL_S, FIRST_COMPLETED)
            effort.news.found(self.owner.gain)
            solved = exact.outcome(owner) if owner.done() else None
            if solved is not None and solved.proven:
                return
            proven = exact.outcome(prover) if prover.done() else None
            best = max(self.owner.gain, self.packing.surplus)
            if proven is not None and proven.bound <= best:
                return

    def _proof(self, found: Sequence[exact.Solved], stop: Stop) -> Proof:
        best = self.packing
        for each in found:
            best = _better(best, self.columns, each.chosen)
        if not found:
            return Proof(best)
        least = max(min(each.bound for each in found), best.surplus)
        if least > best.surplus:
            return Proof(best, least, exact.NAME)
        return Proof(self._tied(best, stop), least, exact.NAME, optimal=True)

    def _tied(self, best: Packing, stop: Stop) -> Packing:
        """Of the packings that gain as much, the first by tie order, where that is quick."""
        if len(self.columns) > self.params.tied_columns:
            return best
        empty, known = Packing(best.lattice), taken(best, self.columns)
        tied = exact.first_among_equals(
            empty, self.columns, known, self.params.tied_units, stop, self.params
        )
        found = packed(best.lattice, [self.columns[i] for i in tied])
        return best if found is None or found.surplus < best.surplus else found


def taken(packing: Packing, columns: Sequence[exact.Column]) -> list[int]:
    """The places in the list of what the packing awards."""
    where = exact.places(columns)
    awards = zip(packing.option.tolist(), packing.start.tolist(), strict=True)
    return [where[award] for award in awards if award in where]


def _better(best: Packing, columns: Sequence[exact.Column], chosen: Sequence[int]) -> Packing:
    """The packing of the chosen columns where it is one and gains more."""
    picked = [columns[i] for i in chosen]
    if sum(column.gain for column in picked) <= best.surplus:
        return best
    return packed(best.lattice, picked) or best


def packed(lattice: Lattice, columns: Sequence[exact.Column]) -> Packing | None:
    """The packing of these columns; None where they do not fit together after all."""
    packing = Packing(lattice)
    for column in columns:
        bid = lattice.bid_of[column.option]
        if packing.option[bid] != NOT_AWARDED or not packing.affordable(column.option):
            return None
        if not packing.fits(column.option, column.start):
            return None
        packing.place(*column)
    return packing


def worthwhile(lattice: Lattice, surplus: int, prices_ucr: Ints) -> list[exact.Column]:
    """Every column that an allocation with at least this surplus can hold.

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
        facts = (piece.option[hits], piece.start[hits], gain[hits])
        found += map(exact.Column, *(each.tolist() for each in facts))
    return found
