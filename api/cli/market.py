"""``init`` and ``--version``: start a market in a database; which program this is."""

from datetime import timedelta
from importlib import metadata
from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, desk
from api.cli.values import stamp, text_of_duration, zulu


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        show.say(f"gpumarket {metadata.version('gpumarket')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say it and end.")
]


def init(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Start a market in the database, or bring an older database up to date."""
    from marketplace.rules import MarketRules
    from marketplace.services import market
    from marketplace.services.runner import Runner
    from marketplace.store.engine import connect, schema_version

    at = desk(ctx)
    store = connect(at.address())
    try:
        before = schema_version(store)
        Runner.open_market(store, MarketRules(), by=at.actor(), at=at.now, secret=at.salt())
        rules, cycle = market.now_showing(store)
    finally:
        store.close()
    if as_json:
        facts = {
            "database": at.address(),
            "created": not before,
            "rules": rules.document(),
            "cycle": cycle.id,
            "closes_at": stamp(cycle.closes_at),
        }
        show.document(facts)
        return
    done = "is a market already; nothing was changed" if before else "is a new market"
    show.say(f"{at.address()} {done}.")
    period = text_of_duration(timedelta(minutes=rules.cycle_minutes))
    show.say(
        f"Cycle {cycle.id} takes orders until {zulu(cycle.closes_at)}; a cycle closes every "
        f"{period}, slots are {rules.slot_minutes} minutes."
    )
    if not before:
        show.say("Next: `gpumarket pool add`, `gpumarket team add`, `gpumarket grant add`.")
