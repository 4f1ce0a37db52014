"""``bid``: offer credits for reserved time, one bid from flags or many from a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import exits, show
from api.cli.behind import Extends, check_flags, place_behind
from api.cli.desk import TIME, TIME_HELP, AsJson, Desk, Key, Team, desk
from api.cli.refusals import in_flags, sentence
from api.cli.trading import Trading, trading
from api.cli.values import (
    Document,
    When,
    credits_text,
    one_of,
    positive,
    said,
    typed,
    when,
    zulu,
)
from api.client.failures import Refused
from api.texts import above_zero_ucr, duration
from marketplace.errors import MarketError

if TYPE_CHECKING:
    from api.cli.refusals import Refusal
    from api.wire import order as wire
    from marketplace.domain.capacity import Pool
    from marketplace.domain.guarantee import Guarantee
    from marketplace.domain.order import Option, Order, OrderRequest
    from marketplace.domain.terms import Sale

FILE_HELP = 'A JSON list of bids, "-" for stdin; .gz is read too. See `gpumarket bid --help`.'
ABOUT: Final = """Offer credits for reserved time: what the dearest option is worth is held at once.

One bid by flags, or many with --file: a JSON list of

{"key": "run-7", "options": [{"value": "84.0", "earliest_start": "2026-11-24T01:00Z",
"latest_start": "2026-11-25T01:00Z", "legs": [{"pool": "h100", "quantity": 8, "duration": "8h",
"offset": "0h"}]}], "standing": false, "valid_until": null, "on_failure": "shrink", "extends": "",
"project": "", "theme": "", "cost_centre": ""}

where key, offset, standing and all after it may be left out. A file that cannot be read changes
nothing; of a file that can, each bid is taken or refused on its own.
"""

Value = Annotated[
    int | None,
    typer.Option("--value", parser=typed(above_zero_ucr), metavar="CREDITS", help="The most."),
]
Quantity = Annotated[
    int | None, typer.Option("--quantity", "-q", parser=typed(positive), metavar="N")
]
Length = Annotated[
    timedelta | None,
    typer.Option("--duration", "-d", parser=typed(duration), metavar="TIME", help="Like 8h, 3d."),
]
Earliest = Annotated[
    When | None,
    typer.Option(
        "--earliest",
        parser=typed(when),
        metavar=TIME,
        help=f"Earliest start. {TIME_HELP} By default the next sale's first slot.",
    ),
]
Latest = Annotated[
    When | None,
    typer.Option(
        "--latest",
        parser=typed(when),
        metavar=TIME,
        help=f"Latest start. {TIME_HELP} By default 24 h after that, or after the sale begins.",
    ),
]
ValidUntil = Annotated[
    When | None,
    typer.Option(
        "--valid-until", parser=typed(when), metavar=TIME, help="A standing order ends then."
    ),
]
OnFailure = Annotated[
    str,
    typer.Option(
        "--on-failure",
        metavar="end|shrink|move",
        help="Where units of what it won are missing later: it loses those alone, as by "
        "default, or all that is left ends, or moves to another start in its window.",
    ),
]
Kept = Annotated[
    str,
    typer.Option(
        "--guarantee",
        metavar="firm|movable|recallable",
        help="What may become of what it wins before its gate: nothing, as by default; another "
        "start in its window; or the market buys it back.",
    ),
]
BuyOut = Annotated[
    int | None,
    typer.Option(
        "--buy-out",
        parser=typed(above_zero_ucr),
        metavar="CREDITS",
        help="For how much it may be bought back; else for what the bid is worth.",
    ),
]
Gate = Annotated[
    timedelta | None,
    typer.Option(
        "--gate",
        parser=typed(duration),
        metavar="TIME",
        help="So long before its start nothing changes any more; else as the rules say.",
    ),
]
File = Annotated[str, typer.Option("--file", metavar="BIDS.json", help=FILE_HELP)]


def bid(
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
    on_failure: OnFailure = "",
    guarantee: Kept = "",
    buy_out: BuyOut = None,
    gate: Gate = None,
    extends: Extends = "",
    project: Annotated[str, typer.Option(help="What it is for.")] = "",
    theme: Annotated[str, typer.Option(help="The strategic purpose.")] = "",
    cost_centre: Annotated[str, typer.Option(help="Who accounts for it.")] = "",
    key: Key = None,
    file: File = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Offer credits for reserved time."""
    at = desk(ctx)
    place = {"--pool": pool, "--quantity": quantity}
    window = {"--earliest": earliest, "--latest": latest}
    flags = {"--duration": length, "--value": value_ucr}
    more = {"--project": project, "--theme": theme, "--cost-centre": cost_centre, "--key": key}
    more |= {"--on-failure": on_failure, "--guarantee": guarantee}
    terms = {"--buy-out": buy_out, "--gate": gate, "--valid-until": valid_until}
    rest = {**more, **terms, "--standing": standing}
    check_flags({"--file": file, "--extends": extends}, place, window, flags, rest)
    if file:
        _place_file(at, file, team, dry_run=dry_run, as_json=as_json)
        return
    from marketplace.domain.failure import OnFailure as Choice
    from marketplace.domain.order import OrderRequest
    from marketplace.domain.transfer import Tags

    with trading(at, quiet=as_json) as market:
        team, sale = market.whose(team), market.sale()
        starts = window_of(sale, earliest, latest)
        if extends:
            pool, quantity, starts = place_behind(market.reservation(extends, team))
        request = OrderRequest(
            team=team,
            key=at.fresh_key() if key is None else key,
            options=(_option(pool, quantity, length, value_ucr, starts),),
            standing=standing,
            valid_until=valid_until.on(sale.now) if valid_until else None,
            on_failure=one_of("on_failure", on_failure or Choice.SHRINK, Choice),
            guarantee=guaranteed(guarantee, buy_out, gate),
            extends=extends,
            tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
            said=said(ctx.params),
        )
        asked = _asked(market, [request], sale, dry_run=dry_run)
    _tell_one(asked, dry_run=dry_run, as_json=as_json)


