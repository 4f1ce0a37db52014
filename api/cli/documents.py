"""Documents that people write as TOML: read whole, told where they cannot be."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from api.cli.refusals import Misuse
from marketplace.errors import BadField, NotFound

if TYPE_CHECKING:
    from api.wire.shape import Shape

Body = TypeVar("Body", bound="Shape")
Meant = TypeVar("Meant")
FILE_MOST: Final = 1_000_000


def read(file: Path, shape: type[Body]) -> Body:
    """A document's file. Raises ``Misuse`` with the place that cannot be read."""
    from pydantic import ValidationError

    from api.wire.shape import field_of

    try:
        with file.open("rb") as opened:
            text = opened.read(FILE_MOST + 1)
    except OSError as bad:
        raise Misuse("file", str(file), f"cannot be read: {bad.strerror}") from bad
    if len(text) > FILE_MOST:
        raise Misuse("file", str(file), f"is larger than {FILE_MOST:,} bytes")
    try:
        return shape.model_validate(tomllib.loads(text.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise Misuse("file", str(file), f"is no TOML: {bad}") from bad
    except ValidationError as bad:
        first = bad.errors()[0]
        why = str(first["msg"]).removeprefix("Value error, ")
        raise Misuse("file", str(file), f"{field_of(first['loc'])}: {why}") from bad


def meant(file: Path, make: Callable[[], Meant]) -> Meant:
    """What a document means. Raises ``Misuse`` where the market could not do it."""
    try:
        return make()
    except (BadField, NotFound) as bad:
        raise Misuse("file", str(file), str(bad)) from bad
