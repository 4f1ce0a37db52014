"""A file of bids: JSON, read strictly; a flaw anywhere refuses the whole file.

A list of bids, each ``{"key", "options": [{"value", "earliest_start", "latest_start",
"legs": [{"pool", "quantity", "duration", "offset"}]}], "standing", "valid_until", "project",
"theme", "cost_centre"}``. A value is a number of credits, or such a number as text (``"84.0"``);
durations are like ``8h``, times RFC 3339 with an offset. ``key``, ``offset``, ``standing`` and
all after it may be left out.
"""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from allocator.files import wire
from allocator.files.wire import Flaw
from api.files import FileProblem, read_bytes
from api.texts import above_zero_ucr, duration, moment
from marketplace.domain.order import LEGS_MAX, Leg, Option, OrderRequest
from marketplace.domain.transfer import Tags

T = TypeVar("T")
TAGS = ("project", "theme", "cost_centre")
UNITS_MAX = 10**9
BIDS_MAX = 1_000_000


def read(name: str) -> bytes:
    """The bytes of the file ``name``, or of stdin for ``-``. Raises ``FileProblem``."""
    return sys.stdin.buffer.read() if name == "-" else read_bytes(name)


def requests(name: str, team: str, fresh_key: Callable[[], str]) -> list[OrderRequest]:
    """The bids of a file as the team's requests. Raises ``FileProblem``: where, what, why."""
    found = _reading(name, lambda root: _list("bids", root, lambda one: _bid(one, team, fresh_key)))
    if not found:
        raise FileProblem(f"{name}: the list of bids is empty", name)
    seen: dict[str, int] = {}
    for place, request in enumerate(found):
        first = seen.setdefault(request.key, place)
        if first != place:
            key = wire.shown(request.key)
            raise FileProblem(
                f"{name}: bids[{place}].key is {key}, which bids[{first}] has already", name
            )
    return found


def options(name: str) -> tuple[Option, ...]:
    """The options of a file: a list of them, or an object with that list as ``options``."""

    def read_options(root: object) -> list[Option]:
        if isinstance(root, dict):
            root = wire.fields(root, ("options",))["options"]
        return _list("options", root, _option)

    return tuple(_reading(name, read_options))


def _reading(name: str, read_root: Callable[[object], T]) -> T:
    where = "stdin" if name == "-" else name
    try:
        return read_root(wire.parse(read(name)))
    except Flaw as flaw:
        raise FileProblem(f"{where}: {flaw.path or 'the document'} {flaw.says}", name) from flaw


def _list(key: str, root: object, read_one: Callable[[Any], T]) -> list[T]:
    if isinstance(root, list) and len(root) > BIDS_MAX:
        raise Flaw(key, f"is a list of {len(root)}; at most {BIDS_MAX}")
    return wire.items({key: root}, key, read_one)


def _bid(element: object, team: str, fresh_key: Callable[[], str]) -> OrderRequest:
    known = ("key", "standing", "valid_until", *TAGS)
    node = wire.fields(element, ("options",), known)
    until = node.get("valid_until")
    return OrderRequest(
        team=team,
        key=wire.words(node, "key") if "key" in node else fresh_key(),
        options=tuple(_list("options", node["options"], _option)),
        standing=wire.truth(node, "standing") if "standing" in node else False,
        valid_until=None if until is None else _time(node, "valid_until"),
        tags=Tags(**{name: _tag(node, name) for name in TAGS}),
    )


def _tag(node: dict[str, Any], name: str) -> str:
    value = node.get(name, "")
    if value == "":
        return ""
    return wire.text(name, value)


def _option(element: object) -> Option:
    required = ("value", "earliest_start", "latest_start", "legs")
    node = wire.fields(element, required)
    legs = _list("legs", node["legs"], _leg)
    if not 1 <= len(legs) <= LEGS_MAX:
        raise Flaw("legs", f"is a list of {len(legs)}; give 1 to {LEGS_MAX}")
    return Option(
        value_ucr=_value(node),
        earliest_start=_time(node, "earliest_start"),
        latest_start=_time(node, "latest_start"),
        legs=tuple(legs),
    )


def _leg(element: object) -> Leg:
    node = {"offset": "0h"} | wire.fields(element, ("pool", "quantity", "duration"), ("offset",))
    return Leg(
        pool=wire.words(node, "pool"),
        quantity=wire.whole(node, "quantity", 1, UNITS_MAX),
        duration=_length(node, "duration"),
        offset=_length(node, "offset"),
    )


def _value(node: dict[str, Any]) -> int:
    value = node["value"]
    if not isinstance(value, str):
        amount_ucr = wire.money(node, "value")
        if amount_ucr == 0:
            raise Flaw("value", "is 0; it must be above zero")
        return amount_ucr
    return _typed("value", value, above_zero_ucr)


def _time(node: dict[str, Any], key: str) -> datetime:
    return _typed(key, wire.words(node, key), moment)


def _length(node: dict[str, Any], key: str) -> timedelta:
    return _typed(key, wire.words(node, key), duration)


def _typed(key: str, text: str, read_one: Callable[[str], T]) -> T:
    try:
        return read_one(text)
    except ValueError as bad:
        raise Flaw(key, f"cannot be read: {bad}") from bad
