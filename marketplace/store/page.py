"""One page of a query by its place in an index, never by counting rows off."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from marketplace.domain.page import Cursor, Page, checked_limit
from marketplace.errors import BadField
from marketplace.store.columns import Instant, seconds_of
from marketplace.store.transaction import Tx

T = TypeVar("T")


def paged(
    tx: Tx,
    query: Any,
    keys: Sequence[Any],
    read: Callable[[Any], T],
    *,
    after: Cursor | None,
    limit: int,
    newest_first: bool = False,
    since: datetime | None = None,
) -> Page[T]:
    """The items that follow ``after`` in the order of ``keys``: columns of one table that together
    name a row, and that an index has in this order.

    ``query`` selects the table's row class, or its columns. ``since``: where a list by time begins,
    from the oldest on. The query must not say so itself: an index is entered by one lower bound,
    and by another than the place each page would read all those before it again. Raises
    ``BadField`` for a place that is none of this list, or a limit that no page has.
    """
    checked_limit(limit)
    plain = [
        sa.type_coerce(key, sa.BigInteger) if isinstance(key.type, Instant) else key for key in keys
    ]
    place = None if after is None else sa.tuple_(*_placed(plain, after))
    if since is not None and (after is None or after[0] < seconds_of(since)):  # type: ignore[operator]
        query = query.where(plain[0] >= seconds_of(since))
    elif place is not None:
        mine = sa.tuple_(*plain)
        query = query.where(mine < place if newest_first else mine > place)
    order = [key.desc() if newest_first else key for key in plain]
    rows = tx.execute(query.order_by(*order).limit(limit + 1)).all()
    found = [row[0] if len(row) == 1 else row for row in rows[:limit]]
    more = len(rows) > limit
    place_of_last = tuple(_value(getattr(found[-1], key.key)) for key in keys) if more else None
    return Page(tuple(read(row) for row in found), place_of_last)


def _placed(keys: Sequence[Any], after: Cursor) -> list[Any]:
    kinds = [int if isinstance(key.type, sa.Integer) else str for key in keys]
    if [type(value) for value in after] != kinds:
        raise BadField("after", list(after), "not-a-place")
    return [sa.literal(value, key.type) for value, key in zip(after, keys, strict=True)]


def _value(value: Any) -> int | str:
    if isinstance(value, datetime):
        return seconds_of(value)
    return value if isinstance(value, int) else str(value)
