"""A file's format by its content, and its jobs. The name of the file decides nothing."""

import gzip
import io
import itertools
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sim.demand.traces.alibaba import GENAI, OPENB
from sim.demand.traces.elasticflow import ELASTICFLOW
from sim.demand.traces.gavel import GAVEL, GAVEL_OF_PHILLY, SHOCKWAVE
from sim.demand.traces.philly import PHILLY
from sim.demand.traces.swf import SWF
from sim.demand.traces.table import Format, Table, by_blanks, by_commas, by_tabs, decoded
from sim.demand.traces.tiresias import TIRESIAS
from sim.demand.traces.trace import MADE_UP_EPOCH, Trace, TraceProblem

WITH_HEADER: Final = (PHILLY, OPENB, GENAI, ELASTICFLOW, TIRESIAS)
WITH_TABS: Final = (GAVEL_OF_PHILLY, GAVEL, SHOCKWAVE)
FORMATS: Final = (*WITH_HEADER, *WITH_TABS, SWF)

AS_PUBLISHED: Final = {"submission_time": "submit_time", "deadline": "ddl"}
"""What the authors of ElasticFlow call its columns elsewhere in their repository."""

Lines = Iterator[tuple[int, bytes]]


def read_trace(path: Path, *, skip_bad: bool = False) -> Trace:
    """The trace in a file, plain or gzipped, of any format in ``FORMATS``.

    Raises ``TraceProblem`` at the first line that cannot be right, and ``OSError``. With
    ``skip_bad`` wrong rows are counted among the skipped, by reason; a file cut off in its gzip
    packing is refused all the same, since nobody knows how much is missing.
    """
    return parse_trace(path.read_bytes(), path.name, skip_bad=skip_bad)


def parse_trace(content: bytes, name: str, *, skip_bad: bool = False) -> Trace:
    """The trace in ``content``, as ``read_trace``; ``name`` is what errors call it."""
    lines = _lines(content, name)
    before, first = _first_line(lines, name)
    form, columns = _detected(before, first, name)
    if form not in WITH_HEADER:
        lines = itertools.chain([first], lines)
    split = by_commas if form in WITH_HEADER else by_blanks if form is SWF else by_tabs
    table = Table(name, form, columns, lines, split=split, skip_bad=skip_bad)
    jobs = sorted(form.jobs(table), key=lambda job: (job.submitted_s, job.line))
    if not jobs:
        raise TraceProblem(f"{name} holds no job that uses a GPU ({table.rows} rows)")
    return Trace(
        name=name,
        kind=form.kind,
        epoch=form.epoch(before) if form.epoch else MADE_UP_EPOCH,
        rows=table.rows,
        jobs=tuple(jobs),
        skipped=dict(sorted(table.skipped.items())),
        notes=form.notes,
    )


def _first_line(lines: Lines, name: str) -> tuple[str, tuple[int, bytes]]:
    """The comments that a file begins with, and its first line with anything else."""
    comments = []
    for number, content in lines:
        text = decoded(name, number, content).strip()
        if text.startswith(";"):
            comments.append(text)
        elif text:
            return "\n".join(comments), (number, content)
    raise TraceProblem(f"{name} holds comments alone" if comments else f"{name} is empty")


def _detected(before: str, first: tuple[int, bytes], name: str) -> tuple[Format, Sequence[str]]:
    """The format that a first line shows, and the columns of the rows."""
    number, content = first
    text = decoded(name, number, content)
    if before or (_numbers(text) and len(text.split()) == len(SWF.columns)):
        return SWF, SWF.columns
    if "\t" in text:
        return _by_width(text, f"{name}, line {number}")
    return _by_header(text, f"{name}, line {number}")


def _numbers(text: str) -> bool:
    try:
        return bool([float(one) for one in text.split()])
    except ValueError:
        return False


def _by_width(text: str, where: str) -> tuple[Format, Sequence[str]]:
    width = len(by_tabs(text))
    for form in WITH_TABS:
        if width == len(form.columns):
            return form, form.columns
    raise TraceProblem(
        f"{where}: {width} columns with tabs between them; Gavel's traces have 7 or 10, and "
        "Shockwave's 12"
    )


def _by_header(text: str, where: str) -> tuple[Format, Sequence[str]]:
    header = [column.strip() for column in text.split(",")]
    told = [AS_PUBLISHED.get(column, column) for column in header]
    if set(ELASTICFLOW.columns) <= set(told):
        return ELASTICFLOW, told
    for form in WITH_HEADER:
        if set(form.columns) <= set(header):
            return form, header
    if header == ["duration"]:
        raise TraceProblem(f"{where}: lengths alone make no trace; it takes submissions as well")
    near = max(WITH_HEADER, key=lambda form: len(set(form.columns) & set(header)))
    missing = sorted(set(near.columns) - set(header))
    if len(near.columns) - len(missing) > 1:
        columns = ", ".join(missing)
        raise TraceProblem(f"{where}: columns of the {near.kind} trace are missing: {columns}")
    known = ", ".join(dict.fromkeys(form.kind for form in FORMATS))
    raise TraceProblem(f"{where}: {text.strip()[:80]!r} begins no known trace ({known})")


def _lines(content: bytes, name: str) -> Lines:
    source: io.BufferedIOBase = io.BytesIO(content)
    if content[:2] == b"\x1f\x8b":
        source = gzip.GzipFile(fileobj=source)
    number = 0
    try:
        for line in source:
            number += 1
            yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as bad:
        raise TraceProblem(
            f"{name}, after line {number}: the gzip file is cut off or damaged; fetch it again"
        ) from bad
