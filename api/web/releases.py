"""Give a time-box back, or a part of it: what goes, what may come back, and then the deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.rest import reservations
from api.web.booked import own_box, releasable
from api.web.exact import Exact, served
from api.web.frame import page
from api.web.refusals import Page
from api.web.span import HOUR
from api.web.typed import Refusal, faults, new_key, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.reservation import ReleaseBody, ReleasedReservation
from marketplace.domain.reservation import Part, Reservation
from marketplace.domain.terms import hardly_sold_before
from marketplace.errors import MarketError
from marketplace.services import capacity
from marketplace.services import order as orders

router: Final = APIRouter(prefix="/reservations", include_in_schema=False, route_class=Page)
HERE: Final = "/teams"
NAMES: Final = {"quantity": "quantity", "start": "start"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a release would do. ``paid_ucr``: what was paid for what goes, and so the most that can
    come back; ``unsold_before``: hours before that find hardly a buyer."""

    start: datetime
    end: datetime
    unit_hours: float
    most: int
    paid_ucr: int
    whole: bool
    unsold_before: datetime | None


@router.get("/{reservation}/release")
def ask(reservation: str, seen: Seen, start: str = "", quantity: str = "") -> Response:
    """How much to give back; once that is said, what it would do."""
    found = own_box(seen.caller, reservation)
    typed = {"start": start.strip(), "quantity": quantity.strip()}
    if not any(typed.values()):
        return _page(seen, found, typed)
    try:
        tried = reservations.release(reservation, seen.caller, "", _body(typed), dry_run=True)
    except (MarketError, ValidationError) as refusal:
        return _refused(seen, found, typed, refusal)
    return _page(seen, found, typed, planned=_planned(seen, found, typed, tried))


@router.post("/{reservation}/release")
def give_back(reservation: str, seen: Seen, form: Form) -> Response:
    """Give it back."""
    found = own_box(seen.caller, reservation)
    typed = {name: form.get(name, "").strip() for name in ("start", "quantity")}
    try:
        reservations.release(reservation, seen.caller, form.get("key", ""), _body(typed))
    except (MarketError, ValidationError) as refusal:
        return _refused(seen, found, typed, refusal)
    return RedirectResponse(f"/orders/{found.order_id}?said=released", HTTPStatus.SEE_OTHER)


def _sent(typed: Mapping[str, str]) -> dict[str, Any]:
    sent: dict[str, Any] = {name: text for name, text in typed.items() if text}
    if sent.get("quantity", "").isdigit():
        sent["quantity"] = int(sent["quantity"])
    return sent


def _body(typed: Mapping[str, str]) -> ReleaseBody:
    return ReleaseBody.read(_sent(typed))


def _planned(
    seen: Visitor, found: Reservation, typed: Mapping[str, str], tried: ReleasedReservation
) -> Planned:
    who, given = seen.caller, tried.released
    before = (given.start - found.start) // found.slot
    body = _body(typed)
    sale = orders.sale(who.market.store, who.now)
    part = Part(quantity=body.quantity, start=body.start, end=body.end)
    return Planned(
        start=given.start,
        end=given.end,
        unit_hours=sum(given.units) * (found.slot / HOUR),
        most=max(given.units),
        paid_ucr=found.paid_share_ucr((0,) * before + tuple(given.units)),
        whole=not any(tried.units),
        unsold_before=hardly_sold_before(found.start, found.end, part, sale),
    )


def _refused(
    seen: Visitor,
    found: Reservation,
    typed: Mapping[str, str],
    refusal: Refusal,
) -> Response:
    return _page(seen, found, typed, wrong=faults(refusal, NAMES), status=status(refusal))


def _page(
    seen: Visitor,
    found: Reservation,
    typed: Mapping[str, str],
    *,
    planned: Planned | None = None,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    who = seen.caller
    first = found.split(who.now)
    starts = [
        found.start + number * found.slot
        for number in range(first, len(found.units))
        if found.units[number]
    ]
    pool = capacity.get(who.market.store, found.pool)
    facts = {
        "box": found,
        "pool": pool,
        "starts": starts,
        "most": max(found.units[first:], default=0),
        "there": releasable(found, who.now),
        "typed": typed,
        "planned": planned,
        "wrong": wrong or {},
        "key": new_key(),
        "exact": _exact(seen, found, typed) if planned else None,
    }
    return page(seen, HERE, "release.html", facts, status=status)


def _exact(seen: Visitor, found: Reservation, typed: Mapping[str, str]) -> Exact:
    """What the form sends that gives it back."""
    flags = {"quantity": "--quantity", "start": "--from"}
    words = [word for name, flag in flags.items() if typed[name] for word in (flag, typed[name])]
    return Exact(
        method="POST",
        address=served(seen, f"/reservations/{found.id}:release"),
        fixed=_sent(typed),
        command=["gpumarket", "reservations", "release", found.id, *words],
    )
