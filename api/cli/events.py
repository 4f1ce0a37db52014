"""``events``, ``watch`` and ``consumer``: what has happened, and who reads it by a name."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api import cursors
from api.cli import show
from api.cli.desk import After, AsJson, Limit, desk
from api.cli.trading import through_service, trading
from api.cli.values import from_zero, positive, typed, zulu
from marketplace.domain.page import LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.wire.event import Event

consumer_app = typer.Typer(help="Who reads events by a name, and how far they have read.")
AT_ONCE: Final = 50
ReadingTeam = Annotated[
    str, typer.Option("--team", "-t", help="What this team may read, as one of its members.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The consumer's name.")]


def events(
    ctx: typer.Context,
    *,
    after: Annotated[
        int | None,
        typer.Option(
            parser=typed(from_zero), metavar="ID", help="From the one after this event on."
        ),
    ] = None,
    limit: Limit = AT_ONCE,
    kind: Annotated[
        str, typer.Option(help="One kind, like order.filled, or all of a noun, like order.")
    ] = "",
    team: ReadingTeam = "",
    as_json: AsJson = False,
) -> None:
    """Show what has happened, the newest at the end; after an event with --after.

    Without --team it is all that you may read: on a database what operators and finance may, which
    is no open bid of any team."""
    with trading(desk(ctx), quiet=as_json) as market:
        found = market.events(team, kind, after, limit)
    if as_json:
        show.document(found.document())
        return
    _show(found.items)
    show.goes_on(found.next)


def watch(
    ctx: typer.Context,
    *,
    after: Annotated[
        int | None,
        typer.Option(parser=typed(from_zero), metavar="ID", help="Those after this event first."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="One kind, like order.filled, or all of a noun, like order (repeat)."),
    ] = None,
    team: ReadingTeam = "",
    count: Annotated[
        int | None,
        typer.Option(parser=typed(positive), metavar="N", help="End after so many."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what happens as it happens, one line each, until Ctrl-C. It goes on where it was when
    the service comes back. What you see is what you may read."""
    instead = "`gpumarket events` reads here"
    with through_service(desk(ctx), "watch", instead, quiet=as_json) as client:
        for one in islice(client.follow(after=after, kinds=kind or (), team=team), count):
            if as_json:
                show.line(one.document())
            else:
                show.say(f"{one.id}  {zulu(one.at)}  {one.kind}: {_sentence(one.data)}")


def _show(found: "Sequence[Event]") -> None:
    rows = [
        (str(one.id), zulu(one.at), one.kind, ", ".join(one.audience), _sentence(one.data))
        for one in found
    ]
    columns = (">id", "at", "event", "for", "facts")
    show.table("Events", columns, rows, empty="There is no such event.")


def _sentence(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_fact(value)}" for name, value in facts.items())


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return f"({_sentence(value)})"
    if isinstance(value, list):
        return "; ".join(_fact(each) for each in value) or "none"
    return str(value) or "–"


@consumer_app.command("add")
def add(
    ctx: typer.Context,
    name: Name,
    *,
    reader: Annotated[
        str, typer.Option("--reader", help="As whom: operators, finance, everybody, team/TEAM.")
    ],
    as_json: AsJson = False,
) -> None:
    """Let somebody read events by a name, from the next one on. Events stay until it has read
    them."""
    from marketplace.domain.command import RegisterConsumer
    from marketplace.domain.event.audience import reader_of, text_of

    at = desk(ctx)
    asked = RegisterConsumer(name, reader_of(reader))
    with at.store() as store:
        made = at.do(store, asked)
    if as_json:
        from api.wire import consumer as wire

        show.document(wire.Consumer.named(made).document())
        return
    show.say(
        f"{made.name} reads as {text_of(made.reader)} from now on. "
        f"Next: `gpumarket consumer read {made.name}`."
    )


@consumer_app.command("list")
def list_consumers(
    ctx: typer.Context, *, after: After = "", limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Show consumers by name, and how many events each has still to read past."""
    from marketplace.domain.event.audience import text_of
    from marketplace.services import event

    with desk(ctx).store() as store:
        place = cursors.place_of("consumers", after)
        found = event.consumers(store, after=place, limit=limit)
    if as_json:
        from api.wire import consumer as wire

        show.page("consumers", found, wire.Reading.of)
        return
    rows = [
        (
            one.cursor.consumer.name,
            text_of(one.cursor.consumer.reader),
            str(one.cursor.position),
            f"{one.behind:,}",
            zulu(one.cursor.moved_at) if one.cursor.moved_at else "never",
        )
        for one in found
    ]
    columns = ("consumer", "reads as", ">has read up to", ">events behind", "last read")
    empty = "Nobody reads events by a name; `gpumarket consumer add` lets somebody."
    show.table("Consumers", columns, rows, empty=empty)
    show.more("consumers", found)


@consumer_app.command("read")
def read(
    ctx: typer.Context, name: Name, *, limit: Limit = AT_ONCE, as_json: AsJson = False
) -> None:
    """Print a consumer's next events, and move its cursor past them once they are printed: who dies
    before is told them again."""
    from api.wire.event import Event
    from marketplace.services import event

    at = desk(ctx)
    with at.store() as store:
        found = event.unread(store, name, limit)
        told = [Event.of(one) for one in found]
        if as_json:
            show.document([one.document() for one in told])
        else:
            _show(told)
        if found:
            event.acknowledge(store, name, found[-1].id, at.now)


@consumer_app.command("remove")
def remove(ctx: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """Forget a consumer: no event is kept for it any more."""
    from marketplace.domain.command import RemoveConsumer

    at = desk(ctx)
    with at.store() as store:
        gone = at.do(store, RemoveConsumer(name))
    if as_json:
        show.document({"consumer": gone.name})
        return
    show.say(f"{gone.name} reads no more.")
