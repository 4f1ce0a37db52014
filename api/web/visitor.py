"""Who looks at a page: a person, by the session that their browser signed in with.

A session is a token of its own, kept by its hash as all are: it ends when its person signs out,
when the token ends that it was opened with, or after a week. No script of a page can read it, other
sites' requests come without it, and what a form sends must carry what only the session's own pages
know.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from api import secret
from api.rest.caller import Caller
from api.rest.market import Market, market_of
from marketplace.domain.actor import Actor
from marketplace.domain.command import MakeToken, RevokeToken
from marketplace.domain.token import (
    SESSION_LONGEST,
    TokenKind,
    session_request,
    sha256_of,
)

COOKIE: Final = "gpumarket-session"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
"""The cookie's name where the connection is encrypted: no other host or path can set that."""
SESSIONS: Final = (SECURE_COOKIE, COOKIE)

TEAM_COOKIE: Final = "gpumarket-team"
FORM_FIELD: Final = "form"
OWN_SITE: Final = frozenset({"same-origin", "none"})
A_YEAR: Final = timedelta(days=365)


@dataclass(slots=True)
class Visitor:
    """A signed-in person, and the request they sent."""

    request: Request
    caller: Caller
    secret: str

    @property
    def form_mark(self) -> str:
        """What a form of this session's pages carries, and no other site can know."""
        return hmac.new(self.secret.encode(), b"form", "sha256").hexdigest()

    @property
    def person(self) -> str:
        """Their name."""
        return self.caller.actor.name.partition(":")[2]

    @property
    def team(self) -> str:
        """The team that they look at: the one that they chose, or their first; none without one."""
        own, chosen = self.caller.teams, self.request.cookies.get(TEAM_COOKIE, "")
        return chosen if chosen in own else (own[0] if own else "")

    def sign_out(self) -> None:
        """End the session."""
        self.caller.does(RevokeToken(self.caller.actor.token))


def visitor(request: Request, response: Response) -> Visitor:
    """Who looks at the page. Raises ``Unrecognised`` where nobody is signed in."""
    name = SECURE_COOKIE if _encrypted(request) else COOKIE
    text = request.cookies.get(name, "")
    caller = Caller(market_of(request), text, response, request.state, kind=TokenKind.SESSION)
    caller.actor  # noqa: B018 - nothing is made for who is not recognised
    return Visitor(request, caller, text)


Seen = Annotated[Visitor, Depends(visitor)]


async def _sent(request: Request) -> FormData:
    if not _of_these_pages(request):
        raise HTTPException(403, "this form is of another site: load the page, send it from there")
    form = await request.form(max_files=0, max_fields=200)
    request.state.sent = form  # for a page that says why it was not done
    return form


def _of_these_pages(request: Request) -> bool:
    """Whether a form can be of these pages, by what a browser says and no page can change: whoever
    has no session yet has no mark. Programs say nothing."""
    said, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if said is not None:
        return said in OWN_SITE
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


Sent = Annotated[FormData, Depends(_sent)]
"""What a form sent that is not of another site."""


def _posted(seen: Seen, form: Sent) -> dict[str, str]:
    """What a form of this session sent. Raises ``HTTPException`` for any other's."""
    mark = form.get(FORM_FIELD, "")
    if not isinstance(mark, str) or not hmac.compare_digest(mark, seen.form_mark):
        raise HTTPException(403, "this form is of another session: go back, load the page again")
    return {name: text for name, text in form.items() if isinstance(text, str)}


Form = Annotated[dict[str, str], Depends(_posted)]
"""A form's fields, where it is one of this session's."""


def open_session(market: Market, actor: Actor) -> str:
    """Open a session for somebody who was recognised by a token; what its cookie holds."""
    text, now = secret.drawn(), market.clock()
    request = session_request(actor, sha256_of(text), now)
    market.runner.run(MakeToken(request), by=actor, at=now)
    return text


def keep(request: Request, response: Response, text: str) -> None:
    """Let the browser keep a session."""
    secure = _encrypted(request)
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        text,
        max_age=SESSION_LONGEST // timedelta(seconds=1),
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def forget(request: Request, response: Response) -> None:
    """Let the browser forget its session."""
    secure = _encrypted(request)
    response.delete_cookie(
        SECURE_COOKIE if secure else COOKIE, httponly=True, samesite="lax", secure=secure
    )


def choose_team(response: Response, team: str) -> None:
    """Let the browser keep which team its person looks at."""
    age = A_YEAR // timedelta(seconds=1)
    response.set_cookie(TEAM_COOKIE, team, max_age=age, httponly=True, samesite="lax")


def _encrypted(request: Request) -> bool:
    return request.url.scheme == "https"
