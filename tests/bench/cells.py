"""One run of one solver on one problem: done in a process of its own, stored, and reused.

A stored cell is taken again where problem, solver, limits, seed, code, packages and machine are
the same; ``again`` runs it anew. Every outcome of ours is verified before its figures count.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

from tests.bench import children, machine, peers
from tests.bench.children import ROOT, Ran
from tests.bench.shelf import Shelf, digest_of

PYTHON: Final = sys.executable
COMMAND: Final = str(Path(sys.executable).with_name("gpumarket"))
OWN: Final = "gpumarket"
CALL: Final = "gpumarket-call"
SHARED: Final = "shared:"
GRACE_S: Final = 120.0  # beside twice the limit, before a child is killed
VERIFY_S: Final = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is run. ``seconds`` None: as long as the command takes by default."""

    problem: str
    solver: str
    seconds: float | None
    gap: float | None = None
    seed: int = 1
    run: int = 1  # the number of a repetition

    def __str__(self) -> str:
        limit = "" if self.seconds is None else f", {self.seconds:g} s"
        again = f", run {self.run}" if self.run > 1 else ""
        return f"{self.problem}: {self.solver}{limit}{again}"

    @property
    def patience_s(self) -> float:
        """When a child is given up."""
        return 2 * (self.seconds or 0) + GRACE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it. Money in credits, as floats: for ratios alone."""

    state: str = "ok"  # or killed, failed, refused, absent
    why: str = ""
    surplus: float = 0.0
    bound: float | None = None  # the least that was proven, by prices or by a solver
    price_bound: float | None = None  # what the published prices alone prove
    seconds: float = 0.0  # inside the call
    wall_s: float = 0.0
    peak_mb: float = 0.0
    faults: list[str] = field(default_factory=list)
    checked_by: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})

    @property
    def ok(self) -> bool:
        return self.state == "ok" and not self.faults

    @property
    def gap(self) -> float:
        """The gap that the published prices prove; infinite where nothing is proven."""
        return _gap(self.price_bound, self.surplus)

    def proves(self, gap: float) -> bool:
        """Whether the surplus is within ``gap`` of the best bound."""
        if not self.ok or self.bound is None:
            return False
        return self.bound - self.surplus <= gap * abs(self.bound) + 2e-6


def _gap(bound: float | None, surplus: float) -> float:
    if bound is None:
        return float("inf")
    return (bound - surplus) / abs(bound) if abs(bound) > 1e-12 else 0.0


class Store:
    """Finished cells, one JSON line each; a line cut short by a crash is passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[str, Result] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    document = json.loads(line)
                    self.known[document["key"]] = Result.of(document)
                except (ValueError, KeyError):
                    continue

    def put(self, key: str, cell: Cell, result: Result) -> None:
        self.known[key] = result
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"key": key, **asdict(cell), **asdict(result)}) + "\n")


@lru_cache
def takes_gap() -> bool:
    """Whether the command knows ``--gap`` yet."""
    return "--gap" in children.run([COMMAND, "clear", "--help"], 60).out


