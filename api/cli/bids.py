"""``bid``: offer credits for reserved time, one bid from flags or many from a file."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import documents, exits, show
from api.cli.desk import TIME, TIME_HELP, AsJson, Desk, Team, desk
from api.cli.values import (
    When,
    above_zero_ucr,
    credits_text,
    duration,
    positive,
    stamp,
    text_of_duration,
    typed,
    when,
    zulu,
)
from marketplace.errors import BadField, MarketError

if TYPE_CHECKING:
    from marketplace.domain.cycle import Cycle
    from marketplace.domain.order import Order, OrderRequest
    from marketplace.rules import MarketRules

A_DAY: Final = timedelta(days=1)
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
        help=f"Latest start. {TIME_HELP} By default the earliest start + 24 h.",
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
    _all_there(flags)
    from marketplace.domain.order import Leg, Option, OrderRequest, Tags

    start, end = _window(at, earliest, latest)
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


def _all_there(flags: Mapping[str, object]) -> None:
    for flag, given in flags.items():
        if given in (None, ""):
            raise typer.BadParameter("say it, or give --file", param_hint=flag)


def _window(at: Desk, earliest: When | None, latest: When | None) -> tuple[datetime, datetime]:
    """The starts that the flags ask for, the market's own defaults filled in."""
    from marketplace.services import market

    with at.store() as store:
        rules, cycle = market.now_showing(store)
    sale_start = rules.sale_start(cycle.closes_at)
    first = earliest.on_slot(at.now, rules.slot) if earliest else sale_start
    last = latest.on_slot(at.now, rules.slot) if latest else first + A_DAY
    return first, last


def _place_one(at: Desk, request: "OrderRequest", *, dry_run: bool, as_json: bool) -> None:
    [answer], rules, cycle = _answers(at, [request], dry_run=dry_run)
    if isinstance(answer, MarketError):
        raise in_flags(answer)
    if as_json:
        meets = {"cycle": cycle.id, "closes_at": stamp(cycle.closes_at)}
        show.document(documents.of_order(answer) | {"meets": meets, "dry_run": dry_run})
        return
    [option] = request.options
    if dry_run:
        show.say("Nothing was placed; this is what would be.")
    show.say(
        f"Order {answer.id} of {answer.team} is {answer.state.value}: "
        f"{credits_text(answer.held_ucr)} credits are held until it ends."
    )
    show.say(f"It may start from {zulu(option.earliest_start)} to {zulu(option.latest_start)}.")
    show.say(_meeting(answer, rules, cycle))


def in_flags(refusal: MarketError) -> MarketError:
    """A refusal of an order made by flags, with the flag's name in place of the field's path."""
    if isinstance(refusal, BadField) and refusal.field.startswith("options["):
        flag = refusal.field.rpartition(".")[2].removesuffix("_start")
        return BadField(f"--{flag}", _told(refusal.value), refusal.because)
    return refusal


def _told(value: object) -> object:
    return text_of_duration(value) if isinstance(value, timedelta) else value


def _meeting(order: "Order", rules: "MarketRules", cycle: "Cycle") -> str:
    """Which cycle the order meets first."""
    sale_start = rules.sale_start(cycle.closes_at)
    on_sale_until = sale_start + rules.start_slots * rules.slot
    earliest = min(option.earliest_start for option in order.request.options)
    if not order.open:
        return f"It has ended: {order.reason}."
    if earliest >= on_sale_until:
        return (
            f"Its start is not on sale yet: {cycle.id} sells starts before {zulu(on_sale_until)}; "
            "it waits for a later cycle."
        )
    return (
        f"It meets cycle {cycle.id}, which closes at {zulu(cycle.closes_at)} and sells from "
        f"{zulu(sale_start)}."
    )


def _answers(
    at: Desk, requests: Sequence["OrderRequest"], *, dry_run: bool
) -> tuple[list["Order | MarketError"], "MarketRules", "Cycle"]:
    from marketplace.services import market
    from marketplace.services import order as orders

    with at.store() as store:
        ask = orders.try_out if dry_run else orders.place
        answers = ask(store, requests, at.now)
        rules, cycle = market.now_showing(store)
    return answers, rules, cycle


def _place_file(at: Desk, file: str, team: str, *, dry_run: bool, as_json: bool) -> None:
    from api.cli import bidfile

    requests = bidfile.requests(file, team, at.fresh_key)
    answers, _, cycle = _answers(at, requests, dry_run=dry_run)
    pairs = list(zip(requests, answers, strict=True))
    refused = [(request.key, one) for request, one in pairs if isinstance(one, MarketError)]
    placed = [one for one in answers if not isinstance(one, MarketError)]
    if as_json:
        facts = {
            "orders": [documents.of_order(order) for order in placed],
            "refused": [documents.of_refusal(key, refusal) for key, refusal in refused],
            "meets": {"cycle": cycle.id, "closes_at": stamp(cycle.closes_at)},
            "dry_run": dry_run,
        }
        show.document(facts)
    else:
        _show_answers(pairs, cycle, dry_run=dry_run)
    if refused:
        unknown_team = len({str(refusal) for _, refusal in refused}) == 1 and not placed
        raise typer.Exit(exits.exit_code(refused[0][1]) if unknown_team else exits.NO)


def _show_answers(
    pairs: Sequence[tuple["OrderRequest", "Order | MarketError"]],
    cycle: "Cycle",
    *,
    dry_run: bool,
) -> None:
    rows = [
        (request.key, "refused", "", str(answer))
        if isinstance(answer, MarketError)
        else (request.key, answer.state.value, credits_text(answer.held_ucr), answer.id)
        for request, answer in pairs
    ]
    title = "Nothing was placed; this is what would be" if dry_run else "Bids"
    show.table(title, ("key", "", ">credits held", "order, or why not"), rows)
    taken = sum(1 for _, answer in pairs if not isinstance(answer, MarketError))
    show.say(
        f"{taken} taken, {len(pairs) - taken} refused; cycle {cycle.id} closes at "
        f"{zulu(cycle.closes_at)}."
    )
