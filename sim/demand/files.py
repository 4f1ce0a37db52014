"""A demand on disk: one Parquet file, the same bytes for the same demand.

A row a leg of an option of a job, and a row a spot job: ``kind`` says which. What belongs to a job
stands in each of its rows. The organisation, the name, the source and the notes are JSON in the
file's metadata, under ``gpumarket.demand``. Times are microseconds in UTC.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from sim.demand.demand import Demand
from sim.demand.organisation import FailureSpec, MaintenanceSpec, Organisation
from sim.demand.rows import DemandProblem, Record, jobs_of, rows_of, spot_jobs_of, spot_rows_of

HEAD: Final = b"gpumarket.demand"
FORMAT: Final = 1
MICROSECOND: Final = timedelta(microseconds=1)
Spell = TypeVar("Spell", MaintenanceSpec, FailureSpec)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TIME: Final = pa.timestamp("us", tz="UTC")
EVERY_ROW: Final = ("kind", "id", "team", "project", "theme", "submitted", "pool", "quantity")
COLUMNS: Final[Mapping[str, Any]] = {
    "kind": pa.string(),
    "id": pa.string(),
    "team": pa.string(),
    "project": pa.string(),
    "theme": pa.string(),
    "submitted": TIME,
    "earliest": TIME,
    "latest_start": TIME,
    "standing": pa.bool_(),
    "cancels_at": TIME,
    "soft_deadline": TIME,
    "hard_deadline": TIME,
    "checkpoint_us": pa.int64(),
    "option": pa.int32(),
    "value_ucr": pa.int64(),
    "leg": pa.int32(),
    "pool": pa.string(),
    "quantity": pa.int32(),
    "offset_slots": pa.int32(),
    "duration_slots": pa.int32(),
    "limit_ucr": pa.int64(),
    "minimum_us": pa.int64(),
    "needs_us": pa.int64(),
}
SCHEMA: Final = pa.schema(
    [pa.field(name, type_, nullable=name not in EVERY_ROW) for name, type_ in COLUMNS.items()]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a demand is beside its rows."""

    format: int
    name: str
    source: str
    notes: tuple[str, ...]
    organisation: Organisation


HEADS: Final = TypeAdapter(Head)


def write_demand(demand: Demand, path: Path) -> None:
    """Write ``demand`` to a file, whole or not at all. Raises ``OSError``."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(demand_bytes(demand))
    part.replace(path)


def demand_bytes(demand: Demand) -> bytes:
    """The file of a demand: the same bytes for the same demand, by the same version of Arrow."""
    jobs = sorted(demand.jobs, key=lambda job: (job.submitted, job.id))
    spot_jobs = sorted(demand.spot_jobs, key=lambda job: (job.submitted, job.id))
    records = [row for job in jobs for row in rows_of(job)]
    records += [row for job in spot_jobs for row in spot_rows_of(job)]
    head = Head(
        format=FORMAT,
        name=demand.name,
        source=demand.source,
        notes=demand.notes,
        organisation=demand.organisation,
    )
    columns = {
        name: pa.array([row.get(name) for row in records], type_) for name, type_ in COLUMNS.items()
    }
    table = pa.table(columns, schema=SCHEMA.with_metadata({HEAD: _text(head)}))
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue()


def _text(head: Head) -> bytes:
    """Its JSON, by way of its reader: what a type says is a float is written as one."""
    read = HEADS.validate_json(_dumped(head))
    return _dumped(read)


def _dumped(head: Head) -> bytes:
    text = json.dumps(asdict(head), default=datetime.isoformat, sort_keys=True, ensure_ascii=False)
    return text.encode()


def read_demand(path: Path) -> Demand:
    """The demand in a file, every row of it checked.

    Raises ``DemandProblem``: a sentence that names the file and, where one is wrong, the row; and
    ``OSError``.
    """
    return parse_demand(path.read_bytes(), path.name)


def parse_demand(content: bytes, name: str) -> Demand:
    """The demand in the ``content`` of a file that errors call ``name``."""
    try:
        table = pq.read_table(io.BytesIO(content), page_checksum_verification=True)
        head = _head(table.schema.metadata or {}, name)
        records = _records(table, name)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as bad:
        raise DemandProblem(f"{name} is no Parquet file, or is cut off or damaged") from bad
    cut = next((n for n, row in enumerate(records) if row["kind"] == "spot"), len(records))
    jobs = jobs_of(records[:cut], head.organisation, name)
    spot_jobs = spot_jobs_of(records, cut, head.organisation, name)
    return Demand(
        name=head.name,
        organisation=head.organisation,
        jobs=tuple(jobs),
        spot_jobs=tuple(spot_jobs),
        source=head.source,
        notes=head.notes,
    )


def _head(metadata: Mapping[bytes, bytes], name: str) -> Head:
    text = metadata.get(HEAD)
    if text is None:
        raise DemandProblem(f"{name} holds no demand: its metadata has no {HEAD.decode()}")
    try:
        head = HEADS.validate_json(text)
    except ValidationError as bad:
        first = bad.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the text"
        raise DemandProblem(f"{name}, {HEAD.decode()}: {place}: {first['msg']}") from bad
    if head.format != FORMAT:
        raise DemandProblem(f"{name} is of format {head.format}; this reads format {FORMAT}")
    there = head.organisation
    there = replace(
        there,
        start=there.start.astimezone(UTC),
        maintenance=tuple(_in_utc(one) for one in there.maintenance),
        failures=tuple(_in_utc(one) for one in there.failures),
    )
    return replace(head, organisation=there)


def _in_utc(spell: Spell) -> Spell:
    """The same moments with the zone that the rest of the house compares with ``is``."""
    return replace(spell, start=spell.start.astimezone(UTC), end=spell.end.astimezone(UTC))


def _records(table: Any, name: str) -> list[Record]:
    columns: dict[str, list[Any]] = {}
    for column, type_ in COLUMNS.items():
        if column not in table.schema.names:
            raise DemandProblem(f"{name}: the column {column} is missing")
        found = table.schema.field(column).type
        if found != type_:
            raise DemandProblem(f"{name}: the column {column} is {found}; it should be {type_}")
        values = table.column(column)
        if type_ == TIME:
            columns[column] = _times(values.cast(pa.int64()).to_pylist(), f"{column} in {name}")
        else:
            columns[column] = values.to_pylist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _times(ticks: list[int | None], where: str) -> list[datetime | None]:
    try:
        return [None if one is None else EPOCH + one * MICROSECOND for one in ticks]
    except OverflowError as bad:
        raise DemandProblem(f"{where} holds a time beyond the year 9999") from bad
