"""Ask a service by the shapes of ``api/wire``: a body out, a shape back, or why not."""

import secrets
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from api.client import told
from api.client.failures import Refused
from api.client.sending import Asked, Line
from api.wire.shape import Shape, stays_in_a_header

T = TypeVar("T")


def fresh_key() -> str:
    """A key that no other request has."""
    return secrets.token_hex(16)


def read(line: Line, shape: type[T], path: str, *, works_s: float = 0.0, **query: Any) -> T:
    """What is there. Of the query, what is empty is left out."""
    named = {name: one for name, one in query.items() if one not in ("", None)}
    return _answer(line, shape, Asked(method="GET", path=path, query=named, works_s=works_s))


def read_file(line: Line, path: str, *, works_s: float = 0.0, **query: Any) -> bytes:
    """What is there, as it stands: a file to keep. Of the query, what is empty is left out."""
    named = {name: one for name, one in query.items() if one not in ("", None)}
    answer = line.send(Asked(method="GET", path=path, query=named, works_s=works_s))
    if not answer.is_success:
        raise told.of_answer(line.address, answer)
    return answer.content


def write(
    line: Line,
    shape: type[T],
    method: str,
    path: str,
    body: Shape | None = None,
    *,
    key: str = "",
    dry_run: bool = False,
    query: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> T:
    """What became of a change."""
    _check_key(key)
    asked = Asked(
        method=method,
        path=path,
        query=(query or {}) | ({"dry_run": "true"} if dry_run else {}),
        body=body.document() if body is not None else None,
        key=key,
        headers=headers or {},
    )
    return _answer(line, shape, asked)


def part(noun: str, id_: str) -> str:
    """An id as a part of a path, whatever it holds. Raises ``Refused`` for what is none."""
    if id_.strip(".") == "":
        detail = f"there is no {noun} {id_!r}"
        raise Refused("not-found", noun, id_, detail, 404, {"noun": noun, "id": id_})
    return quote(id_, safe="")


def _answer(line: Line, shape: type[T], asked: Asked) -> T:
    answer = line.send(asked)
    if not answer.is_success:
        raise told.of_answer(line.address, answer)
    try:
        document = answer.json()
    except ValueError:
        raise told.no_market_there(line.address, answer) from None
    try:
        return TypeAdapter(shape).validate_python(document, extra="ignore")
    except ValidationError as bad:
        flaw = bad.errors()[0]
        place = ".".join(map(str, flaw["loc"]))
        raise told.not_understood(line.address, f"{place}: {flaw['msg']}") from bad


def _check_key(key: str) -> None:
    if not stays_in_a_header(key) or key != key.strip():
        detail = f"key is {key[:50]!r}: over a service, letters of ASCII alone"
        raise Refused("bad-field", "key", key, detail, 422, {"reason": "not-ascii"})
