"""What a page answers where it cannot do what was asked: in words, never by a traceback. It says
what happened, gives back what was typed, and where to go from there."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api.rest.problems import AGAIN_S, Problem, answered, bug, status_of
from api.web.frame import ROOMS, Frame, frame_of
from api.web.page import html
from api.web.visitor import FORM_FIELD, visitor
from marketplace.errors import KeyInFlight, MarketError, Unrecognised

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
FIRST: Final = "/"
ROOM_OF: Final = {"orders": "/teams", "spot": "/teams", "reservations": "/teams"}
"""Pages that stand in a room of another name."""

AWAY: Final = 503
LOAD_AGAIN: Final = "load this page again to send the same once more"
TO_DO: Final = {
    403: "A role in a team is given by its lead, any other by an administrator.",
    404: "It may be spelt otherwise, or be another team's.",
    408: f"{LOAD_AGAIN.capitalize()}.",
    422: "The address holds what cannot be read: without it the page is shown as usual.",
    AWAY: "It is nobody's fault here and passes: orders, reservations and holds stay as they are.",
}
"""What may be said of a refusal by its status."""

UNSAID: Final = frozenset({"token", "key", "version", "seen", "act", FORM_FIELD})
"""Fields that no page says back: secrets, and what nobody typed."""

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
                status = status_of(refusal)
                again = status == AWAY or isinstance(refusal, KeyInFlight)
                return await run_in_threadpool(refused, request, status, str(refusal), again=again)
            except RequestValidationError as flaw:
                first = flaw.errors()[0]
                why = f"{first['loc'][-1]}: {first['msg']}"
                return await run_in_threadpool(refused, request, 422, why)
            except HTTPException as flaw:
                why = str(flaw.detail)
                return await run_in_threadpool(refused, request, flaw.status_code, why)

        return told


def install(app: FastAPI) -> None:
    """Let people who ask for what is not there, or meet a bug, be told so in a page."""
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_bug)


async def _of_http(request: Request, flaw: Exception) -> Response:
    assert isinstance(flaw, HTTPException)  # noqa: S101 - what it is installed for
    told = answered(flaw)
    if not _of_people(request):
        return told
    return await run_in_threadpool(refused, request, told.status_code, _why(told))


async def _of_bug(request: Request, failure: Exception) -> Response:
    return to_people(request.scope, bug(failure))


def to_people(scope: Scope, told: Problem) -> Response:
    """A problem as a page, where it is a browser that asked for one; else as it is. It asks the
    market nothing, which may be what is wrong."""
    request = Request(scope)
    if not _of_people(request):
        return told
    status, posted = told.status_code, request.method == "POST"
    wait = told.headers.get(WAIT, "")
    again = f"Wait {wait} s, then {LOAD_AGAIN}" if wait else LOAD_AGAIN.capitalize()
    unsure = posted and status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if unsure:
        to_do = f"{again}: what moves credits is done once, however often it is sent."
    elif posted:
        to_do = f"{again}." if status in AGAIN else "Go back to what you typed."
    else:
        to_do = f"Wait {wait} s." if wait else ""
    facts: dict[str, Any] = {
        **_facts(request, _why(told)),
        "to_do": to_do,
        "again": status in AGAIN,
        "unsure": unsure,
    }
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        facts["failed"] = getattr(request.state, "request_id", "")
    answer = html(request, "refusal.html", facts, status=status)
    if wait:
        answer.headers[WAIT] = wait
    return answer


def _of_people(request: Request) -> bool:
    people = "text/html" in request.headers.get("accept", "")
    return people and not request.url.path.startswith("/v1/")


def _why(told: Problem) -> str:
    why: str = SAID.get(told.said["code"], told.said["detail"])
    return why


def sign_in_first(request: Request) -> Response:
    """To the page where people sign in, and from there back to what was asked for."""
    if request.method != "GET":
        return RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = "" if back == "/" else "?" + urlencode({"next": back})
    return RedirectResponse(SIGN_IN + query, HTTPStatus.SEE_OTHER)


def refused(request: Request, status: int, why: str, *, again: bool = False) -> Response:
    """A page that says what is wrong, in the frame for who is signed in. ``again``: the same may be
    asked for again, and be done then; the answer offers that with all that was sent."""
    frame = _frame(request)
    sent = {
        name: text
        for name, text in getattr(request.state, "sent", {}).items()
        if isinstance(text, str) and text
    }
    posted = request.method != "GET"
    here = frame.here if frame else FIRST
    facts = _facts(request, why) | {
        "frame": frame,
        "to_do": TO_DO.get(status, ""),
        "again": again and not (posted and request.url.path == SIGN_IN),
        "plain": "" if posted or not request.url.query or again else request.url.path,
        "sent": sent if again else {},
        "once": "key" in sent,
        "typed": {name: text for name, text in sent.items() if name not in UNSAID},
        "here": here,
        "room": ROOMS[here],
    }
    answer = html(request, "refusal.html", facts, status=status)
    if again:
        answer.headers[WAIT] = str(AGAIN_S)
    return answer


def _facts(request: Request, why: str) -> dict[str, Any]:
    """What a page says that stands outside the frame, and has nothing to offer."""
    return {
        "frame": None,
        "rooms": ROOMS,
        "here": FIRST,
        "room": ROOMS[FIRST],
        "to_do": "",
        "again": False,
        "unsure": False,
        "failed": "",
        "plain": "",
        "sent": {},
        "once": False,
        "typed": {},
        "why": why[:1].upper() + why[1:],
        "posted": request.method != "GET",
        "address": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }


def _frame(request: Request) -> Frame | None:
    """The frame around it; none where nobody is signed in, or the market cannot tell who is."""
    first = f"/{request.url.path.split('/')[1]}"
    here = ROOM_OF.get(first[1:], first if first in ROOMS else FIRST)
    try:
        return frame_of(visitor(request, Response()), here)
    except MarketError:
        return None
