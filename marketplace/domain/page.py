"""A list in pages: so many of its items, and where the next page begins."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from marketplace.errors import BadField

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

Cursor = tuple[int | str, ...]
"""The place of an item in its list: the values that it is sorted by, moments as whole seconds."""

LIMIT: Final = 100
"""Items of a page, where nobody says how many."""

LIMIT_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some items of a list, in its order; ``next`` is the place of the last one where more follow,
    and None at the list's end."""

    items: tuple[T_co, ...]
    next: Cursor | None = None

    def __iter__(self) -> Iterator[T_co]:
        return iter(self.items)

    def each(self, change: Callable[[T_co], U]) -> "Page[U]":
        """The same page of other items, made one by one."""
        return Page(tuple(change(one) for one in self.items), self.next)


def checked_limit(limit: int) -> int:
    """``limit``, if a page may have so many items. Raises ``BadField``."""
    if not 1 <= limit <= LIMIT_MAX:
        raise BadField("limit", limit, "out-of-range", {"least": 1, "most": LIMIT_MAX})
    return limit


def each_page(listing: Callable[..., Page[T]], *args: object, **named: object) -> Iterator[Page[T]]:
    """A list page by page, each read when it is asked for, as ``every`` reads them."""
    after: Cursor | None = None
    while True:
        page = listing(*args, **named, after=after, limit=LIMIT_MAX)
        yield page
        after = page.next
        if after is None:
            return


def every(listing: Callable[..., Page[T]], *args: object, **named: object) -> list[T]:
    """All items of a list, read page by page: for those who need the whole of it.

    ``listing``: a function with ``after`` and ``limit``, called with the other arguments given.
    """
    return [one for page in each_page(listing, *args, **named) for one in page]
