"""``balance``, ``reservations``, ``prices``, ``statement``: what a team has, what time costs, what
it paid."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api import cursors
from api.cli import show
from api.cli.desk import After, AnyTeam, AsJson, Desk, From, Limit, Team, Until, Yes, desk
from api.cli.trading import trading
from api.cli.values import credits_text, one_of, positive, typed, zulu
from marketplace.domain.page import LIMIT
from pricing.units import ucr_from_credits

if TYPE_CHECKING:
    from marketplace.domain.reservation import Part, Reservation
    from marketplace.domain.transfer import Tag
    from marketplace.services.price import PricedSlots, PriceList
    from marketplace.services.statement import TagSum
    from marketplace.store.engine import Store

app = typer.Typer(help="Guaranteed time-boxes: list them, give them back.")


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
    from marketplace.domain.reservation import ReservationState
    from marketplace.services import reservation as reservations

    only = one_of("state", state, ReservationState) if state else None
    at = desk(ctx)
    with at.store() as store:
        found = reservations.listed(
            store,
            now=at.now,
            team=team,
            state=only,
            after=cursors.place_of("reservations", after),
            limit=limit,
        )
        back_ucr = reservations.came_back(store, found)
    if as_json:
        from api.wire import reservation as wire

        show.page("reservations", found, lambda one: wire.Reservation.of(one, back_ucr[one.id]))
        return
    rows = [
        (
            one.id,
            one.team,
            one.pool,
            left_text(one),
            zulu(one.start),
            zulu(one.end),
            one.state.value,
            credits_text(one.paid_ucr),
            credits_text(back_ucr[one.id]),
            one.reason,
        )
        for one in found
    ]
    columns = ("reservation", "team", "pool", ">units", "start", "end", "state", ">paid", ">back")
    show.table("Reservations", (*columns, "reason"), rows, empty="There is no such reservation.")
    show.more("reservations", found)


@app.command("released")
def list_releases(
    ctx: typer.Context,
    *,
    team: AnyTeam = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show what was given back, the newest first, and what of it is unsold."""
    from marketplace.services import reservation as reservations

    with desk(ctx).store() as store:
        place = cursors.place_of("releases", after)
        found = reservations.releases(store, team=team, after=place, limit=limit)
    if as_json:
        from api.wire import reservation as wire

        show.page("releases", found, wire.Release.of)
        return
    rows = [
        (
            *(one.id, one.reservation_id, one.team, one.pool, units_text(one.left)),
            zulu(one.start),
            zulu(one.start + len(one.left) * one.slot),
            zulu(one.released_at),
        )
        for one in found
    ]
    columns = ("release", "reservation", "team", "pool", ">unsold", "from", "until", "given back")
    show.table("Given back", columns, rows, empty="Nothing was given back.")
    show.more("releases", found)


def left_text(one: "Reservation") -> str:
    """The units that are still the team's, and of how many where some are not."""
    left = units_text(one.units)
    return left if left == str(one.quantity) else f"{left} of {one.quantity}"


