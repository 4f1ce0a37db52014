"""Reads public cluster traces into one common list of jobs, refusing what makes no sense.

Three kinds are known by their header line:

- ``philly``: ``timestamp,duration,num_gpus,gpu_time,cluster``, the job list of Microsoft's Philly
  (Jeon et al., USENIX ATC 2019). The file is not sorted and holds 65 rows twice; exact duplicates
  are skipped. Its times are local wall clock without an offset; they are read as if they were UTC.
- ``openb``: the pod lists of Alibaba's cluster-trace-gpu-v2023 (Weng et al., USENIX ATC 2023), in
  seconds from the trace's start. Arrivals before the last 30 days are survivors only and are
  skipped, as are pods without a GPU and pods never scheduled. A part of a GPU (``gpu_milli``)
  counts as one. Pods alive at the end ran for at least what is written. There is no tenant.
- ``elasticflow``: ``submit_time``, ``ddl`` (absolute), ``num_gpu``, ``duration`` and
  ``model_name``, in seconds: Philly's virtual cluster 103959 with deadlines added by the authors
  of ElasticFlow (Gu et al., ASPLOS 2023). There is no tenant; the model stands in for it.
"""

import csv
import gzip
import io
import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

Kind = Literal["philly", "openb", "elasticflow"]

COLUMNS: Final[Mapping[Kind, frozenset[str]]] = {
    "philly": frozenset({"timestamp", "duration", "num_gpus", "gpu_time", "cluster"}),
    "openb": frozenset(
        {"name", "num_gpu", "gpu_milli", "gpu_spec", "creation_time", "deletion_time"}
        | {"scheduled_time"}
    ),
    "elasticflow": frozenset({"job_id", "submit_time", "model_name", "ddl", "num_gpu", "duration"}),
}
UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MADE_UP_EPOCH: Final = datetime(2024, 1, 1, tzinfo=UTC)
"""Second 0 of traces that name no date: a Monday."""
OPENB_LAST_S: Final = 30 * 86_400
LARGEST: Final = 10_000_000_000
GPUS_MAX: Final = 1_000_000
ROUNDING_S: Final = 1.0


