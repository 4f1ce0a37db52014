"""Where a list goes on, as text that callers hand back: opaque, and good for that list alone."""

import base64
import binascii
import json

from marketplace.domain.page import Cursor, Page
from marketplace.errors import BadField


def text_of(listing: str, page: Page[object]) -> str | None:
    """What to ask the same list for next, or None at its end.

    >>> place_of("orders", text_of("orders", Page((), (7, "ord_1"))) or "")
    (7, 'ord_1')
    """
    if page.next is None:
        return None
    place = json.dumps([listing, *page.next], separators=(",", ":"))
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(listing: str, text: str) -> Cursor | None:
    """The place that ``text`` stands for; None for an empty one. Raises ``BadField`` where it is
    not what this list gave."""
    if not text:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, *place = json.loads(data)
    except (binascii.Error, ValueError, TypeError):
        name, place = "", []
    kinds = {type(value) for value in place}
    if name != listing or not place or not kinds <= {int, str}:
        raise BadField("after", text, "not-a-place")
    return tuple(place)
