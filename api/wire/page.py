"""A list in pages."""

from collections.abc import Callable
from typing import Generic, Self, TypeVar

from api import cursors
from api.wire.shape import Shape
from marketplace.domain import page as domain

T = TypeVar("T", bound=Shape)
D = TypeVar("D")


class Page(Shape, Generic[T]):
    """Some items of a list; ``next``: what to ask the same list for as ``after`` to go on, or null
    at its end."""

    items: list[T]
    next: str | None

    @classmethod
    def of(cls, listing: str, page: domain.Page[D], shaped: Callable[[D], T]) -> Self:
        """A page of the list of that name, its items made one by one."""
        return cls(items=[shaped(one) for one in page], next=cursors.text_of(listing, page))
