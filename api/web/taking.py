"""Take hours now, before the next sale; and let a time-box last longer: what it costs, then the
deed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.rest import takings
from api.taken import stretches
from api.web.booked import extendable, own_box
from api.web.exact import Exact, served
from api.web.frame import page
from api.web.refusals import Page
from api.web.typed import TAGS, faults, key_again, local, new_key, status, whole, zoned
from api.web.visitor import Form, Seen, Visitor
from api.wire.taking import ExtendBody, ExtendedReservation, TakeBody, TakenReservation
from marketplace.domain.capacity import Pool
from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation
from marketplace.domain.terms import Sale
from marketplace.errors import MarketError
from marketplace.rules import ceil_to
from marketplace.services import capacity
from marketplace.services import order as orders

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/bid/now"
ROOM: Final = "/bid"
TEAM: Final = "/teams"
NAMES: Final = {name: name for name in ("pool", "quantity", "duration", "start", *TAGS)}
FIELDS: Final = (*NAMES, "max_cost")
STARTS_MOST: Final = 48
LENGTHS: Final = tuple(f"{hours}h" for hours in (1, 2, 3, 4, 6, 8, 12))


@router.get(HERE)
def ask(seen: Seen) -> Response:
    """How much, and from when; and what that would cost, slot by slot."""
    if not seen.team:
        return page(seen, ROOM, "no_team.html", {"what": "take hours"})
    pools = _pools(seen)
    if not pools:
        return page(seen, ROOM, "no_pools.html", {})
    typed = _typed(seen.request.query_params)
    known = {one.id: one for one in pools}
    pool = known.get(typed["pool"], pools[0])
    typed |= {"pool": pool.id, "quantity": typed["quantity"] or str(pool.block_size)}
    typed |= {"duration": typed["duration"] or LENGTHS[0]}
    return _take_page(seen, seen.team, typed, pools)


@router.post(HERE)
def take(seen: Seen, form: Form) -> Response:
    """Take it."""
    typed, team, key = _typed(form), form.get("team", ""), form.get("key", "")
    try:
        found = takings.take(_take_body(team, typed), seen.caller, key)
    except (MarketError, ValidationError) as refusal:
        wrong, key = faults(refusal, NAMES), key_again(key, refusal)
        return _take_page(
            seen, team, typed, _pools(seen), wrong=wrong, key=key, status=status(refusal)
        )
    return RedirectResponse(f"/orders/{found.order}?said=taken", HTTPStatus.SEE_OTHER)


def _pools(seen: Visitor) -> list[Pool]:
    return list(every(capacity.listed, seen.caller.market.store))


def _typed(sent: Mapping[str, str]) -> dict[str, str]:
    found = {name: str(sent.get(name, "")).strip() for name in FIELDS}
    return found | {"start": local(found["start"])}


def _take_body(team: str, typed: Mapping[str, str]) -> TakeBody:
    return TakeBody.read(_take_document(team, typed))


def _take_document(team: str, typed: Mapping[str, str]) -> dict[str, Any]:
    sent: dict[str, Any] = {name: text for name, text in typed.items() if text}
    sent |= {"team": team, "quantity": whole(typed["quantity"])}
    return sent | ({"start": zoned(typed["start"])} if typed["start"] else {})


def _take_page(
    seen: Visitor,
    team: str,
    typed: dict[str, str],
    pools: Sequence[Pool],
    *,
    wrong: Mapping[str, str] | None = None,
    key: str = "",
    status: int = 200,
) -> Response:
    who = seen.caller
    sale, planned, refused = orders.sale(who.market.store, who.now), None, dict(wrong or {})
    try:
        asked = _take_body(team, typed | {"max_cost": ""})
        planned = takings.take(asked, who, new_key(), dry_run=True)
    except (MarketError, ValidationError) as refusal:
        refused = refused or faults(refusal, NAMES)
    facts = {
        "typed": typed,
        "tags": SimpleNamespace(**{name: typed[name] for name in TAGS}),
        "team": team,
        "pools": pools,
        "block": next((one.block_size for one in pools if one.id == typed["pool"]), 1),
        "names": {one.id: one.name for one in pools},
        "starts": _starts(sale),
        "lengths": LENGTHS,
        "sale": sale,
        "planned": planned,
        "stretches": list(stretches(planned.slots)) if planned else [],
        "wrong": refused,
        "key": key or new_key(),
        "exact": _take_exact(seen, team, typed, planned) if planned else None,
    }
    return page(seen, ROOM, "take.html", facts, status=status)


def _starts(sale: Sale) -> Sequence[datetime]:
    """The slots that can be taken: those to come before the next sale."""
    first = ceil_to(sale.now, sale.slot)
    many = max((sale.start - first) // sale.slot, 0)
    return [first + number * sale.slot for number in range(min(many, STARTS_MOST))]


def _take_exact(
    seen: Visitor, team: str, typed: Mapping[str, str], planned: TakenReservation
) -> Exact:
    """What the form sends that takes it."""
    fixed = _take_document(team, typed) | {"max_cost": str(planned.paid_credits)}
    flags = {"pool": "--pool", "quantity": "--quantity", "duration": "--duration"}
    flags |= {"start": "--from", "max_cost": "--max-cost"}
    flags |= {name: f"--{name.replace('_', '-')}" for name in TAGS}
    words = [word for name, flag in flags.items() if name in fixed for word in (flag, fixed[name])]
    return Exact(
        method="POST",
        address=served(seen, "/reservations"),
        fixed=fixed,
        command=["gpumarket", "take", "--team", team, *map(str, words)],
    )


@router.get("/reservations/{reservation}/extend")
def ask_longer(reservation: str, seen: Seen, duration: str = "") -> Response:
    """By how much; once that is said, what it costs."""
    found = own_box(seen.caller, reservation)
    return _extend_page(seen, found, duration.strip())


@router.post("/reservations/{reservation}/extend")
def extend(reservation: str, seen: Seen, form: Form) -> Response:
    """Extend it."""
    found, key = own_box(seen.caller, reservation), form.get("key", "")
    duration, most = form.get("duration", "").strip(), form.get("max_cost", "").strip()
    try:
        takings.extend(reservation, _longer(duration, most), seen.caller, key)
    except (MarketError, ValidationError) as refusal:
        wrong, key = faults(refusal, NAMES), key_again(key, refusal)
        code = status(refusal)
        return _extend_page(seen, found, duration, wrong=wrong, key=key, status=code)
    return RedirectResponse(f"/orders/{found.order_id}?said=extended", HTTPStatus.SEE_OTHER)


def _longer(duration: str, most: str = "") -> ExtendBody:
    return ExtendBody.read({"duration": duration} | ({"max_cost": most} if most else {}))


def _extend_page(
    seen: Visitor,
    found: Reservation,
    duration: str,
    *,
    wrong: Mapping[str, str] | None = None,
    key: str = "",
    status: int = 200,
) -> Response:
    who = seen.caller
    store = who.market.store
    sale, planned, refused = orders.sale(store, who.now), None, dict(wrong or {})
    there = extendable(found)
    if there and duration:
        try:
            planned = takings.extend(found.id, _longer(duration), who, new_key(), dry_run=True)
        except (MarketError, ValidationError) as refusal:
            refused = refused or faults(refusal, NAMES)
    facts = {
        "box": found,
        "pool": capacity.get(store, found.pool),
        "there": there,
        "sale": sale,
        "most": max(sale.start - found.end, timedelta(0)),
        "bid": f"/bid?{urlencode({'extends': found.id})}",
        "typed": {"duration": duration},
        "lengths": LENGTHS,
        "planned": planned,
        "until": found.end + len(planned.slots) * found.slot if planned else found.end,
        "stretches": list(stretches(planned.slots)) if planned else [],
        "wrong": refused,
        "key": key or new_key(),
        "exact": _extend_exact(seen, found, duration, planned) if planned else None,
    }
    return page(seen, TEAM, "extend.html", facts, status=status)


def _extend_exact(
    seen: Visitor, found: Reservation, duration: str, planned: ExtendedReservation
) -> Exact:
    """What the form sends that extends it."""
    cost = str(planned.cost_credits)
    words = ["gpumarket", "extend", found.id, "--duration", duration, "--max-cost", cost]
    return Exact(
        method="POST",
        address=served(seen, f"/reservations/{found.id}:extend"),
        fixed={"duration": duration, "max_cost": cost},
        command=words,
    )