class TraceProblem(ValueError):
    """The file cannot be read as a trace: one sentence that names the file and the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceJob:
    """One job of a trace. Seconds count from the trace's epoch."""

    line: int
    submitted_s: float
    duration_s: float
    gpus: int
    tenant: str  # empty: the trace names none
    deadline_s: float | None
    models: tuple[str, ...]  # GPU models it may run on; none: any


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a file holds: its jobs by submission, and what was skipped, by reason."""

    name: str
    kind: Kind
    epoch: datetime
    rows: int
    jobs: tuple[TraceJob, ...]
    skipped: Mapping[str, int]


def read_trace(path: Path) -> Trace:
    """The trace in a file, plain or gzipped. Raises ``TraceProblem``, and ``OSError``."""
    return parse_trace(path.read_bytes(), path.name)


def parse_trace(content: bytes, name: str) -> Trace:
    """The trace in ``content``, plain or gzipped; ``name`` is what errors call it.

    Raises ``TraceProblem`` at the first line that cannot be right.
    """
    reader = csv.reader(_lines(content, name), strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise TraceProblem(f"{name} is empty")
        kind = detect(",".join(header), name)
        rows = [_Row(name, reader.line_num, header, values) for values in reader if values]
    except csv.Error as bad:
        raise TraceProblem(f"{name}, line {reader.line_num}: {bad}") from bad
    skipped: Counter[str] = Counter()
    once = _without_duplicates(rows, skipped)
    jobs = sorted(_READERS[kind](once, skipped), key=lambda job: (job.submitted_s, job.line))
    if not jobs:
        raise TraceProblem(f"{name} holds no job that uses a GPU ({len(rows)} rows after line 1)")
    return Trace(
        name=name,
        kind=kind,
        epoch=UNIX_EPOCH if kind == "philly" else MADE_UP_EPOCH,
        rows=len(rows),
        jobs=tuple(jobs),
        skipped=dict(sorted(skipped.items())),
    )


def detect(header_line: str, name: str = "the trace") -> Kind:
    """Which kind of trace a header line begins. Raises ``TraceProblem`` for any other."""
    header = [column.strip() for column in header_line.strip().lstrip("\ufeff").split(",")]
    for kind, columns in COLUMNS.items():
        if columns <= set(header):
            return kind
    near, columns = max(COLUMNS.items(), key=lambda item: len(item[1] & set(header)))
    missing = ", ".join(sorted(columns - set(header)))
    if len(columns & set(header)) > 1:
        raise TraceProblem(f"{name}, line 1: columns of the {near} trace are missing: {missing}")
    shown = header_line.strip()[:80]
    raise TraceProblem(
        f"{name}, line 1: {shown!r} is the header of no known trace ({', '.join(COLUMNS)})"
    )


def _lines(content: bytes, name: str) -> Iterator[str]:
    source: io.BufferedIOBase = io.BytesIO(content)
    if content[:2] == b"\x1f\x8b":
        source = gzip.GzipFile(fileobj=source)
    number = 0
    try:
        for line in source:
            number += 1
            yield line.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as bad:
        raise TraceProblem(f"{name}, line {number}: this is not UTF-8 text") from bad
    except (EOFError, zlib.error, gzip.BadGzipFile) as bad:
        raise TraceProblem(
            f"{name}, after line {number}: the gzip file is cut off or damaged; fetch it again"
        ) from bad


class _Row:
    """One line of the file, with the checks that every number goes through."""

    __slots__ = ("_file", "_header", "line", "values")

    def __init__(self, file: str, line: int, header: Sequence[str], values: list[str]) -> None:
        if len(values) != len(header):
            raise TraceProblem(
                f"{file}, line {line}: {len(values)} columns where the header has {len(header)}"
            )
        self._file, self.line, self._header, self.values = file, line, header, values

    def text(self, column: str) -> str:
        return self.values[self._header.index(column)].strip()

    def wrong(self, column: str, because: str) -> TraceProblem:
        return TraceProblem(
            f"{self._file}, line {self.line}: {column} is {self.text(column)!r}, {because}"
        )

    def number(self, column: str) -> float:
        """A finite number from 0 to ``LARGEST``."""
        try:
            number = float(self.text(column))
        except ValueError as bad:
            raise self.wrong(column, "which is not a number") from bad
        if not math.isfinite(number):
            raise self.wrong(column, "which is not finite")
        if number < 0:
            raise self.wrong(column, "which is negative")
        if number > LARGEST:
            raise self.wrong(column, f"which is more than {LARGEST}")
        return number

    def gpus(self, column: str) -> int:
        number = self.number(column)
        if number != int(number) or number > GPUS_MAX:
            raise self.wrong(column, f"which is not a whole number up to {GPUS_MAX}")
        return int(number)

    def wall_clock_s(self, column: str) -> float:
        """Seconds since 1970 of a wall clock without an offset, read as UTC."""
        text = self.text(column)
        try:
            at: datetime | None = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is not None or len(text) != len("2017-10-09 07:01:55"):
            raise self.wrong(column, "which is not a time like 2017-10-09 07:01:55")
        return (at.replace(tzinfo=UTC) - UNIX_EPOCH).total_seconds()


def _without_duplicates(rows: Sequence[_Row], skipped: Counter[str]) -> list[_Row]:
    first: dict[tuple[str, ...], _Row] = {}
    for row in rows:
        if first.setdefault(tuple(row.values), row) is not row:
            skipped["the same row once more"] += 1
    return list(first.values())


def _philly(rows: Sequence[_Row], skipped: Counter[str]) -> Iterator[TraceJob]:
    for row in rows:
        duration_s, gpus = row.number("duration"), row.gpus("num_gpus")
        if abs(row.number("gpu_time") - duration_s * gpus) > ROUNDING_S:
            raise row.wrong("gpu_time", f"not num_gpus × duration, {duration_s * gpus:g}")
        if _runs(duration_s, gpus, skipped):
            yield TraceJob(
                line=row.line,
                submitted_s=row.wall_clock_s("timestamp"),
                duration_s=duration_s,
                gpus=gpus,
                tenant=row.text("cluster"),
                deadline_s=None,
                models=(),
            )


def _openb(rows: Sequence[_Row], skipped: Counter[str]) -> Iterator[TraceJob]:
    end_s = max((row.number("deletion_time") for row in rows), default=0)
    for row in rows:
        created_s, deleted_s = row.number("creation_time"), row.number("deletion_time")
        gpus = row.gpus("num_gpu")
        if not row.text("scheduled_time"):
            skipped["never scheduled"] += 1
            continue
        duration_s = deleted_s - row.number("scheduled_time")
        if duration_s < 0 or row.number("scheduled_time") < created_s:
            raise row.wrong("scheduled_time", "not between creation_time and deletion_time")
        if created_s < end_s - OPENB_LAST_S:
            skipped["before the last 30 days"] += 1
        elif _runs(duration_s, gpus, skipped):
            yield TraceJob(
                line=row.line,
                submitted_s=created_s,
                duration_s=duration_s,
                gpus=gpus,
                tenant="",
                deadline_s=None,
                models=_models(row),
            )


def _models(row: _Row) -> tuple[str, ...]:
    return tuple(sorted({model for model in row.text("gpu_spec").split("|") if model}))


def _elasticflow(rows: Sequence[_Row], skipped: Counter[str]) -> Iterator[TraceJob]:
    for row in rows:
        submitted_s, duration_s = row.number("submit_time"), row.number("duration")
        deadline_s, gpus = row.number("ddl"), row.gpus("num_gpu")
        if deadline_s <= submitted_s:
            raise row.wrong("ddl", f"not after submit_time {submitted_s:g}")
        if _runs(duration_s, gpus, skipped):
            yield TraceJob(
                line=row.line,
                submitted_s=submitted_s,
                duration_s=duration_s,
                gpus=gpus,
                tenant=row.text("model_name"),
                deadline_s=deadline_s,
                models=(),
            )


def _runs(duration_s: float, gpus: int, skipped: Counter[str]) -> bool:
    """Whether there is anything to book; counts the reason where there is not."""
    if not gpus:
        skipped["no GPU"] += 1
    elif not duration_s:
        skipped["no run time"] += 1
    return bool(gpus and duration_s)


_READERS: Final[Mapping[Kind, Callable[[Sequence[_Row], Counter[str]], Iterator[TraceJob]]]] = {
    "philly": _philly,
    "openb": _openb,
    "elasticflow": _elasticflow,
}
