"""Runs on disk: each in a folder of its own that is there whole, or not at all."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sim.problem import SimulationProblem
from sim.results.measured import Measured
from sim.results.parquet import RunFileProblem, read_measured, write_run
from sim.results.run import Run
from sim.trials.cell import Cell

FINGERPRINT: Final = "fingerprint.txt"


class ShelfProblem(SimulationProblem):
    """A folder of runs that cannot be used: one sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that is done: what was measured, and the hash of all that happened."""

    measured: Measured
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Done:
    """A run as whoever computed it sends it: with its tables, Parquet by file name."""

    kept: Kept
    tables: Mapping[str, bytes]


def packed(run: Run) -> Done:
    """A run made small enough to be sent."""
    with TemporaryDirectory() as named:
        folder = Path(named) / "run"
        measured = write_run(run, folder)
        tables = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return Done(Kept(measured, run.fingerprint()), tables)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder ``at``, with a folder a run by the run's digest."""

    at: Path

    def place(self, cell: Cell) -> Path:
        """Where a run stands once it is done."""
        said = (cell.scenario.name, cell.variant.policy, str(cell.seed), cell.digest[:12])
        return self.at / "-".join(said)

    def find(self, cell: Cell) -> Kept | None:
        """A run that was done before; None where it was not.

        Raises ``ShelfProblem`` where what stands there is no run of ours.
        """
        place = self.place(cell)
        if not place.exists():
            return None
        try:
            return Kept(read_measured(place), (place / FINGERPRINT).read_text(encoding="ascii"))
        except (RunFileProblem, OSError, ValueError) as bad:
            why = "is not a run that this program wrote; move it away, or choose another --out"
            raise ShelfProblem(f"{place} {why}") from bad

    def keep(self, cell: Cell, done: Done) -> None:
        """Put a run there: written beside its place, and moved there when it is whole."""
        place = self.place(cell)
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, content in done.tables.items():
            (beside / name).write_bytes(content)
        (beside / FINGERPRINT).write_text(done.kept.fingerprint, encoding="ascii")
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)

    def clear_halves(self) -> None:
        """Take away what interrupted runs left half written."""
        for half in self.at.glob(".*.[0-9]*") if self.at.is_dir() else ():
            shutil.rmtree(half, ignore_errors=True)
