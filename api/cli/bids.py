"""``bid``: offer credits for reserved time, one bid from flags or many from a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import exits, show
from api.cli.desk import TIME, TIME_HELP, AsJson, Desk, Team, desk
from api.cli.refusals import in_flags, sentence
from api.cli.values import Document, When, credits_text, positive, typed, when, zulu
from api.texts import above_zero_ucr, duration
from marketplace.errors import MarketError

if TYPE_CHECKING:
    from marketplace.domain.capacity import Pool
    from marketplace.domain.cycle import Cycle
    from marketplace.domain.order import Order, OrderRequest
    from marketplace.rules import MarketRules

FILE_HELP = 'A JSON list of bids, "-" for stdin; .gz is read too. See `gpumarket bid --help`.'
ABOUT: Final = """Offer credits for reserved time: what the dearest option is worth is held at once.

One bid by flags, or many with --file: a JSON list of

{"key": "run-7", "options": [{"value": "84.0", "earliest_start": "2026-11-24T01:00Z",
"latest_start": "2026-11-25T01:00Z", "legs": [{"pool": "h100", "quantity": 8, "duration": "8h",
"offset": "0h"}]}], "standing": false, "valid_until": null, "project": "", "theme": "",
"cost_centre": ""}

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
File = Annotated[str, typer.Option("--file", metavar="BIDS.json", help=FILE_HELP)]


