"""What a page answers where it cannot do what was asked: in words, never by a traceback."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.rest.problems import Problem, answered, bug, status_of
from api.web.frame import ROOMS
from api.web.page import html
from marketplace.errors import MarketError, Unrecognised

SIGN_IN: Final = "/sign-in"
SAID: Final = {
    "no-such-path": "there is no such page",
    "too-many-requests": "too many requests came from you at once",
    "bug": "this page has failed, and should not: please report it",
}
"""What people are told instead of what programs are, by its code."""

AGAIN: Final = frozenset({408, 429, 500, 503})
"""Statuses of what may go well the next time."""

WAIT: Final = "Retry-After"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Page(APIRoute):
    """The route of a page. Whoever is not signed in is asked to, and comes back."""

    def get_route_handler(self) -> Handler:
        """The handler, with what it refuses told as a page."""
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except Unrecognised:
                return sign_in_first(request)
            except MarketError as refusal:
                return refused(request, status_of(refusal), str(refusal))
            except RequestValidationError as flaw:
                first = flaw.errors()[0]
                return refused(request, 422, f"{first['loc'][-1]}: {first['msg']}")
            except HTTPException as flaw:
                return refused(request, flaw.status_code, str(flaw.detail))

        return told


def install(app: FastAPI) -> None:
    """Let people who ask for what is not there, or meet a bug, be told so in a page."""
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_bug)


async def _of_http(request: Request, flaw: Exception) -> Response:
    assert isinstance(flaw, HTTPException)  # noqa: S101 - what it is installed for
    return to_people(request.scope, answered(flaw))


async def _of_bug(request: Request, failure: Exception) -> Response:
    return to_people(request.scope, bug(failure))


def to_people(scope: Scope, told: Problem) -> Response:
    """A problem as a page, where it is a browser that asked for one; else as it is."""
    request = Request(scope)
    people = "text/html" in request.headers.get("accept", "")
    if not people or request.url.path.startswith("/v1/"):
        return told
    why = SAID.get(told.said["code"], told.said["detail"])
    answer = refused(request, told.status_code, why, wait=told.headers.get(WAIT, ""))
    if WAIT in told.headers:
        answer.headers[WAIT] = told.headers[WAIT]
    return answer


def sign_in_first(request: Request) -> Response:
    """To the page where people sign in, and from there back to what was asked for."""
    if request.method != "GET":
        return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = "" if back == "/" else "?" + urlencode({"next": back})
    return RedirectResponse(SIGN_IN + query, HTTPStatus.SEE_OTHER)


def refused(request: Request, status: int, why: str, wait: str = "") -> Response:
    """A page that says what is wrong, what was not lost, and what to do; ``wait``: so many seconds
    first. It asks the market nothing, which may be what is wrong."""
    facts = {
        "why": why[:1].upper() + why[1:],
        "rooms": ROOMS,
        "posted": request.method == "POST",
        "unsure": request.method == "POST" and status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        "again": status in AGAIN,
        "wait": wait,
        "failed": getattr(request.state, "request_id", "")
        if status == HTTPStatus.INTERNAL_SERVER_ERROR
        else "",
    }
    return html(request, "refusal.html", facts, status=status)
