"""Grants by schedule: what teams are given in each period, for finance to add, change and end."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.rest import grant_schedules as rest
from api.web.exact import NUMBER, TEXT, TIME, Exact, served
from api.web.finance_desk import SCHEDULES, check, tabbed
from api.web.operating import Field, Filled, body_of, done
from api.web.refusals import Page
from api.web.typed import faults, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.grant_schedule import (
    GrantSchedule,
    GrantScheduleBody,
    GrantScheduleChangeBody,
    GrantScheduleEndBody,
)
from marketplace.domain.page import every
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import grant_schedule as service
from marketplace.services import team as team_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = SCHEDULES
MAKE, CHANGE, END = "schedule", "change", "end"
ROWS: Final = 50
FIELDS: Final = (
    ("team", "team", "", TEXT),
    ("credits", "credits", "", TEXT),
    ("every", "every", "--every", TEXT),
    ("lasts_days", "lasts_days", "--days", NUMBER),
    ("purpose", "purpose", "--purpose", TEXT),
    ("expiry", "expiry", "--expiry", TEXT),
    ("carry_credits", "carry_credits", "--carry-credits", TEXT),
    ("carry_days", "carry_days", "--carry-days", NUMBER),
    ("start", "start", "--from", TIME),
    ("until", "until", "--until", TIME),
    ("id", "id", "--id", TEXT),
)
"""Of the form: where they stand in the body, and the options of the command."""

CHANGES: Final = (
    ("credits", "credits", "--credits", TEXT),
    ("lasts_days", "lasts_days", "--days", NUMBER),
    ("purpose", "purpose", "--purpose", TEXT),
    ("until", "until", "--until", TIME),
    ("reason", "reason", "--reason", TEXT),
)
ENDS: Final = (("reason", "reason", "--reason", TEXT),)
MEANT: Final = {name: name for name, *_ in (*FIELDS, *ENDS)} | {"schedule": "id"}
"""By which field of the form a refusal is told."""

UNSPENT: Final = {
    "all": "expires",
    "linear": "expires above a linear use",
    "carry-over": "goes on",
}
"""What becomes of what is unspent, by the rule of expiry."""

SAID: Final = {
    "made": "Schedule {} is made; the clock gives each grant when its period begins.",
    "changed": "{} is other from its next period on; what was given stays.",
    "ended": "{} is ended; what was given stays.",
}


@router.get(HERE)
def schedules(
    seen: Seen, *, schedule: str = "", said: str = "", what: str = "", after: str = ""
) -> Response:
    """All schedules; one of them to be changed or ended; after an act what was done."""
    check(seen)
    told = SAID[said].format(what) if said in SAID and _chosen(seen, what) else ""
    chosen = rest.get(schedule, seen.caller) if schedule else None
    return _page(seen, Filled(), chosen=chosen, said=told, after=after)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """See what a schedule would give, make it; change or end one."""
    check(seen)
    who, filled, which = seen.caller, Filled.of(form), form.get("schedule", "")
    try:
        if filled.act == CHANGE:
            change = GrantScheduleChangeBody.read(body_of(form, CHANGES))
            told = rest.change(which, change, who, filled.key)
            return done(HERE, said="changed", what=told.id)
        if filled.act == END:
            end = GrantScheduleEndBody(reason=form.get("reason", "").strip())
            told = rest.end(which, end, who, filled.key)
            return done(HERE, said="ended", what=told.id)
        dry = form.get("step") != "do"
        body = GrantScheduleBody.read(body_of(form, FIELDS))
        told = rest.make(body, who, filled.key, dry_run=dry)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, faults(refusal, MEANT))
        return _page(seen, filled, chosen=_chosen(seen, which), status_=status(refusal))
    return _page(seen, filled, ahead=told) if dry else done(HERE, said="made", what=told.id)


def _chosen(seen: Visitor, which: str) -> GrantSchedule | None:
    try:
        return rest.get(which, seen.caller) if which else None
    except MarketError:
        return None


def sentence(found: Sequence[GrantSchedule]) -> str:
    """How many schedules give credits, and when the next grant falls due."""
    due = [one.next_at for one in found if one.next_at]
    if not due:
        return "No team is given credits by schedule"
    teams = len({one.team for one in found if one.next_at})
    whom = "one team" if teams == 1 else f"{teams} teams"
    many = "One schedule gives" if len(due) == 1 else f"{len(due)} schedules give"
    return f"{many} credits to {whom}, next on {min(due):%a %d %b}"


def words(one: GrantSchedule) -> str:
    """What a schedule gives, in a sentence."""
    lasts = f"each for {one.lasts_days} days" if one.lasts_days else f"each for its {one.every}"
    first = f"the first on {one.next_at:%a %d %b %Y}" if one.next_at else "none any more"
    carried = f"up to {one.carry_credits:,.2f} unspent credits go on for {one.carry_days} days"
    unspent = {
        "all": "what is unspent at a grant's end expires",
        "linear": "what is unspent above a linear use expires at each quarter of its life",
        "carry-over": f"at a grant's end {carried}",
    }[one.expiry]
    return f"{one.credits:,.2f} credits each {one.every}, {lasts}, {first}; {unspent}"


def _exact(
    seen: Visitor,
    filled: Filled,
    act: str,
    fields: Sequence[Field],
    which: str = "",
) -> Exact:
    """What one of the forms sends."""
    word = act if act == MAKE else f"{MAKE}-{act}"
    return Exact(
        method="POST",
        address=served(seen, f"/grant-schedules/{which}:{act}" if which else "/grant-schedules"),
        fixed={},
        command=("gpumarket", "grant", word, *([which] if which else [])),
        typed=filled.fields(act, fields),
    )


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    ahead: GrantSchedule | None = None,
    chosen: GrantSchedule | None = None,
    said: str = "",
    after: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store = seen.caller.market.store
    which = chosen.id if chosen else ""
    facts: dict[str, Any] = {
        "sentence": sentence([GrantSchedule.of(one) for one in every(service.listed, store)]),
        "found": rest.listed(seen.caller, after=after, limit=ROWS),
        "first": not after,
        "ahead": ahead,
        "kept": {name: filled.text(name, MAKE) for name, *_ in FIELDS},
        "words": words,
        "unspent": UNSPENT,
        "chosen": chosen,
        "teams": team_service.names(store),
        "filled": filled,
        "make": _exact(seen, filled, MAKE, FIELDS),
        "change": _exact(seen, filled, CHANGE, CHANGES, which),
        "end": _exact(seen, filled, END, ENDS, which),
        "said": said,
    }
    return tabbed(seen, HERE, "finance_schedules.html", facts, status=status_)
