"""A spot request: whether it runs, why or why not, and what it has cost."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.rest import spot
from api.rest.problems import status_of
from api.web.exact import Exact, Typed, served
from api.web.frame import page
from api.web.refusals import Page
from api.web.typed import faults, new_key, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.ledger import Transfer
from api.wire.spot import LimitBody, Spot
from marketplace.domain import advice
from marketplace.domain.command import StopSpot
from marketplace.domain.transfer import Movement
from marketplace.errors import MarketError
from marketplace.services import capacity, ledger
from marketplace.services import spot as service

router: Final = APIRouter(prefix="/spot", include_in_schema=False, route_class=Page)
HERE: Final = "/teams"
MOVES_MOST: Final = 200
NAMES: Final = {"limit_price": "limit"}
SAID: Final = {
    "stopped": "It is stopped; the rest of what it held is free again.",
    "changed": "Its limit is changed: it counts from the next tick on.",
}
LIVE: Final = ("open", "active")


@router.get("/{request_id}")
def one(request_id: str, seen: Seen, said: str = "") -> Response:
    """One request's page."""
    return _page(seen, request_id, said=SAID.get(said, ""))


@router.post("/{request_id}/stop")
def stop(request_id: str, seen: Seen, form: Form) -> Response:
    """End it: a run stops at once."""
    try:
        seen.caller.does(StopSpot((request_id,)), form.get("key", ""))
    except MarketError as refusal:
        return _page(seen, request_id, wrong=faults(refusal, {}), status=status_of(refusal))
    return _done(request_id, "stopped")


@router.post("/{request_id}/limit")
def limit(request_id: str, seen: Seen, form: Form) -> Response:
    """Give it another limit: any while it waits, a higher one while it runs."""
    typed = form.get("limit", "").strip()
    try:
        body = LimitBody.read({"limit_price": typed})
        spot.change_limit(request_id, body, seen.caller, form.get("key", ""))
    except (MarketError, ValidationError) as refusal:
        wrong = faults(refusal, NAMES)
        return _page(seen, request_id, wrong=wrong, typed=typed, status=status(refusal))
    return _done(request_id, "changed")


def _done(request_id: str, said: str) -> Response:
    return RedirectResponse(f"/spot/{request_id}?said={said}", HTTPStatus.SEE_OTHER)


def _page(
    seen: Visitor,
    request_id: str,
    *,
    said: str = "",
    wrong: Mapping[str, str] | None = None,
    typed: str = "",
    status: int = 200,
) -> Response:
    who, store = seen.caller, seen.caller.market.store
    found = service.own(store, request_id, who.actor)
    told = spot.get(request_id, who)
    moves = ledger.caused_by(store, found)
    paid_ucr = sum(
        one.transfer.amount_ucr for one in moves if one.transfer.movement is Movement.PAY
    )
    pool = capacity.get(store, told.pool)
    facts: dict[str, Any] = {
        "one": told,
        "pool": pool,
        "sentence": sentence(told, pool.name),
        "why": advice.SPOT.get(told.status.code, told.status.code),
        "risk": advice.SPOT.get(told.at_risk or "", told.at_risk or ""),
        "live": told.state in LIVE,
        "paid_ucr": paid_ucr,
        "moves": [Transfer.of(move) for move in moves[-MOVES_MOST:][::-1]],
        "more": max(len(moves) - MOVES_MOST, 0),
        "said": said,
        "wrong": wrong or {},
        "typed": typed,
        "keys": (new_key(), new_key()),
        "exact": _exact(seen, request_id, typed or str(told.limit_price_credits)),
    }
    return page(seen, HERE, "spot_request.html", facts, status=status)


def _exact(seen: Visitor, request_id: str, limit: str) -> tuple[Exact, Exact]:
    """What its forms send: for another limit, and to end it."""
    address, command = served(seen, f"/spot/{request_id}"), ("gpumarket", "spot")
    to = Typed(name="limit", at="limit_price", text=limit)
    change = (*command, "limit", request_id)
    return (
        Exact(method="PATCH", address=address, fixed={}, command=change, typed=[to]),
        Exact(method="DELETE", address=address, command=(*command, "cancel", request_id)),
    )


def sentence(one: Spot, name: str) -> str:
    """Whether it runs, in a line."""
    what = f"{one.quantity:,} × {name} on spot"
    if one.interruption_deadline is not None:
        return f"{what} must be gone by {one.interruption_deadline:%H:%M} UTC"
    if one.started_at is not None:
        return f"{what} runs since {one.started_at:%a %d %b %H:%M} UTC"
    return f"{what} waits" if one.state in LIVE else f"{what} is over"
