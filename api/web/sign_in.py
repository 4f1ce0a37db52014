"""Signing in with a browser, by a token or by the link that the market printed; and out again.

A link is asked about once more, so that a chat program that looks at it does not use it up. It is
exchanged for a token that programs are to send, which is shown this once.
"""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.rest.market import Market, market_of
from api.rest.tokens import signed_in
from api.web.finance_desk import HERE as FINANCE
from api.web.page import html
from api.web.refusals import SIGN_IN, Page
from api.web.visitor import Form, Seen, Sent, choose_team, forget, keep, open_session
from api.wire.token import NewToken
from marketplace.domain.actor import Actor, Role
from marketplace.errors import Unrecognised

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HOME: Final = "/"
KEEPS_BOOKS_ALONE: Final = frozenset({Role.FINANCE})
"""Whoever is in no team and has no other role wants the books, and has nothing to bid with."""


@router.get(SIGN_IN)
def ask(request: Request, token: str = "", next: str = HOME) -> Response:  # noqa: A002
    """Ask for a token, or whether to sign in by the one in the link."""
    return _page(request, 200, "link" if token else "ask", token=token, back=_own(next))


@router.post(SIGN_IN)
def sign_in(request: Request, form: Sent) -> Response:
    """Open a session, and go where its person wanted to go."""
    text, back = str(form.get("token", "")).strip(), _own(str(form.get("next", HOME)))
    try:
        made, session, actor = _opened(market_of(request), text)
    except Unrecognised as refusal:
        return _page(request, 401, "ask", refused=str(refusal), back=back)
    if back == HOME and actor.roles == KEEPS_BOOKS_ALONE:
        back = FINANCE
    if made is None:
        answer: Response = RedirectResponse(back, HTTPStatus.SEE_OTHER)
    else:
        where = str(request.base_url).rstrip("/")
        answer = _page(request, 200, "made", made=made, address=where, back=back)
    keep(request, answer, session)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, seen: Seen, _form: Form) -> Response:
    """End the session."""
    seen.sign_out()
    answer = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
    forget(request, answer)
    return answer


@router.post("/team")
def team(seen: Seen, form: Form) -> Response:
    """Look at another of one's teams from now on."""
    answer = RedirectResponse(_own(form.get("next", HOME)), HTTPStatus.SEE_OTHER)
    if form.get("team") in seen.caller.teams:
        choose_team(answer, form["team"])
    return answer


def _opened(market: Market, text: str) -> tuple[NewToken | None, str, Actor]:
    """The session for a token, and whose it is; and for a link's, the token that it was exchanged
    for."""
    made = None
    try:
        found, _ = market.recognise(text)
    except Unrecognised as refusal:
        if refusal.reason != "is-sign-in":
            raise
        made = signed_in(market, text)
        found, _ = market.recognise(made.token)
    return made, open_session(market, found.actor), found.actor


def _own(address: str) -> str:
    """An address of these pages; the first page for any other."""
    own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if own and address.isprintable() else HOME


def _page(request: Request, status: int, state: str, **facts: object) -> Response:
    shown = {"token": "", "refused": "", "made": None, "address": ""} | facts
    return html(request, "sign_in.html", {**shown, "state": state}, status=status)
