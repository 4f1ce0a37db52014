"""What a caller sent, place by place, and which of it a refusal is about.

The market refuses by its own nouns; who asked knows the names of the path, the query and the body.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query

from api.wire.shape import field_of
from marketplace import errors
from marketplace.errors import BadField, MarketError

KEY: Final = "Idempotency-Key"
MATCH: Final = "If-Match"
OF_A_NOUN: Final = (errors.NotFound, errors.Duplicate, errors.NotAllowedNow)
OF_A_KEY: Final = (errors.KeyReused, errors.KeyInFlight)
Places = Sequence[tuple[str, object]]


def places_of(request: Request) -> Places:
    """Each place of the path, the query, the body that was read, and the version that was seen,
    with its value."""
    body = vars(request).get("_json")  # a body that nobody has read is not waited for
    sent = [*request.path_params.items(), *request.query_params.items()]
    seen = request.headers.get(MATCH)
    return [*sent, *within(body), *([(MATCH, seen)] if seen is not None else [])]


def check_known(request: Request) -> None:
    """Refuse a parameter that the operation does not have: what is misspelt would be overlooked,
    and all of a list answered as if it were the part that was asked for. Raises ``BadField``."""
    if not request.scope["query_string"]:
        return
    route = request.scope["route"]
    known = {
        one.alias for one in get_flat_params(route.dependant) if isinstance(one.field_info, Query)
    }
    for name, value in request.query_params.items():
        if name not in known:
            raise BadField(name, value, "no-such-parameter", {"known": sorted(known) or ["none"]})


def within(document: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str, object]]:
    """Each place of a document, like ``options[0].legs[1].quantity``, with its value."""
    if isinstance(document, dict):
        parts: Any = document.items()
    elif isinstance(document, list):
        parts = enumerate(document)
    else:
        if place:
            yield field_of(place), document
        return
    for name, part in parts:
        yield from within(part, (*place, name))


def meant(refusal: MarketError, sent: Places) -> str:
    """The field that a refusal is about, by the name it was sent under; empty where it is about
    nothing that was sent."""
    field, value = refusal.failing()
    names = [place for place, _ in sent]
    if getattr(refusal, "reason", "") == "changed-since":
        return MATCH
    if field == "key" and "key" not in names:
        return KEY
    if field in names:
        return field
    longer = [place for place in names if place.endswith(f".{field}")]
    same = [place for place, one in sent if one == value and (value or _named(place, field))]
    same.sort(key=lambda place: not _named(place, field))
    if isinstance(refusal, OF_A_NOUN):
        return (same or longer or [""])[0]
    return (longer or (same if isinstance(value, str) else []) or [field])[0]


def _named(place: str, noun: str) -> bool:
    """Whether a place is called after a noun, or is its name."""
    return noun in place or place == "id"