@dataclass(slots=True)
class Bench:
    """Where cells are run and kept. ``say`` is told of each cell before it runs."""

    shelf: Shelf
    folder: Path
    say: Callable[[str], None]
    again: bool = False
    shared_peers: bool = False
    pictures: Path | None = None  # the folder for them; None: no picture can be drawn
    price_history: Path | None = None
    traces: Path | None = None  # the folder of real clusters' traces
    store: Store = field(init=False)
    ran: set[str] = field(init=False, default_factory=set)
    unsound: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "results.jsonl")

    def warm_up(self) -> None:
        """Clear one file unmeasured: no figure holds the time that the engine compiles itself."""
        problem = str(self.shelf.path("own-week-2000-1"))
        out = str(self.folder / "warm-up.json")
        ran = children.run([COMMAND, "clear", problem, "--work", "20000", "--out", out], VERIFY_S)
        if ran.code:
            self.say(f"the engine does not clear {problem}: {ran.err.strip()[-300:]}")

    def own(self, problem: str, seconds: float | None, **more: Any) -> Result:
        """The command ``gpumarket clear``, whole."""
        return self.result(Cell(problem=problem, solver=OWN, seconds=seconds, **more))

    def call(self, problem: str, seconds: float, **more: Any) -> Result:
        """Our ``clear`` alone, timed inside a fresh process."""
        return self.result(Cell(problem=problem, solver=CALL, seconds=seconds, **more))

    def peer(self, problem: str, name: str, seconds: float, **more: Any) -> Result:
        """A peer, by our wrapper, or by the other bench's where that was asked for."""
        if self.shared_peers and self.shelf.peers and name in peers.SOLVERS:
            name = SHARED + name
        return self.result(Cell(problem=problem, solver=name, seconds=seconds, **more))

    def result(self, cell: Cell) -> Result:
        """The stored result of this very cell, or a fresh one."""
        name = cell.solver.removeprefix(SHARED)
        if name in peers.PEERS and not peers.package(name):
            return Result(state="absent", why=f"install it with: {peers.how_to_install(name)}")
        path = self.shelf.path(cell.problem)
        key = self._key(cell, path)
        known = self.store.known.get(key)
        if known is None or known.state == "failed" or (self.again and key not in self.ran):
            self.say(str(cell))
            known = self._run(cell, path)
            self.store.put(key, cell, known)
        self.ran.add(key)
        if known.faults:
            self.unsound.append(f"{cell}: {known.faults[0]}")
        return known

    def _key(self, cell: Cell, path: Path) -> str:
        if cell.solver in {OWN, CALL}:
            code = _engine_code() + ("+" if self.shelf.verifier else "")
        elif cell.solver.startswith(SHARED) and self.shelf.peers:
            code = digest_of(self.shelf.peers)[:12]
        else:
            code = _peer_code()
        limits = f"{cell.seconds}/{cell.gap}/{cell.seed}/{cell.run}"
        return f"{digest_of(path)[:16]}/{cell.solver}/{limits}/{code}/{_here()}"

    def _run(self, cell: Cell, path: Path) -> Result:
        if cell.solver in {OWN, CALL}:
            return self._run_ours(cell, path)
        seconds = cell.seconds or 0.0
        name = cell.solver.removeprefix(SHARED)
        if cell.solver.startswith(SHARED):
            words = [PYTHON, str(self.shelf.peers), name, str(path), f"{seconds}"]
        else:
            words = [PYTHON, "-m", "tests.bench.peers", name, str(path)]
            words += ["--seconds", f"{seconds}", "--gap", f"{cell.gap or 1e-6}"]
        ran = children.run(words, cell.patience_s)
        if bad := _broken(ran, cell):
            return bad
        said = json.loads(ran.out.strip().splitlines()[-1])
        return Result(
            state=said.get("state", "ok"),
            why=said.get("why", ""),
            surplus=said.get("surplus", 0.0),
            bound=said.get("bound"),
            seconds=said.get("seconds", 0.0),
            wall_s=ran.wall_s,
            peak_mb=ran.peak_mb,
        )

    def _run_ours(self, cell: Cell, path: Path) -> Result:
        folder = self.folder / "outcomes"
        folder.mkdir(parents=True, exist_ok=True)
        limit = "default" if cell.seconds is None else f"{cell.seconds:g}s"
        out = folder / f"{cell.problem}.{cell.solver}.{limit}.{cell.seed}.{cell.run}.json"
        out.unlink(missing_ok=True)
        words = [PYTHON, "-m", "tests.bench.engine", str(path), str(out)]
        if cell.solver == OWN:
            words = [COMMAND, "clear", str(path), "--out", str(out), "--json"]
        if cell.seconds is not None:
            words += ["--seconds", f"{cell.seconds:g}"]
        if cell.gap is not None and (cell.solver == CALL or takes_gap()):
            words += ["--gap", f"{cell.gap:f}".rstrip("0")]
        ran = children.run([*words, "--seed", f"{cell.seed}"], cell.patience_s)
        if bad := _broken(ran, cell):
            return bad
        inside = json.loads(ran.out) if cell.solver == CALL else {}
        return self.judged(path, out, ran, inside)

    def judged(self, path: Path, out: Path, ran: Ran, inside: dict[str, float]) -> Result:
        """An outcome's figures, with every fault that the verifiers find in it."""
        outcome = json.loads(out.read_bytes())
        faults, checked_by = self.faults(path, out)
        price_bound = float(outcome["bound"])
        return Result(
            surplus=float(outcome["surplus"]),
            bound=min(price_bound, float(outcome.get("solver_bound", price_bound))),
            price_bound=price_bound,
            seconds=inside.get("seconds", float(outcome["seconds"])),
            wall_s=ran.wall_s,
            peak_mb=inside.get("peak_mb", ran.peak_mb),
            faults=faults,
            checked_by=checked_by,
        )

    def faults(self, path: Path, out: Path) -> tuple[list[str], list[str]]:
        """What ``gpumarket verify``, and the other bench's check, find; and who looked."""
        checks = {
            "gpumarket verify": ([COMMAND, "verify", str(path), str(out), "--json"], "faults")
        }
        if verifier := self.shelf.verifier:
            words = [PYTHON, str(verifier.resolve()), str(path), str(out)]
            checks[verifier.name] = (words, "errors")
        faults = []
        for name, (words, found) in checks.items():
            ran = children.run(words, VERIFY_S)
            try:
                listed = [str(fault) for fault in json.loads(ran.out)[found]]
            except (ValueError, KeyError):
                listed = []
            if ran.code and not listed:
                listed = [ran.complaint]
            faults += [f"{name}: {fault}" for fault in listed]
        return faults, list(checks)


def _broken(ran: Ran, cell: Cell) -> Result | None:
    """The result of a child that did not answer."""
    if ran.killed:
        why = f"killed after {ran.wall_s:.0f} s: asked to stop after {cell.seconds or 0:g} s"
        return Result(state="killed", why=why, wall_s=ran.wall_s, peak_mb=ran.peak_mb)
    if ran.code:
        return Result(state="failed", why=ran.complaint, wall_s=ran.wall_s, peak_mb=ran.peak_mb)
    return None


@lru_cache
def _engine_code() -> str:
    return machine.engine_version()


@lru_cache
def _peer_code() -> str:
    return machine.peer_version()


@lru_cache
def _here() -> str:
    return machine.fingerprint()


def own_folder() -> Path:
    """Where the bench keeps its files by default."""
    return ROOT / "build" / "bench"
