"""``preview``: what a bid would cost and hold, its chance, and cheaper starts."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.bids import (
    Earliest,
    Latest,
    Length,
    Quantity,
    ValidUntil,
    Value,
    all_there,
    window_of,
)
from api.cli.desk import AsJson, Team, desk
from api.cli.refusals import in_flags, sentence
from api.cli.values import credits_text, typed, zulu
from api.texts import duration
from marketplace.errors import MarketError
from pricing.shown import percent_shown

if TYPE_CHECKING:
    from marketplace.domain.preview import OptionPreview, Quote
    from marketplace.services.preview import Preview

Around = Annotated[
    timedelta | None,
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
    around: Around = None,
    as_json: AsJson = False,
) -> None:
    """Look before bidding: price, chance, hold and cheaper starts. Nothing is placed."""
    at = desk(ctx)
    all_there({"--pool": pool, "--quantity": quantity, "--duration": length, "--value": value_ucr})
    from marketplace.domain.order import Leg, Option, OrderRequest
    from marketplace.services import order
    from marketplace.services import preview as service

    with at.store() as store:
        start, end = window_of(order.sale(store, at.now), earliest, latest)
    leg = Leg(pool=pool, quantity=quantity or 0, duration=length or timedelta(0))
    option = Option(value_ucr=value_ucr or 0, earliest_start=start, latest_start=end, legs=(leg,))
    request = OrderRequest(
        team=team,
        key="preview",
        options=(option,),
        standing=standing,
        valid_until=valid_until.on(at.now) if valid_until else None,
    )
    try:
        with at.store() as store:
            found = service.preview(store, request, at.now, around=around or timedelta(0))
    except MarketError as refusal:
        raise in_flags(refusal) from refusal
    if as_json:
        from api.wire.preview import Preview as Shape

        refused = found.refusal
        problem = {"code": refused.code} | refused.fields() if refused else None
        show.document(Shape.of(found, problem).document())
        return
    _tell(found)


def _tell(found: "Preview") -> None:
    [one] = found.options
    show.say(_chance(found))
    if one.quote:
        show.say(f"Its cheapest start is {zulu(one.quote.start)}: {_price(one.quote)}.")
    show.say(_past(one))
    if found.refusal:
        show.say(f"{sentence(found.refusal)}.")
    else:
        free = credits_text(found.free_ucr[1])
        hold = credits_text(found.hold_ucr)
        show.say(f"{hold} credits would be held, and {free} would stay free.")
    cycle = found.on_sale
    show.say(
        f"Cycle {cycle.cycle_id} takes orders until {zulu(cycle.closes_at)}. Nothing was placed."
    )
    if one.others:
        rows = [(zulu(each.start), *_amounts(each)) for each in one.others]
        show.table("Other starts", ("start", ">price now", ">expected"), rows)
    for warned in found.warnings:
        show.note(warned.text)


def _chance(found: "Preview") -> str:
    chance = found.chance
    if chance.share is None:
        return "Its chance is not known: no past cycle tells of the like."
    if not chance.share:
        return "It has no chance as it stands."
    return f"Its chance is {percent_shown(chance.share)}, by {chance.cycles} past cycles."


def _past(one: "OptionPreview") -> str:
    least = f"The reserve price is {credits_text(one.reserve_ucr)} credits"
    low, middle, high = (one.asked_at(share) for share in (0.25, 0.5, 0.75))
    if low is None or middle is None or high is None or one.suggested_ucr is None:
        return f"{least}."
    return (
        f"{least}; the like was asked {credits_text(middle)}, half of the time "
        f"{credits_text(low)} to {credits_text(high)}. A value of "
        f"{credits_text(one.suggested_ucr)} has a good chance."
    )


def _price(quote: "Quote") -> str:
    now, expected = _amounts(quote)
    return f"{now} credits by the newest prices, {expected} expected"


def _amounts(quote: "Quote") -> tuple[str, str]:
    now, expected = (
        "unknown" if amount is None else credits_text(amount)
        for amount in (quote.now_ucr, quote.expected_ucr)
    )
    return now, expected
