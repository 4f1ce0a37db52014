"""``tick``: run the spot market's tick that is due."""

import time
from typing import TYPE_CHECKING, Final

import typer

from api.cli import show
from api.cli.desk import AsJson, desk
from api.cli.values import Document, counted, credits_text, stamp, zulu

if TYPE_CHECKING:
    from marketplace.domain.tick import Ticked

BREATH_S: Final = 0.05
"""How long billing rests after each part: longer than a part takes. SQLite's waiters look again
ten times in their first eighth of a second, so hardly any of them misses every rest."""

app = typer.Typer(help="The spot market's ticks.")


def breathe() -> None:
    """Let other processes write."""
    time.sleep(BREATH_S)


@app.command("run")
def run(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Run the tick that is due: end what is over, bill the hour, start and give notice, publish
    the prices. Ticks that were missed are made up for by one; run again, it changes nothing."""
    from marketplace.services import clock, tick

    at = desk(ctx)
    with at.store() as store, show.waiting("running the tick"):
        found = clock.run_tick(at.runner(store), at.now, by=at.actor(), pause=breathe)
        due = tick.next_due(store)
    if as_json:
        show.document(_document(found) | {"next_due": stamp(due) if due else None})
        return
    if found is None:
        show.say(f"No tick is due; the next one is at {zulu(due)}." if due else "There is no pool.")
        return
    show.say(
        f"Tick of {zulu(found.due_at)}: {counted(len(found.started), 'start')}, "
        f"{counted(len(found.noticed), 'interruption notice')}, "
        f"{len(found.lost):,} lost, {len(found.at_risk):,} at risk."
    )
    rows = [
        (
            one.pool,
            credits_text(one.price_ucr),
            one.decided_by,
            f"{one.wanted:,}",
            f"{one.supply:,}",
            f"{one.used:,}",
        )
        for one in found.prices
    ]
    show.table("", ("pool", ">price", "decided by", ">wanted", ">supply", ">used"), rows)


def advance(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Bring the market up to date with the clock: what time alone decides, and the tick and the
    cycle that are due. From cron every minute it is all that a market needs to run by itself."""
    from marketplace.services import clock

    at = desk(ctx)
    with at.store() as store, show.waiting("letting time pass"):
        stop = at.guard(store)
        done = clock.advance(
            at.runner(store), at.now, at.salt(), by=at.actor(), stop=stop, pause=breathe
        )
        coming = clock.next_due(store)
    if as_json:
        from api.wire.cycle import Cycle
        from api.wire.reservation import TimeBox

        facts = {
            "reservations": [TimeBox.of(one).document() for one in done.changed],
            "tick": _document(done.tick),
            "cycle": Cycle.of(done.run.cycle).document() if done.run else None,
            "indicative": stamp(done.indicative.due_at) if done.indicative else None,
            "next": [{"at": stamp(one.at), "what": one.what} for one in coming],
        }
        show.document(facts)
        return
    told = [counted(len(done.changed), "reservation") + " changed"]
    told += [f"the tick of {zulu(done.tick.due_at)} ran"] if done.tick else []
    told += [f"cycle {done.run.cycle.id} is {done.run.cycle.state.value}"] if done.run else []
    if done.indicative:
        told.append(f"the indicative prices of {zulu(done.indicative.due_at)} are told")
    show.say(f"{', '.join(told)}.")
    for one in coming:
        show.say(f"Next: {one.what} at {zulu(one.at)}.")


def _document(found: "Ticked | None") -> Document:
    if found is None:
        return {"ran": False}
    from api.wire import price as wire

    names = ("started", "noticed", "lost", "at_risk")
    return {
        "ran": True,
        "due_at": stamp(found.due_at),
        "prices": [wire.TickPrice.of(one).document() for one in found.prices],
    } | {name: [one.id for one in getattr(found, name)] for name in names}
