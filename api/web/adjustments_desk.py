"""Adjustments: corrections of teams' credits, for one person to propose and another to post."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api import cursors
from api.rest import adjustments as rest
from api.web.exact import TEXT, TIME, Exact, served
from api.web.finance_desk import ADJUSTMENTS, check, tabbed
from api.web.operating import Filled, done
from api.web.page import signed_whole
from api.web.refusals import Page
from api.web.typed import faults, local, new_key, status, zoned
from api.web.visitor import Form, Seen, Visitor
from api.wire.adjustment import AdjustmentBody, DecisionBody
from marketplace.domain.adjustment import Adjustment, AdjustmentState
from marketplace.domain.page import every
from marketplace.errors import BadField, MarketError, NotFound, Unrecognised
from marketplace.services import adjustment as service
from marketplace.services import team

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = ADJUSTMENTS
PROPOSE: Final = "propose"
LISTED: Final = "adjustments"
WAITING: Final = 50
PAST: Final = 20
"""So many of those that wait, and of all, stand on one page."""

LINES: Final = 6
"""So many teams of one proposal are named."""

FIELDS: Final = (
    ("team", "lines.0.team", "", TEXT),
    ("credits", "lines.0.credits", "", TEXT),
    ("corrects", "lines.0.corrects", "--corrects", TEXT),
    ("reason", "reason", "--reason", TEXT),
    ("end", "end", "--until", TIME),
)
"""Of the form: where they stand in the body, and the options of the command."""

MEANT: Final = {name: name for name, *_ in FIELDS} | {
    "transfer": "corrects",
    "order": "corrects",
    "month": "corrects",
}
"""By which field of the form a refusal is told."""

SAID: Final = {
    "proposed": "Proposed as {}. Nothing moves before another person posts it.",
    "posted": "Posted: {}. It is dated now, in the month that is open.",
    "refused": "You have said no to {}: nothing moved.",
    "withdrawn": "You have taken {} back: nothing moved.",
}


@router.get(HERE)
def adjustments(seen: Seen, *, said: str = "", adjustment: str = "", after: str = "") -> Response:
    """What waits for another person, and what became of all others; after an act what was done."""
    check(seen)
    told = SAID[said].format(adjustment) if _did(seen, said, adjustment) else ""
    return _page(seen, Filled(), said=told, after=after)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """Propose one, or post, refuse or withdraw one that waits."""
    check(seen)
    filled, which, who = Filled.of(form), form.get("adjustment", ""), seen.caller
    try:
        words = DecisionBody(reason=form.get("reason", "").strip())
        match filled.act:
            case "approve":
                told = rest.approve(which, who, filled.key, words)
            case "refuse":
                told = rest.refuse(which, words, who, filled.key)
            case "withdraw":
                told = rest.withdraw(which, who, filled.key, words)
            case _:
                told = rest.propose(_body(form), who, filled.key)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, faults(refusal, MEANT))
        if filled.act != PROPOSE:  # each proposal's forms have keys of their own, made of this one
            filled = replace(filled, key=new_key())
        return _page(seen, filled, status_=status(refusal))
    return done(HERE, said=told.state.value, adjustment=told.id)


def _body(form: Mapping[str, str]) -> AdjustmentBody:
    """What was typed. Raises pydantic's ``ValidationError``."""
    line = {name: form.get(name, "").strip() for name in ("team", "credits", "corrects")}
    line["credits"] = line["credits"].removeprefix("+").replace("−", "-")
    end = zoned(local(form.get("end", "").strip())) or None
    return AdjustmentBody.model_validate(
        {"lines": [line], "reason": form.get("reason", "").strip(), "end": end}
    )


def _did(seen: Visitor, said: str, which: str) -> bool:
    """Whether what an address says was done was, by whoever looks."""
    if said not in SAID:
        return False
    try:
        one = service.get(seen.caller.market.store, which)
    except (BadField, NotFound):
        return False
    by = one.ended_by or one.proposed_by
    return one.state.value == said and by == seen.caller.actor.name


def sentence(waiting: Sequence[Adjustment], me: str, *, more: bool) -> str:
    """How much waits for another person, and how much of it is the reader's own."""
    if not waiting:
        return "No adjustment waits for a word"
    own = sum(one.proposed_by == me for one in waiting)
    if len(waiting) == 1:
        whose = ", which is yours" if own else ""
        return f"One adjustment waits for a word{whose}: {signed_whole(waiting[0].sum_ucr)} credits"
    how_many = f"{len(waiting)} or more" if more else str(len(waiting))
    whose = f", {own if own < len(waiting) else 'all'} of them yours" if own else ""
    return f"{how_many} adjustments wait for a word{whose}"


def _exact(seen: Visitor, filled: Filled) -> Exact:
    """What its form sends."""
    return Exact(
        method="POST",
        address=served(seen, "/adjustments"),
        fixed={"lines": [{}]},
        command=("gpumarket", "adjustment", PROPOSE),
        typed=filled.fields(PROPOSE, FIELDS),
    )


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    said: str = "",
    after: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store = seen.caller.market.store
    waiting = service.listed(store, state=AdjustmentState.PROPOSED, limit=WAITING)
    found = service.listed(store, after=cursors.place_of(LISTED, after), limit=PAST)
    facts: dict[str, Any] = {
        "sentence": sentence(waiting.items, seen.caller.actor.name, more=waiting.next is not None),
        "waiting": waiting.items,
        "most": LINES,
        "past": [one for one in found if one.state is not AdjustmentState.PROPOSED],
        "more": cursors.text_of(LISTED, found) or "",
        "first": not after,
        "me": seen.caller.actor.name,
        "teams": [one.id for one in every(team.listed, store)],
        "filled": filled,
        "exact": _exact(seen, filled),
        "said": said,
    }
    return tabbed(seen, HERE, "finance_adjustments.html", facts, status=status_)
