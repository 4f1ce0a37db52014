"""What is not there, told with a few names of what is."""

from collections.abc import Iterable
from typing import Final

from marketplace.errors import NotFound

KNOWN_MOST: Final = 8
"""So many names of what there is are told where a name is none of them."""


def among(noun: str, id_: str, names: Iterable[str]) -> NotFound:
    """There is none of that id among those names: the first few, and how many more there are."""
    every = tuple(names)
    return NotFound(noun, id_, every[:KNOWN_MOST], max(len(every) - KNOWN_MOST, 0))
