"""The page behind a sign-in link: it asks once more, so that a link that a chat program looks at is
not used up; then it shows the token that programs are to send."""

from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool

from api.rest.market import market_of
from api.rest.tokens import signed_in
from marketplace.errors import Unrecognised

router: Final = APIRouter(include_in_schema=False)
PAGES: Final = Environment(
    loader=PackageLoader("api.web"), autoescape=True, undefined=StrictUndefined
)
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""The page has no script; its address holds a secret, which no other site may be told."""


@router.get("/sign-in")
def ask(token: str = "") -> Response:
    """Ask whether to sign in now."""
    return _page(200, "ask" if token else "nothing", token=token)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Use the link up, and show the token."""
    sent = parse_qs((await request.body()).decode("ascii", "replace"))
    text = sent.get("token", [""])[0]
    try:
        made = await run_in_threadpool(signed_in, market_of(request), text)
    except Unrecognised as refusal:
        return _page(401, "refused", refused=str(refusal))
    return _page(200, "made", made=made, address=str(request.base_url).rstrip("/"))


def _page(status: int, state: str, **facts: object) -> Response:
    html = PAGES.get_template("sign_in.html").render(facts, state=state)
    return Response(html, status, HEADERS, "text/html; charset=utf-8")
