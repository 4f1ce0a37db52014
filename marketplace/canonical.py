"""One way of writing a value as JSON: the documents that rows keep, and what hashes are made of."""

import hashlib
from typing import Any

import orjson


def document(value: object) -> str:
    """A value as the database keeps it: JSON without blanks."""
    return orjson.dumps(value).decode()


def value_of(text: str | bytes) -> Any:
    """The value in a document."""
    return orjson.loads(text)


def inner(text: str) -> object:
    """A document that is to stand in another one as it is."""
    return orjson.Fragment(text)


def written(value: object) -> bytes:
    """A value written so that equal values are equal bytes: names sorted, bytes by their hash."""
    return orjson.dumps(value, _plain, orjson.OPT_SORT_KEYS)


def sha256_of(value: object) -> str:
    """The SHA-256 of a value as ``written``, in hexadecimal digits."""
    return hashlib.sha256(written(value)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"{type(value).__name__} is no value of a row")