def _option(
    pool: str,
    quantity: int | None,
    length: timedelta | None,
    value_ucr: int | None,
    window: tuple[datetime, datetime],
) -> "Option":
    from marketplace.domain.order import Leg, Option

    leg = Leg(pool=pool, quantity=quantity or 0, duration=length or timedelta(0))
    start, end = window
    return Option(value_ucr=value_ucr or 0, earliest_start=start, latest_start=end, legs=(leg,))


def guaranteed(kind: str, buy_out_ucr: int | None, gate: timedelta | None) -> "Guarantee":
    """What the flags say of how firm a win is."""
    from marketplace.domain.guarantee import Guarantee, Kind

    kept = one_of("guarantee", kind or Kind.FIRM, Kind)
    return Guarantee(kind=kept, buy_out_ucr=buy_out_ucr, gate=gate)


def window_of(
    sale: "Sale", earliest: When | None, latest: When | None
) -> tuple[datetime, datetime]:
    """The starts that the flags ask for, the market's own defaults filled in."""
    from marketplace.domain.terms import start_window

    first = earliest.on_slot(sale.now, sale.slot) if earliest else None
    last = latest.by_slot(sale.now, sale.slot) if latest else None
    if first and last and latest == earliest:
        last = first  # said alike, they mean one start
    return start_window(first, last, sale.start)


def _tell_one(asked: "_Asked", *, dry_run: bool, as_json: bool) -> None:
    [answer] = asked.answers
    if isinstance(answer, MarketError | Refused):
        raise in_flags(answer)
    order = answer.to_order()
    if as_json:
        show.document(answer.document() | {"meets": asked.meets, "dry_run": dry_run})
    elif dry_run:
        show.say(
            f"Nothing was placed. {order.team} would have an {order.state.value} order, and "
            f"{credits_text(order.held_ucr)} credits would be held until it ends."
        )
        show.say(f"It might start from {starts_text(order)}.")
        show.say(_meeting(order, asked.sale))
    else:
        show.say(
            f"Order {order.id} of {order.team} is {order.state.value}: "
            f"{credits_text(order.held_ucr)} credits are held until it ends."
        )
        show.say(f"It may start from {starts_text(order)}.")
        show.say(_meeting(order, asked.sale))
    warn_below_reserve([order], asked.pools)


def starts_text(order: "Order") -> str:
    """From when to when an order of one option may start."""
    [option] = order.request.options
    return f"{zulu(option.earliest_start)} to {zulu(option.latest_start)}"


def warn_below_reserve(orders: Sequence["Order"], pools: Mapping[str, "Pool"]) -> None:
    """Say on stderr which orders are worth less than their least price whenever they start."""
    from marketplace.domain.order import below_reserve_ucr

    for order in orders:
        if order.open and (least_ucr := below_reserve_ucr(order.request, pools)):
            whose = "Its" if len(orders) == 1 else f"{order.request.key}: its"
            show.note(
                f"{whose} value is below the reserve price of {credits_text(least_ucr)}; it cannot "
                "win as it stands."
            )


