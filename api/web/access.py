"""Who acts for a team, and by what: its tokens, its members, the address of its calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.rest import calendars, teams, tokens
from api.rest.caller import Caller
from api.web.frame import page
from api.web.refusals import Page
from api.web.span import DAY
from api.web.typed import Refusal, faults, status
from api.web.visitor import Form, Seen, Visitor
from api.wire.page import Page as Listed
from api.wire.team import Member, RoleBody
from api.wire.token import Token, TokenBody
from marketplace.domain.actor import IN_TEAM, Role
from marketplace.domain.page import LIMIT_MAX
from marketplace.domain.token import LEADS, TokenKind
from marketplace.errors import MarketError
from marketplace.services import token as service

router: Final = APIRouter(prefix="/teams/{team}", include_in_schema=False, route_class=Page)
HERE: Final = "/teams"
MEMBERS: Final = 50
GOOD_FOR: Final[Mapping[str, timedelta]] = {
    "a week": 7 * DAY,
    "30 days": 30 * DAY,
    "90 days": 90 * DAY,
    "a year": 365 * DAY,
}
USUAL: Final = "90 days"
ROLES: Final = ("member", "lead")
NAMES: Final = {"person": "person", "note": "note", "roles": "role", "role": "role"}
SHOWN: Final = (TokenKind.BEARER.value, TokenKind.CALENDAR.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who acts for a team. ``tokens``: good ones of programs and calendars that its reader may
    revoke; ``members``: None for whom they are not; ``own``: the reader is in the team; ``leads``:
    they may also take people in; ``calendar``: they have an address of its calendar."""

    team: str
    person: str
    tokens: tuple[Token, ...]
    members: Listed[Member] | None
    own: bool
    leads: bool
    calendar: bool
    good_for: tuple[str, ...] = tuple(GOOD_FOR)
    usual: str = USUAL
    roles: tuple[str, ...] = ROLES


def access(who: Caller, team: str, after: str = "") -> Access:
    """Who acts for a team, as far as the caller may know."""
    person = who.actor.name.partition(":")[2]
    own = who.actor.in_team(team, IN_TEAM)
    leads = who.actor.in_team(team, LEADS) or Role.ADMIN in who.actor.roles
    found: tuple[Token, ...] = ()
    if own or leads:
        of = "" if leads else person
        seen = service.listed(who.market.store, who.actor, of, limit=LIMIT_MAX)
        found = tuple(one for one in map(Token.seen, seen) if _good(one, team, who.now))
    members = None
    if who.sees(team, teams.SEES_MEMBERS):
        members = teams.members(team, who, after=after, limit=MEMBERS)
    return Access(
        team=team,
        person=person,
        tokens=found,
        members=members,
        own=own,
        leads=leads,
        calendar=any(
            one.kind == TokenKind.CALENDAR.value and one.person == person for one in found
        ),
    )


def _good(one: Token, team: str, now: datetime) -> bool:
    of_team = any(role.endswith(f":{team}") for role in one.roles)
    return of_team and one.ended_at is None and one.expires_at > now and one.kind in SHOWN


@router.get("/access")
def shown(team: str, seen: Seen, after: str = "") -> Response:
    """The page about it, by itself."""
    seen.caller.check_sees(team, teams.SEES_MEMBERS)
    return _page(seen, team, after=after)


@router.post("/tokens")
def make_token(team: str, seen: Seen, form: Form) -> Response:
    """Make a token, which this answer alone shows."""
    who = seen.caller
    role = form.get("role") or ("lead" if who.actor.in_team(team, LEADS) else "member")
    try:
        body = TokenBody(
            person=form.get("person", "").strip() or seen.person,
            roles=[f"{role}:{team}"],
            expires_at=who.now + GOOD_FOR.get(form.get("good_for", ""), GOOD_FOR[USUAL]),
            note=form.get("note", "").strip(),
        )
        made = tokens.make(body, who)
    except (MarketError, ValidationError) as refusal:
        return _refused(seen, team, form, refusal)
    return _page(seen, team, made=made)


@router.post("/tokens/revoke")
def revoke_token(team: str, seen: Seen, form: Form) -> Response:
    """End a token."""
    try:
        tokens.revoke(form.get("token", ""), seen.caller)
    except MarketError as refusal:
        return _refused(seen, team, form, refusal)
    return _back(team)


@router.post("/members")
def put_member(team: str, seen: Seen, form: Form) -> Response:
    """Take a person in, or change their role."""
    try:
        role = RoleBody.read({"role": form.get("role", "member")})
        teams.put_member(team, form.get("person", "").strip(), role, seen.caller)
    except (MarketError, ValidationError) as refusal:
        return _refused(seen, team, form, refusal)
    return _back(team)


@router.post("/members/remove")
def remove_member(team: str, seen: Seen, form: Form) -> Response:
    """Take a person out, and the team's roles out of their tokens."""
    try:
        teams.remove_member(team, form.get("person", ""), seen.caller)
    except MarketError as refusal:
        return _refused(seen, team, form, refusal)
    return _back(team)


@router.post("/calendar")
def make_calendar(team: str, request: Request, seen: Seen, _form: Form) -> Response:
    """Make an address of the team's calendar, which this answer alone shows."""
    made = calendars.make_for_team(team, seen.caller, request)
    return _page(seen, team, calendar=made.address)


@router.post("/calendar/end")
def end_calendar(team: str, seen: Seen, form: Form) -> Response:
    """End one's address of the team's calendar."""
    try:
        calendars.end_for_team(team, seen.caller)
    except MarketError as refusal:
        return _refused(seen, team, form, refusal)
    return _back(team)


def _back(team: str) -> Response:
    return RedirectResponse(f"{HERE}/{team}/access", HTTPStatus.SEE_OTHER)


def _refused(seen: Visitor, team: str, form: Mapping[str, str], refusal: Refusal) -> Response:
    return _page(seen, team, wrong=faults(refusal, NAMES), typed=form, status=status(refusal))


def _page(seen: Visitor, team: str, after: str = "", status: int = 200, **more: Any) -> Response:
    facts = {"made": None, "calendar": "", "wrong": {}, "typed": {}} | more
    facts["access"] = access(seen.caller, team, after)
    facts["address"] = str(seen.request.base_url).rstrip("/")
    return page(seen, HERE, "access_page.html", facts, status=status)
