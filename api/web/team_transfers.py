"""Transfers: what a team gives to others and is offered by them, for its lead to propose and to
answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api import cursors
from api.rest import credit_transfers as rest
from api.rest.caller import SEES_CREDITS, Caller
from api.web.exact import TEXT, Exact, Typed, served
from api.web.frame import page
from api.web.operating import Filled, done
from api.web.page import credits as shown
from api.web.refusals import Page
from api.web.typed import faults, new_key, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.credit_transfer import CreditTransfer, CreditTransferBody, CreditTransferRefusalBody
from marketplace.domain.actor import Role
from marketplace.domain.credit_transfer import CreditTransferState
from marketplace.domain.token import LEADS
from marketplace.errors import BadField, MarketError, NotFound, Unrecognised
from marketplace.services import credit_transfer as service
from marketplace.services import team as team_service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
TEAMS: Final = "/teams"
PROPOSE: Final = "propose"
LISTED: Final = "credit-transfers"
PAST: Final = 20
FIELDS: Final = (
    ("receiver", "receiver", "", TEXT),
    ("credits", "credits", "", TEXT),
    ("reason", "reason", "--reason", TEXT),
)
"""Of the form: where they stand in the body, and the options of the command."""

MEANT: Final = {name: name for name, *_ in FIELDS} | {"team": "receiver"}
"""By which field of the form a refusal is told."""

SAID: Final = {
    "proposed": "Proposed as {}: the credits are set aside until the other team answers.",
    "accepted": "Accepted: {}. The credits are the team's, and end when they would have ended.",
    "refused": "Refused: {}. The other team has its credits back.",
    "withdrawn": "Taken back: {}. The credits are free again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A transfer that waits for an answer, and what its reader can do about it: each thing as it is
    sent, by its name."""

    one: CreditTransfer
    acts: dict[str, Exact]


def address(team: str) -> str:
    """Where a team's transfers stand."""
    return f"{TEAMS}/{team}/transfers"


@router.get(TEAMS + "/{team}/transfers")
def transfers(
    team: str, seen: Seen, *, said: str = "", transfer: str = "", after: str = ""
) -> Response:
    """What waits for an answer, and what became of all others; after an act what was done."""
    seen.caller.check_sees(team, SEES_CREDITS)
    told = SAID[said].format(transfer) if _did(seen, said, transfer) else ""
    return _page(seen, team, Filled(), said=told, after=after)


@router.post(TEAMS + "/{team}/transfers")
def act(team: str, seen: Seen, form: Form) -> Response:
    """Propose a transfer, or accept, refuse or withdraw one that waits."""
    who, filled, which = seen.caller, Filled.of(form), form.get("transfer", "")
    who.check_sees(team, SEES_CREDITS)
    reason = form.get("reason", "").strip()
    try:
        match filled.act:
            case "accept":
                told = rest.accept(which, who, filled.key)
            case "refuse":
                body = CreditTransferRefusalBody(reason=reason)
                told = rest.refuse(which, body, who, filled.key)
            case "withdraw":
                told = rest.withdraw(which, who, filled.key)
            case _:
                typed = {name: form.get(name, "").strip() for name in ("receiver", "credits")}
                made = {"team": team, "reason": reason, **typed}
                told = rest.propose(CreditTransferBody.read(made), who, filled.key)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        filled = Filled.refused(form, refusal, faults(refusal, MEANT))
        if filled.act != PROPOSE:  # each transfer's forms have keys of their own, made of this one
            filled = replace(filled, key=new_key())
        return _page(seen, team, filled, status_=status(refusal))
    return done(address(team), said=told.state, transfer=told.id)


def _did(seen: Visitor, said: str, which: str) -> bool:
    """Whether what an address says was done was: to a transfer that its reader sees."""
    if said not in SAID:
        return False
    try:
        one = service.get(seen.caller.market.store, which, seen.caller.actor)
    except (BadField, NotFound):
        return False
    return one.state.value == said