def _meeting(order: "Order", sale: "Sale") -> str:
    """Which cycle the order meets first."""
    from marketplace.domain.order import OrderState
    from marketplace.domain.terms import Meets, meeting

    if order.state is OrderState.PENDING_APPROVAL:
        return (
            "It waits for somebody's word, and is in no cycle before: `gpumarket approval list` "
            "says whose."
        )
    found = meeting(order, sale)
    if found is Meets.NONE:
        return f"It has ended: {order.reason}."
    if found is Meets.LATER:
        return (
            f"Its start is not on sale yet: {sale.cycle_id} sells starts before "
            f"{zulu(sale.starts_before)}; it waits for a later cycle."
        )
    if found is Meets.OVERDUE:
        sentence = _closing(sale)
        return f"{sentence[0].upper()}{sentence[1:]}."
    return (
        f"It meets cycle {sale.cycle_id}, which closes at {zulu(sale.closes_at)} and sells from "
        f"{zulu(sale.start)}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the market said to some requests, and what it was asked against."""

    answers: "list[wire.Order | Refusal]"
    sale: "Sale"
    pools: "Mapping[str, Pool]"

    @property
    def placed(self) -> "list[wire.Order]":
        """The orders that it took."""
        return [one for one in self.answers if not isinstance(one, MarketError | Refused)]

    @property
    def meets(self) -> Document:
        """What is on sale next, as data."""
        from api.wire.cycle import Sale as Shape

        return Shape.of(self.sale).document()


def _asked(
    market: "Trading", requests: Sequence["OrderRequest"], sale: "Sale", *, dry_run: bool
) -> _Asked:
    from marketplace.domain.order import pools_of

    answers = market.place(requests, dry_run=dry_run)
    taken = [
        request
        for request, answer in zip(requests, answers, strict=True)
        if not isinstance(answer, MarketError | Refused)
    ]
    return _Asked(answers=answers, sale=sale, pools=market.pools(pools_of(taken)))


def _place_file(at: Desk, file: str, team: str, *, dry_run: bool, as_json: bool) -> None:
    from api.cli import bidfile

    with trading(at, quiet=as_json) as market:
        requests = bidfile.requests(file, market.whose(team), at.fresh_key)
        asked = _asked(market, requests, market.sale(), dry_run=dry_run)
    pairs = [(request.key, answer) for request, answer in zip(requests, asked.answers, strict=True)]
    refused = [(key, one) for key, one in pairs if isinstance(one, MarketError | Refused)]
    if as_json:
        from api.wire.refusal import Refusal

        facts = {
            "orders": [order.document() for order in asked.placed],
            "refused": [Refusal.of(key, one, sentence(one)).document() for key, one in refused],
            "meets": asked.meets,
            "dry_run": dry_run,
        }
        show.document(facts)
    else:
        _show_answers(pairs, asked.sale, dry_run=dry_run)
    warn_below_reserve([order.to_order() for order in asked.placed], asked.pools)
    if refused:
        unknown_team = len({str(one) for _, one in refused}) == 1 and not asked.placed
        raise typer.Exit(exits.exit_code(refused[0][1]) if unknown_team else exits.NO)


def _show_answers(
    pairs: Sequence[tuple[str, "wire.Order | Refusal"]], sale: "Sale", *, dry_run: bool
) -> None:
    rows = [
        (key, "refused", "", sentence(answer))
        if isinstance(answer, MarketError | Refused)
        else (
            key,
            answer.state,
            credits_text(answer.to_order().held_ucr),
            "" if dry_run else answer.id,
        )
        for key, answer in pairs
    ]
    title = "Nothing was placed; this is what would be" if dry_run else "Bids"
    show.table(title, ("key", "", ">credits held", "order, or why not"), rows)
    taken = sum(1 for _, answer in pairs if not isinstance(answer, MarketError | Refused))
    would = "would be " if dry_run else ""
    show.say(f"{taken:,} {would}taken, {len(pairs) - taken:,} {would}refused; {_closing(sale)}.")


def _closing(sale: "Sale") -> str:
    if not sale.overdue:
        return f"cycle {sale.cycle_id} closes at {zulu(sale.closes_at)}"
    return (
        f"cycle {sale.cycle_id} closed at {zulu(sale.closes_at)} and has not run yet; it runs by "
        f"`gpumarket cycle run`, and if it runs now it sells from {zulu(sale.start)} on"
    )
