"""``approval``: what waits for a word, saying yes or no, lending one's say."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.desk import After, AsJson, Limit, SureFrom, SureUntil, Team, desk
from api.cli.trading import through_service
from api.cli.values import amount_text, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from api.wire.order import Order

app = typer.Typer(help="Orders that wait for somebody's word: see them, say yes or no.")
INSTEAD: Final = "deciding takes a person whom the market knows"
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]


@app.command("list")
def list_approvals(
    ctx: typer.Context,
    *,
    team: Team = "",
    state: Annotated[
        str, typer.Option(help="Those in this state: waiting, approved, refused, lapsed, passed.")
    ] = "waiting",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show what waits for a word, what is due first first: of your team; for finance of all."""
    with through_service(desk(ctx), "approval", INSTEAD, quiet=as_json) as client:
        found = client.approvals(team=team, state=state, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.order, one.team, ", ".join(one.pools), amount_text(one.held_credits)),
            ", ".join(one.tiers),
            *(" and ".join(one.left) or one.state, one.asked_by, zulu(one.due_at)),
        )
        for one in found.items
    ]
    columns = ("order", "team", "pools", ">credits", "tier", "waits for", "asked by", "due")
    show.table("Approvals", columns, rows, empty="Nothing waits for a word.")
    show.goes_on(found.next)


@app.command("approve")
def approve(ctx: typer.Context, order: OrderId, *, as_json: AsJson = False) -> None:
    """Say yes to an order. It is open once nobody's word is missing; nobody approves their own."""
    with through_service(desk(ctx), "approval", INSTEAD, quiet=as_json) as client:
        found = client.approve_order(order)
    _tell(found, as_json=as_json)


@app.command("refuse")
def refuse(
    ctx: typer.Context,
    order: OrderId,
    *,
    reason: Annotated[str, typer.Option(help="Why: its team reads it.")],
    as_json: AsJson = False,
) -> None:
    """Say no to an order: it ends, and what it held is free again."""
    with through_service(desk(ctx), "approval", INSTEAD, quiet=as_json) as client:
        found = client.refuse_order(order, reason)
    _tell(found, as_json=as_json)


def _tell(found: "Order", *, as_json: bool) -> None:
    if as_json:
        show.document(found.document())
        return
    show.say(f"Order {found.id} of {found.team} is {found.state}.")


@app.command("delegate")
def delegate(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="Who decides meanwhile.")],
    *,
    role: Annotated[str, typer.Option(help="Whose say: lead (with --team), or finance.")],
    team: Team = "",
    start: SureFrom,
    until: SureUntil,
    as_json: AsJson = False,
) -> None:
    """Let somebody else decide in your place for a time; not on your own orders."""
    from api.wire.approval import DelegationBody

    with through_service(desk(ctx), "approval", INSTEAD, quiet=as_json) as client:
        now = client.now
        body = DelegationBody.read(
            {
                "role": role,
                "team": team,
                "to": to,
                "start": start.on(now),
                "end": until.on(now),
            }
        )
        made = client.delegate(body)
    if as_json:
        show.document(made.document())
        return
    show.say(
        f"{made.id}: {made.to} decides as {made.role} in your place from {zulu(made.start)} until "
        f"{zulu(made.end)}."
    )


@app.command("delegations")
def list_delegations(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show the says that you have lent."""
    with through_service(desk(ctx), "approval", INSTEAD, quiet=as_json) as client:
        found = client.delegations(after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.to, one.role, one.team, zulu(one.start), zulu(one.end)),
            f"ended {zulu(one.ended_at)}" if one.ended_at else "",
        )
        for one in found.items
    ]
    columns = ("delegation", "to", "role", "team", "from", "until", "")
    show.table("Says that you have lent", columns, rows, empty="You have lent none.")
    show.goes_on(found.next)


@app.command("end-delegation")
def end_delegation(
    ctx: typer.Context,
    delegation: Annotated[str, typer.Argument(metavar="DELEGATION", help="Its id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Take your say back before its time."""
    with through_service(desk(ctx), "approval", INSTEAD, quiet=as_json) as client:
        gone = client.end_delegation(delegation)
    if as_json:
        show.document(gone.document())
        return
    show.say(f"{gone.id} has ended: {gone.to} decides in your place no more.")