@app.command("release")
def release(
    ctx: typer.Context,
    reservation_id: Annotated[str, typer.Argument(metavar="RESERVATION")],
    *,
    team: Team,
    quantity: Annotated[
        int | None,
        typer.Option("--quantity", "-q", parser=typed(positive), metavar="N", help="Units."),
    ] = None,
    start: From = None,
    until: Until = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Give back future slots: all, or the units and the time that are named. When they sell, the
    team gets the smaller of what it paid and what they sold for."""
    from marketplace.domain.command import ReleaseReservation
    from marketplace.domain.reservation import Part
    from marketplace.services import market

    at = desk(ctx)
    with at.store() as store:
        slot = market.now_showing(store)[0].slot
        part = Part(
            quantity=quantity,
            start=start.on_slot(at.now, slot) if start else None,
            end=until.on_slot(at.now, slot) if until else None,
        )
        _warn_late(at, store, reservation_id, team, part)
        show.confirm(f"Give back {reservation_id}? Its time goes on sale again.", yes=yes)
        after, given = at.do(store, ReleaseReservation(reservation_id, part), team=team)
    if as_json:
        from api.wire import reservation as wire

        show.document(wire.ReleasedReservation.after(after, given).document())
        return
    end = given.start + len(given.left) * given.slot
    show.say(
        f"Given back: {units_text(given.left)} × {given.pool} from {zulu(given.start)} until "
        f"{zulu(end)}; {after.id} is {after.state.value}. "
        "What it brings is paid when it sells."
    )


def _warn_late(at: Desk, store: "Store", id_: str, team: str, part: "Part") -> None:
    from marketplace.services import reservation as reservations

    unsold_before = reservations.hardly_sold_before(store, id_, part, at.now, team=team)
    if unsold_before is not None:
        show.note(
            f"Its hours before {zulu(unsold_before)} can hardly sell: the next cycle sells from "
            "then on."
        )


def units_text(units: Sequence[int]) -> str:
    """Units by slot in a word: one number, or from the fewest to the most."""
    least, most = min(units), max(units)
    return str(most) if least == most else f"{least} to {most}"


def balance(ctx: typer.Context, *, team: Team, as_json: AsJson = False) -> None:
    """Show a team's credits: what it can spend now, what is held, what comes and what ends."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.team(team)
    if as_json:
        show.document(found.document())
        return
    free, held, later, ending = (
        credits_text(ucr_from_credits(amount))
        for amount in (
            *(found.free_credits, found.held_credits, found.later_credits, found.ending_credits),
        )
    )
    show.say(f"{team} has {free} credits free; {held} are held for orders and spot.")
    if found.later_credits:
        show.say(f"{later} more come with grants that have not started.")
    if found.ending_credits:
        show.say(f"{ending} are of grants that end before the next cycle closes.")


def prices(
    ctx: typer.Context,
    *,
    pool: Annotated[str, typer.Option("--pool", "-p", help="Only this pool's.")] = "",
    start: From = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest published prices, in credits a unit-hour: of all hours at a glance, or of
    those from --from until --until, one by one."""
    from marketplace.services import price

    at = desk(ctx)
    with at.store() as store:
        found = price.latest(store, pool)
    if start or until:
        first = start.on(at.now) if start else at.now
        end = until.on(at.now) if until else first + found.span.slot
        found = found.part(first, end)
    if as_json:
        from api.wire import price as wire

        show.document(wire.Prices.of(found).document())
    elif start or until:
        _tell_hours(found)
    else:
        _tell_prices(found, at.now)


def _tell_prices(found: "PriceList", now: datetime) -> None:
    slot = min(max(found.span.index(now), 0), found.span.slots - 1)
    title = (
        f"Prices of {found.cycle.id}, {zulu(found.span.start)} to {zulu(found.span.end)}, "
        "credits a unit-hour"
    )
    hours = found.span.slots * found.span.slot / timedelta(hours=1)
    bar = f"all hours, {show.per_letter(hours, found.span.slots)} h a letter"
    columns = ("pool", ">least", ">mean", ">most", f">{zulu(found.span.at(slot))}", bar)
    show.table(title, columns, [_price_row(one, slot) for one in found.pools])


def _tell_hours(found: "PriceList") -> None:
    rows = [
        (zulu(found.span.at(k)), *(credits_text(one.prices_ucr[k]) for one in found.pools))
        for k in range(found.span.slots)
    ]
    columns = ("from", *(f">{one.pool}" for one in found.pools))
    show.table(f"Prices of {found.cycle.id}, credits a unit-hour", columns, rows)


def _price_row(one: "PricedSlots", slot: int) -> tuple[str, ...]:
    numbers = one.prices_ucr
    mean_ucr = sum(numbers) // len(numbers)
    return (
        one.pool,
        credits_text(min(numbers)),
        credits_text(mean_ucr),
        credits_text(max(numbers)),
        credits_text(numbers[slot]),
        show.sparkline(numbers),
    )


def statement(
    ctx: typer.Context,
    *,
    team: Team,
    start: From = None,
    until: Until = None,
    by: Annotated[
        str, typer.Option("--by", help="Sums by project, theme or cost-centre, in place of lines.")
    ] = "",
    after: After = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show a team's account for a period; by default this month, UTC."""
    from api.lines import what_for
    from marketplace.domain.statement import month_around
    from marketplace.domain.transfer import Tag
    from marketplace.services import statement as statements

    tag = one_of("by", by, Tag) if by else None
    at = desk(ctx)
    this_month = month_around(at.now)
    first = start.on(at.now) if start else this_month[0]
    end = until.on(at.now) if until else this_month[1]
    title = f"Statement of {team}, {zulu(first)} to {zulu(end)}"
    with at.store() as store:
        if tag is not None:
            sums = statements.sums_by(statements.of_team(store, team, first, end), tag)
            _tell_sums(title, tag, sums, as_json=as_json)
            return
        place = cursors.place_of("statement", after)
        account = statements.account(store, team, first, end)
        lines = statements.lines(store, team, first, end, after=place, limit=limit)
    if as_json:
        from api.wire import statement as wire

        show.document(wire.Statement.of(account, lines).document())
        return
    rows = [] if after else [("", "opening", credits_text(account.opening_ucr), "", "")]
    rows += [
        (
            zulu(line.at),
            line.type.value,
            credits_text(line.amount_ucr),
            line.transfer.payer.id,
            what_for(line.transfer),
        )
        for line in lines
    ]
    if lines.next is None:
        rows.append(("", "closing", credits_text(account.closing_ucr), "", ""))
    show.table(title, ("time", "", ">credits", "order", "what for"), rows)
    show.more("statement", lines)
    held = credits_text(account.held_ucr)
    show.say(f"Of the closing balance, {held} credits are held for orders and spot.")


def _tell_sums(title: str, tag: "Tag", sums: "list[TagSum]", *, as_json: bool) -> None:
    """Charges and refunds by what the work was for."""
    if as_json:
        from api.wire import statement as wire

        show.document([wire.TagSum.of(tag, one).document() for one in sums])
        return
    rows = [
        (
            one.name or "(none)",
            f"{one.orders:,}",
            credits_text(one.charged_ucr),
            credits_text(one.refunded_ucr),
            credits_text(one.charged_ucr - one.refunded_ucr),
        )
        for one in sums
    ]
    columns = (tag.value, ">orders", ">charged", ">refunded", ">spent")
    show.table(title, columns, rows, empty="Nothing was charged in this period.")
