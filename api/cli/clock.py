"""``clock``: which clock the market runs on, and what an operator says of the time."""

from typing import Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, Yes, desk
from api.cli.values import stamp, zulu

app = typer.Typer(help="The market's time: look, and put it right.")
Reason = Annotated[str, typer.Option(help="Why, for the journal.")]


@app.command("show")
def show_clock(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Show which clock the market runs on, what time it is there, and when something was done
    last."""
    from marketplace.services import journal

    at = desk(ctx)
    with at.store() as store:
        newest = journal.newest_at(store)
    kind = "manual" if at.by_hand else "real"
    if as_json:
        last = stamp(newest) if newest else None
        show.document({"clock": kind, "now": stamp(at.now), "newest": last})
        return
    where = "a clock that is moved by hand" if at.by_hand else "real time"
    show.say(f"The market runs on {where}; it is {zulu(at.now)}.")
    if newest:
        show.say(f"The newest entry is of {zulu(newest)}.")


@app.command("set")
def set_clock(
    ctx: typer.Context, *, reason: Reason, yes: Yes = False, as_json: AsJson = False
) -> None:
    """Say that it is now what this machine's clock says (a played market: what --at says), and let
    the market go on from there.

    For a market whose books have entries of a time that has not come, by a clock that was wrong;
    and for one that refuses a clock that is right. What was done stays done. The journal keeps who
    said so, when and why."""
    from api import heartbeat
    from marketplace.domain.command import SetClock
    from marketplace.services import host_clock, journal
    from marketplace.services.runner import Runner

    at = desk(ctx)
    with at.store() as store:
        newest = journal.newest_at(store)
        told = f", and the newest entry is of {zulu(newest)}" if newest else ""
        show.confirm(f"It is {zulu(at.now)}{told}. Go on from {zulu(at.now)}?", yes=yes)
        Runner(store).run(SetClock(at.now, reason), by=at.actor(), at=at.now)
        if not at.by_hand:
            host_clock.remember(store, at.now, heartbeat.beat())
    if as_json:
        show.document({"now": stamp(at.now), "newest": stamp(newest) if newest else None})
        return
    show.say(f"The market goes on from {zulu(at.now)}.")
