"""``calendar``: addresses at which calendar programs read a team's time-boxes or a pool's hours."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, Team, Yes, desk
from api.cli.refusals import Misuse
from api.cli.trading import through_service
from api.cli.values import zulu

if TYPE_CHECKING:
    from api.client.served import Client

app = typer.Typer(help="Addresses at which calendar programs read a team's or a pool's time.")
INSTEAD: Final = "`gpumarket pool calendar` and `gpumarket reservations list` show what is here"
Pool = Annotated[str, typer.Option("--pool", "-p", help="In a team's place: of this pool.")]


@app.command("make")
def make(ctx: typer.Context, *, team: Team = "", pool: Pool = "", as_json: AsJson = False) -> None:
    """Get an address of a team's calendar, or a pool's: shown this once. Calendar programs read it
    without any token, and so does everybody who has it. The address that you had before ends."""
    with through_service(desk(ctx), "calendar", INSTEAD, quiet=as_json) as client:
        team = _whose(client, team, pool)
        made = client.make_pool_calendar(pool) if pool else client.make_team_calendar(team)
    if as_json:
        show.document(made.document())
        return
    show.say(made.address)
    show.note(
        f"{made.id}: {made.note}, until {zulu(made.expires_at)}. Who has the address reads it; it "
        f"is shown this once. `gpumarket calendar end {_flag(team, pool)}` ends it."
    )


@app.command("list")
def list_calendars(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show of which calendars you have an address, and about when each was last read; not the
    addresses, which nobody keeps."""
    from api.wire.page import Page
    from api.wire.token import Token

    with through_service(desk(ctx), "calendar", INSTEAD, quiet=as_json) as client:
        mine = client.every_token(client.me().person)
        good = [one for one in mine if one.kind == "calendar" and one.ended_at is None]
    found = sorted(good, key=lambda one: one.note)
    if as_json:
        show.document(Page[Token](items=found, next=None).document())
        return
    rows = [
        (
            *(one.note, one.id, zulu(one.created_at), zulu(one.expires_at)),
            zulu(one.used_at) if one.used_at else "never",
        )
        for one in found
    ]
    columns = ("address of the", "token", "made", "good until", "last read")
    empty = "You have no address of a calendar; `gpumarket calendar make` gets one."
    show.table("Calendars", columns, rows, empty=empty)


@app.command("end")
def end(
    ctx: typer.Context,
    *,
    team: Team = "",
    pool: Pool = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw your address of a team's calendar, or a pool's: nothing is read by it any more."""
    with through_service(desk(ctx), "calendar", INSTEAD, quiet=as_json) as client:
        team = _whose(client, team, pool)
        question = f"Programs that read the calendar of {pool or team} by it find nothing. Go on?"
        show.confirm(question, yes=yes)
        gone = client.end_pool_calendar(pool) if pool else client.end_team_calendar(team)
    if as_json:
        show.document(gone.document())
        return
    show.say(f"Your address of the {gone.note} is {gone.reason}.")


def _whose(client: "Client", team: str, pool: str) -> str:
    """The team that is meant; none where it is a pool's calendar. Raises ``Misuse``."""
    from api.cli.at_service import AtService

    if team and pool:
        raise Misuse("--pool", pool, "a calendar is a team's or a pool's; leave one out")
    return "" if pool else AtService(client).whose(team)


def _flag(team: str, pool: str) -> str:
    return f"--pool {pool}" if pool else f"--team {team}"
