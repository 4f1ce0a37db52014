"""``team`` and ``grant``: who bids, and with whose credits."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import documents, show
from api.cli.desk import AmountUcr, AnyTeam, AsJson, From, SureUntil, desk
from api.cli.values import credits_text, zulu
from marketplace.errors import BadField

if TYPE_CHECKING:
    from marketplace.store.engine import Store

team_app = typer.Typer(help="Teams and their members.")
grant_app = typer.Typer(help="Credits given to teams, valid for a time.")
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
    from marketplace.domain.team import Team
    from marketplace.services import team as teams

    if name and len(ids) > 1:
        raise BadField("--name", repr(name), "give it with one team at a time")
    at = desk(ctx)
    with at.store() as store:
        new = teams.enrol(store, [Team(id=id_, name=name or id_, created_at=at.now) for id_ in ids])
    if as_json:
        show.document([{"id": team.id, "name": team.name} for team in new])
        return
    show.say(f"New: {', '.join(team.id for team in new)}. Next: `gpumarket grant add`.")


@team_app.command("list")
def list_teams(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show all teams, and the credits they have."""
    from marketplace.services import ledger
    from marketplace.services import team as teams

    with desk(ctx).store() as store:
        found, balances = teams.listed(store), ledger.balances(store)
    free = {team.id: 0 for team in found}
    held = dict(free)
    for balance in balances:
        free[balance.grant.team] += balance.free_ucr
        held[balance.grant.team] += balance.held_ucr
    if as_json:
        facts = [
            {
                "id": team.id,
                "name": team.name,
                "free_credits": documents.money(free[team.id]),
                "held_credits": documents.money(held[team.id]),
            }
            for team in found
        ]
        show.document(facts)
        return
    rows = [
        (team.id, team.name, credits_text(free[team.id]), credits_text(held[team.id]))
        for team in found
    ]
    columns = ("team", "name", ">free credits", ">held credits")
    show.table(
        "Teams", columns, rows, empty="There is no team yet; `gpumarket team add` makes one."
    )


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
    from marketplace.domain.team import Member, Role
    from marketplace.services import team as teams

    if role not in list(Role):
        raise BadField("--role", repr(role), f"one of {', '.join(Role)}")
    with desk(ctx).store() as store:
        member = teams.put_member(store, Member(team=team, person=person, role=Role(role)))
    if as_json:
        show.document(documents.of_member(member))
        return
    show.say(f"{member.person} is {member.role.value} of {member.team}.")


@grant_app.command("add")
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
    from marketplace.domain.ledger import Grant
    from marketplace.services import ledger

    at = desk(ctx)
    with at.store() as store:
        begin = start.on(at.now) if start else at.now
        new = Grant(
            id=id_ or _free_id(store, team, f"{begin:%Y-%m}"),
            team=team,
            amount_ucr=amount_ucr,
            start=begin,
            end=until.on(at.now),
            purpose=purpose,
            created_at=at.now,
        )
        ledger.grant(store, [new], at.now)
        [balance] = [one for one in ledger.balances(store, team) if one.grant.id == new.id]
    if as_json:
        show.document(documents.of_grant(balance))
        return
    show.say(
        f"Grant {new.id}: {credits_text(amount_ucr)} credits for {team}, to be spent from "
        f"{zulu(new.start)} until {zulu(new.end)}."
    )


def _free_id(store: "Store", team: str, month: str) -> str:
    """``TEAM-YEAR-MONTH``, with a number where that is taken."""
    from marketplace.services import ledger

    taken = {balance.grant.id for balance in ledger.balances(store)}
    id_, number = f"{team}-{month}", 1
    while id_ in taken:
        number += 1
        id_ = f"{team}-{month}-{number}"
    return id_


@grant_app.command("list")
def list_grants(ctx: typer.Context, *, team: AnyTeam = "", as_json: AsJson = False) -> None:
    """Show grants and what is left of them."""
    from marketplace.services import ledger

    with desk(ctx).store() as store:
        found = ledger.balances(store, team)
    if as_json:
        show.document([documents.of_grant(balance) for balance in found])
        return
    rows = [
        (
            one.grant.id,
            one.grant.team,
            credits_text(one.grant.amount_ucr),
            credits_text(one.free_ucr),
            credits_text(one.held_ucr),
            zulu(one.grant.start),
            zulu(one.grant.end),
            one.grant.purpose,
        )
        for one in found
    ]
    columns = ("grant", "team", ">credits", ">free", ">held", "from", "until", "purpose")
    show.table(
        "Grants", columns, rows, empty="There is no grant yet; `gpumarket grant add` makes one."
    )
