"""Runs on disk: each in a folder of its own that is there whole, or not at all."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from sim.results.measured import Measured
from sim.trials.cell import Cell

MEASURED: Final = TypeAdapter(Measured)
FACTS: Final = "run.json"


class ShelfProblem(ValueError):
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


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder ``at``, with a folder a run by the run's digest."""

    at: Path

    def place(self, cell: Cell) -> Path:
        """Where a run stands once it is done."""
        return (
            self.at / f"{cell.scenario.name}-{cell.variant.policy}-{cell.seed}-{cell.digest[:12]}"
        )

    def find(self, cell: Cell) -> Kept | None:
        """A run that was done before; None where it was not.

        Raises ``ShelfProblem`` where what stands there is no run of ours.
        """
        facts = self.place(cell) / FACTS
        try:
            said = json.loads(facts.read_text(encoding="utf-8"))
            return Kept(MEASURED.validate_python(said["measured"]), str(said["fingerprint"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, ValidationError) as bad:
            why = "is not a run that this program wrote; move it away, or choose another --out"
            raise ShelfProblem(f"{facts}: {why}") from bad

    def keep(self, cell: Cell, done: Done) -> None:
        """Put a run there: written beside its place, and moved there when it is whole."""
        place = self.place(cell)
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, content in done.tables.items():
            (beside / name).write_bytes(content)
        said = {
            "measured": MEASURED.dump_python(done.kept.measured, mode="json"),
            "fingerprint": done.kept.fingerprint,
        }
        (beside / FACTS).write_text(json.dumps(said, sort_keys=True), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)

    def sweep_out(self) -> None:
        """Take away what interrupted runs left half written."""
        for half in self._halves():
            shutil.rmtree(half, ignore_errors=True)

    def _halves(self) -> Iterable[Path]:
        return self.at.glob(".*.[0-9]*") if self.at.is_dir() else ()
