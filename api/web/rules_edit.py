"""For platform to change the market's rules: edit, see what is other, then adopt or propose it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.rest import rules as rest
from api.web.exact import Exact, Typed, served
from api.web.operating import ACTS, RULES, Filled, done, flaws, tabbed
from api.web.refusals import Page
from api.web.rule_words import rules_of, shown
from api.web.typed import Refusal, status, whole
from api.web.visitor import Form, Seen, Visitor
from api.wire.rules import ChangedRules, ProposalBody, RulesBody
from marketplace.errors import BadField, MarketError, Unrecognised
from marketplace.services import rules as service

router: Final = APIRouter(include_in_schema=False, route_class=Page)
HERE: Final = f"{RULES}/edit"
EDIT, ADOPT, PROPOSE = "edit", "adopt", "propose"
MORE: Final = ("from_cycle", "id", "reason")


@router.get(HERE)
def edit(seen: Seen) -> Response:
    """The newest rules, to be changed."""
    seen.caller.check_has(ACTS, "change the rules")
    return _page(seen, Filled())


@router.post(HERE)
def act(seen: Seen, form: Form) -> Response:
    """Tell what would be other, adopt it, or propose it."""
    filled, who = Filled.of(form), seen.caller
    who.check_has(ACTS, "change the rules")
    match = f'"{form.get("seen", "")}"' if form.get("seen") else ""
    try:
        changes = _changes(seen, form)
        first = form.get("from_cycle", "").strip()
        if filled.act == PROPOSE:
            proposal = ProposalBody(
                changes=changes,
                from_cycle=first,
                id=form.get("id", "").strip(),
                reason=form.get("reason", "").strip(),
            )
            made = rest.propose(proposal, who, filled.key, if_match=match)
            return done(RULES, done="proposed", what=made.id)
        dry = filled.act != ADOPT
        body = RulesBody(changes=changes, from_cycle=first)
        adopted = rest.adopt(body, who, filled.key, if_match=match, dry_run=dry)
    except Unrecognised:
        raise
    except (MarketError, ValidationError) as refusal:
        return _refused(seen, form, refusal)
    if not dry:
        return done(RULES, done="adopted", what=str(adopted.version))
    return _page(seen, filled, ahead=adopted)


def _changes(seen: Visitor, form: Mapping[str, str]) -> dict[str, int | str]:
    """What was typed that is other than the newest rules have. Raises ``BadField`` for nothing."""
    found: dict[str, int | str] = {}
    newest = service.standing(seen.caller.market.store).newest.rules
    for rule in rules_of(newest):
        if rule.name in form and not rule.stays:
            typed = whole(form[rule.name]) if rule.number else form[rule.name].strip()
            if typed != rule.value:
                found[rule.name] = typed
    if not found:
        raise BadField("changes", "", "changes-nothing", {"version": newest.version})
    return found


def _refused(seen: Visitor, form: Mapping[str, str], refusal: Refusal) -> Response:
    """The form again: what is wrong beside the rule; what was to be proposed stays where its name
    or reason alone is wrong."""
    rules = rules_of(service.standing(seen.caller.market.store).newest.rules)
    wrong = flaws(refusal, (*(one.name for one in rules), *MORE, "proposal"))
    if "proposal" in wrong:  # the market's name of the field
        wrong["id"] = wrong.pop("proposal")
    ahead = None
    if form.get("act") == PROPOSE and set(wrong) & {"id", "reason"}:
        body = RulesBody(changes=_changes(seen, form), from_cycle=form.get("from_cycle", ""))
        ahead = rest.adopt(body, seen.caller, "", dry_run=True)
    return _page(seen, Filled.refused(form, refusal, wrong), ahead=ahead, status_=status(refusal))


def _page(
    seen: Visitor,
    filled: Filled,
    *,
    ahead: ChangedRules | None = None,
    status_: int = HTTPStatus.OK,
) -> Response:
    newest = service.standing(seen.caller.market.store).newest
    rules = rules_of(newest.rules)
    facts: dict[str, Any] = {
        "newest": newest,
        "rules": rules,
        "typed": {one.name: filled.typed.get(one.name, str(one.value)) for one in rules},
        "seen_version": filled.typed.get("seen") or str(newest.rules.version),
        "ahead": ahead,
        "filled": filled,
        "shown": shown,
        "exact": _exact(seen, filled) if ahead else (),
    }
    return tabbed(seen, RULES, "rules_edit.html", facts, status=status_)


def _exact(seen: Visitor, filled: Filled) -> tuple[Exact, Exact]:
    """What the forms send that adopt the rules, and that propose them."""
    changes, version = _changes(seen, filled.typed), filled.typed.get("seen", "")
    first = filled.typed.get("from_cycle", "").strip()
    fixed = {"changes": changes} | ({"from_cycle": first} if first else {})
    words = [word for name, to in changes.items() for word in ("--set", f"{name}={to}")]
    words += ["--from-cycle", first] if first else []
    words += ["--seen", version] if version else []
    match = f'"{version}"' if version else ""
    name = Typed(name="id", at="id", text=filled.typed.get("id", ""))
    why = Typed(name="reason", at="reason", flag="--reason", text=filled.typed.get("reason", ""))
    return (
        Exact(
            method="POST",
            address=served(seen, "/rules"),
            fixed=fixed,
            match=match,
            command=["gpumarket", "rules", "adopt", *words],
        ),
        Exact(
            method="POST",
            address=served(seen, "/rules/proposals"),
            fixed=fixed,
            match=match,
            command=["gpumarket", "rules", "propose", *words],
            typed=[name, why],
        ),
    )
