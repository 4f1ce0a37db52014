"""Credit lines: what teams may draw beyond their own credits, for finance to set, change, close."""

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.rest import credit_lines as rest
from api.web.exact import TEXT, TIME, Exact, served
from api.web.finance_desk import LINES, check, tabbed
from api.web.operating import Field, Filled, body_of, done
from api.web.page import credits as shown
from api.web.refusals import Page
from api.web.typed import faults, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.credit_line import (
    CreditLine,
    CreditLineBody,
    CreditLineChangeBody,
    CreditLineCloseBody,
)
from marketplace.domain.page import every
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import credit_line_seen as service
from marketplace.services import team as team_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = LINES
SET, CHANGE, CLOSE = "set", "change", "close"
ROWS: Final = 50
FIELDS: Final[Sequence[Field]] = (
    ("team", "team", "", TEXT),
    ("credits", "credits", "", TEXT),
    ("reason", "reason", "--reason", TEXT),
    ("start", "start", "--from", TIME),
    ("end", "end", "--until", TIME),
)
"""Of the form that sets one."""

CHANGES: Final[Sequence[Field]] = (
    ("credits", "credits", "--credits", TEXT),
    ("end", "end", "--until", TIME),
    ("reason", "reason", "--reason", TEXT),
)
CLOSES: Final[Sequence[Field]] = (("reason", "reason", "--reason", TEXT),)
MEANT: Final = {name: name for name, *_ in FIELDS}
"""By which field of a form a refusal is told."""

OTHERS: Final = {SET: {"credit line": "team"}}
"""The same, of one form alone: that a team has a line is told beside the team."""

STATES: Final = {
    "not-started": "not begun",
    "open": "open",
    "ended": "ended",
    "closed": "closed",
}
SAID: Final = {
    "set": "Line {} is set: its team draws from it what its own credits lack.",
    "changed": "{} is other from now on.",
    "closed": "{} is closed: nothing more is drawn; what is owed stays owed.",
}


@router.get(HERE)
def lines(
    seen: Seen, *, line: str = "", said: str = "", what: str = "", after: str = ""
) -> Response:
    """All lines; one of them to be changed or closed; after an act what was done."""
    check(seen)
    told = SAID[said].format(what) if said in SAID and _chosen(seen, what) else ""
    chosen = rest.get(line, seen.caller) if line else None
    return _page(seen, Filled(), chosen=chosen, said=told, after=after)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """See what a team could draw, let it; change or close a line."""
    check(seen)
    who, filled, which = seen.caller, Filled.of(form), form.get("line", "")
    try:
        if filled.act == CHANGE:
            change = CreditLineChangeBody.read({"reason": "", **body_of(form, CHANGES)})
            told = rest.change(which, change, who, filled.key)
            return done(HERE, said="changed", what=told.id)
        if filled.act == CLOSE:
            close = CreditLineCloseBody(reason=form.get("reason", "").strip())
            told = rest.close(which, close, who, filled.key)
            return done(HERE, said="closed", what=told.id)
        dry = form.get("step") != "do"
        body = CreditLineBody.read({"reason": "", **body_of(form, FIELDS)})
        told = rest.make(body, who, filled.key, dry_run=dry)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, faults(refusal, MEANT | OTHERS.get(filled.act, {})))
        return _page(seen, filled, chosen=_chosen(seen, which), status_=status(refusal))
    return _page(seen, filled, ahead=told) if dry else done(HERE, said="set", what=told.id)


def _chosen(seen: Visitor, which: str) -> CreditLine | None:
    try:
        return rest.get(which, seen.caller) if which else None
    except MarketError:
        return None


def sentence(found: Sequence[CreditLine]) -> str:
    """How many teams may draw how much beyond their own credits, and what is drawn."""
    can = [one for one in found if one.state == "open"]
    drawn = sum((one.drawn_credits for one in found), Decimal(0))
    owed = f"{shown(drawn)} {'is' if drawn == 1 else 'are'} drawn and not repaid"
    if not can:
        return f"No team may draw beyond its own credits{f'; {owed}' if drawn else ''}"
    whom = "One team" if len(can) == 1 else f"{len(can)} teams"
    limit = shown(sum((one.limit_credits for one in can), Decimal(0)))
    said = f"{whom} may draw up to {limit} credits beyond {'its' if len(can) == 1 else 'their'} own"
    return f"{said}; {owed if drawn else 'nothing is drawn'}"


def _exact(
    seen: Visitor, filled: Filled, act: str, fields: Sequence[Field], which: str = ""
) -> Exact:
    """What one of the forms sends."""
    return Exact(
        method="POST",
        address=served(seen, f"/credit-lines/{which}:{act}" if which else "/credit-lines"),
        fixed={},
        command=("gpumarket", "credit-line", act, *([which] if which else [])),
        typed=filled.fields(act, fields),
    )


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    ahead: CreditLine | None = None,
    chosen: CreditLine | None = None,
    said: str = "",
    after: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store, now = seen.caller.market.store, seen.caller.now
    which = chosen.id if chosen else ""
    lines = every(service.listed, store, now=now)
    facts: dict[str, Any] = {
        "sentence": sentence([CreditLine.of(one, now) for one in lines]),
        "found": rest.listed(seen.caller, after=after, limit=ROWS),
        "first": not after,
        "ahead": ahead,
        "kept": {name: filled.text(name, SET) for name, *_ in FIELDS},
        "states": STATES,
        "chosen": chosen,
        "teams": team_service.names(store),
        "filled": filled,
        "make": _exact(seen, filled, SET, FIELDS),
        "change": _exact(seen, filled, CHANGE, CHANGES, which),
        "close": _exact(seen, filled, CLOSE, CLOSES, which),
        "said": said,
    }
    return tabbed(seen, HERE, "finance_lines.html", facts, status=status_)
