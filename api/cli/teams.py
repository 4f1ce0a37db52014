"""``team``: who bids."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import After, AsJson, Limit, Yes, desk
from api.cli.reading import reading
from api.cli.refusals import Misuse
from api.cli.values import amount_text, one_of
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.team import Team

team_app = typer.Typer(help="Teams and their members.")
UNSEEN: Final = ("",) * 4
"""Credits that are not for everybody."""

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
    from api.wire import team as wire

    with reading(desk(ctx), quiet=as_json) as market:
        found = market.teams(after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (one.id, one.name, *(_purse_cells(one) if isinstance(one, wire.Team) else UNSEEN))
        for one in found.items
    ]
    columns = ("team", "name", ">free now", ">held", ">not started", ">ends before the next cycle")
    empty = "There is no team yet; `gpumarket team add` makes one."
    show.table("Teams and their credits", columns, rows, empty=empty)
    show.goes_on(found.next)


def _purse_cells(team: "Team") -> tuple[str, ...]:
    amounts = (team.free_credits, team.held_credits, team.later_credits, team.ending_credits)
    return tuple(amount_text(amount) for amount in amounts)


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
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.members(team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [(member.person, member.role) for member in found.items]
    show.table(f"Members of {team}", ("person", "role"), rows, empty=f"{team} has no members yet.")
    show.goes_on(found.next)


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
