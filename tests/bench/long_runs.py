"""Runs of ten minutes, made seldom and kept in the repository with what made them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from tests.bench import machine
from tests.bench.cells import Bench, Result
from tests.bench.children import ROOT
from tests.bench.shelf import digest_of

FILE: Final = ROOT / "docs" / "quality-long.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LongRun:
    """One solver's run on one problem, and the command and machine that made it."""

    problem: str
    digest: str
    solver: str
    seconds: float
    surplus: float
    bound: float | None
    command: str
    machine: dict[str, str]


@dataclass(slots=True)
class Stored:
    """All stored long runs, in the file they live in."""

    path: Path
    runs: list[LongRun]

    @classmethod
    def read(cls, path: Path = FILE) -> Self:
        documents = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        return cls(path, [LongRun(**document) for document in documents])

    def best(self, problem: Path) -> LongRun | None:
        """The run with the greatest surplus on this very file, whatever it is called."""
        mine = [run for run in self.runs if run.digest == digest_of(problem)]
        return max(mine, key=lambda run: run.surplus, default=None)

    def solvers(self, problem: Path) -> list[str]:
        """Who has run for so long on this very file."""
        return [run.solver for run in self.runs if run.digest == digest_of(problem)]

    def run(self, bench: Bench, problem: str, peers: tuple[str, ...], seconds: float) -> None:
        """Run ours and every peer for so long, and store what each finds as soon as it ends."""
        for solver in ("gpumarket", *peers):
            if solver == "gpumarket":
                result = bench.own(problem, seconds)
            else:
                result = bench.peer(problem, solver, seconds)
            if result.ok:
                self._put(bench, problem, solver, seconds, result)

    def _put(self, bench: Bench, problem: str, solver: str, seconds: float, result: Result) -> None:
        path = bench.shelf.path(problem)
        fresh = LongRun(
            problem=problem,
            digest=digest_of(path),
            solver=solver,
            seconds=seconds,
            surplus=result.surplus,
            bound=result.bound,
            command=f"python -m tests.bench --section long-2000 --long --problem {problem}"
            + ("" if solver == "gpumarket" else f" --peer {solver}"),
            machine=machine.described(),
        )
        self.runs = [
            run for run in self.runs if (run.digest, run.solver) != (fresh.digest, solver)
        ] + [fresh]
        self.runs.sort(key=lambda run: (run.problem, run.solver))
        text = json.dumps([asdict(run) for run in self.runs], indent=1)
        self.path.write_text(text + "\n", encoding="utf-8")
