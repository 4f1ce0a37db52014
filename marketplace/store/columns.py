"""Kinds of columns: moments, files, places of rows."""

import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from marketplace.errors import StorageFailed


def seconds_of(at: datetime) -> int:
    """A moment as the database keeps it. Raises ``ValueError`` without an offset."""
    if at.tzinfo is None or at.microsecond:
        raise ValueError(f"an instant must have an offset and whole seconds: {at!r}")
    return int(at.timestamp())


@lru_cache(maxsize=8_192)
def instant_of(seconds: int) -> datetime:
    """A moment from what the database keeps of it. Time is sold in slots: many rows have the same
    moments."""
    return datetime.fromtimestamp(seconds, UTC)


class Instant(TypeDecorator[datetime]):
    """A moment as whole seconds since 1970-01-01 UTC; naive or split seconds are a bug."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else seconds_of(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else instant_of(value)


def deflated(file: bytes) -> bytes:
    """A file as the database keeps it."""
    return zlib.compress(file, 6)


class Deflated(TypeDecorator[bytes]):
    """A file's bytes, kept deflated."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else deflated(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """From the database. Raises ``StorageFailed`` where it is damaged."""
        try:
            return None if value is None else zlib.decompress(value)
        except zlib.error as bad:
            raise StorageFailed("of this market", "file-damaged", {"because": str(bad)}) from bad


Number: Final = BigInteger().with_variant(Integer, "sqlite")
"""A row's place: SQLite finds a row by an ``INTEGER`` key without an index beside the table."""


class Declared(SQLModel):
    """What every row is: SQLAlchemy alone makes rows, so pydantic need not build a reader of them,
    which took a quarter of a second at every start of the program."""

    model_config = {"defer_build": True}
