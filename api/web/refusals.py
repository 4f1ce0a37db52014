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

from api.rest.problems import answered, status_of
from api.web.page import html
from marketplace.errors import MarketError, Unrecognised

SIGN_IN: Final = "/sign-in"
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
    """Let people who ask for what is not there be told so in a page."""
    app.add_exception_handler(HTTPException, _of_http)


async def _of_http(request: Request, flaw: Exception) -> Response:
    assert isinstance(flaw, HTTPException)  # noqa: S101 - what it is installed for
    people = "text/html" in request.headers.get("accept", "")
    if not people or request.url.path.startswith("/v1/"):
        return answered(flaw)
    missing = flaw.status_code == HTTPStatus.NOT_FOUND
    why = "there is no such page" if missing else str(flaw.detail)
    return refused(request, flaw.status_code, why)


def sign_in_first(request: Request) -> Response:
    """To the page where people sign in, and from there back to what was asked for."""
    if request.method != "GET":
        return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = "" if back == "/" else "?" + urlencode({"next": back})
    return RedirectResponse(SIGN_IN + query, HTTPStatus.SEE_OTHER)


def refused(request: Request, status: int, why: str) -> Response:
    """A page that says what is wrong."""
    why = why[:1].upper() + why[1:]
    return html(request, "refusal.html", {"why": why, "status": status}, status=status)
