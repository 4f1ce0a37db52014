"""``preview``: what a bid would cost and hold, its chance, and cheaper starts."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import show
from api.cli.behind import all_there
from api.cli.bids import (
    BuyOut,
    Earliest,
    Gate,
    Kept,
    Latest,
    Length,
    Quantity,
    ValidUntil,
    Value,
    guaranteed,
    window_of,
)
from api.cli.desk import AsJson, Team, desk
from api.cli.refusals import Misuse, in_flags
from api.cli.trading import trading
from api.cli.values import amount_text, text_of_duration, typed, zulu
from api.client.failures import Refused
from api.texts import duration
from marketplace.errors import MarketError
from pricing.shown import percent_shown

if TYPE_CHECKING:
    from api.wire.preview import KindPreview, OptionPreview, Preview, Start
    from marketplace.domain.guarantee import Kind

HOUR: Final = timedelta(hours=1)

Around = Annotated[
    timedelta,
    typer.Option(
        "--around",
        parser=typed(duration),
        metavar="TIME",
        help="Look for other starts so long before and behind the window too, like 12h.",
    ),
]


def preview(
    ctx: typer.Context,
    *,
    team: Team = "",
    pool: Annotated[str, typer.Option("--pool", "-p", metavar="POOL")] = "",
    quantity: Quantity = None,
    length: Length = None,
    value_ucr: Value = None,
    earliest: Earliest = None,
    latest: Latest = None,
    standing: Annotated[bool, typer.Option("--standing", help="Stay until it wins.")] = False,
    valid_until: ValidUntil = None,
    guarantee: Kept = "",
    buy_out: BuyOut = None,
    gate: Gate = None,
    around: Around = timedelta(0),
    as_json: AsJson = False,
) -> None:
    """Look before bidding: price, chance, hold and cheaper starts, and what it would be as firm,
    movable and recallable. Nothing is placed."""
    all_there({"--pool": pool, "--quantity": quantity, "--duration": length, "--value": value_ucr})
    if around % HOUR:
        raise Misuse("--around", text_of_duration(around), "give whole hours")
    from marketplace.domain.order import Leg, Option, OrderRequest

    leg = Leg(pool=pool, quantity=quantity or 0, duration=length or timedelta(0))
    with trading(desk(ctx), quiet=as_json) as market:
        team, sale = market.whose(team), market.sale()
        start, end = window_of(sale, earliest, latest)
        option = Option(
            value_ucr=value_ucr or 0, earliest_start=start, latest_start=end, legs=(leg,)
        )
        request = OrderRequest(
            team=team,
            key="preview",
            options=(option,),
            standing=standing,
            valid_until=valid_until.on(sale.now) if valid_until else None,
            guarantee=guaranteed(guarantee, buy_out, gate),
        )
        try:
            found = market.preview(request, around)
        except (MarketError, Refused) as refusal:
            raise in_flags(refusal) from refusal
    if as_json:
        show.document(found.document())
        return
    _tell(found)


def _tell(found: "Preview") -> None:
    [one] = found.options
    show.say(_chance(found))
    if one.cheapest:
        show.say(f"Its cheapest start is {zulu(one.cheapest.start)}: {_price(one.cheapest)}.")
    show.say(_past(one))
    if found.free_after_credits is None:
        show.say(f"{(found.problem or {}).get('detail', 'Credits are lacking')}.")
    else:
        free = amount_text(found.free_after_credits)
        hold = amount_text(found.hold_credits)
        show.say(f"{hold} credits would be held, and {free} would stay free.")
    meets = found.meets
    show.say(f"Cycle {meets.cycle} takes orders until {zulu(meets.closes_at)}. Nothing was placed.")
    if one.other_starts:
        rows = [(zulu(each.start), *_amounts(each)) for each in one.other_starts]
        show.table("Other starts", ("start", ">price now", ">expected"), rows)
    _tell_kinds(one.kinds, found.body.guarantee)
    for warned in found.warnings:
        show.note(warned.detail)


def _tell_kinds(kinds: "Sequence[KindPreview]", chosen: "Kind") -> None:
    """The three kinds beside each other."""
    from api.guarantees import of_late

    rows = [
        (
            one.guarantee.value + (", as asked" if one.guarantee is chosen else ""),
            _amount(one.price_now_credits),
            _amount(one.expected_credits),
            amount_text(one.least_credits),
            zulu(one.changes_until) if one.changes_until else "never",
            _buy_outs(one),
            of_late(one.guarantee, one.past_won, one.past_changed),
        )
        for one in kinds
    ]
    costs = (">price now", ">expected", ">at least")
    then = ("may change until", "bought back for", "in the last four weeks")
    show.table("How firm it may be", ("kind", *costs, *then), rows)


def _buy_outs(one: "KindPreview") -> str:
    if one.buy_out is None:
        return ""
    least, own, most = (
        amount_text(each)
        for each in (
            one.buy_out.least_credits,
            one.buy_out.own_credits,
            one.buy_out.most_credits,
        )
    )
    return f"{own}, of {least} to {most}"


def _chance(found: "Preview") -> str:
    chance = found.chance
    if chance.share is None:
        return "Its chance is not known: no past cycle tells of the like."
    if not chance.share:
        return "It has no chance as it stands."
    cycles = "cycle" if chance.cycles == 1 else "cycles"
    return f"Its chance is {percent_shown(chance.share)}, by {chance.cycles} past {cycles}."


def _past(one: "OptionPreview") -> str:
    least = f"The reserve price is {amount_text(one.reserve_credits)} credits"
    past, suggested = one.past, one.suggested_value_credits
    low, middle, high = past.low_credits, past.middle_credits, past.high_credits
    if low is None or middle is None or high is None or suggested is None:
        return f"{least}."
    return (
        f"{least}; the like was asked {amount_text(middle)}, half of the time "
        f"{amount_text(low)} to {amount_text(high)}. A value of {amount_text(suggested)} has a "
        "good chance."
    )


def _price(start: "Start") -> str:
    now, expected = _amounts(start)
    return f"{now} credits by the newest prices, {expected} expected"


def _amounts(start: "Start") -> tuple[str, str]:
    return _amount(start.price_now_credits), _amount(start.expected_credits)


def _amount(amount: Decimal | None) -> str:
    return "unknown" if amount is None else amount_text(amount)
