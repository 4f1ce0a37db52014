"""A file of bids: JSON, read strictly; a flaw anywhere refuses the whole file.

A list of the bodies that a batch of orders has (``api.wire.order``), each ``{"key", "options":
[{"value", "earliest_start", "latest_start", "legs": [{"pool", "quantity", "duration",
"offset"}]}], "standing", "valid_until", "on_failure", "project", "theme", "cost_centre"}``; the
team is the command's. A value is a number of credits, or such a number as text (``"84.0"``): in a
file both are exact. ``key``, ``offset``, ``standing`` and all after it may be left out.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from allocator.files import wire
from allocator.files.wire import Flaw
from api.files import FileProblem, read_bytes
from api.wire.order import AmendBody, KeyedOrderBody, Leg
from api.wire.order import Option as OptionBody
from api.wire.shape import Shape
from marketplace.domain.order import Option, OrderRequest
from pricing.units import credits_from_ucr

T = TypeVar("T")
Body = TypeVar("Body", bound=Shape)
BIDS_MAX: Final = 1_000_000
WITHIN: Final[Mapping[int, type[Shape]]] = {3: OptionBody, 5: Leg}
"""What a name belongs to, by how deep it lies, like ``options[0].value``; else to the body."""


def read(name: str) -> bytes:
    """The bytes of the file ``name``, or of stdin for ``-``. Raises ``FileProblem``."""
    return sys.stdin.buffer.read() if name == "-" else read_bytes(name)


def requests(name: str, team: str, fresh_key: Callable[[], str]) -> list[OrderRequest]:
    """The bids of a file as the team's requests. Raises ``FileProblem``: where, what, why."""
    found = _reading(name, lambda root: _bids(root, team, fresh_key))
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

    def read_options(root: object) -> tuple[Option, ...]:
        body = _shape(AmendBody, root if isinstance(root, dict) else {"options": root})
        return tuple(one.to_option() for one in body.options)

    return _reading(name, read_options)


def _reading(name: str, read_root: Callable[[object], T]) -> T:
    where = "stdin" if name == "-" else name
    try:
        return read_root(wire.parse(read(name)))
    except Flaw as flaw:
        raise FileProblem(f"{where}: {flaw.path or 'the document'} {flaw.says}", name) from flaw


def _bids(root: object, team: str, fresh_key: Callable[[], str]) -> list[OrderRequest]:
    if isinstance(root, list) and len(root) > BIDS_MAX:
        raise Flaw("bids", f"is a list of {len(root)}; at most {BIDS_MAX}")
    return wire.items({"bids": root}, "bids", lambda one: _bid(one, team, fresh_key))


def _bid(element: object, team: str, fresh_key: Callable[[], str]) -> OrderRequest:
    if not isinstance(element, dict):
        raise Flaw("", f"is {wire.shown(element)}; it must be an object")
    wire.no_key_twice(element)
    if element.get("team", team) != team:
        raise Flaw("team", f"is {wire.shown(element['team'])}; the command is for {team}")
    if "key" in element:
        wire.words(element, "key")
    body = _shape(KeyedOrderBody, {"team": team} | element)
    return body.to_request(body.key or fresh_key())


def _shape(shape: type[Body], node: dict[str, Any]) -> Body:
    """``node`` as a shape. Raises ``Flaw``: the first that there is."""
    try:
        return shape.read(_exact("", node))
    except ValidationError as bad:
        raise _flaw(shape, bad) from bad


def _exact(path: str, value: Any) -> Any:
    """``value`` with each number of credits as text; a key that stood twice is a ``Flaw``."""
    if isinstance(value, list):
        return [_exact(f"{path}[{place}]", each) for place, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    try:
        wire.no_key_twice(value)
        amount = {"value": _amount(value)} if _is_number(value.get("value")) else {}
    except Flaw as flaw:
        raise flaw.inside(path) if path else flaw from flaw
    joint = f"{path}." if path else ""
    return {name: _exact(f"{joint}{name}", each) for name, each in (value | amount).items()}


def _is_number(value: object) -> bool:
    return value is not None and not isinstance(value, str | bool | list | dict)


def _amount(option: Mapping[str, Any]) -> str:
    amount_ucr = wire.money(option, "value")
    if amount_ucr == 0:
        raise Flaw("value", "is 0; it must be above zero")
    return str(credits_from_ucr(amount_ucr))


def _flaw(shape: type[Shape], bad: ValidationError) -> Flaw:
    """The first thing that a shape objects to: where, and what it is."""
    first = bad.errors()[0]
    *outer, last = place = first["loc"]
    if first["type"] == "extra_forbidden":
        names = WITHIN.get(len(place), shape).model_fields
        known = ", ".join(name for name in names if name != "team")
        return Flaw(_path(outer), f"has the unknown key {wire.shown(last)}; the keys are {known}")
    if first["type"] == "missing":
        return Flaw(_path(place), "is missing")
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return Flaw(_path(place), f"cannot be read: {said}")
    must = said.replace("Input should", "it must").partition(" after validation")[0]
    return Flaw(_path(place), f"is {wire.shown(first['input'])}; {must[0].lower()}{must[1:]}")


def _path(place: Any) -> str:
    path = ""
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path
