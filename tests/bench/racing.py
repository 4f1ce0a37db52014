"""Surplus in the same or less time than general solvers have, and beside long runs."""

from collections.abc import Iterator
from typing import Final

from tests.bench import long_runs
from tests.bench.cells import Bench, Result
from tests.bench.plan import CLUSTER, Plan
from tests.bench.proving import files
from tests.bench.rows import Row, geometric_mean, percent, seconds

EVEN: Final = 1.00
AHEAD: Final = 1.08
LONG_SHARE: Final = 0.99
HEURISTICS: Final = ("fifo", "greedy")
BLOCK_BARS: Final = {0: 0.985, 1: 0.980}
SCARCE_SHARE: Final = 0.995
SCARCE: Final = (("dense", 2000), ("long", 2000), ("wide", 1500))
DEFAULT: Final = (*SCARCE, ("week", 2000))
DEFAULT_S: Final = 120.0


def failure(section: str, problem: str, found: Result) -> Row:
    """The row of an outcome that does not count: killed, failed or unsound."""
    why = found.faults[0] if found.faults else f"{found.state}: {found.why}"
    return Row(section=section, problem=problem, figure=why, reached=False)


def best_peer(bench: Bench, plan: Plan, problem: str) -> tuple[str, float]:
    """The peer with the greatest surplus in its best run, and that surplus."""
    found = {name: bench.peer(problem, name, plan.peer_s) for name in HEURISTICS}
    best = {name: result.surplus for name, result in found.items() if result.ok}
    for name in plan.peers:
        runs = [
            bench.peer(problem, name, plan.peer_s, run=run) for run in range(1, plan.peer_runs + 1)
        ]
        best |= {name: max((run.surplus for run in runs if run.ok), default=0.0)}
    winner = max(best, key=lambda name: best[name])
    return winner, best[winner]


def share_of_relaxation(bench: Bench, plan: Plan, problem: str, own: Result) -> tuple[float, str]:
    """Our surplus over the LP bound; over our own bound where the LP is not solved in time."""
    relaxed = bench.peer(problem, "lp", plan.relaxation_s)
    if relaxed.ok and relaxed.bound:
        return own.surplus / relaxed.bound, "of the LP bound"
    return own.surplus / (own.price_bound or 1.0), "of our own bound (no LP bound in time)"


def surplus_2000(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each file of 2,000 bids: the ratio to the best peer, and all files' geometric mean."""
    ratios = []
    for family in CLUSTER:
        for problem in files(bench, plan, family, 2000):
            own = bench.own(problem, plan.engine_s)
            if not own.ok:
                ratios.append(0.0)
                yield failure("surplus-2000", problem, own)
                continue
            peer, surplus = best_peer(bench, plan, problem)
            ratios.append(own.surplus / surplus if surplus > 0 else 1.0)
            share, of = share_of_relaxation(bench, plan, problem, own)
            yield Row(
                section="surplus-2000",
                problem=problem,
                figure=f"{ratios[-1]:.4f} × in {plan.engine_s:g} s",
                baseline=f"{peer} {surplus:.2f} (best of {plan.peer_runs} × {plan.peer_s:g} s)",
                bar=f"≥ {EVEN:.2f} ×",
                reached=ratios[-1] >= EVEN,
                note=f"{percent(share)} {of}; whole process {seconds(own.wall_s)}",
            )
    if len(ratios) > 1:
        mean = geometric_mean(ratios)
        yield Row(
            section="surplus-2000",
            problem=f"{len(ratios)} files",
            figure=f"{mean:.4f} × in geometric mean",
            baseline="the best peer of each file",
            bar=f"≥ {AHEAD:.2f} ×",
            reached=mean >= AHEAD,
        )


def long_2000(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each file of 2,000 bids: the share of the best surplus that any stored long run found."""
    if not plan.long_s or not plan.every_file:
        return
    stored = long_runs.Stored.read()
    for family in CLUSTER:
        for problem in files(bench, plan, family, 2000):
            if plan.long:
                stored.run(bench, problem, plan.peers, plan.long_s)
            best = stored.best(bench.shelf.path(problem))
            if best is None:
                yield Row(
                    section="long-2000",
                    problem=problem,
                    figure="no stored run",
                    note="make one: python -m tests.bench --section long-2000 --long",
                )
                continue
            own = bench.own(problem, plan.engine_s)
            if not own.ok:
                yield failure("long-2000", problem, own)
                continue
            share = own.surplus / best.surplus
            yield Row(
                section="long-2000",
                problem=problem,
                figure=f"{share:.4f} × in {plan.engine_s:g} s",
                baseline=f"{best.solver} {best.surplus:.2f} in {best.seconds:g} s (stored)",
                bar=f"≥ {LONG_SHARE:.2f} ×",
                reached=share >= LONG_SHARE,
                note=f"long runs of {', '.join(stored.solvers(bench.shelf.path(problem)))}",
            )


def scarce(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Bids that need many things at once, or few things for long: the ratio to the best peer."""
    for family, bids in SCARCE:
        for problem in files(bench, plan, family, bids):
            own = bench.own(problem, plan.engine_s)
            if not own.ok:
                yield failure("scarce-2000", problem, own)
                continue
            peer, surplus = best_peer(bench, plan, problem)
            ratio = own.surplus / surplus if surplus > 0 else 1.0
            yield Row(
                section="scarce-2000",
                problem=problem,
                figure=f"{ratio:.4f} × in {plan.engine_s:g} s",
                baseline=f"{peer} {surplus:.2f} (best of {plan.peer_runs} × {plan.peer_s:g} s)",
                bar=f"≥ {SCARCE_SHARE:.3f} ×",
                reached=ratio >= SCARCE_SHARE,
                note=f"whole process {seconds(own.wall_s)}",
            )


def default_work(bench: Bench, plan: Plan) -> Iterator[Row]:
    """The default work, whole: it ends, however hard the problem is."""
    for family, bids in DEFAULT:
        for problem in files(bench, plan, family, bids):
            own = bench.own(problem, None)
            if not own.ok:
                yield failure("default-work", problem, own)
                continue
            greedy = bench.peer(problem, "greedy", plan.peer_s)
            yield Row(
                section="default-work",
                problem=problem,
                figure=f"whole process {seconds(own.wall_s)}",
                baseline=f"greedy by density has {greedy.surplus / own.surplus:.4f} × the surplus",
                bar=f"≤ {DEFAULT_S:g} s",
                reached=own.wall_s <= DEFAULT_S and greedy.surplus <= own.surplus,
                note=f"surplus {own.surplus:.2f}",
            )


def block(bench: Bench, plan: Plan) -> Iterator[Row]:
    """The GPU-block auction: our share of the LP bound, beside greedy's and SCIP's."""
    for seed in plan.block_seeds:
        problem = f"own-block-1000-{seed}"
        if not plan.wants(problem):
            continue
        own = bench.own(problem, plan.block_s)
        if not own.ok:
            yield failure("block", problem, own)
            continue
        share, of = share_of_relaxation(bench, plan, problem, own)
        top = own.surplus / share if share else 1.0
        others = {name: bench.peer(problem, name, plan.block_s) for name in ("scip", "greedy")}
        beside = [f"{name} {found.surplus / top:.4f}" for name, found in others.items()]
        yield Row(
            section="block",
            problem=problem,
            figure=f"{share:.4f} {of} in {plan.block_s:g} s",
            baseline=", ".join(beside),
            bar=f"≥ {BLOCK_BARS[seed]:.3f}",
            reached=share >= BLOCK_BARS[seed],
        )
