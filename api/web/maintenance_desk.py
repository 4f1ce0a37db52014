"""Maintenance: what is announced; for platform to announce, after a look at what would be lost, and
to call off."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api import cursors
from api.rest import maintenance as rest
from api.web.exact import Exact, served
from api.web.operating import ACTS, MAINTENANCE, Consequence, Filled, done, flaws, tabbed
from api.web.page import moment
from api.web.refusals import Page
from api.web.typed import local, status, whole, zoned
from api.web.visitor import Form, Seen, Visitor
from api.wire.capacity import MaintenanceBody, ScheduledMaintenance
from marketplace.domain.capacity import Maintenance
from marketplace.domain.command import CancelMaintenance
from marketplace.domain.page import Page as Part
from marketplace.domain.page import every
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import capacity
from marketplace.services import maintenance as service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = MAINTENANCE
LISTED: Final = "maintenance that is not over"
OVER: Final = "maintenance that is over"
PAST: Final = 10
"""Of what is over, on one page."""

ANNOUNCE: Final = "announce"
FIELDS: Final = ("pool", "start", "end", "quantity", "reason", "id")
FLAGS: Final = {
    "quantity": "--capacity",
    "start": "--from",
    "end": "--until",
    "reason": "--reason",
    "id": "--id",
}
"""Fields of the body, and the options of the command."""


@router.get(HERE)
def maintenance(
    seen: Seen, *, announced: str = "", cancelled: str = "", after: str = "", before: str = ""
) -> Response:
    """What is announced, and what is over, in pages; after an act what was done."""
    said = _said(seen, announced, cancelled)
    return _page(seen, Filled(), said=said, after=after, before=before)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """Look at what an announcement would do, announce it, or call one off."""
    filled = Filled.of(form)
    seen.caller.check_has(ACTS, "announce maintenance")
    try:
        if filled.act == "cancel":
            found = seen.caller.does(CancelMaintenance(form.get("maintenance", "")))
            return done(HERE, cancelled=found.id)
        dry = form.get("step") != "do"
        body = _body(form)
        told = rest.schedule(form.get("pool", ""), body, seen.caller, filled.key, dry_run=dry)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, flaws(refusal, FIELDS))
        return _page(seen, filled, status_=status(refusal))
    if not dry:
        return done(HERE, announced=told.id)
    return _page(seen, filled, ahead=_ahead(seen, told, form, filled.key))


def _body(form: Mapping[str, str]) -> MaintenanceBody:
    """What was typed. Raises pydantic's ``ValidationError``."""
    return MaintenanceBody.model_validate(_typed(form))


def _typed(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        "start": zoned(local(form.get("start", ""))),
        "end": zoned(local(form.get("end", ""))),
        "quantity": whole(form.get("quantity", "")),
        "reason": form.get("reason", "").strip(),
        "id": form.get("id", "").strip(),
    }


def _ahead(
    seen: Visitor, told: ScheduledMaintenance, form: Mapping[str, str], key: str
) -> Consequence:
    fields = {name: form.get(name, "") for name in FIELDS}
    failed = len(told.failed)
    return Consequence(
        words=f"{told.quantity:,} units of {told.pool} are away from {moment(told.slots_start)} "
        f"until {moment(told.slots_end)}: whole slots are taken.",
        button=f"Take {told.quantity:,} {told.pool} away"
        + (f", let {failed} reservation{'s' if failed > 1 else ''} lose units" if failed else ""),
        failed=told.failed,
        fields={**fields, "act": ANNOUNCE, "step": "do", "key": key},
        exact=_exact(seen, told.pool, form),
    )


def _exact(seen: Visitor, pool: str, form: Mapping[str, str]) -> Exact:
    body = {name: value for name, value in _typed(form).items() if value}
    words = ["gpumarket", "pool", "maintenance", pool]
    for name, flag in FLAGS.items():
        words += [flag, str(body[name])] if name in body else []
    address = served(seen, f"/pools/{quote(pool)}/maintenance")
    return Exact(method="POST", address=address, fixed=body, command=words)


def _said(seen: Visitor, announced: str, cancelled: str) -> str:
    """What was done, where it was."""
    found = service.found(seen.caller.market.store, announced or cancelled)
    if found is None or (found.cancelled_at is None) is not bool(announced):
        return ""
    if announced:
        return f"Announced as {announced}, to everybody."
    return f"Called off: {cancelled}. Its units are on sale from the next cycle on."


def sentence(ahead: Part[Maintenance], names: Mapping[str, str], under_way: int) -> str:
    """How much maintenance there is, and what comes next."""
    said = [f"{under_way} maintenance under way"] if under_way else []
    for one in ahead.items[:1]:
        pool = names.get(one.pool, one.pool)
        said.append(
            f"the next maintenance takes {one.quantity:,} {pool} away from {moment(one.start)}"
        )
    line = "; ".join(said) or "no maintenance is announced"
    return line[:1].upper() + line[1:]


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    ahead: Consequence | None = None,
    said: str = "",
    after: str = "",
    before: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store, now = seen.caller.market.store, seen.caller.now
    pools = every(capacity.listed, store)
    first = service.listed_at(store, now)
    coming = service.listed(store, later_than=now, limit=1)
    place = cursors.place_of(LISTED, after)
    listed = service.listed_at(store, now, after=place) if place else first
    place = cursors.place_of(OVER, before)
    over = service.listed_at(store, now, over=True, after=place, limit=PAST)
    under_way = sum(one.start <= now for one in first.items)
    names = {one.id: one.name for one in pools}
    facts: dict[str, Any] = {
        "sentence": sentence(coming, names, under_way),
        "pools": pools,
        "names": names,
        "listed": listed.items,
        "more": cursors.text_of(LISTED, listed) or "",
        "first": not after,
        "over": over.items,
        "older": cursors.text_of(OVER, over) or "",
        "newest": not before,
        "now": now,
        "filled": filled,
        "ahead": ahead,
        "said": said,
    }
    return tabbed(seen, HERE, "maintenance.html", facts, status=status_)
