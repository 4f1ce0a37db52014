"""``reservations``: a team's guaranteed time-boxes; list them, give them back."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import After, AnyTeam, AsJson, From, Limit, SaidAgain, Team, Until, Yes, desk
from api.cli.trading import trading
from api.cli.values import amount_text, positive, typed, zulu
from api.guarantees import in_a_word, still
from marketplace.domain.page import LIMIT
from pricing.shown import percent_shown

if TYPE_CHECKING:
    from marketplace.domain.reservation import Part

app = typer.Typer(help="Guaranteed time-boxes: list them, show one, give them back.")


@app.command("list")
def list_reservations(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    state: Annotated[str, typer.Option(help="Only those in this state.")] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show reservations by their start."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.reservations(team, state, after, limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            one.id,
            one.team,
            one.pool,
            left_text(one.units, one.quantity),
            zulu(one.start),
            zulu(one.end),
            one.state,
            in_a_word(one.guarantee, zulu(one.changes_until) if one.changes_until else ""),
            amount_text(one.paid_credits),
            amount_text(one.refunded_credits),
            "" if one.used_share is None else percent_shown(one.used_share),
            one.reason,
        )
        for one in found.items
    ]
    columns = ("reservation", "team", "pool", ">units", "start", "end", "state", "guarantee")
    none = f"There is no {'such reservation' if state else 'reservation yet'}."
    show.table("Reservations", (*columns, ">paid", ">back", ">used", "reason"), rows, empty=none)
    show.goes_on(found.next)


@app.command("show")
def show_reservation(
    ctx: typer.Context,
    reservation_id: Annotated[str, typer.Argument(metavar="RESERVATION")],
    *,
    team: Team = "",
    as_json: AsJson = False,
) -> None:
    """Show one reservation: what it has, what may still become of it, what came back for it, and
    how much of it was used, where that was measured."""
    from marketplace.domain.reservation import ReservationState

    with trading(desk(ctx), quiet=as_json) as market:
        one = market.reservation(reservation_id, market.whose_to_read(team))
    if as_json:
        show.document(one.document())
        return
    show.say(
        f"Reservation {one.id} of {one.team} is {one.state}: {left_text(one.units, one.quantity)} "
        f"× {one.pool} from {zulu(one.start)} until {zulu(one.end)}, won by {one.order}."
    )
    until = zulu(one.changes_until) if one.changes_until else ""
    buy_out = "" if one.buy_out_credits is None else amount_text(one.buy_out_credits)
    recalled = one.state == ReservationState.RECALLED
    show.say(still(one.guarantee, until, buy_out, moves=one.may_move, recalled=recalled))
    back = f", and {amount_text(one.refunded_credits)} came back" if one.refunded_credits else ""
    show.say(f"{amount_text(one.paid_credits)} credits were paid{back}.")
    if one.used_share is None:
        show.say("How much of it was used, nobody has told the market.")
    else:
        show.say(f"Of what was measured of it, {percent_shown(one.used_share)} was used.")


@app.command("released")
def list_releases(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show what was given back, the newest first, what of it no cycle has sold, and what spot has
    brought for that."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.releases(team, after, limit)
    if as_json:
        show.document(found.document())
        return
    rows = [
        (
            *(one.id, one.reservation, one.team, one.pool, units_text(one.left)),
            amount_text(sum(one.by_spot_credits, Decimal(0))),
            zulu(one.start),
            zulu(one.start + len(one.left) * timedelta(minutes=one.slot_minutes)),
            zulu(one.released_at),
        )
        for one in found.items
    ]
    columns = ("release", "reservation", "team", "pool", ">unsold", ">by spot", "from", "until")
    show.table("Given back", (*columns, "given back"), rows, empty="Nothing was given back.")
    show.goes_on(found.next)


def left_text(units: Sequence[int], quantity: int) -> str:
    """The units that are still the team's, and of how many where some are not."""
    left = units_text(units)
    return left if left == str(quantity) else f"{left} of {quantity}"


@app.command("release")
def release(
    ctx: typer.Context,
    reservation_id: Annotated[str, typer.Argument(metavar="RESERVATION")],
    *,
    team: Team = "",
    quantity: Annotated[
        int | None,
        typer.Option("--quantity", "-q", parser=typed(positive), metavar="N", help="Units."),
    ] = None,
    start: From = None,
    until: Until = None,
    key: SaidAgain = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give back future slots: all, or the units and the time that are named. When they sell,
    reserved or as spot, the team gets the smaller of what it paid and what they sold for. So many
    units said again are not given back again; --key tells more of them from that."""
    from marketplace.domain.reservation import Part
    from marketplace.domain.terms import hardly_sold_before

    with trading(desk(ctx), quiet=as_json) as market:
        team, sale = market.whose(team), market.sale()
        part = Part(
            quantity=quantity,
            start=start.on_slot(sale.now, sale.slot) if start else None,
            end=until.on_slot(sale.now, sale.slot) if until else None,
        )
        one = market.reservation(reservation_id, team)
        if unsold_before := hardly_sold_before(one.start, one.end, part, sale):
            show.note(
                f"Its hours before {zulu(unsold_before)} can hardly sell: the next cycle sells "
                "from then on."
            )
        show.confirm(f"Give back {reservation_id}? Its time goes on sale again.", yes=yes)
        after = market.release(reservation_id, part, team, key or _said(reservation_id, part))
    if as_json:
        show.document(after.document())
        return
    given = after.released
    show.say(
        f"Given back: {units_text(given.units)} × {after.pool} from {zulu(given.start)} until "
        f"{zulu(given.end)}; {after.id} is {after.state}. "
        "What it brings, reserved or as spot, is paid when it sells."
    )


def _said(reservation: str, part: "Part") -> str:
    """The key of giving so many units back, in the same words the same; none where all of a time
    is given back, which nobody can do twice."""
    if part.quantity is None:
        return ""
    times = (zulu(one) if one else "" for one in (part.start, part.end))
    return "-".join((reservation, str(part.quantity), *times))


def units_text(units: Sequence[int]) -> str:
    """Units by slot in a word: one number, or from the fewest to the most."""
    least, most = min(units), max(units)
    return str(most) if least == most else f"{least} to {most}"
