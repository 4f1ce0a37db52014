"""Time to a proven optimum, against the fastest general solver that proves one."""

import statistics
from collections.abc import Iterator
from typing import Final

from tests.bench.cells import Bench, Result
from tests.bench.plan import CLUSTER, Plan
from tests.bench.rows import Row, geometric_mean, percent, seconds

NEAR: Final = 1e-4
OPTIMAL: Final = 1e-6
SLIP: Final = 1e-9  # of a float that was written and read


def files(bench: Bench, plan: Plan, family: str, bids: int) -> list[str]:
    """The other bench's files of this kind, then ours; or the one that was asked for."""
    names = [*bench.shelf.given(family, bids), f"own-{family}-{bids}-1"]
    if plan.only is None:
        return names if plan.every_file else names[:1]
    kin = (f"{family}-{bids}-", f"own-{family}-{bids}-")
    return [plan.only] if plan.only.startswith(kin) else []


def exact_300(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each file of 300 bids: our time inside the call, beside the fastest peer's."""
    for family in CLUSTER:
        for problem in files(bench, plan, family, 300):
            duel = Duel(bench, plan, problem, NEAR, plan.peers)
            yield duel.row("exact-300", factor=1.25, allowance_s=0.5)


def combinatorial(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each combinatorial family, a few seeds: our time beside CP-SAT's and SCIP's."""
    for family in plan.auctions:
        ratios, held = [], []
        for seed in plan.auction_seeds:
            problem = f"own-{family}-500-{seed}"
            if not plan.wants(problem):
                continue
            duel = Duel(bench, plan, problem, OPTIMAL, ("cpsat-columns", "scip"), repeats=1)
            row = duel.row("combinatorial", factor=1.5, allowance_s=0.0)
            held.append(bool(row.reached))
            if duel.peer_s and duel.own_s:
                ratios.append(duel.own_s / duel.peer_s)
            yield row
        if len(held) > 1:
            mean = f"{geometric_mean(ratios):.2f} ×" if ratios else "none"
            yield Row(
                section="combinatorial",
                problem=f"{family}, all seeds",
                figure=f"{sum(held)} of {len(held)} within the bar",
                baseline=f"our time over the faster peer's, geometric mean {mean}",
            )


class Duel:
    """One problem, ours against some peers, all asked for the same proof in the same time."""

    def __init__(
        self,
        bench: Bench,
        plan: Plan,
        problem: str,
        gap: float,
        peers: tuple[str, ...],
        repeats: int | None = None,
    ) -> None:
        self.problem, self.gap, self.limit_s = problem, gap, plan.proof_s
        again = range(2, (repeats or plan.repeats) + 1)
        self.peers = {
            name: found
            for name in peers
            if (found := bench.peer(problem, name, self.limit_s, gap=gap)).ok
        }
        self.own = bench.call(problem, self.limit_s, gap=gap)
        proving = {name: found for name, found in self.peers.items() if found.proves(gap)}
        self.peer_s = self.own_s = 0.0
        self.fastest = min(proving, key=lambda name: proving[name].seconds) if proving else None
        if self.fastest:
            theirs = [proving[self.fastest]]
            theirs += [
                bench.peer(problem, self.fastest, self.limit_s, gap=gap, run=n) for n in again
            ]
            self.peer_s = statistics.median(found.seconds for found in theirs)
            ours = [self.own]
            if self.own.proves(gap):
                ours += [bench.call(problem, self.limit_s, gap=gap, run=n) for n in again]
            self.own_s = statistics.median(map(self._time, ours))

    def _time(self, found: Result) -> float:
        return found.seconds if found.proves(self.gap) else float("inf")

    def row(self, section: str, *, factor: float, allowance_s: float) -> Row:
        """A row by time where a peer proves its optimum, else by surplus and bound."""
        if not self.own.ok:
            why = self.own.faults[0] if self.own.faults else self.own.why
            return Row(section=section, problem=self.problem, figure=why, reached=False)
        if self.fastest is None:
            return self._by_gap(section)
        bar_s = factor * self.peer_s + allowance_s
        return Row(
            section=section,
            problem=self.problem,
            figure=f"proven to {self.gap:g} in {seconds(self.own_s)}",
            baseline=f"{self.fastest} {seconds(self.peer_s)}",
            bar=f"≤ {seconds(bar_s)}",
            reached=self.own_s <= bar_s,
            note="" if self.own.proves(self.gap) else f"gap {percent(best_gap(self.own))}",
        )

    def _by_gap(self, section: str) -> Row:
        """No peer proves it in time: as much surplus and as good a bound as the best of them."""
        surplus = max((found.surplus for found in self.peers.values()), default=0.0)
        bounds = [found.bound for found in self.peers.values() if found.bound is not None]
        bound = min(bounds, default=float("inf"))
        own_bound = float("inf") if self.own.bound is None else self.own.bound
        if section == "combinatorial":
            gaps = {name: best_gap(found) for name, found in self.peers.items()}
            best = min(gaps, key=lambda name: gaps[name], default="no peer")
            bar = gaps.get(best, float("inf"))
            return Row(
                section=section,
                problem=self.problem,
                figure=f"gap {percent(best_gap(self.own))} at {self.limit_s:g} s",
                baseline=f"{best} {percent(bar)}",
                bar=f"≤ {percent(bar)}",
                reached=best_gap(self.own) <= bar + SLIP,
            )
        enough = self.own.surplus >= surplus * (1 - SLIP) and own_bound <= bound * (1 + SLIP)
        return Row(
            section=section,
            problem=self.problem,
            figure=f"surplus {self.own.surplus:.2f}, bound {own_bound:.2f}",
            baseline=f"the peers' best, surplus {surplus:.2f}, bound {bound:.2f}",
            bar="surplus ≥, bound ≤",
            reached=enough,
            note=f"no peer proves it in {self.limit_s:g} s",
        )


def best_gap(found: Result) -> float:
    """The gap to the best bound, by prices or by a solver."""
    if found.bound is None or abs(found.bound) < 1e-12:
        return float("inf") if found.bound is None else 0.0
    return (found.bound - found.surplus) / abs(found.bound)
