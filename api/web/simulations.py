"""What if the rules were other? Who runs the market tries others on its own past or on a scenario,
watches that, compares two, and adopts the winner where rules are adopted."""

import os
import shlex
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from api.files import FileProblem
from api.simulations.asked import PAST, Asked, program_words
from api.simulations.kept import Busy, Kept, Simulation, State, folder_of
from api.web.frame import page
from api.web.operating import ACTS, Filled, flaws
from api.web.page import packed
from api.web.refusals import Page
from api.web.simulation_form import (
    SEEDS,
    TRIED,
    asked_of,
    changes_of,
    open_proposals,
    sources,
    tried,
)
from api.web.typed import status
from api.web.visitor import Form, Seen, Visitor
from marketplace.domain.proposal import ProposalState
from marketplace.errors import BadField, MarketError
from marketplace.services import rules as service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = "/simulations"
NEW: Final = f"{HERE}/new"
TRY: Final = "try other rules"
START: Final = "start"

APART: Final = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""A report brings its own scripts: in a sandbox they know no session, and reach nothing."""

BUSY: Final = "Another simulation is under way: one runs at a time. Wait for it, or stop it"
UNKEPT: Final = "Nothing was started, since the folder of simulations cannot be used"
IN_MEMORY: Final = "this market is in memory, and simulations are kept beside its database"


@router.get(HERE)
def simulations(seen: Seen) -> Response:
    """All that were started, the newest first."""
    seen.caller.check_has(ACTS, TRY)
    folder = folder_of(seen.caller.market.store, os.environ)
    found = _kept(seen).listed() if folder is not None else []
    facts: dict[str, Any] = {
        "sentence": sentence(found),
        "listed": found,
        "running": any(one.runs for one in found),
        "can": folder is not None,
        "changes_of": changes_of,
    }
    return page(seen, HERE, "simulations.html", facts)


@router.get(NEW)
def new(seen: Seen) -> Response:
    """What shall be tried."""
    seen.caller.check_has(ACTS, TRY)
    return _form(seen, Filled())


@router.post(NEW)
def act(seen: Seen, form: Form) -> Response:
    """Tell what would be tried, or start it."""
    seen.caller.check_has(ACTS, TRY)
    filled, kept = Filled.of(form), _kept(seen)
    try:
        asked = asked_of(seen, form, filled)
        if filled.act != START:
            return _form(seen, filled, ahead=asked)
        return RedirectResponse(f"{HERE}/{kept.begin(asked)}", HTTPStatus.SEE_OTHER)
    except BadField as refusal:
        wrong = flaws(refusal, (*TRIED, "source", "seeds", "against"))
        filled = Filled.refused(form, refusal, wrong)
        return _form(seen, filled, status_=status(refusal))
    except (Busy, OSError, FileProblem) as bad:
        why, status_ = _because(bad)
        return _form(seen, replace(filled, wrong={"": why}), status_=status_)


@router.get(HERE + "/{simulation}")
def one(simulation: str, seen: Seen) -> Response:
    """How far one is, and what it came to."""
    seen.caller.check_has(ACTS, TRY)
    return _page(seen, _found(seen, simulation))


@router.post(HERE + "/{simulation}")
def act_on(simulation: str, seen: Seen, form: Form) -> Response:
    """Stop one, or go on with it."""
    seen.caller.check_has(ACTS, TRY)
    found, kept = _found(seen, simulation), _kept(seen)
    try:
        if form.get("act") == "stop":
            kept.stop(found.id)
        else:
            kept.go_on(found.id)
    except (Busy, OSError, FileProblem) as bad:
        why, status_ = _because(bad)
        return _page(seen, found, wrong=why, status_=status_)
    return RedirectResponse(f"{HERE}/{found.id}", HTTPStatus.SEE_OTHER)


@router.get(HERE + "/{simulation}/report")
def report(simulation: str, seen: Seen, request: Request) -> Response:
    """The whole report, as ``sim compare`` wrote it."""
    seen.caller.check_has(ACTS, TRY)
    content = _kept(seen).report(simulation)
    if content is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such report")
    return packed(request, content, APART)


def sentence(found: list[Simulation]) -> str:
    """What runs, or what the last one came to."""
    told = [one for one in found if one.runs] or [one for one in found if one.outcome]
    if not told:
        return "What if the rules were other? Nothing was tried to its end yet"
    return _headline(told[0])


def _because(bad: Exception) -> tuple[str, int]:
    """Why none was started, and with which status that is said."""
    if isinstance(bad, Busy):
        return BUSY, HTTPStatus.CONFLICT
    return f"{UNKEPT}: {str(bad).rstrip('.')}", HTTPStatus.SERVICE_UNAVAILABLE


def _tried(asked: Asked) -> str:
    now, other = asked.names
    return f"{now} of the rules against {other}"


def _kept(seen: Visitor) -> Kept:
    """This market's. Raises ``HTTPException`` for one in memory."""
    store = seen.caller.market.store
    folder = folder_of(store, os.environ)
    if folder is None:
        raise HTTPException(HTTPStatus.CONFLICT, IN_MEMORY)
    return Kept(folder, store.address)


