"""Approvals: what waits for a word, for those who may say it, and what was decided of late."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response

from api import cursors
from api.rest import approvals as rest
from api.rest.caller import SEES_CREDITS
from api.web.frame import page
from api.web.operating import Filled, done, flaws
from api.web.page import moment
from api.web.refusals import Page
from api.web.typed import status
from api.web.visitor import Form, Seen, Visitor
from api.wire.approval import Approval, RefuseBody
from marketplace.domain.actor import IN_TEAM
from marketplace.domain.approval import ApprovalState
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import approval as service
from marketplace.services import capacity

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/approvals"
LISTED: Final = "approvals"
WAITING: Final = 100
"""So many stand on one page."""

SAID: Final = {
    "approved": "You have said yes to {}.",
    "refused": "You have said no to {}: it has ended, and holds nothing.",
}


@router.get(HERE)
def approvals(seen: Seen, *, after: str = "", said: str = "", order: str = "") -> Response:
    """What waits, what is due first first; after an act what was said."""
    told = SAID[said].format(order) if said in SAID and _decided(seen, order) else ""
    return _page(seen, Filled(), after=after, said=told)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """Say yes or no."""
    filled, order, who = Filled.of(form), form.get("order", ""), seen.caller
    seen_version = f'"{form.get("version", "")}"'
    try:
        if filled.act == "refuse":
            body = RefuseBody(reason=form.get("reason", "").strip())
            rest.refuse(order, body, who, filled.key, if_match=seen_version)
            return done(HERE, said="refused", order=order)
        rest.approve(order, who, filled.key, if_match=seen_version)
    except Unrecognised:
        raise
    except MarketError as refusal:
        filled = Filled.refused(form, refusal, flaws(refusal, ("reason",)))
        return _page(seen, filled, status_=status(refusal))
    return done(HERE, said="approved", order=order)


def _decided(seen: Visitor, order: str) -> bool:
    """Whether what an address says was said was, by whoever looks."""
    name = seen.caller.actor.name
    found = service.of_order(seen.caller.market.store, order)
    return any(name in (one.ended_by, *(word.person for word in one.words)) for one in found)


def sentence(waiting: int, first: Approval | None) -> str:
    """How much waits, and until when."""
    if first is None:
        return "Nothing waits for a word"
    orders = "One order waits" if waiting == 1 else f"{waiting} orders wait"
    return f"{orders} for a word, the first until {moment(first.due_at)}"


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    after: str = "",
    said: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    who = seen.caller
    store = who.market.store
    lent = service.lent_says(store, who.actor, who.now)
    if not (seen.team or lent):
        who.check_has(SEES_CREDITS | IN_TEAM, "see what waits for a word")
    every_team = bool(who.actor.roles & SEES_CREDITS) or any(not one.team for one in lent)
    whose = "" if every_team else (lent[0].team if lent else seen.team)
    place = cursors.place_of(LISTED, after)
    waiting = service.listed(
        store, team=whose, state=ApprovalState.WAITING, after=place, limit=WAITING
    )
    late = [
        one
        for state in (ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.LAPSED)
        for one in service.listed(store, team=whose, state=state, limit=WAITING)
    ]
    late.sort(key=lambda one: one.ended_at or one.asked_at, reverse=True)
    orders = service.orders_of(store, [*waiting, *late])
    told = [Approval.of(one, orders[one.order_id]) for one in waiting]
    facts: Mapping[str, Any] = {
        "sentence": sentence(len(told), told[0] if told and not after else None),
        "waiting": told,
        "more": cursors.text_of(LISTED, waiting) or "",
        "first": not after,
        "late": [Approval.of(one, orders[one.order_id]) for one in late[:WAITING]],
        "names": {one.id: one.name for one in capacity.listed(store)},
        "me": who.actor.name,
        "mine": service.waiting_for(store, who.actor, waiting, who.now),
        "own": set(who.teams),
        "filled": filled,
        "said": said,
    }
    return page(seen, HERE, "approvals.html", facts, status=status_)
