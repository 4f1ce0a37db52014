"""Choices among columns that share single units, such as combinatorial auctions.

SCIP proves most of these first, CP-SAT the others, so both run side by side, to SCIP's margin. Who
is faster on a machine must not change the answer where several gain the same. So it is CP-SAT's
where CP-SAT finds it early, counted in its own work, and otherwise SCIP's, unless that ends its
work without one.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from allocator.engine.effort import Effort
from allocator.engine.lattice import Lattice
from allocator.engine.params import PARAMS, EngineParams
from allocator.engine.proofs import exact, scip
from allocator.engine.proofs.exact import Column, CpSat, Row, Running, Selection, Solved

POLL_S: Final = 0.01  # such a choice is often made within a few of these


class Singles:
    """One such choice, and the two at work on it; ``known``: columns that fit together.

    Raises ``TooLarge`` beyond CP-SAT's numbers.
    """

    def __init__(
        self,
        lattice: Lattice,
        columns: Sequence[Column],
        limits: Sequence[Row],
        known: Sequence[int],
        params: EngineParams = PARAMS,
    ) -> None:
        self.columns, self.known, self.params = columns, tuple(known), params
        self.selection = Selection(lattice, columns, limits)
        self.selection.maximise(self.selection.worths)
        bids = {int(lattice.bid_of[column.option]) for column in columns}
        self.alternatives = len(bids) < len(columns)  # then the LP's cuts pay for themselves
        self.scip = scip.Prover(lattice, columns, limits, params)
        self.early = self._search(self.known)

    def _search(self, known: Sequence[int]) -> CpSat:
        self.selection.hint(known)
        return CpSat(self.selection, self.params, by_lp=self.alternatives)

    def decided(self, effort: Effort) -> Solved | None:
        """The best choice, proven where its bound is no higher than SCIP's margin; None where
        neither has one to offer."""
        units = effort.left
        with ThreadPoolExecutor(2) as beside:
            other = beside.submit(self.scip.run, units)
            try:
                found = self._raced(beside, other, units, effort)
            finally:
                exact.halt((other, self.scip.stop))
        found = [*found, exact.outcome(other)]
        solved = [each for each in found if each is not None]
        effort.spend(max((each.spent for each in solved), default=1))
        return self._answer(solved, exact.outcome(other))

    def _raced(
        self, beside: ThreadPoolExecutor, other: Running, units: int, effort: Effort
    ) -> list[Solved | None]:
        """What CP-SAT found, early and late; SCIP has ended by then, or need not go on."""

        def proven() -> bool:
            solved = exact.outcome(other) if other.done() else None
            return solved is not None and solved.proven

        def matched() -> bool:
            return proven() and self._early(self._gain(other.result())) is not None

        first = min(units, self.params.early_units)
        early = self._attended(beside, self.early, first, matched, effort)
        if effort.stop() or matched() or (early is not None and early.proven):
            return [early]
        late: Solved | None = None
        if units > first and not proven():
            search = self._search(self.known if early is None else early.chosen)
            late = self._attended(beside, search, units - first, proven, effort)
        same = late is not None and late.proven and self._early(self._gain(late)) is not None
        while not (same or exact.done(other, POLL_S) or effort.stop()):
            pass
        return [early, late]

    def _attended(
        self,
        beside: ThreadPoolExecutor,
        search: CpSat,
        units: int,
        pointless: Callable[[], bool],
        effort: Effort,
    ) -> Solved | None:
        """What the search found, until it ends or need not go on."""
        running = beside.submit(search.run, units)
        try:
            while not (exact.done(running, POLL_S) or pointless() or effort.stop()):
                pass
        finally:
            exact.halt((running, search.stop))
        return exact.outcome(running)

    def _gain(self, found: Solved | None) -> int:
        return sum(self.columns[i].gain for i in found.chosen) if found is not None else 0

    def _early(self, gain: int) -> tuple[int, ...] | None:
        """What was known, or found early, that gains as much within a hair."""
        enough = scip.lowered(gain)
        if sum(self.columns[i].gain for i in self.known) >= enough:
            return self.known
        return self.early.first(enough)

    def _answer(self, found: Sequence[Solved], other: Solved | None) -> Solved | None:
        if not found:
            return None
        spent = max(each.spent for each in found)
        proven = [each for each in found if each.proven]
        if not proven:
            best = max(found, key=self._gain)
            return Solved(best.chosen, min(each.bound for each in found), proven=False, spent=spent)
        chosen = self._early(max(map(self._gain, proven)))
        if chosen is None:
            chosen = (other if other in proven else proven[-1]).chosen
        gain = sum(self.columns[i].gain for i in chosen)
        return Solved(chosen, scip.raised(gain), proven=False, spent=spent)
