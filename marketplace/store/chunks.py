"""Many keys, asked for in as few statements as a database allows."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")

CHUNK: Final = 400
"""Keys asked for in one statement: even keys of two columns stay below the 999 parameters that
older SQLite allows."""


def chunks(keys: Iterable[T]) -> Iterator[list[T]]:
    """The keys, so many at a time."""
    all_keys = list(keys)
    for first in range(0, len(all_keys), CHUNK):
        yield all_keys[first : first + CHUNK]
