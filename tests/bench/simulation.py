"""Simulating: how many orders a second, beside other simulators, and many runs side by side.

Each simulator is a fresh process; its time is counted once its code is loaded, from the empty world
to the last result, and it is processor time, for others may be at work on the machine. What is
counted is not the same thing everywhere, so that it is named in every row: an order is new once; an
order row is a bid in one cycle's book, and an order that waits on bids in the next one again, as
ASSUME's row is one order in one market opening.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import children, machine, sweeping, whole
from tests.bench.cells import PYTHON, Bench
from tests.bench.children import Ran
from tests.bench.plan import Plan
from tests.bench.rows import Row
from tests.bench.sim_peers import environments, ours, workload
from tests.bench.sim_peers.environments import ACCASIM, ASSUME, NotThere, Peer
from tests.sim import crowds

SECTION: Final = "simulation"
PATIENCE_S: Final = 1_200.0
TURNS: Final = {True: 3, False: 1}
"""In full, or quickly."""

ORDERS: Final = {True: 4_800, False: 960}
HOURS: Final = {True: 336, False: 48}
"""Of ASSUME's market."""

TIMES: Final = 4
"""Our orders a second over accasim's jobs a second, at least."""

AIM: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a simulator said of a run: new orders, jobs or rows; ours says its bids too."""

    count: int
    wall_s: float
    cpu_s: float
    bids: int = 0

    def a_second(self, of: int | None = None) -> float:
        return (self.count if of is None else of) / self.cpu_s


class Failed(Exception):
    """A simulator that ended without a word: its complaint."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A peer's run, the middle one; None where it was not there, and then why."""

    run: Said | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many orders of a day, by how much of the room they want there is."""

    name: str
    orders: int
    units: int


def crowds_of(*, full: bool) -> tuple[Crowd, Crowd]:
    """One that wants two and a half times the room there is, one that nearly fits."""
    orders = ORDERS[full]
    return Crowd("crowded", orders, orders // 8), Crowd("roomy", orders, 3 * orders // 8)


def rows(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Ours and each peer in turns; the middle one of each, by processor time."""
    if plan.only is not None:
        return
    full = plan.every_file
    pythons = {one: _python(bench, one) for one in (ACCASIM, ASSUME)}
    assume = _assume(bench, pythons[ASSUME], full=full)
    for crowd in crowds_of(full=full):
        pace_s = machine.calibration_s()
        mine, easy = _both(bench, crowd, pythons[ACCASIM], TURNS[full])
        yield from told(crowd, mine, easy, assume, f"calibration loop {pace_s:.2f} s")
    yield from sweeping.rows(bench, plan)
    if full:
        yield from whole.rows(bench)


def _python(bench: Bench, peer: Peer) -> Path | str:
    """The Python of a peer's environment, or why there is none."""
    try:
        return environments.python_of(peer, bench.folder / "peers")
    except NotThere as bad:
        return f"{peer.requirement} cannot be installed: {bad}"


def _assume(bench: Bench, python: Path | str, *, full: bool) -> Beside:
    if isinstance(python, str):
        return Beside(None, python)
    with tempfile.TemporaryDirectory() as folder:
        words = [str(python), "-I", str(ASSUME.driver), f"{HOURS[full]}", f"{ours.TEAMS}", folder]
        bench.say(f"{ASSUME.name}, {HOURS[full]} hours")
        return _beside(lambda: spoken(children.run(words, PATIENCE_S)), TURNS[full])


def _both(
    bench: Bench, crowd: Crowd, python: Path | str, turns: int
) -> tuple[Said | Failed, Beside]:
    """Our run and accasim's, the middle one of each, in turns."""
    mine: list[Said] = []
    easy: list[Said] = []
    why = python if isinstance(python, str) else ""
    what = ours.demand(crowd.orders, crowd.units)
    own = [PYTHON, "-m", "tests.bench.sim_peers.ours", f"{crowd.orders}", f"{crowd.units}"]
    with tempfile.TemporaryDirectory() as named:
        files = workload.write(what.jobs, crowds.START, crowd.units, Path(named))
        words = [str(python), "-I", str(ACCASIM.driver), *map(str, files), named]
        for turn in range(turns):
            bench.say(f"the {crowd.name} day, turn {turn + 1} of {turns}")
            try:
                mine.append(spoken(children.run(own, PATIENCE_S)))
            except Failed as bad:
                return bad, Beside(None, why)
            if not why:
                try:
                    easy.append(spoken(children.run(words, PATIENCE_S)))
                except Failed as bad:
                    why = f"{ACCASIM.name} failed: {bad}"
    return middle(mine), Beside(None if why else middle(easy), why)


def _beside(run: Callable[[], Said], turns: int) -> Beside:
    try:
        return Beside(middle([run() for _ in range(turns)]))
    except Failed as bad:
        return Beside(None, f"{ASSUME.name} failed: {bad}")


def middle(runs: Sequence[Said]) -> Said:
    """The one that took the middle of the processor times."""
    return sorted(runs, key=lambda one: one.cpu_s)[len(runs) // 2]


def spoken(ran: Ran) -> Said:
    """The last line that a simulator printed. Raises ``Failed``."""
    if ran.killed:
        raise Failed(f"killed after {ran.wall_s:.0f} s")
    if ran.code:
        raise Failed(ran.complaint)
    try:
        return Said(**json.loads(ran.out.strip().splitlines()[-1]))
    except (IndexError, ValueError, TypeError) as bad:
        raise Failed(f"said nothing that can be read: {ran.complaint}") from bad


def told(
    crowd: Crowd, mine: Said | Failed, easy: Beside, assume: Beside, pace: str
) -> Iterator[Row]:
    """Bids beside ASSUME's order rows, and new orders beside accasim's jobs."""
    title = f"{crowd.name}: {crowd.orders:,} orders, {crowd.units:,} units"
    if isinstance(mine, Failed):
        yield Row(section=SECTION, problem=title, figure=str(mine), reached=False)
        return
    new = mine.a_second()
    bids = mine.a_second(mine.bids)
    length = f"{mine.cpu_s:.1f} s of processor, {mine.wall_s:.1f} s in all"
    yield _against(
        f"{title}; bids",
        f"{bids:,.0f} bids/s in cleared books",
        bids,
        *("ASSUME's order rows/s", 1, assume),
        note=f"{length}; {pace}; aim {AIM:,}/s",
    )
    yield _against(
        f"{title}; new",
        f"{new:,.0f} new orders/s",
        new,
        *("accasim's EASY jobs/s", TIMES, easy),
        note=f"{length}; its jobs wait until they run, our orders leave with their window",
    )


def _against(
    problem: str, figure: str, ours_: float, unit: str, times: int, peer: Beside, *, note: str
) -> Row:
    """Ours over a peer's rate; where the peer was not there, ours alone, and no verdict."""
    bar = f"≥ {times} × {unit}" if times > 1 else f"≥ {unit}"
    if peer.run is None:
        note = f"the peer was not there: {peer.why}; {note}"
        return Row(section=SECTION, problem=problem, figure=figure, bar=bar, note=note)
    theirs = peer.run.a_second()
    counted = f"{peer.run.count:,} in {peer.run.cpu_s:.1f} s, {peer.run.wall_s:.1f} s in all"
    return Row(
        section=SECTION,
        problem=problem,
        figure=f"{figure}: {ours_ / theirs:.2f} ×",
        baseline=f"{theirs:,.0f} {unit} ({counted})",
        bar=bar,
        reached=ours_ >= times * theirs,
        note=note,
    )