def _found(seen: Visitor, id_: str) -> Simulation:
    found = _kept(seen).found(id_)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "there is no such simulation")
    return found


def _form(
    seen: Visitor, filled: Filled, *, ahead: Asked | None = None, status_: int = HTTPStatus.OK
) -> Response:
    newest = service.standing(seen.caller.market.store).newest.rules
    rules = tried(newest)
    facts: dict[str, Any] = {
        "newest": newest,
        "rules": rules,
        "typed": {one.name: filled.typed.get(one.name, str(one.value)) for one in rules},
        "sources": sources(),
        "past": PAST,
        "all_seeds": SEEDS,
        "proposals": open_proposals(seen, newest.version),
        "filled": filled,
        "ahead": ahead,
        "changes": changes_of(ahead) if ahead else (),
        "commands": _commands(seen, ahead) if ahead else (),
    }
    return page(seen, HERE, "simulation_new.html", facts, status=status_)


def _commands(seen: Visitor, asked: Asked) -> list[str]:
    """What does the same at a terminal, where its files are."""
    folder = _kept(seen).folder
    return [shlex.join(program_words(words, folder)) for words in asked.commands(folder)]


def _page(
    seen: Visitor, found: Simulation, *, wrong: str = "", status_: int = HTTPStatus.OK
) -> Response:
    store, asked = seen.caller.market.store, found.asked
    newest = service.standing(store).newest.rules
    now, other = asked.names
    facts: dict[str, Any] = {
        "sentence": _headline(found),
        "one": found,
        "asked": asked,
        "changes": changes_of(asked),
        "past": asked.source == PAST,
        "now_name": now,
        "other_name": other,
        "wins": found.outcome is not None and found.outcome.adopt == other,
        "newest": newest,
        "proposed": bool(asked.proposal) and _stands(seen, asked),
        "commands": _commands(seen, asked),
        "wrong": wrong,
    }
    return page(seen, HERE, "simulation.html", facts, status=status_)


def _headline(found: Simulation) -> str:
    """The first line of its page: how far it is, or what came of it."""
    asked, outcome = found.asked, found.outcome
    if outcome is not None:
        return outcome.why or outcome.headline
    far = f"{found.done} of {asked.wanted} runs"
    said = {
        State.RUNNING: f"{far} are done: {_tried(asked)}",
        State.STOPPED: f"Stopped after {far}: {_tried(asked)}",
        State.INTERRUPTED: f"Interrupted after {far}: {_tried(asked)}",
    }
    return said.get(found.state, f"Failed after {far}: {_tried(asked)}")


def _stands(seen: Visitor, asked: Asked) -> bool:
    """Whether the proposal can still be adopted."""
    store = seen.caller.market.store
    try:
        found = service.proposal(store, asked.proposal)
    except MarketError:
        return False
    newest = service.standing(store).newest.rules.version
    return found.state is ProposalState.OPEN and found.request.seen == newest
