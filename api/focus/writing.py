"""Rows as CSV and as Parquet, a part at a time: a long file needs no more memory than a short."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from io import RawIOBase
from itertools import islice
from typing import Any, Final

from api.focus.bill import PLACES
from api.focus.columns import Kind
from api.focus.rows import Row, Spelling
from api.spreadsheet import harmless

AT_ONCE: Final = 20_000
"""Rows of one part of a Parquet file."""

LINES: Final = 1_000
"""Lines of one part of a CSV file."""

DIGITS: Final = 38


class Format(Enum):
    """How a file is written, by how its name ends."""

    CSV = ".csv"
    PARQUET = ".parquet"


def quoted(text: str) -> str:
    """A cell of CSV.

    >>> quoted('a "b", c')
    '"a ""b"", c"'
    """
    if any(letter in text for letter in '",\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


FOR_CSV: Final = Spelling("", quoted, lambda text: quoted(harmless(text)))
AS_IT_IS: Final = Spelling(None, str, str)


def csv_text(columns: Mapping[str, Kind], rows: Iterable[Row]) -> Iterator[str]:
    """A CSV file (RFC 4180), part by part: its head, then lines in the rows' order, whose cells are
    spelt for it."""
    yield _lines([list(columns)])
    left = iter(rows)
    while part := list(islice(left, LINES)):
        yield _lines(part)


def _lines(rows: Iterable[Row]) -> str:
    return "".join([",".join(row) + "\r\n" for row in rows])


def spelling(form: Format) -> Spelling:
    """How cells are written in that form."""
    return FOR_CSV if form is Format.CSV else AS_IT_IS


def parts(form: Format, columns: Mapping[str, Kind], rows: Iterable[Row]) -> Iterator[bytes]:
    """A file of that form, part by part: the rows are read as the parts are asked for."""
    if form is Format.PARQUET:
        return _parquet(columns, rows)
    return (part.encode() for part in csv_text(columns, rows))


class _Written(RawIOBase):
    """What was written and nobody has taken yet."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """All of it; it is here no more."""
        whole, self._parts = b"".join(self._parts), []
        return whole


def _parquet(columns: Mapping[str, Kind], rows: Iterable[Row]) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        Kind.TEXT: pa.string(),
        Kind.NAME: pa.string(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.NUMBER: pa.decimal128(DIGITS, PLACES),
    }
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    left, file = iter(rows), _Written()
    with pq.ParquetWriter(file, schema) as writer:
        while part := list(islice(left, AT_ONCE)):
            cells = zip(*part, strict=True)
            arrays = [
                pa.array(column, pa.string()).cast(field.type)
                for column, field in zip(cells, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield file.taken()
    yield file.taken()
