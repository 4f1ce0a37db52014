"""``team``: who bids."""

from typing import TYPE_CHECKING, Annotated

import typer

from api import cursors
from api.cli import show
from api.cli.desk import After, AsJson, Limit, Yes, desk
from api.cli.refusals import Misuse
from api.cli.values import credits_text, one_of
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.services.ledger import Purse

team_app = typer.Typer(help="Teams and their members.")
TeamId = Annotated[str, typer.Argument(metavar="TEAM", help="The team's id.")]


@team_app.command("add")
def add_teams(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="TEAM...", help="Ids: a-z, 0-9, -, _, .")],
    *,
    name: Annotated[str, typer.Option(help="A name for people; for one team.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take in new teams: all of them or none."""
    from marketplace.domain.command import EnrolTeams
    from marketplace.domain.team import Team

    if name and len(ids) > 1:
        raise Misuse("--name", name, "give it with one team at a time")
    at = desk(ctx)
    with at.store() as store:
        asked = tuple(Team(id=id_, name=name or id_, created_at=at.now) for id_ in ids)
        new = at.do(store, EnrolTeams(asked))
    if as_json:
        from api.wire import team as wire

        show.document([wire.NewTeam.enrolled(team).document() for team in new])
        return
    show.say(f"New: {', '.join(team.id for team in new)}. Next: `gpumarket grant add`.")


@team_app.command("list")
def list_teams(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show teams, and the credits they have."""
    from marketplace.services import ledger
    from marketplace.services import team as teams

    at = desk(ctx)
    with at.store() as store:
        found = teams.listed(store, after=cursors.place_of("teams", after), limit=limit)
        purses = ledger.purses(store, at.now, [team.id for team in found])
    if as_json:
        from api.wire import team as wire

        show.page("teams", found, lambda team: wire.Team.of(team, purses[team.id]))
        return
    rows = [(team.id, team.name, *_purse_cells(purses[team.id])) for team in found]
    columns = ("team", "name", ">free now", ">held", ">not started", ">ends before the next cycle")
    empty = "There is no team yet; `gpumarket team add` makes one."
    show.table("Teams and their credits", columns, rows, empty=empty)
    show.more("teams", found)


def _purse_cells(purse: "Purse") -> tuple[str, ...]:
    amounts = (purse.free_ucr, purse.held_ucr, purse.later_ucr, purse.ending_ucr)
    return tuple(credits_text(amount_ucr) for amount_ucr in amounts)


@team_app.command("members")
def list_members(
    ctx: typer.Context,
    team: TeamId,
    *,
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a team's members."""
    from marketplace.services import team as teams

    with desk(ctx).store() as store:
        place = cursors.place_of("members", after)
        found = teams.members(store, team, after=place, limit=limit)
    if as_json:
        from api.wire import team as wire

        show.page("members", found, wire.Member.of)
        return
    rows = [(member.person, member.role.value) for member in found]
    show.table(f"Members of {team}", ("person", "role"), rows, empty=f"{team} has no members yet.")
    show.more("members", found)


@team_app.command("member")
def put_member(
    ctx: typer.Context,
    team: TeamId,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A name or an address.")],
    *,
    role: Annotated[str, typer.Option(help="member or lead.")] = "member",
    as_json: AsJson = False,
) -> None:
    """Take a person into a team, or change their role."""
    from marketplace.domain.command import PutMember
    from marketplace.domain.team import Member, Role

    chosen = one_of("role", role, Role)
    at = desk(ctx)
    with at.store() as store:
        asked = Member(team=team, person=person, role=chosen)
        member = at.do(store, PutMember(asked))
    if as_json:
        from api.wire import team as wire

        show.document(wire.Member.of(member).document())
        return
    show.say(f"{member.person} is {member.role.value} of {member.team}.")


@team_app.command("remove-member")
def remove_member(
    ctx: typer.Context,
    team: TeamId,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A name or an address.")],
    *,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take a person out of a team, and the team's roles out of their tokens."""
    from api.wire import team as wire
    from marketplace.domain.command import RemoveMember

    show.confirm(f"{person} and their tokens act for {team} no more. Go on?", yes=yes)
    at = desk(ctx)
    with at.store() as store:
        gone = at.do(store, RemoveMember(team, person))
    if as_json:
        show.document(wire.Removal.of(gone).document())
        return
    show.say(f"{gone.person} is in {gone.team} no more.")
    if gone.tokens:
        show.say(f"Narrowed or revoked: {', '.join(gone.tokens)}.")
