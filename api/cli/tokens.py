"""``token``: what people and programs are recognised by."""

from datetime import timedelta
from typing import Annotated, Final

import typer

from api.cli import show
from api.cli.desk import After, AsJson, Limit, Until, desk
from api.cli.reading import reading
from api.cli.values import zulu
from marketplace.domain.page import LIMIT

app = typer.Typer(help="Tokens: what people and programs are recognised by.")
GOOD_FOR: Final = timedelta(days=90)
Person = Annotated[str, typer.Argument(metavar="PERSON", help="A name or an address.")]


@app.command("add")
def add(
    ctx: typer.Context,
    person: Person,
    *,
    role: Annotated[
        list[str],
        typer.Option(help="finance, platform, admin, member:TEAM or lead:TEAM (repeat)."),
    ],
    until: Until = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a token. It is printed once and kept nowhere: the market knows its hash alone.

    Without --until it is good for 90 days."""
    from api import secret
    from api.wire import token as wire
    from marketplace.domain.command import MakeToken
    from marketplace.domain.token import TokenRequest, read_role, sha256_of

    at = desk(ctx)
    text = secret.drawn()
    with at.store() as store:
        request = TokenRequest(
            person=person,
            standings=tuple(read_role(one) for one in role),
            secret_sha256=sha256_of(text),
            expires_at=until.on(at.now) if until else at.now + GOOD_FOR,
            note=note,
        )
        made = at.do(store, MakeToken(request))
    if as_json:
        show.document(wire.NewToken.made(made, text).document())
        return
    show.say(text)
    show.note(
        f"{made.id}: {person} as {', '.join(made.roles)}, until {zulu(request.expires_at)}. "
        f"It is shown this once; `gpumarket token revoke {made.id}` ends it."
    )


@app.command("list")
def list_tokens(
    ctx: typer.Context,
    *,
    person: Annotated[str, typer.Option(help="Only this person's.")] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show tokens by person: their roles, their ends, and about when each was last used."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.tokens(person, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.person, ", ".join(one.roles), one.note, one.created_by),
            one.reason or zulu(one.expires_at),
            zulu(one.used_at) if one.used_at else "never",
        )
        for one in found.items
    ]
    columns = ("token", "person", "roles", "note", "made by", "good until", "last used")
    empty = "There is no token yet; `gpumarket token add` makes one."
    show.table("Tokens", columns, rows, empty=empty)
    show.goes_on(found.next)


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, like tok_….")],
    *,
    as_json: AsJson = False,
) -> None:
    """End a token now: whoever has it is recognised no more."""
    from api.wire import token as wire
    from marketplace.domain.command import RevokeToken

    at = desk(ctx)
    with at.store() as store:
        gone = at.do(store, RevokeToken(token))
    if as_json:
        show.document(wire.Token.of(gone).document())
        return
    show.say(f"{gone.id} of {gone.request.person} is {gone.reason}.")
