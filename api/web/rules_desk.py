"""The market's rules: those in force, those to come, what was proposed; for platform to adopt a
proposal or to take it back."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from api.rest import rules as rest
from api.web.operating import ACTS, RULES, Filled, done, flaws, tabbed
from api.web.refusals import Page
from api.web.rule_words import rules_of, shown
from api.web.typed import status
from api.web.visitor import Form, Seen, Visitor
from api.wire.rules import AdoptProposalBody, ChangedRules
from marketplace.domain.cycle import id_of
from marketplace.domain.proposal import ProposalState
from marketplace.errors import MarketError, Unrecognised
from marketplace.services import rules as service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = RULES
VERSIONS: Final = 10
SAID: Final = {
    "adopted": "Adopted as version {}, announced to everybody.",
    "proposed": "Proposed as {}, announced to everybody.",
    "withdrawn": "Taken back: {}.",
}


@router.get(HERE)
def rules(
    seen: Seen,
    *,
    version: Annotated[int, Query(ge=0, le=10**9)] = 0,
    after: str = "",
    done: str = "",
    what: str = "",
) -> Response:
    """The rules in force or those of one version, what comes, and what was proposed."""
    said = SAID[done].format(what) if done in SAID and _there(seen, done, what) else ""
    return _page(seen, Filled(), version=version, after=after, said=said)


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """Adopt what was proposed, or take it back."""
    filled, proposal, who = Filled.of(form), form.get("proposal", ""), seen.caller
    who.check_has(ACTS, "adopt rules")
    try:
        if filled.act == "withdraw":
            found = rest.withdraw(proposal, who, filled.key)
            return done(HERE, done="withdrawn", what=found.id)
        body = AdoptProposalBody(from_cycle=form.get("from_cycle", "").strip())
        adopted = rest.adopt_proposal(proposal, who, filled.key, body)
    except Unrecognised:
        raise
    except MarketError as refusal:
        filled = Filled.refused(form, refusal, flaws(refusal, ("from_cycle",)))
        return _page(seen, filled, status_=status(refusal))
    return done(HERE, done="adopted", what=str(adopted.version))


def _there(seen: Visitor, done_: str, what: str) -> bool:
    """Whether what an address says was done was."""
    store = seen.caller.market.store
    try:
        if done_ == "adopted":
            return what.isdigit() and bool(service.get(store, int(what)))
        state = service.proposal(store, what).state
        return (state is ProposalState.WITHDRAWN) == (done_ == "withdrawn")
    except MarketError:
        return False


def sentence(found: service.Standing) -> str:
    """Which version runs, since when, and what comes."""
    now, cycle = found.now, found.cycle
    line = f"Version {now.rules.version} of the rules runs cycle {cycle.number}"
    if not found.coming:
        return f"{line}; no other comes yet"
    one = found.coming[0]
    return f"{line}; version {one.rules.version} comes with cycle {one.from_cycle}"


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    version: int = 0,
    after: str = "",
    said: str = "",
    status_: int = HTTPStatus.OK,
) -> Response:
    store = seen.caller.market.store
    found = service.standing(store)
    told, before = service.get(store, version or found.now.rules.version)
    pairs = zip(found.coming, (found.now, *found.coming), strict=False)
    facts: dict[str, Any] = {
        "sentence": sentence(found),
        "standing": found,
        "told": ChangedRules.since(told, before),
        "rules": rules_of(told.rules),
        "coming": [ChangedRules.since(*pair) for pair in pairs],
        "proposals": rest.proposals(seen.caller, limit=VERSIONS).items,
        "versions": rest.listed(seen.caller, after=after, limit=VERSIONS),
        "next_cycle": id_of(found.cycle.number + 1),
        "first": not after,
        "shown": shown,
        "filled": filled,
        "said": said,
    }
    return tabbed(seen, HERE, "rules.html", facts, status=status_)
