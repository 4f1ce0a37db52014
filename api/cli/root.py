"""The command tree, and how a run of it ends: a code, and one sentence where it failed."""

import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Final

import typer

from api.cli import (
    accounts,
    adjustments,
    alerts,
    approvals,
    bids,
    books,
    calendars,
    clearing,
    clock,
    credit_lines,
    cycles,
    demo,
    events,
    exits,
    explaining,
    exporting,
    fitting,
    floors,
    grant_schedules,
    grants,
    indicative,
    insight,
    login,
    market,
    months,
    orders,
    overrides,
    policies,
    pool_changes,
    pools,
    preview,
    prices,
    recurring,
    refusals,
    reservations,
    rules,
    serve,
    show,
    simulating,
    spot,
    taking,
    teams,
    themes,
    ticks,
    tokens,
    transfers,
    unserved,
    usage,
    whatif,
    windows,
)
from api.cli.desk import TIME, Desk
from api.cli.values import When, typed, when
from api.compiled import place_cache

ABOUT: Final = (
    "GPU Market: teams bid credits for GPU time, a solver clears, everybody can check.\n\n"
    "Exit codes: 0 done; 1 the answer is no (a refused bid, a failed verify); 2 bad usage or "
    "input; 130 interrupted (Ctrl-C, SIGTERM). Times are UTC, and read only with their offset."
)

COLLECT_AFTER: Final = 20_000
"""So many new objects are looked through for garbage at a time. A start makes as many and drops
none of them: to look through them a few hundred at a time took a fifth of it."""

app = typer.Typer(
    name="gpumarket",
    help=ABOUT,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@app.callback()
def root(
    ctx: typer.Context,
    *,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="GPUMARKET_DATABASE",
            metavar="FILE",
            help="The market's database, or its URL; else market.db here. Where none is named, "
            "what teams do goes through the service that you are signed in to.",
        ),
    ] = None,
    at: Annotated[
        When | None,
        typer.Option(
            parser=typed(when),
            metavar=TIME,
            help="Act as if it were this time: in a market made by init --manual-clock.",
        ),
    ] = None,
    version: market.Version = False,  # noqa: ARG001 - its own callback answers and ends
) -> None:
    """What all commands share."""
    now = datetime.now(UTC).replace(microsecond=0)
    ctx.obj = Desk(database, at.on(now) if at else now, moved=at is not None)


app.command("init")(market.init)
app.command("serve")(serve.serve)
app.command("login")(login.login)
app.command("logout")(login.logout)
app.command("whoami")(login.whoami)
pools.app.command("price")(pool_changes.price)
pools.app.command("retire")(pool_changes.retire)
pools.app.command("reopen")(pool_changes.reopen)
pools.app.command("unserved")(unserved.unserved)
pools.app.command("windows")(windows.list_all)
pools.app.command("window")(windows.add)
pools.app.command("window-end")(windows.end)
pools.app.command("recur")(recurring.recur)
pools.app.command("override")(overrides.override)
pools.app.command("overrides")(overrides.list_overrides)
pools.app.command("override-cancel")(overrides.cancel)
app.add_typer(pools.app, name="pool")
app.add_typer(teams.team_app, name="team")
grants.app.command("schedule", cls=grants.TakesNegatives)(grant_schedules.schedule)
grants.app.command("schedule-change", cls=grants.TakesNegatives)(grant_schedules.change)
grants.app.command("schedule-end")(grant_schedules.end)
grants.app.command("schedules")(grant_schedules.list_schedules)
app.add_typer(grants.app, name="grant")
app.add_typer(adjustments.app, name="adjustment")
app.add_typer(months.app, name="month")
app.add_typer(transfers.app, name="transfer")
app.add_typer(credit_lines.app, name="credit-line")
app.command("bid", help=bids.ABOUT)(bids.bid)
app.command("take")(taking.take)
app.command("extend")(taking.extend)
app.command("preview")(preview.preview)
app.add_typer(orders.app, name="orders")
app.command("explain")(explaining.explain_order)
app.add_typer(cycles.app, name="cycle")
app.add_typer(reservations.app, name="reservations")
app.command("balance")(accounts.balance)
app.command("prices")(prices.prices)
app.command("indicative")(indicative.indicative)
app.command("floors")(floors.floors)
app.command("statement")(accounts.statement)
app.command("spend")(insight.spend)
app.command("value-map")(insight.value_map)
app.add_typer(calendars.app, name="calendar")
app.add_typer(books.app, name="ledger")
app.add_typer(exporting.app, name="export")
books.app.command("export")(exporting.ledger)
app.add_typer(spot.app, name="spot")
app.add_typer(ticks.app, name="tick")
app.add_typer(clock.app, name="clock")
app.command("advance")(ticks.advance)
app.command("events")(events.events)
app.command("watch")(events.watch)
app.add_typer(events.consumer_app, name="consumer")
app.add_typer(tokens.app, name="token")
app.add_typer(rules.app, name="rules")
app.add_typer(policies.app, name="policy")
app.add_typer(themes.app, name="themes")
app.add_typer(alerts.app, name="alerts")
app.add_typer(approvals.app, name="approval")
app.add_typer(usage.app, name="usage")
app.add_typer(fitting.app, name="pricing")
app.command("clear")(clearing.clear)
app.command("verify")(clearing.verify)
explaining.app.command("whatif")(whatif.whatif)
app.add_typer(explaining.app, name="clearing")
app.command("demo")(demo.demo)
app.add_typer(simulating.app, name="sim")


def main() -> None:
    """The program ``gpumarket``."""
    gc.set_threshold(COLLECT_AFTER)
    place_cache()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. A failure is told in one line on stderr: a sentence, or
    JSON with ``--json``."""
    as_json = "--json" in arguments
    show.spell_out()
    try:
        code = _invoke(arguments, as_json=as_json)
        sys.stdout.flush()
    except (show.NobodyReads, BrokenPipeError):
        _silence()
        return exits.DONE
    except OSError as bad:
        if bad.filename is None:
            _silence()
        return _told(exits.BAD, refusals.of_output(bad), as_json=as_json)
    return code


@cache
def command() -> Callable[..., int | None]:
    """The tree, built once: many commands may be run in one process."""
    return typer.main.get_command(app)


def _invoke(arguments: Sequence[str], *, as_json: bool) -> int:
    try:
        answer = command()(list(arguments), prog_name="gpumarket", standalone_mode=False)
    except typer.Abort:  # a question that was not answered
        answer = exits.INTERRUPTED
    except (show.NobodyReads, OSError):
        raise
    except typer.TyperException as misuse:
        if not str(misuse):  # the help was shown in place of a command
            return exits.BAD
        return _told(*refusals.told(misuse), as_json=as_json)
    except Exception as failure:  # noqa: BLE001 - the last resort: never a traceback
        return _told(*refusals.told(failure), as_json=as_json)
    if answer == exits.INTERRUPTED:
        return _told(answer, refusals.interrupted(), as_json=as_json)
    return answer if isinstance(answer, int) else exits.DONE


def _told(code: int, said: refusals.Document, *, as_json: bool) -> int:
    """One sentence on stderr, or one line of JSON."""
    line = json.dumps(said) if as_json else f"gpumarket: {said['message']}"
    show.note(line)
    return code


def _silence() -> None:
    """Send what is left in stdout's buffer nowhere, so that the interpreter's end is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
