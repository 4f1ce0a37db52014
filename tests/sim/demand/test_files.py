"""A demand comes back from its file as it was; a file that is wrong is refused in a sentence."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.demand.demand import Demand
from sim.demand.files import HEAD, demand_bytes, parse_demand, read_demand, write_demand
from sim.demand.generator import generate
from sim.demand.job import Decay
from sim.demand.organisation import FailureSpec
from sim.demand.rows import DemandProblem
from sim.demand.spot import generate_spot
from sim.scenarios.shipped import demo_organisation

START = datetime(2026, 11, 2, tzinfo=UTC)
SHORT = demo_organisation(START, 3)


@cache
def demand() -> Demand:
    jobs = generate(SHORT, seed=7)
    due = jobs[1].latest_start + timedelta(hours=5)
    jobs[1] = replace(jobs[1], decay=Decay(soft=due, hard=due + timedelta(days=1)))
    jobs[2] = replace(jobs[2], submitted=jobs[2].submitted + timedelta(microseconds=1))
    failed = FailureSpec(pool="h100", start=START + timedelta(minutes=7), end=due, quantity=8)
    return Demand(
        name="small",
        organisation=replace(SHORT, failures=(failed,)),
        jobs=tuple(jobs),
        spot_jobs=tuple(generate_spot(SHORT, 7, 1, 1)),
        source="made up",
        notes=("One note.", "Zweite Notiz: ½ × 2."),
    )


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "small.parquet"
    write_demand(demand(), path)
    found = read_demand(path)
    assert found == demand()
    assert found.organisation.start.tzinfo is UTC
    assert found.organisation.failures[0].end.tzinfo is UTC
    assert [one.name for one in tmp_path.iterdir()] == ["small.parquet"]


def test_the_same_demand_is_the_same_bytes_in_whatever_order_its_jobs_came() -> None:
    """§7.7"""
    content = demand_bytes(demand())
    assert demand_bytes(replace(demand(), jobs=demand().jobs[::-1])) == content
    assert demand_bytes(parse_demand(content, "small.parquet")) == content
    assert demand_bytes(replace(demand(), notes=())) != content


def test_a_demand_without_jobs_has_a_file_too() -> None:
    empty = replace(demand(), jobs=(), spot_jobs=())
    assert parse_demand(demand_bytes(empty), "empty.parquet") == empty


def rewritten(change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """The file with its rows changed by hand."""
    table = pq.read_table(io.BytesIO(demand_bytes(demand())))
    rows = table.to_pylist()
    change(rows)
    fields = [field.with_nullable(nullable=True) for field in table.schema]
    schema = pa.schema(fields, metadata=table.schema.metadata)
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink)
    return sink.getvalue()


def first_spot(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["kind"] == "spot")


def first_job(rows: list[dict[str, Any]], **fields: object) -> None:
    for row in rows:
        if row["id"] == rows[0]["id"]:
            row.update(fields)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda rows: rows[0].update(team="nobody"),
            "row 1: the organisation has no team 'nobody'",
        ),
        (
            lambda rows: rows[0].update(pool="abacus"),
            "row 1: the organisation has no pool 'abacus'",
        ),
        (lambda rows: rows[0].update(quantity=None), "row 1: quantity is empty"),
        (lambda rows: rows[0].update(quantity=-1), "row 1: this asks for nothing"),
        (lambda rows: rows[0].update(duration_slots=99), "row 1: worth nothing, empty, or over 72"),
        (lambda rows: rows[0].update(kind="task"), "row 1: kind is 'task' where 'job' should be"),
        (lambda rows: rows[0].update(leg=1), "row 1: option 0, leg 1 is out of turn"),
        (lambda rows: first_job(rows, soft_deadline=START), "row 1: one deadline of the two"),
        (
            lambda rows: rows[0].update(submitted=START - timedelta(days=1)),
            "row 1: submitted at 2026-11-01T00:00:00+00:00, outside 2026-11-02",
        ),
        (
            lambda rows: first_job(rows, latest_start=rows[0]["earliest"] - timedelta(hours=1)),
            "its window ends before it begins",
        ),
        (lambda rows: rows.append(dict(rows[0])), "kind is 'job' where 'spot' should be"),
        (lambda rows: rows.reverse(), "row 2: not by submission and id"),
        (lambda rows: first_spot(rows).update(limit_ucr=0), "limit_ucr is 0, less than 1"),
        (lambda rows: first_spot(rows).update(needs_us=None), "needs_us is empty"),
    ],
)
def test_a_wrong_row_is_named(
    change: Callable[[list[dict[str, Any]]], object], sentence: str
) -> None:
    with pytest.raises(DemandProblem) as refused:
        parse_demand(rewritten(change), "small.parquet")
    assert str(refused.value).startswith("small.parquet, row ")
    assert sentence in str(refused.value)


def test_rows_of_a_job_that_differ_or_come_apart_are_named() -> None:
    def second(rows: list[dict[str, Any]]) -> int:
        return next(n for n, row in enumerate(rows) if row["option"] == 1)

    def other_team(rows: list[dict[str, Any]]) -> None:
        rows[second(rows)].update(team="search" if rows[0]["team"] != "search" else "vision")

    def apart(rows: list[dict[str, Any]]) -> None:
        end = next(n for n, row in enumerate(rows) if row["kind"] == "spot")
        rows.insert(end, rows.pop(second(rows)))

    with pytest.raises(DemandProblem, match=r"row \d+: team is not that of the job's first row"):
        parse_demand(rewritten(other_team), "small.parquet")
    with pytest.raises(DemandProblem, match=r"row \d+: option \d, leg 0 is out of turn"):
        parse_demand(rewritten(apart), "small.parquet")


def without_column(content: bytes) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(content)).drop_columns(["pool"]), sink)
    return sink.getvalue()


def with_head(text: bytes | None) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        table = pq.read_table(io.BytesIO(content))
        sink = io.BytesIO()
        metadata = {} if text is None else {HEAD: text}
        pq.write_table(table.replace_schema_metadata(metadata), sink)
        return sink.getvalue()

    return change


def as_text(content: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    at = table.schema.get_field_index("quantity")
    sink = io.BytesIO()
    pq.write_table(table.set_column(at, "quantity", table["quantity"].cast(pa.string())), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda content: content[:-100], "small.parquet is no Parquet file, or is cut off"),
        (lambda _: b"id,team\n", "small.parquet is no Parquet file"),
        (lambda _: b"", "small.parquet is no Parquet file"),
        (lambda content: content[:100] + b"?" + content[101:], "small.parquet is no Parquet"),
        (without_column, "small.parquet: the column pool is missing"),
        (as_text, "small.parquet: the column quantity is string; it should be int32"),
        (with_head(None), "small.parquet holds no demand: its metadata has no gpumarket.demand"),
        (with_head(b"{"), "small.parquet, gpumarket.demand: the text: Invalid JSON"),
        (with_head(b"{}"), "small.parquet, gpumarket.demand: format: Field required"),
    ],
)
def test_a_file_that_is_no_demand_is_refused(
    change: Callable[[bytes], bytes], sentence: str
) -> None:
    with pytest.raises(DemandProblem) as refused:
        parse_demand(change(demand_bytes(demand())), "small.parquet")
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
