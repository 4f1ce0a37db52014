"""The rows of a trace: each number is checked, and what is wrong is a sentence with file and line.

Rows that make no job are counted by reason. Rows that are wrong stop the reading, or are counted
as well where the reader was told to skip them.
"""

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sim.demand.traces.trace import UNIX_EPOCH, Kind, TraceJob, TraceProblem

LARGEST: Final = 10_000_000_000
GPUS_MAX: Final = 250_000
"""The most that a job takes: more than any machine there is has, and a quarter of what a pool of
the market may have."""
UNKNOWN: Final = -1

Values = Sequence[str]
OfRow = Callable[["Row"], TraceJob | str]
"""A row's job, or in a few words why it makes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of trace: how its rows are read, and what it promises of them.

    ``key``: the column that tells jobs apart, so that a second row with it is wrong. Without one,
    ``repeats`` says what equal rows are: the same job ``once`` more, or jobs of their ``own``.
    ``in_order``: whether it promises rows by submission; where it does not, they are sorted.
    """

    kind: Kind
    columns: tuple[str, ...]
    jobs: Callable[["Table"], list[TraceJob]]
    key: str = ""
    repeats: Literal["once", "own"] = "once"
    in_order: bool = False
    epoch: Callable[[str], datetime] | None = None  # of the lines before the first row
    notes: tuple[str, ...] = ()


class Row:
    """One line of the file, with the checks that every number goes through."""

    __slots__ = ("_columns", "_file", "line", "values")

    def __init__(self, file: str, line: int, columns: Mapping[str, int], values: Values) -> None:
        self._file, self.line, self._columns, self.values = file, line, columns, values

    def text(self, column: str) -> str:
        return self.values[self._columns[column]].strip()

    def wrong(self, column: str, because: str, reason: str = "") -> TraceProblem:
        return TraceProblem(
            f"{self._file}, line {self.line}: {column} is {self.text(column)!r}, {because}",
            f"{column} {reason or because.removeprefix('which ')}",
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

    def known(self, column: str) -> float | None:
        """A number as above; None where -1 says that it is unknown."""
        try:
            unknown = float(self.text(column)) == UNKNOWN
        except ValueError:
            unknown = False
        return None if unknown else self.number(column)

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
        since_s = (at.replace(tzinfo=UTC) - UNIX_EPOCH).total_seconds()
        if not 0 <= since_s <= LARGEST:
            raise self.wrong(column, "which is not from 1970 to 2286")
        return since_s

    def job(
        self,
        submitted_s: float,
        duration_s: float,
        gpus: int,
        tenant: str,
        *,
        deadline_s: float | None = None,
        models: tuple[str, ...] = (),
    ) -> TraceJob | str:
        """The row's job; where it used nothing that could be booked, in a few words that."""
        return nothing_to_book(duration_s, gpus) or TraceJob(
            line=self.line,
            submitted_s=submitted_s,
            duration_s=duration_s,
            gpus=gpus,
            tenant=tenant,
            deadline_s=deadline_s,
            models=models,
        )


def by_commas(line: str) -> Values:
    """The values of a line of CSV. Raises ``csv.Error``."""
    return next(csv.reader((line,), strict=True), []) if '"' in line else line.split(",")


def by_tabs(line: str) -> Values:
    """The values of a line with tabs between them."""
    return line.split("\t")


def by_blanks(line: str) -> Values:
    """The values of a line with blanks between them; none where it is a comment."""
    return [] if line.lstrip().startswith(";") else line.split()


class Table:
    """The rows of one file, and what became of them. Read once. Mutable while it is read."""

    def __init__(
        self,
        name: str,
        form: Format,
        columns: Sequence[str],
        lines: Iterable[tuple[int, bytes]],
        *,
        split: Callable[[str], Values],
        skip_bad: bool,
    ) -> None:
        self.rows = 0
        self.skipped: Counter[str] = Counter()
        self._name, self._form, self._lines = name, form, lines
        self._columns = {column: place for place, column in enumerate(columns)}
        self._width = len(columns)
        self._split, self._skip_bad = split, skip_bad
        self._first: dict[object, int] = {}  # the line on which a row, or its key, came first
        self._latest_s = -math.inf

    def jobs(self, of_row: OfRow) -> list[TraceJob]:
        """The job of every row that makes one. Raises ``TraceProblem``."""
        found = []
        for line, content in self._lines:
            try:
                job = self._job(line, content, of_row)
            except TraceProblem as bad:
                if not self._skip_bad:
                    raise
                job = f"bad, {bad.reason}"
            if isinstance(job, TraceJob):
                found.append(job)
            elif job:
                self.skipped[job] += 1
        return found

    def _job(self, line: int, content: bytes, of_row: OfRow) -> TraceJob | str:
        row = self._row(line, content)
        if row is None:
            return ""
        if self._form.key:
            job = of_row(row)
            if isinstance(job, TraceJob):
                self._check_key(row)
        elif self._came_before(row):
            return "the same row once more"
        else:
            job = of_row(row)
        if self._form.in_order and isinstance(job, TraceJob):
            self._check_order(row, job)
        return job

    def _row(self, line: int, content: bytes) -> Row | None:
        """A line as a row; None where it is empty or a comment."""
        if not content.strip():
            return None
        self.rows += 1
        text = decoded(self._name, line, content)
        try:
            values = self._split(text)
        except csv.Error as bad:
            raise TraceProblem(f"{self._name}, line {line}: {bad}", "quotes left open") from bad
        if not values:
            self.rows -= 1
            return None
        if len(values) != self._width:
            raise TraceProblem(
                f"{self._name}, line {line}: {len(values)} columns where there should be "
                f"{self._width}",
                "wrong number of columns",
            )
        return Row(self._name, line, self._columns, values)

    def _came_before(self, row: Row) -> bool:
        same = tuple(row.values)
        first = self._first.setdefault(same, row.line) if self._form.repeats == "once" else row.line
        return first != row.line

    def _check_key(self, row: Row) -> None:
        first = self._first.setdefault(row.text(self._form.key), row.line)
        if first != row.line:
            raise row.wrong(self._form.key, f"which line {first} was already", "that came before")

    def _check_order(self, row: Row, job: TraceJob) -> None:
        if job.submitted_s < self._latest_s:
            raise TraceProblem(
                f"{self._name}, line {row.line}: submitted at second {job.submitted_s:g}, before "
                f"the job above it at {self._latest_s:g}; {self._form.kind} traces are sorted",
                "not in the order of submission",
            )
        self._latest_s = job.submitted_s


def decoded(name: str, line: int, content: bytes) -> str:
    """A line as text, without its end. Raises ``TraceProblem``."""
    try:
        return content.decode("utf-8").removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError as bad:
        raise TraceProblem(
            f"{name}, line {line}: this is not UTF-8 text", "not UTF-8 text"
        ) from bad


def nothing_to_book(duration_s: float | None, gpus: float | None) -> str:
    """Why a job that used so much is none to book; empty where it is one."""
    if not gpus:
        return "no GPU"
    return "" if duration_s else "no run time"
