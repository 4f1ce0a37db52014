"""``team`` and ``grant``: who bids, and with whose credits."""

import re
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from api import cursors
from api.cli import show
from api.cli.desk import After, AmountUcr, AnyTeam, AsJson, From, Limit, SureUntil, Yes, desk
from api.cli.refusals import Misuse
from api.cli.values import credits_text, one_of, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.services.ledger import Purse

team_app = typer.Typer(help="Teams and their members.")
grant_app = typer.Typer(help="Credits given to teams, valid for a time.")
NEGATIVE: Final = re.compile(r"-[\d.]+", re.ASCII)
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


class _TakesNegatives(TyperCommand):
    """Reads ``-5`` as a number, so that it is refused as one and not as an unknown flag."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; letters after a dash stay flags."""
        ctx.ignore_unknown_options = any(NEGATIVE.fullmatch(word) for word in args)
        return super().parse_args(ctx, args)


@grant_app.command("add", cls=_TakesNegatives)
def add_grant(
    ctx: typer.Context,
    team: TeamId,
    amount_ucr: AmountUcr,
    *,
    until: SureUntil,
    start: From = None,
    purpose: Annotated[str, typer.Option(help="What the credits are for.")] = "",
    id_: Annotated[str, typer.Option("--id", help="Its id.", show_default="TEAM-YEAR-MONTH")] = "",
    as_json: AsJson = False,
) -> None:
    """Give a team credits, to be spent from a start (now) until an end."""
    from marketplace.domain.command import GiveGrants
    from marketplace.domain.grant import GrantRequest
    from marketplace.services import ledger

    at = desk(ctx)
    with at.store() as store:
        asked = GrantRequest(
            id=id_,
            team=team,
            amount_ucr=amount_ucr,
            start=start.on(at.now) if start else None,
            end=until.on(at.now),
            purpose=purpose,
        )
        [new] = at.do(store, GiveGrants((asked,)))
        balance, twin = ledger.balance(store, new.id), ledger.twin_of(store, new)
    if twin is not None:
        show.note(f"{twin.id} of today is just the same: was this grant meant to be given twice?")
    if as_json:
        from api.wire import ledger as wire

        show.document(wire.Grant.of(balance.at(at.now), at.now).document())
        return
    show.say(
        f"Grant {new.id}: {credits_text(amount_ucr)} credits for {team}, to be spent from "
        f"{zulu(new.start)} until {zulu(new.end)}."
    )


@grant_app.command("list")
def list_grants(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show grants, what was spent of them and what is left."""
    from marketplace.services import ledger

    at = desk(ctx)
    with at.store() as store:
        place = cursors.place_of("grants", after)
        left = ledger.balances(store, team, after=place, limit=limit)
    found = left.each(lambda balance: balance.at(at.now))
    if as_json:
        from api.wire import ledger as wire

        show.page("grants", found, lambda balance: wire.Grant.of(balance, at.now))
        return
    rows = [
        (
            one.grant.id,
            one.grant.team,
            credits_text(one.grant.whole_ucr),
            credits_text(one.free_ucr),
            credits_text(one.held_ucr),
            credits_text(one.spent_ucr),
            credits_text(one.expired_ucr),
            one.grant.state(at.now),
            zulu(one.grant.start),
            zulu(one.grant.end),
            one.grant.purpose,
        )
        for one in found
    ]
    numbers = (">credits", ">free", ">held", ">spent", ">expired")
    columns = ("grant", "team", *numbers, "state", "from", "until", "purpose")
    empty = "There is no grant yet; `gpumarket grant add` makes one."
    show.table("Grants", columns, rows, empty=empty)
    show.more("grants", found)
