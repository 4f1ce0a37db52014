"""``reservations``, ``prices``, ``statement``: what a team has, what time costs, what it paid."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import documents, show
from api.cli.desk import AnyTeam, AsJson, Desk, From, Team, Until, Yes, desk
from api.cli.values import credits_text, positive, stamp, typed, zulu
from marketplace.errors import BadField

if TYPE_CHECKING:
    from marketplace.domain.reservation import Part, Reservation
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
    as_json: AsJson = False,
) -> None:
    """Show reservations by their start."""
    from marketplace.domain.reservation import ReservationState, advanced
    from marketplace.services import ledger
    from marketplace.services import reservation as reservations

    if state and state not in list(ReservationState):
        raise BadField("state", state, "not-one-of", {"choices": list(ReservationState)})
    at = desk(ctx)
    with at.store() as store:
        ledger.balances(store, team)
        found = [advanced(one, at.now) for one in reservations.listed(store, team=team)]
        back_ucr = refunds(store, team)
    found = [one for one in found if state in ("", one.state.value)]
    if as_json:
        show.document([documents.of_reservation(one, back_ucr[one.id]) for one in found])
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


def refunds(store: "Store", team: str = "") -> Counter[str]:
    """What came back for each reservation: for time that failed, or was released and sold."""
    from marketplace.services import ledger

    back_ucr = Counter[str]()
    for refund in ledger.refunds(store, team):
        back_ucr[refund.reservation_id] += refund.amount_ucr
    return back_ucr


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
    end = given.start + len(given.left) * given.slot
    if as_json:
        facts = {"start": stamp(given.start), "end": stamp(end), "units": list(given.left)}
        show.document(documents.of_reservation(after) | {"released": facts})
        return
    show.say(
        f"Given back: {units_text(given.left)} × {given.pool} from {zulu(given.start)} until "
        f"{zulu(end)}; {after.id} is {after.state.value}. "
        "What it brings is paid when it sells."
    )


def _warn_late(at: Desk, store: "Store", id_: str, team: str, part: "Part") -> None:
    """Say that the first of the hours begin before the next sale, and so find no buyer."""
    from marketplace.domain.cycle import next_closing
    from marketplace.services import market
    from marketplace.services import reservation as reservations

    rules, cycle = market.now_showing(store)
    sale_start = rules.sale_start(next_closing(cycle, rules, at.now))
    for one in reservations.listed(store, team=team):
        begins = max(part.start or one.start, one.start, at.now)
        if one.id == id_ and begins < min(sale_start, part.end or one.end, one.end):
            show.note(
                f"Its hours before {zulu(sale_start)} can hardly sell: the next cycle sells "
                "from then on."
            )


def units_text(units: Sequence[int]) -> str:
    """Units by slot in a word: one number, or from the fewest to the most."""
    least, most = min(units), max(units)
    return str(most) if least == most else f"{least} to {most}"


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
        show.document(_prices_document(found))
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


def _prices_document(found: "PriceList") -> documents.Document:
    return {
        "cycle": found.cycle.id,
        "start": stamp(found.span.start),
        "slot_minutes": found.span.slot // timedelta(minutes=1),
        "pools": [
            {
                "pool": one.pool,
                "price_credits": [documents.money(price) for price in one.prices_ucr],
                "on_sale": list(one.free),
            }
            for one in found.pools
        ],
    }


def statement(
    ctx: typer.Context,
    *,
    team: Team,
    start: From = None,
    until: Until = None,
    by: Annotated[
        str, typer.Option("--by", help="Sums by project, theme or cost-centre, in place of lines.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show a team's account for a period; by default this month, UTC."""
    from api.lines import what_for
    from marketplace.domain.transfer import Tag
    from marketplace.services import statement as statements

    if by and by not in list(Tag):
        raise BadField("by", by, "not-one-of", {"choices": list(Tag)})

    at = desk(ctx)
    first = start.on(at.now) if start else month_start(at.now)
    end = until.on(at.now) if until else month_start(month_start(at.now) + timedelta(days=32))
    with at.store() as store:
        found = statements.of_team(store, team, first, end)
    title = f"Statement of {team}, {zulu(found.start)} to {zulu(found.end)}"
    if by:
        _tell_sums(title, by, statements.sums_by(found, Tag(by)), as_json=as_json)
        return
    if as_json:
        show.document(documents.of_statement(found))
        return
    rows = [("", "opening", credits_text(found.opening_ucr), "", "")]
    rows += [
        (
            zulu(line.at),
            line.type.value,
            credits_text(line.amount_ucr),
            line.transfer.payer.id,
            what_for(line.transfer),
        )
        for line in found.lines
    ]
    rows.append(("", "closing", credits_text(found.closing_ucr), "", ""))
    show.table(title, ("time", "", ">credits", "order", "what for"), rows)
    held = credits_text(found.held_ucr)
    show.say(f"Of the closing balance, {held} credits are held for orders and spot.")


def _tell_sums(title: str, by: str, sums: "list[TagSum]", *, as_json: bool) -> None:
    """Charges and refunds by what the work was for."""
    if as_json:
        facts = [
            {
                by.replace("-", "_"): one.name,
                "charge_credits": documents.money(one.charged_ucr),
                "refund_credits": documents.money(one.refunded_ucr),
                "orders": one.orders,
            }
            for one in sums
        ]
        show.document(facts)
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
    columns = (by, ">orders", ">charged", ">refunded", ">spent")
    show.table(title, columns, rows, empty="Nothing was charged in this period.")


def month_start(at: datetime) -> datetime:
    """The start of the month, UTC, that ``at`` lies in."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
