"""One pool: its windows and overrides; for platform to add a window or end one, and to override
them for a time, after a look at what would be lost."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api import cursors
from api.rest import overrides, pools
from api.web.exact import NUMBER, TIME, Exact, Typed, served
from api.web.operating import ACTS, POOLS, Consequence, Filled, done, flaws, tabbed
from api.web.page import moment
from api.web.refusals import Page
from api.web.typed import local, status, whole, zoned
from api.web.visitor import Form, Seen, Visitor
from api.wire.capacity import EndedWindow, WindowBody, WindowEndBody
from api.wire.override import ChangedOverride, OverrideBody
from marketplace.domain.page import LIMIT_MAX
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import capacity
from marketplace.services import override as override_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
Changed = ChangedOverride | EndedWindow
WINDOWS: Final = 25
PAST: Final = 10
"""Overrides that are over, on one page."""

OVER: Final = "overrides that are over"
WINDOW, END, OVERRIDE, CANCEL = "window", "end-window", "override", "cancel-override"
FIELDS: Final = ("start", "end", "quantity", "reason", "override", "window")
SAID: Final = {
    "opened": "The pool is open. What it has is on sale from the next cycle on.",
    WINDOW: "The window is added. Its units are on sale from the next cycle on.",
    END: "The window is ended.",
    OVERRIDE: "The override stands.",
    CANCEL: "The override is called off.",
}


@router.get(POOLS + "/{pool}")
def pool_page(
    pool: str, seen: Seen, *, done: str = "", opened: str = "", after: str = "", before: str = ""
) -> Response:
    """What a pool has, and when; after an act what was done."""
    said = SAID.get("opened" if opened else done, "")
    return _page(seen, pool, Filled(), said=said, after=after, before=before)


@router.post(POOLS + "/{pool}")
def act(pool: str, seen: Seen, form: Form) -> Response:
    """Add a window; look at what its end, an override or its end would do, or let it."""
    filled = Filled.of(form)
    seen.caller.check_has(ACTS, "change what a pool has")
    try:
        if filled.act == WINDOW:
            pools.add_window(pool, _window(form), seen.caller, filled.key)
            return done(f"{POOLS}/{pool}", done=WINDOW)
        changed = _override(pool, seen, form, filled.key)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, flaws(refusal, FIELDS))
        return _page(seen, pool, filled, status_=status(refusal))
    if form.get("step") == "do":
        return done(f"{POOLS}/{pool}", done=filled.act)
    return _page(seen, pool, filled, ahead=_ahead(seen, changed, form, filled))


def _window(form: Mapping[str, str]) -> WindowBody:
    return WindowBody.model_validate(_typed(form, "start", "end", "quantity"))


def _override(pool: str, seen: Visitor, form: Mapping[str, str], key: str) -> Changed:
    """Make an override or call one off, or end a window: at the second step, and before that only
    to look."""
    dry = form.get("step") != "do"
    if form.get("act") == CANCEL:
        return overrides.cancel(form.get("override", ""), seen.caller, dry_run=dry)
    if form.get("act") == END:
        why = WindowEndBody(reason=form.get("reason", ""))
        return pools.end_window(form.get("window", ""), why, seen.caller, key, dry_run=dry)
    body = OverrideBody.model_validate(_typed(form, "start", "end", "quantity", "reason"))
    return overrides.make(pool, body, seen.caller, key, dry_run=dry)


def _typed(form: Mapping[str, str], *names: str) -> dict[str, Any]:
    typed: dict[str, Any] = {name: form.get(name, "").strip() for name in names}
    typed["start"], typed["end"] = (zoned(local(typed[name])) for name in ("start", "end"))
    typed["quantity"] = whole(typed["quantity"])
    return typed


def _ahead(seen: Visitor, changed: Changed, form: Mapping[str, str], filled: Filled) -> Consequence:
    many = len(changed.failed)
    fails = f", let {many} reservation{'s' if many > 1 else ''} lose units" if many else ""
    if filled.act == CANCEL:
        words = f"The override {changed.id} ends: {changed.pool} has what its windows say again."
        button = f"Call off {changed.id}"
    elif isinstance(changed, EndedWindow):
        words = f"{changed.quantity:,} units of {changed.pool} end at {moment(changed.end)}."
        button = f"End {changed.id}"
    else:
        words = (
            f"{changed.pool} has {changed.quantity:,} units in all from {moment(changed.start)} "
            f"until {moment(changed.end)}, whatever its windows say."
        )
        button = f"Let it have {changed.quantity:,}"
    fields = {name: form[name] for name in FIELDS if name in form}
    return Consequence(
        words=words,
        button=button + fails,
        failed=changed.failed,
        fields={**fields, "act": filled.act, "step": "do", "key": filled.key},
        exact=_exact(seen, changed, form, filled.act),
    )


def _exact(seen: Visitor, changed: Changed, form: Mapping[str, str], act: str) -> Exact:
    """What the form sends that confirms it."""
    words = ["gpumarket", "pool"]
    if act == CANCEL:
        address = served(seen, f"/overrides/{changed.id}")
        command = [*words, "override-cancel", changed.id]
        return Exact(method="DELETE", address=address, command=command, key=False)
    if act == END:
        why = form.get("reason", "")
        address = served(seen, f"/windows/{changed.id}:end")
        command = [*words, "window-end", changed.id, "--reason", why]
        return Exact(method="POST", address=address, fixed={"reason": why}, command=command)
    body = _typed(form, "start", "end", "quantity", "reason")
    words += ["override", changed.pool, "--capacity", str(body["quantity"])]
    words += ["--from", body["start"], "--until", body["end"], "--reason", body["reason"]]
    address = served(seen, f"/pools/{quote(changed.pool)}/overrides")
    return Exact(method="POST", address=address, fixed=body, command=words)


def _adds(seen: Visitor, pool: str, filled: Filled) -> Exact:
    """What the form sends that adds a window."""
    fields = (
        ("quantity", "--capacity", NUMBER),
        ("start", "--from", TIME),
        ("end", "--until", TIME),
    )
    return Exact(
        method="POST",
        address=served(seen, f"/pools/{quote(pool)}/windows"),
        fixed={},
        command=("gpumarket", "pool", "window", pool),
        typed=[
            Typed(name=name, at=name, flag=flag, kind=kind, text=filled.text(name, WINDOW))
            for name, flag, kind in fields
        ],
    )


def _page(
    seen: Visitor,
    id_: str,
    filled: Filled,
    *,
    ahead: Consequence | None = None,
    said: str = "",
    after: str = "",
    before: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store, now = seen.caller.market.store, seen.caller.now
    pool = capacity.get(store, id_)
    windows = pools.windows(id_, seen.caller, after=after, limit=WINDOWS)
    _, slots = capacity.calendar(store, now, 1, now=now)
    there = next(one for one in slots if one.pool.id == id_)
    units, sold = int(there.capacity[0]), int(there.sold[0])
    standing = override_service.listed_at(store, id_, now, limit=LIMIT_MAX)
    place = cursors.place_of(OVER, before)
    over = override_service.listed_at(store, id_, now, over=True, after=place, limit=PAST)
    facts: dict[str, Any] = {
        "pool": pool,
        "where": f"{POOLS}/{id_}",
        "sentence": f"{pool.name} has {units:,} units now; {sold:,} are reserved",
        "windows": windows.items,
        "more": windows.next or "",
        "first": not after,
        "overrides": standing.items,
        "over": over.items,
        "older": cursors.text_of(OVER, over) or "",
        "newest": not before,
        "now": now,
        "filled": filled,
        "ahead": ahead,
        "exact": _adds(seen, id_, filled),
        "said": said,
    }
    return tabbed(seen, POOLS, "pool.html", facts, status=status_)