def bid(
    ctx: typer.Context,
    *,
    team: Team,
    pool: Annotated[str, typer.Option("--pool", "-p", metavar="POOL")] = "",
    quantity: Quantity = None,
    length: Length = None,
    value_ucr: Value = None,
    earliest: Earliest = None,
    latest: Latest = None,
    standing: Annotated[bool, typer.Option("--standing", help="Stay until it wins.")] = False,
    valid_until: ValidUntil = None,
    project: Annotated[str, typer.Option(help="What it is for.")] = "",
    theme: Annotated[str, typer.Option(help="The strategic purpose.")] = "",
    cost_centre: Annotated[str, typer.Option(help="Who accounts for it.")] = "",
    key: Annotated[str, typer.Option(help="Makes a repeat harmless.")] = "",
    file: File = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Offer credits for reserved time."""
    at = desk(ctx)
    flags = {"--pool": pool, "--quantity": quantity, "--duration": length, "--value": value_ucr}
    tags = {"--project": project, "--theme": theme, "--cost-centre": cost_centre, "--key": key}
    more = {"--earliest": earliest, "--latest": latest, "--valid-until": valid_until}
    if file:
        _nothing_beside_file(flags | more | tags | {"--standing": standing})
        _place_file(at, file, team, dry_run=dry_run, as_json=as_json)
        return
    all_there(flags)
    from marketplace.domain.order import Leg, Option, OrderRequest
    from marketplace.domain.transfer import Tags

    start, end = window_of(at, earliest, latest)
    leg = Leg(pool=pool, quantity=quantity or 0, duration=length or timedelta(0))
    option = Option(value_ucr=value_ucr or 0, earliest_start=start, latest_start=end, legs=(leg,))
    request = OrderRequest(
        team=team,
        key=key or at.fresh_key(),
        options=(option,),
        standing=standing,
        valid_until=valid_until.on(at.now) if valid_until else None,
        tags=Tags(project=project, theme=theme, cost_centre=cost_centre),
    )
    _place_one(at, request, dry_run=dry_run, as_json=as_json)


def _nothing_beside_file(flags: Mapping[str, object]) -> None:
    for flag, given in flags.items():
        if given not in (None, "", False):
            raise typer.BadParameter("it stands in the file; leave it out", param_hint=flag)


def all_there(flags: Mapping[str, object]) -> None:
    """Refuse a bid by flags that leaves one of these out."""
    for flag, given in flags.items():
        if given in (None, ""):
            raise typer.BadParameter("say it, or give --file", param_hint=flag)


def window_of(at: Desk, earliest: When | None, latest: When | None) -> tuple[datetime, datetime]:
    """The starts that the flags ask for, the market's own defaults filled in."""
    from marketplace.services import market
    from marketplace.services import order as orders

    with at.store() as store:
        slot = market.now_showing(store)[0].slot
        first = earliest.on_slot(at.now, slot) if earliest else None
        last = latest.on_slot(at.now, slot) if latest else None
        return orders.window(store, at.now, first, last)


def _place_one(at: Desk, request: "OrderRequest", *, dry_run: bool, as_json: bool) -> None:
    asked = _asked(at, [request], dry_run=dry_run)
    [answer] = asked.answers
    if isinstance(answer, MarketError):
        raise in_flags(answer)
    if as_json:
        from api.wire import order as wire

        facts = wire.Order.of(answer).document()
        show.document(facts | {"meets": asked.meets, "dry_run": dry_run})
    elif dry_run:
        show.say(
            f"Nothing was placed. {answer.team} would have an {answer.state.value} order, and "
            f"{credits_text(answer.held_ucr)} credits would be held until it ends."
        )
        show.say(f"It might start from {starts_text(answer)}.")
        show.say(_meeting(answer, asked))
    else:
        show.say(
            f"Order {answer.id} of {answer.team} is {answer.state.value}: "
            f"{credits_text(answer.held_ucr)} credits are held until it ends."
        )
        show.say(f"It may start from {starts_text(answer)}.")
        show.say(_meeting(answer, asked))
    warn_below_reserve([answer], asked.pools)


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


def _meeting(order: "Order", asked: "_Asked") -> str:
    """Which cycle the order meets first."""
    from marketplace.domain.terms import Meets, meeting

    found = meeting(order, asked.cycle, asked.rules, asked.now)
    cycle = found.cycle
    if found.meets is Meets.NONE:
        return f"It has ended: {order.reason}."
    if found.meets is Meets.LATER:
        return (
            f"Its start is not on sale yet: {cycle.id} sells starts before "
            f"{zulu(found.starts_before)}; it waits for a later cycle."
        )
    if found.meets is Meets.OVERDUE:
        sentence = _closing(asked)
        return f"{sentence[0].upper()}{sentence[1:]}."
    return (
        f"It meets cycle {cycle.id}, which closes at {zulu(cycle.closes_at)} and sells from "
        f"{zulu(found.sale_start)}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the market said to some requests, and what it was asked against."""

    answers: "list[Order | MarketError]"
    rules: "MarketRules"
    cycle: "Cycle"
    pools: "Mapping[str, Pool]"
    now: datetime

    @property
    def meets(self) -> Document:
        """The cycle that takes orders now, as data."""
        from api.wire.cycle import Meets

        return Meets.of(self.cycle, self.now).document()


def _asked(at: Desk, requests: Sequence["OrderRequest"], *, dry_run: bool) -> _Asked:
    from marketplace.domain.command import PlaceOrder
    from marketplace.services import capacity, market
    from marketplace.services import order as orders
    from marketplace.services.runner import Runner

    with at.store() as store:
        if dry_run:
            answers = orders.try_out(store, requests, at.now)
        else:
            team = requests[0].team if requests else ""
            bids = [PlaceOrder(request) for request in requests]
            answers = Runner(store).run_all(bids, by=at.actor(team), at=at.now)
        rules, cycle = market.now_showing(store)
        pools = capacity.named(store, orders.pools_of(requests))
    return _Asked(answers=answers, rules=rules, cycle=cycle, pools=pools, now=at.now)


def _place_file(at: Desk, file: str, team: str, *, dry_run: bool, as_json: bool) -> None:
    from api.cli import bidfile

    requests = bidfile.requests(file, team, at.fresh_key)
    asked = _asked(at, requests, dry_run=dry_run)
    pairs = list(zip(requests, asked.answers, strict=True))
    refused = [(request.key, one) for request, one in pairs if isinstance(one, MarketError)]
    placed = [one for one in asked.answers if not isinstance(one, MarketError)]
    if as_json:
        from api.wire.order import Order
        from api.wire.refusal import Refusal

        facts = {
            "orders": [Order.of(order).document() for order in placed],
            "refused": [Refusal.of(key, one, sentence(one)).document() for key, one in refused],
            "meets": asked.meets,
            "dry_run": dry_run,
        }
        show.document(facts)
    else:
        _show_answers(pairs, asked, dry_run=dry_run)
    warn_below_reserve(placed, asked.pools)
    if refused:
        unknown_team = len({str(refusal) for _, refusal in refused}) == 1 and not placed
        raise typer.Exit(exits.exit_code(refused[0][1]) if unknown_team else exits.NO)


def _show_answers(
    pairs: Sequence[tuple["OrderRequest", "Order | MarketError"]],
    asked: _Asked,
    *,
    dry_run: bool,
) -> None:
    rows = [
        (request.key, "refused", "", sentence(answer))
        if isinstance(answer, MarketError)
        else (
            request.key,
            answer.state.value,
            credits_text(answer.held_ucr),
            "" if dry_run else answer.id,
        )
        for request, answer in pairs
    ]
    title = "Nothing was placed; this is what would be" if dry_run else "Bids"
    show.table(title, ("key", "", ">credits held", "order, or why not"), rows)
    taken = sum(1 for _, answer in pairs if not isinstance(answer, MarketError))
    would = "would be " if dry_run else ""
    show.say(f"{taken:,} {would}taken, {len(pairs) - taken:,} {would}refused; {_closing(asked)}.")


def _closing(asked: _Asked) -> str:
    from marketplace.domain.cycle import next_closing

    cycle, rules, now = asked.cycle, asked.rules, asked.now
    if now < cycle.closes_at:
        return f"cycle {cycle.id} closes at {zulu(cycle.closes_at)}"
    sale_start = rules.sale_start(next_closing(cycle, rules, now))
    return (
        f"cycle {cycle.id} closed at {zulu(cycle.closes_at)} and has not run yet; it runs by "
        f"`gpumarket cycle run`, and if it runs now it sells from {zulu(sale_start)} on"
    )
