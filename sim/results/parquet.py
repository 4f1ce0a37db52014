"""A run as Parquet tables in a folder: its jobs, its pools by slot, its teams, its measures.

Jobs are written in parts, and pools one by one, so that a long run needs no second copy of itself
in memory. Equal runs give equal files, to the byte, by one version of Arrow. A folder appears
whole, or not at all. Amounts are whole micro-credits, times are UTC; which run it is stands in
every file's metadata, and all that comparisons need in that of the measures.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from sim.demand.job import SLOT
from sim.problem import SimulationProblem
from sim.results.fairness import HOUR
from sim.results.measured import Measured, measured, size_of
from sim.results.measures import MEASURES, asked_ucr
from sim.results.run import Ran, Run

ROWS: Final = 10_000
"""Jobs in one part."""

TABLES: Final = ("jobs", "pools", "teams", "measures")

_FILES: Final = {f"{name}.parquet" for name in TABLES}
_WHOLE: Final = TypeAdapter(Measured)
_TIME: Final = pa.timestamp("us", tz="UTC")

JOBS: Final = pa.schema(
    [
        ("id", pa.string()),
        ("team", pa.string()),
        ("project", pa.string()),
        ("size", pa.string()),
        ("submitted", _TIME),
        ("earliest", _TIME),
        ("latest_start", _TIME),
        ("soft", _TIME),
        ("hard", _TIME),
        ("asked_ucr", pa.int64()),
        ("option", pa.int32()),
        ("start", _TIME),
        ("end", _TIME),
        ("wait_h", pa.float64()),
        ("delivered_ucr", pa.int64()),
        ("paid_ucr", pa.int64()),
        ("interruptions", pa.int32()),
        ("lost_unit_s", pa.int64()),
        ("reason", pa.string()),
    ]
)

POOLS: Final = pa.schema(
    [
        ("pool", pa.string()),
        ("slot", pa.int32()),
        ("at", _TIME),
        ("capacity", pa.int64()),
        ("used", pa.int64()),
        ("price_ucr", pa.int64()),  # none where nothing was sold
    ]
)

TEAMS: Final = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("budget_ucr", pa.int64()),
        ("spent_ucr", pa.int64()),
        ("gained_ucr", pa.int64()),
        ("asked_ucr", pa.int64()),
        ("delivered_ucr", pa.int64()),
        ("rho", pa.float64()),
    ]
)

NUMBERS: Final = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("unit", pa.string()),
        ("better", pa.string()),
        ("value", pa.float64()),
    ]
)


class RunFileProblem(SimulationProblem):
    """A folder that holds no whole run, or cannot take one; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTables:
    """A run read back: its tables by name, and what comparisons need of it."""

    tables: dict[str, Any]  # pyarrow.Table, which has no types
    measured: Measured


def write_run(run: Run, folder: Path) -> Measured:
    """Write the run's tables into ``folder``, in place of what was there, and say what it measures.

    Raises ``RunFileProblem`` where other things are in the folder, and ``OSError`` where it cannot
    be written; it is then as it was, or gone.
    """
    if folder.exists() and {path.name for path in folder.iterdir()} - _FILES:
        raise RunFileProblem(f"{folder} holds other things than a run, and is left as it is")
    told = measured(run)
    known = {
        "policy": run.policy,
        "seed": str(run.seed),
        "demand": run.demand.name,
        "digest": told.digest,
        "fingerprint": run.fingerprint(),
    }
    beside = folder.with_name(f".{folder.name}.part")
    if beside.exists():
        shutil.rmtree(beside)  # a run that was stopped while it was written
    beside.mkdir(parents=True)
    try:
        _write(beside / "jobs.parquet", JOBS, known, _jobs(run))
        _write(beside / "pools.parquet", POOLS, known, _pools(run))
        _write(beside / "teams.parquet", TEAMS, known, [_teams(told)])
        whole = known | {"measured": _WHOLE.dump_json(told).decode()}
        _write(beside / "measures.parquet", NUMBERS, whole, [_numbers(told)])
        if folder.exists():
            shutil.rmtree(folder)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return told


def read_run(folder: Path) -> RunTables:
    """Read back what ``write_run`` wrote. Raises ``RunFileProblem`` where that is not whole."""
    told = read_measured(folder)
    try:
        tables = {name: pq.read_table(folder / f"{name}.parquet") for name in TABLES}
    except (OSError, pa.ArrowInvalid) as bad:
        raise RunFileProblem(f"{folder} holds no whole run: {_first_line(bad)}") from bad
    return RunTables(tables=tables, measured=told)


def read_measured(folder: Path) -> Measured:
    """Only what comparisons need of a run. Raises ``RunFileProblem`` where it is not there."""
    path = folder / "measures.parquet"
    try:
        told = pq.read_schema(path).metadata or {}
        return _WHOLE.validate_json(told[b"measured"])
    except (OSError, pa.ArrowInvalid) as bad:
        raise RunFileProblem(f"{folder} holds no whole run: {_first_line(bad)}") from bad
    except (KeyError, ValidationError) as bad:
        raise RunFileProblem(f"{path} was not written by this version of the simulator") from bad


Rows = list[dict[str, object]]


def _write(path: Path, schema: Any, known: dict[str, str], parts: Iterable[Rows]) -> None:
    with pq.ParquetWriter(path, schema.with_metadata(known), compression="zstd") as writer:
        for rows in parts:
            writer.write_table(pa.Table.from_pylist(rows, schema=writer.schema))


def _jobs(run: Run) -> Iterator[Rows]:
    gpus = frozenset(pool.id for pool in run.demand.organisation.pools if pool.unit == "gpu")
    rows = (_job(one, gpus) for one in run.jobs)
    while part := list(islice(rows, ROWS)):
        yield part


def _job(one: Ran, gpus: frozenset[str]) -> dict[str, object]:
    job, decay = one.job, one.job.decay
    return {
        "id": job.id,
        "team": job.team,
        "project": job.project,
        "size": size_of(job, gpus),
        "submitted": job.submitted,
        "earliest": job.earliest,
        "latest_start": job.latest_start,
        "soft": decay.soft if decay else None,
        "hard": decay.hard if decay else None,
        "asked_ucr": asked_ucr(one),
        "option": one.option,
        "start": one.start,
        "end": one.end,
        "wait_h": (one.start - job.earliest) / HOUR if one.start else None,
        "delivered_ucr": one.delivered_ucr,
        "paid_ucr": one.paid_ucr,
        "interruptions": one.interruptions,
        "lost_unit_s": one.lost_unit_s,
        "reason": one.reason,
    }


def _pools(run: Run) -> Iterator[Rows]:
    start = run.demand.organisation.start
    for pool in sorted(run.capacity):
        prices = run.price_ucr[pool].tolist() if pool in run.price_ucr else [-1] * run.slots
        columns = zip(run.capacity[pool].tolist(), run.used[pool].tolist(), prices, strict=True)
        yield [
            {
                "pool": pool,
                "slot": slot,
                "at": start + slot * SLOT,
                "capacity": capacity,
                "used": used,
                "price_ucr": None if price < 0 else price,
            }
            for slot, (capacity, used, price) in enumerate(columns)
        ]


def _teams(told: Measured) -> Rows:
    return [{name: getattr(team, name) for name in TEAMS.names} for team in told.teams]


def _numbers(told: Measured) -> Rows:
    return [
        {
            "id": one.id,
            "name": one.name,
            "unit": one.unit,
            "better": one.better,
            "value": told.values[one.id],
        }
        for one in MEASURES
    ]


def _first_line(bad: Exception) -> str:
    return str(bad).splitlines()[0]
