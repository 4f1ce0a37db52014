"""``transfer``: credits that one team gives to another."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import After, AmountUcr, AnyTeam, AsJson, Limit, SaidAgain, desk
from api.cli.grants import TakesNegatives
from api.cli.reading import reading
from api.cli.values import amount_text, credits_text, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.domain.credit_transfer import CreditTransfer

app = typer.Typer(help="Credits that one team gives to another.")
TransferId = Annotated[str, typer.Argument(metavar="TRANSFER", help="Its id.")]
Giver = Annotated[str, typer.Argument(metavar="TEAM", help="Who gives: the team's id.")]
Receiver = Annotated[str, typer.Argument(metavar="RECEIVER", help="Who is given: another team.")]
Why = Annotated[str, typer.Option(help="Why, for both teams and for the books.")]


@app.command("propose", cls=TakesNegatives)
def propose(
    ctx: typer.Context,
    team: Giver,
    receiver: Receiver,
    amount_ucr: AmountUcr,
    *,
    reason: Why,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Offer credits of a team to another, those that end first. They are set aside until the other
    answers, for two weeks at most."""
    from marketplace.domain.credit_transfer import CreditTransferRequest
    from marketplace.domain.credit_transfer_command import ProposeTransfer

    asked = CreditTransferRequest(
        team=team, receiver=receiver, amount_ucr=amount_ucr, reason=reason
    )
    at = desk(ctx)
    with at.store() as store:
        made = at.do(store, ProposeTransfer(asked), key=key)
    _tell(
        made,
        f"{credits_text(amount_ucr)} credits of {team} are set aside for {receiver}, which can "
        f"accept them until {zulu(made.lapses_at)}.",
        as_json=as_json,
    )


@app.command("accept")
def accept(ctx: typer.Context, transfer: TransferId, *, as_json: AsJson = False) -> None:
    """Take what another team gives: a grant for each end that its credits have."""
    from marketplace.domain.credit_transfer_command import AcceptTransfer

    at = desk(ctx)
    with at.store() as store:
        one = at.do(store, AcceptTransfer(transfer))
    amount, got = credits_text(one.request.amount_ucr), ", ".join(one.grants)
    said = f"{amount} credits went from {one.team} to {one.receiver}: {got}."
    _tell(one, said, as_json=as_json)


@app.command("refuse")
def refuse(
    ctx: typer.Context, transfer: TransferId, *, reason: Why, as_json: AsJson = False
) -> None:
    """Do without what another team would give; it has its credits back."""
    from marketplace.domain.credit_transfer_command import RefuseTransfer

    at = desk(ctx)
    with at.store() as store:
        one = at.do(store, RefuseTransfer(transfer, reason))
    _tell(one, f"It is refused: {one.team} has its credits back.", as_json=as_json)


@app.command("withdraw")
def withdraw(ctx: typer.Context, transfer: TransferId, *, as_json: AsJson = False) -> None:
    """Take back what was not answered yet."""
    from marketplace.domain.credit_transfer_command import WithdrawTransfer

    at = desk(ctx)
    with at.store() as store:
        one = at.do(store, WithdrawTransfer(transfer))
    _tell(one, f"It is withdrawn: {one.team} has its credits back.", as_json=as_json)


def _tell(one: "CreditTransfer", said: str, *, as_json: bool) -> None:
    from api.wire import credit_transfer as wire

    if as_json:
        show.document(wire.CreditTransfer.of(one).document())
        return
    show.say(f"Transfer {one.id}: {said}")


@app.command("list")
def list_transfers(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    state: Annotated[
        str,
        typer.Option(
            help="Only those in this state: proposed, accepted, refused, withdrawn, lapsed."
        ),
    ] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show what teams give each other, the newest first: of a team what it gives and is given."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.credit_transfers(team=team, state=state, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.team, one.receiver, amount_text(one.credits), one.state),
            *(zulu(one.proposed_at), zulu(one.ended_at or one.lapses_at)),
            *(one.reason, one.answer),
        )
        for one in found.items
    ]
    columns = ("transfer", "from", "to", ">credits", "state", "proposed", "ends", "reason")
    empty = "There is no transfer yet; `gpumarket transfer propose` makes one."
    if state:
        empty = f"No transfer is {state}."
    show.table("Transfers between teams", (*columns, "answer"), rows, empty=empty)
    show.goes_on(found.next)
