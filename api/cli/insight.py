"""``spend``, ``value-map``: what was spent on what, and what bids were worth."""

from decimal import Decimal
from typing import TYPE_CHECKING

import typer

from api.cli import show
from api.cli.desk import AsJson, PeriodFrom, PeriodUntil, desk
from api.cli.trading import trading
from api.cli.values import amount_text, counted, period, zulu
from pricing.shown import percent_shown

if TYPE_CHECKING:
    from api.wire.insight import Spend, ValueMap


def spend(
    ctx: typer.Context,
    *,
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    as_json: AsJson = False,
) -> None:
    """Show what was spent on what, what moved, and who paid more than the market's average; by
    default this month, UTC. Of all teams for finance and platform, else of one's own."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.spend(period(start, until, market.now))
    if as_json:
        show.document(found.document())
        return
    _tell_rows(found)
    _tell_movers(found)
    _tell_prices(found)
    _tell_idle(found)
    _tell_sums(found)


def _tell_rows(found: "Spend") -> None:
    rows = [
        (
            *(one.team, one.theme or "(none)", one.pool),
            amount_text(one.charge_credits),
            amount_text(one.refund_credits),
            amount_text(one.spent_credits),
            f"{one.unit_hours:,.1f}",
        )
        for one in found.rows
    ]
    title = f"Spend, {zulu(found.start)} to {zulu(found.end)}"
    columns = ("team", "theme", "pool", ">charged", ">refunded", ">spent", ">unit-hours")
    show.table(title, columns, rows, empty="Nothing was charged in this period.")


def _tell_movers(found: "Spend") -> None:
    rows = [
        (
            *(one.team, one.theme or "(none)", one.pool),
            amount_text(one.before_credits),
            amount_text(one.now_credits),
            amount_text(one.change_credits),
        )
        for one in found.movers
    ]
    if rows:
        columns = ("team", "theme", "pool", ">before", ">now", ">change")
        show.table("Against the period before", columns, rows)


def _tell_prices(found: "Spend") -> None:
    rows = [
        (
            one.team,
            amount_text(one.paid_credits),
            amount_text(one.market_credits),
            "" if one.share_above is None else f"{100 * one.share_above:+.1f} %",
        )
        for one in found.against_market
    ]
    if rows:
        columns = ("team", ">paid", ">at the average", ">above")
        show.table("Beside the market's average for the same pools and hours", columns, rows)


def _tell_idle(found: "Spend") -> None:
    rows = [
        (
            *(one.team, one.pool),
            *(f"{one.measured_hours:,.1f}", f"{one.used_hours:,.1f}", f"{one.idle_hours:,.1f}"),
            "" if one.idle_share is None else f"{100 * one.idle_share:.1f} %",
        )
        for one in found.idle
    ]
    if rows:
        columns = ("team", "pool", ">measured", ">used", ">idle", ">of measured")
        show.table("Idle reserved time, unit-hours, as far as it was measured", columns, rows)
    else:
        show.say("No use of reserved time was imported; `gpumarket usage import` takes it in.")


def _tell_sums(found: "Spend") -> None:
    even, again = found.concentration, found.resold
    show.say(f"All teams together spent {amount_text(found.spent_credits)} credits.")
    if even.hhi is not None and even.gini is not None and even.jain is not None:
        show.say(
            f"Over {even.teams} teams: HHI {even.hhi:.3f}, Gini {even.gini:.3f}, "
            f"Jain {even.jain:.3f}."
        )
    if again.share is not None:
        show.say(
            f"Of {again.released_hours:,.1f} released unit-hours {again.resold_hours:,.1f} were "
            f"sold again, {percent_shown(again.share)}."
        )
    back = found.bought_back
    if back.boxes:
        show.say(
            f"{counted(back.boxes, 'reservation')} bought back: "
            f"{amount_text(back.refunded_credits)} credits that were paid came back, and "
            f"{amount_text(back.gained_credits)} beyond that; the time cost "
            f"{amount_text(back.worth_credits)} anew, so the tills {kept_text(back.kept_credits)}."
        )


def kept_text(amount: Decimal) -> str:
    """What tills kept of buy-outs, or added where more went back than came in."""
    return f"added {amount_text(-amount)}" if amount < 0 else f"kept {amount_text(amount)}"


def value_map(
    ctx: typer.Context,
    *,
    start: PeriodFrom = None,
    until: PeriodUntil = None,
    as_json: AsJson = False,
) -> None:
    """Show what bids were worth, won and lost, by week, theme and pool, of settled cycles; by
    default this month, UTC. Of all teams for finance and platform, else of one's own."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.value_map(period(start, until, market.now))
    if as_json:
        show.document(found.document())
        return
    _tell_worth(found)


def _tell_worth(found: "ValueMap") -> None:
    rows = [
        (
            *(f"{one.week:%Y-%m-%d}", one.theme or "(none)", one.pool),
            amount_text(one.won_credits),
            amount_text(one.lost_credits),
            amount_text(one.paid_credits),
            "" if one.mean_price_credits is None else amount_text(one.mean_price_credits),
        )
        for one in found.rows
    ]
    title = f"What bids were worth, {zulu(found.start)} to {zulu(found.end)}"
    columns = ("week", "theme", "pool", ">won", ">lost", ">paid", ">a unit-hour")
    show.table(title, columns, rows, empty="No cycle was settled in this period with bids in it.")
    won, lost = amount_text(found.won_credits), amount_text(found.lost_credits)
    paid = amount_text(found.paid_credits)
    show.say(f"All teams together won a value of {won} for {paid} credits, and lost one of {lost}.")
