"""Teams and their members."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from api import cursors
from api.rest.caller import A_PAGE, SEES_CREDITS, After, DryRun, Limit, TeamId, Who
from api.wire.page import Page
from api.wire.team import Member, NewTeam, Removal, RoleBody, Team, TeamBody
from marketplace.domain.actor import Role
from marketplace.domain.command import EnrolTeams, PutMember, RemoveMember
from marketplace.services import ledger
from marketplace.services import team as service

router: Final = APIRouter(prefix="/v1/teams", tags=["teams"])
SEES_MEMBERS: Final = frozenset({Role.PLATFORM, Role.ADMIN})
PersonId = Annotated[str, Path(description="A name or an address.", examples=["ada@example.org"])]


@router.get("", operation_id="list_teams", summary="Teams, with the credits that you may see")
def listed(who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Team | NewTeam]:
    """All teams, by id. Credits stand with those teams whose credits the caller may see: their own,
    and for finance all."""
    store = who.market.store
    found = service.listed(store, after=cursors.place_of("teams", after), limit=limit)
    seen = [one.id for one in found if who.sees(one.id, SEES_CREDITS)]
    purses = ledger.purses(store, who.now, seen)
    return Page[Team | NewTeam].of(
        "teams",
        found,
        lambda one: Team.of(one, purses[one.id]) if one.id in purses else NewTeam.enrolled(one),
    )


@router.post("", status_code=201, operation_id="enrol_team", summary="Take in a team")
def enrol(body: TeamBody, who: Who, *, dry_run: DryRun = False) -> NewTeam:
    """Take in a new team: an admin does."""
    [made] = who.does(EnrolTeams((body.to_team(who.now),)), dry_run=dry_run)
    return NewTeam.enrolled(made)


@router.get("/{team}", operation_id="get_team", summary="One team")
def get(team: TeamId, who: Who) -> Team | NewTeam:
    """A team; with its credits for its members and for finance."""
    store = who.market.store
    found = service.get(store, team)
    if not who.sees(team, SEES_CREDITS):
        return NewTeam.enrolled(found)
    return Team.of(found, ledger.purses(store, who.now, [team])[team])


@router.get("/{team}/members", operation_id="list_members", summary="A team's members")
def members(team: TeamId, who: Who, *, after: After = "", limit: Limit = A_PAGE) -> Page[Member]:
    """A team's members by name: for themselves, platform leads and admins."""
    who.check_sees(team, SEES_MEMBERS)
    place = cursors.place_of("members", after)
    found = service.members(who.market.store, team, after=place, limit=limit)
    return Page[Member].of("members", found, Member.of)


@router.put("/{team}/members/{person}", operation_id="put_member", summary="Put a member")
def put_member(
    team: TeamId, person: PersonId, body: RoleBody, who: Who, *, dry_run: DryRun = False
) -> Member:
    """Take a person into a team, or change their role: its lead or an admin does. What they may do
    with it is in their tokens; see `POST /v1/tokens`. Who leads it no more loses the tokens of a
    lead at once, or this role in them where they have another."""
    return Member.of(who.does(PutMember(body.to_member(team, person)), dry_run=dry_run))


@router.delete("/{team}/members/{person}", operation_id="remove_member", summary="Remove a member")
def remove_member(team: TeamId, person: PersonId, who: Who, *, dry_run: DryRun = False) -> Removal:
    """Take a person out of a team: its lead or an admin does. Their tokens lose their roles in it
    at once, and those that have no other are revoked."""
    return Removal.of(who.does(RemoveMember(team, person), dry_run=dry_run))
