"""``init`` and ``--version``: start a market in a database; which program this is."""

from datetime import timedelta
from importlib import metadata
from typing import Annotated, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, Desk, desk
from api.cli.refusals import Misuse
from api.cli.values import stamp, text_of_duration, zulu


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        show.say(f"gpumarket {metadata.version('gpumarket')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say it and end.")
]


def begins_now(at: Desk) -> None:
    """Raises ``Misuse`` where another time than now was given for a market on real time."""
    if at.moved:
        because = "a market on real time has no other; --manual-clock makes one to play with"
        raise Misuse("--at", zulu(at.now), because)


STARTS: Final = "A rule that the market starts with, like slot_minutes=30 (repeat)."


def init(
    ctx: typer.Context,
    *,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="RULE=VALUE", help=STARTS)
    ] = None,
    manual_clock: Annotated[
        bool,
        typer.Option(
            "--manual-clock",
            help="A market to play with: its time stands until --at, or a service's test route, "
            "moves it.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start a market in the database, or bring an older database up to date."""
    from api import heartbeat
    from api.cli.rule_changes import typed_changes
    from marketplace.rules import MarketRules
    from marketplace.services import host_clock, market
    from marketplace.services import manual_clock as by_hand
    from marketplace.services.runner import Runner
    from marketplace.store.engine import connect, schema_version

    at = desk(ctx)
    rules = MarketRules.from_document(dict(typed_changes(changes or ())))
    store = connect(at.address())
    try:
        before = schema_version(store)
        if before and changes:
            raise Misuse("--set", changes, "this market has begun: `gpumarket rules adopt`")
        if not (manual_clock or (before and by_hand.stand(store))):
            begins_now(at)
        Runner.open_market(store, rules, by=at.actor(), at=at.now, secret=at.salt())
        if manual_clock:
            by_hand.begin(store, at.now)
        elif not before:
            host_clock.remember(store, at.now, heartbeat.beat())
        rules, cycle = market.now_showing(store)
    finally:
        store.close()
    if as_json:
        facts = {
            "database": at.where,
            "created": not before,
            "rules": rules.document(),
            "cycle": cycle.id,
            "closes_at": stamp(cycle.closes_at),
        }
        show.document(facts)
        return
    done = "is a market already; nothing was changed" if before else "is a new market"
    show.say(f"{at.where} {done}.")
    period = text_of_duration(timedelta(minutes=rules.cycle_minutes))
    show.say(
        f"Cycle {cycle.id} takes orders until {zulu(cycle.closes_at)}; a cycle closes every "
        f"{period}, slots are {rules.slot_minutes} minutes."
    )
    if not before:
        show.say("Next: `gpumarket pool add`, `gpumarket team add`, `gpumarket grant add`.")
