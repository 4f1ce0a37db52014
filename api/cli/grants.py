"""``grant``: credits that are given to teams, corrected, and taken back."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from api.cli import show
from api.cli.desk import (
    After,
    AmountUcr,
    AnyTeam,
    AsJson,
    From,
    Limit,
    SaidAgain,
    SureUntil,
    Until,
    Yes,
    desk,
)
from api.cli.reading import reading
from api.cli.teams import TeamId
from api.cli.values import amount_text, credits_text, typed, zulu
from api.texts import credits_ucr
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from marketplace.domain.grant import Grant
    from marketplace.store.engine import Store

app = typer.Typer(help="Credits given to teams, valid for a time.")
NEGATIVE: Final = re.compile(r"-[\d.]+", re.ASCII)
GrantId = Annotated[str, typer.Argument(metavar="GRANT", help="Its id.")]
Why = Annotated[str, typer.Option(help="Why, for its team and for the books.")]

Rule = Annotated[
    str,
    typer.Option(
        "--expiry",
        metavar="RULE",
        help="What becomes of what is unspent: all (at the end), linear (at each quarter what lies "
        "above a linear use) or carry-over.",
    ),
]
CarryUcr = Annotated[
    int,
    typer.Option(
        "--carry-credits",
        parser=typed(credits_ucr),
        metavar="CREDITS",
        help="So many at most are carried over at the end.",
    ),
]
CarryDays = Annotated[
    int, typer.Option("--carry-days", help="They last so many days more.", show_default=False)
]


class TakesNegatives(TyperCommand):
    """Reads ``-5`` as a number, so that it is refused as one and not as an unknown flag."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; letters after a dash stay flags."""
        ctx.ignore_unknown_options = any(NEGATIVE.fullmatch(word) for word in args)
        return super().parse_args(ctx, args)


@app.command("add", cls=TakesNegatives)
def add_grant(
    ctx: typer.Context,
    team: TeamId,
    amount_ucr: AmountUcr,
    *,
    until: SureUntil,
    start: From = None,
    purpose: Annotated[str, typer.Option(help="What the credits are for.")] = "",
    id_: Annotated[str, typer.Option("--id", help="Its id.", show_default="TEAM-YEAR-MONTH")] = "",
    expiry: Rule = "all",
    carry_ucr: CarryUcr = 0,
    carry_days: CarryDays = 0,
    key: SaidAgain = "",
    as_json: AsJson = False,
) -> None:
    """Give a team credits, to be spent from a start (now) until an end. The same said again gives
    nothing again; --key or --id tells a second gift from the first."""
    from marketplace.domain.command import GiveGrants
    from marketplace.domain.expiry import Expiry
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
            expiry=Expiry.read(expiry, carry_ucr, carry_days),
        )
        before = ledger.newest(store)
        [new] = at.do(store, GiveGrants((asked,)), key=key)
        balance, again = ledger.balance(store, new.id), ledger.newest(store) == before
    if again:
        show.note(f"{new.id} was given before, and is not given again; --id or --key gives more.")
    if as_json:
        from api.wire import ledger as wire

        show.document(wire.Grant.of(balance.at(at.now), at.now).document())
        return
    show.say(
        f"Grant {new.id}: {credits_text(amount_ucr)} credits for {team}, to be spent from "
        f"{zulu(new.start)} until {zulu(new.end)}."
    )
    if new.repaid_ucr:
        show.say(f"{credits_text(new.repaid_ucr)} of them repaid what it owed of its credit line.")


@app.command("correct", cls=TakesNegatives)
def correct(
    ctx: typer.Context,
    grant: GrantId,
    *,
    reason: Why,
    amount_ucr: Annotated[
        int | None,
        typer.Option("--credits", parser=typed(credits_ucr), metavar="CREDITS", help="In all."),
    ] = None,
    until: Until = None,
    purpose: Annotated[str | None, typer.Option(help="What the credits are for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a grant be other than it was given, as far as it is unspent; what is not named stays."""
    from marketplace.domain.command import CorrectGrant
    from marketplace.domain.grant import GrantCorrection

    at = desk(ctx)
    with at.store() as store:
        correction = GrantCorrection(
            reason=reason,
            amount_ucr=amount_ucr,
            end=until.on(at.now) if until else None,
            purpose=purpose,
        )
        after = at.do(store, CorrectGrant(grant, correction))
        if as_json:
            _show(store, after, at.now)
            return
    show.say(
        f"Grant {after.id}: {credits_text(after.whole_ucr)} credits for {after.team}, to be spent "
        f"from {zulu(after.start)} until {zulu(after.end)}."
    )


@app.command("revoke")
def revoke(
    ctx: typer.Context, grant: GrantId, *, reason: Why, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Take back what is unspent of a grant. What waits on it is held by what else its team has, or
    ends."""
    from marketplace.domain.command import RevokeGrant
    from marketplace.services import ledger

    show.confirm(f"What is unspent of {grant} is taken back, for good. Go on?", yes=yes)
    at = desk(ctx)
    with at.store() as store:
        after = at.do(store, RevokeGrant(grant, reason))
        left = ledger.balance(store, after.id)
        if as_json:
            _show(store, after, at.now)
            return
    spent = f"{credits_text(left.spent_ucr)} credits of it were spent"
    held = f", {credits_text(left.held_ucr)} stay held" if left.held_ucr else ""
    show.say(f"Grant {after.id} is revoked: {spent}{held}.")


def _show(store: "Store", grant: "Grant", now: datetime) -> None:
    from api.wire import ledger as wire
    from marketplace.services import ledger

    balance = ledger.balance(store, grant.id, now)
    show.document(wire.Grant.of(balance.at(now), now).document())


@app.command("list")
def list_grants(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show grants, what was spent of them and what is left."""
    with reading(desk(ctx), quiet=as_json) as market:
        found = market.grants(team=team, after=after, limit=limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.team),
            amount_text(one.whole_credits()),
            amount_text(one.free_credits),
            amount_text(one.held_credits),
            amount_text(one.spent_credits),
            amount_text(one.expired_credits),
            *(one.state, zulu(one.start), _until(one.end), one.purpose),
        )
        for one in found.items
    ]
    numbers = (">credits", ">free", ">held", ">spent", ">expired")
    columns = ("grant", "team", *numbers, "state", "from", "until", "purpose")
    empty = "There is no grant yet; `gpumarket grant add` makes one."
    show.table("Grants", columns, rows, empty=empty)
    show.goes_on(found.next)


def _until(end: datetime) -> str:
    """When a grant ends; an open credit line's own has no end."""
    from marketplace.domain.credit_line import OPEN

    return "open" if end == OPEN else zulu(end)