def waiting(who: Caller, team: str) -> list[CreditTransfer]:
    """What waits for an answer of those that a team gives or is given."""
    return [CreditTransfer.of(one) for one in service.waiting(who.market.store, team, who.now)]


def offers(who: Caller, team: str) -> tuple[CreditTransfer, ...]:
    """What other teams would give a team, and it has not answered."""
    return tuple(one for one in waiting(who, team) if one.receiver == team)


def sentence(name: str, team: str, found: Sequence[CreditTransfer]) -> str:
    """What waits for the team's answer, and what of its own for others'."""
    offers = [one for one in found if one.receiver == team]
    gives = [one for one in found if one.team == team]
    said = []
    if len(offers) == 1:
        said.append(f"an offer of {_sum(offers)} credits waits for its answer")
    elif offers:
        said.append(f"{len(offers)} offers, {_sum(offers)} credits in all, wait for its answer")
    if len(gives) == 1:
        said.append(f"its own offer of {_sum(gives)} credits waits for another team")
    elif gives:
        said.append(f"{len(gives)} of its own, {_sum(gives)} credits in all, wait for other teams")
    return f"{name}: {'; '.join(said)}" if said else f"{name}: no transfer waits for an answer"


def _sum(found: Sequence[CreditTransfer]) -> str:
    return shown(sum((one.credits for one in found), Decimal(0)))


def _acts(seen: Visitor, team: str, one: CreditTransfer, filled: Filled) -> dict[str, Exact]:
    """What the reader of a team's page can do about a transfer."""
    who = seen.caller.actor
    can = []
    if one.receiver == team and who.in_team(team, LEADS):
        can += ["accept", "refuse"]
    if who.in_team(one.team, LEADS) or Role.FINANCE in who.roles:
        can += ["withdraw"]
    mine = filled.typed.get("transfer") == one.id
    reason = filled.text("reason", "refuse") if mine else ""
    why = Typed(name="reason", at="reason", flag="--reason", text=reason)
    return {
        name: Exact(
            method="POST",
            address=served(seen, f"/credit-transfers/{one.id}:{name}"),
            fixed={} if name == "refuse" else None,
            command=("gpumarket", "transfer", name, one.id),
            typed=[why] if name == "refuse" else (),
        )
        for name in can
    }


def _exact(seen: Visitor, team: str, filled: Filled) -> Exact:
    """What the form that proposes one sends."""
    return Exact(
        method="POST",
        address=served(seen, "/credit-transfers"),
        fixed={"team": team},
        command=("gpumarket", "transfer", PROPOSE, team),
        typed=filled.fields(PROPOSE, FIELDS),
    )


def _page(
    seen: Visitor,
    team: str,
    filled: Filled,
    *,
    said: str = "",
    after: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    who, store = seen.caller, seen.caller.market.store
    name = team_service.get(store, team).name
    found = sorted(waiting(who, team), key=lambda one: one.receiver != team)  # to answer: first
    all_of = service.listed(store, team, after=cursors.place_of(LISTED, after), limit=PAST)
    proposes = who.actor.in_team(team, LEADS) or Role.FINANCE in who.actor.roles
    facts: dict[str, Any] = {
        "sentence": sentence(name, team, found),
        "team": team,
        "name": name,
        "names": team_service.names(store),
        "waiting": [Waiting(one=one, acts=_acts(seen, team, one, filled)) for one in found],
        "past": [
            CreditTransfer.of(one)
            for one in all_of
            if one.state is not CreditTransferState.PROPOSED
        ],
        "more": cursors.text_of(LISTED, all_of) or "",
        "first": not after,
        "here": address(team),
        "proposes": proposes,
        "filled": filled,
        "exact": _exact(seen, team, filled) if proposes else None,
        "said": said,
    }
    return page(seen, TEAMS, "team_transfers.html", facts, status=status_)
