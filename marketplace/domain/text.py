"""What names, reasons, keys and tags may be made of: letters that stand in one line and steer
nothing."""

import dataclasses
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from marketplace.errors import BadField

NO_LETTERS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters (line breaks and NUL among them), halves of letters (bytes that are no text),
and separators of lines and paragraphs."""

TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Letters that show the ones beside them in another order."""

SUSPECT: Final = re.compile(r"\\|[^ -~]")
"""What a text of JSON has in it where anything of that might be."""


def is_plain(text: str) -> bool:
    """Whether a text is one line of letters."""
    if text.isascii() and text.isprintable():
        return True
    return not any(one in TURNS or unicodedata.category(one) in NO_LETTERS for one in text)


def checked_texts(asked: object) -> None:
    """Raises ``BadField`` for the first text in a command that is no plain one, with its place."""
    for place, text in _texts("", asked):
        if not is_plain(text):
            shown = text.encode("ascii", "backslashreplace").decode()
            raise BadField(place, shown, "not-plain-text")


def _texts(place: str, value: object) -> Iterator[tuple[str, str]]:
    """All texts in a value, each with its place: ``request.tags.project``'s is ``project``."""
    if isinstance(value, str):
        yield place, value
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from _texts(one.name, getattr(value, one.name))
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(place, name)
            yield from _texts(place, one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(place, one)
