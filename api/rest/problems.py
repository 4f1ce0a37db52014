"""Refusals as problem+json (RFC 9457), each with its status, from the one table of codes."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Scope

from api.rest.sent import MATCH, Places, meant, places_of
from api.wire.shape import field_of
from marketplace import errors
from marketplace.errors import BadField, MarketError
from marketplace.words import plain

MEDIA_TYPE: Final = "application/problem+json"

STATUSES: Final[Mapping[type[MarketError], int]] = {
    errors.BadField: 422,
    errors.NoMarket: 503,
    errors.NotFound: 404,
    errors.Duplicate: 409,
    errors.InsufficientCredits: 402,
    errors.KeyReused: 422,
    errors.KeyInFlight: 409,
    errors.Forbidden: 403,
    errors.Unrecognised: 401,
    errors.UnsoundOutcome: 500,
    errors.NotAllowedNow: 409,
    errors.NotLeading: 503,
    errors.NotDue: 409,
    errors.TooEarly: 503,
    errors.ClockAhead: 503,
    errors.StorageFailed: 503,
    errors.WrongVersion: 503,
    errors.LedgerBroken: 500,
}
"""The only place where a refusal's status is chosen, but for a few of its reasons."""

BY_REASON: Final[Mapping[str, int]] = {"no-key": 400, "changed-since": 412}

AGAIN_S: Final = 1
"""When to ask again where a refusal is over soon."""

OF_HTTP: Final[Mapping[int, str]] = {
    400: "bad-json",
    404: "no-such-path",
    405: "no-such-method",
    408: "too-slow",
    413: "too-large",
    429: "too-many-requests",
}
"""Codes of what is no refusal of the market."""


def status_of(refusal: MarketError) -> int:
    """The status that tells of ``refusal``."""
    return BY_REASON.get(getattr(refusal, "reason", ""), STATUSES[type(refusal)])


def document(refusal: MarketError, sent: Places | None = None) -> dict[str, Any]:
    """A refusal as problem+json: its code, the field that fails and its value, and all it knows.
    ``sent``: what the caller sent, by which the field is named."""
    field = refusal.failing()[0] if sent is None else meant(refusal, sent)
    if isinstance(refusal, BadField):
        refusal = dataclasses.replace(refusal, field=field)
    said = {"status": status_of(refusal), "detail": str(refusal), "code": refusal.code}
    told = refusal.fields() | {"field": field}
    if field == MATCH:  # the market knows the order by its id; what failed is the version seen
        told["value"] = dict(sent or ()).get(MATCH, told["value"])
    return _titled(refusal.code) | said | told


def _titled(code: str) -> dict[str, Any]:
    return {"type": f"/problems/{code}", "title": code.replace("-", " ").capitalize()}


class Problem(JSONResponse):
    """An answer that tells why something was not done. ``said``: the whole of it."""

    media_type = MEDIA_TYPE

    def __init__(self, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(said, said["status"], headers)
        self.said = said


Teller = Callable[[Scope, Problem], ASGIApp]
"""How a problem is told to whoever sent the request of that scope."""


def to_programs(_scope: Scope, told: Problem) -> ASGIApp:
    """A problem as it is."""
    return told


def problem(code: str, status: int, detail: str, **more: Any) -> Problem:
    """An answer that tells of what is no refusal of the market."""
    return Problem(_titled(code) | {"status": status, "detail": detail, "code": code} | more)


def install(app: FastAPI) -> None:
    """Let the service answer each failure by a problem: never by a traceback."""
    app.add_exception_handler(MarketError, _of_market)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_bug)


async def _of_market(request: Request, refusal: Exception) -> Problem:
    assert isinstance(refusal, MarketError)  # noqa: S101 - what it is installed for
    status, headers = status_of(refusal), {}
    if status == STATUSES[errors.Unrecognised]:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, (errors.KeyInFlight, errors.StorageFailed)):
        headers["Retry-After"] = str(AGAIN_S)
    return Problem(document(refusal, places_of(request)), headers)


async def _of_request(_request: Request, failure: Exception) -> Problem:
    """A body or a parameter that cannot be read: the first flaw, and where the others are."""
    assert isinstance(failure, RequestValidationError)  # noqa: S101 - what it is installed for
    flaws = [_flaw(one) for one in failure.errors()]
    first = flaws[0]
    if failure.errors()[0]["type"] == "json_invalid":
        return problem("bad-json", 400, f"the body is no JSON: {first['detail']}", field="body")
    detail = f"{first['field'] or 'the body'}: {first['detail']}"
    return problem("bad-field", 422, detail, **{k: first[k] for k in ("field", "value")}, all=flaws)


def _flaw(error: Mapping[str, Any]) -> dict[str, Any]:
    """Where a flaw is, as ``options[0].legs[1].quantity``, and what it is."""
    place = field_of(error["loc"][1:])
    message = str(error["msg"]).removeprefix("Value error, ")
    value = error.get("input")
    simple = value if isinstance(value, (str, int, float, bool, type(None))) else None
    return {"field": place, "value": plain(simple), "detail": message}


async def _of_http(_request: Request, failure: Exception) -> Problem:
    assert isinstance(failure, HTTPException)  # noqa: S101 - what it is installed for
    return answered(failure)


def answered(failure: HTTPException) -> Problem:
    """A problem for what the protocol refuses."""
    code = OF_HTTP.get(failure.status_code, "refused")
    return problem(code, failure.status_code, str(failure.detail))


async def _of_bug(_request: Request, failure: Exception) -> Problem:
    return bug(failure)


def bug(failure: Exception) -> Problem:
    """A problem for what should not happen: its kind, and nothing of its inside."""
    detail = f"this should not happen, please report it: {type(failure).__name__}"
    return problem("bug", 500, detail)
