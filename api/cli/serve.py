"""``serve``: the market over HTTP, with its clock."""

import sys
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import show
from api.cli.desk import AsJson, Desk, desk
from api.cli.market import begins_now
from api.cli.refusals import Misuse

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.rest.limits import Rate
    from marketplace.store.engine import Store


class ClockKind(StrEnum):
    """What moves the market's time."""

    REAL = "real"
    MANUAL = "manual"


def serve(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The port to listen at.")] = 8000,
    rate: Annotated[
        int, typer.Option(min=1, help="Requests a second that each token may send.")
    ] = 50,
    burst: Annotated[
        int, typer.Option(min=1, help="Requests that it may send at once, after a rest.")
    ] = 200,
    clock: Annotated[
        ClockKind, typer.Option(help="manual: for tests; POST /v1/test/advance moves it.")
    ] = ClockKind.REAL,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="With --clock manual: the same names in every run."),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Serve a made-up organisation's last six days and today, in a database of its own "
            "(--database names a new one), with a token for a person of each role.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the market: teams bid over HTTP, and what falls due is done by itself.

    A database that is not there yet is made, and a link is printed by which its first administrator
    signs in. Ctrl-C stops it: what is being written is finished first."""
    from api.cli import served_demo
    from api.rest.limits import Rate
    from api.service import server

    at, tokens = desk(ctx), dict[str, str]()
    if seed is not None and clock is ClockKind.REAL:
        raise Misuse("--seed", seed, "only a manual clock may be foreseen: --clock manual")
    if demo:
        if _unnamed(ctx):
            at = replace(at, database=served_demo.new_file())
        tokens = served_demo.lived(at)
    if clock is ClockKind.REAL:
        begins_now(at)
    link = _opened(at, clock)
    with at.store() as store:
        app = _app(store, clock, Rate(rate, burst), at.now if at.moved else None, seed)
        where = f"http://{host}:{port}"
        sign_in = f"{where}/sign-in?token={link}" if link else None
        if as_json:
            facts = {"address": where, "database": store.where, "sign_in": sign_in}
            show.document(facts | ({"tokens": tokens} if demo else {}))
        else:
            if sign_in:
                show.say(f"A new market. Sign in, once, within a day:\n  {sign_in}")
            if tokens:
                served_demo.tell(tokens, where)
            show.say(f"The market {store.where} is served at {where}; Ctrl-C stops it.")
        sys.stdout.flush()
        server.run(app, host, port, as_json=as_json)


def _unnamed(ctx: typer.Context) -> bool:
    """Whether no database was named."""
    source = ctx.find_root().get_parameter_source("database")
    return source is not None and source.name == "DEFAULT"


def _app(
    store: "Store", clock: ClockKind, rate: "Rate", start: datetime | None, seed: int | None
) -> "FastAPI":
    """The service on that clock, a new manual one from ``start`` on. Raises ``BadField`` where the
    database runs on the other."""
    from api.rest.market import Market
    from api.service import manual_clock, server
    from api.service.host_clock import HostClock
    from marketplace.services.manual_clock import refuse

    if clock is ClockKind.REAL:
        refuse(store)
        return server.served(Market(store, HostClock(store)), rate)
    by_hand = manual_clock.ManualClock(store, start, seed)
    return server.served_by_hand(Market(store, by_hand, stands=True), by_hand, rate)


def _opened(at: Desk, clock: ClockKind) -> str:
    """Bring the database up to date; where there is no market in it yet, start one, and give the
    token by which its first administrator signs in."""
    from api import heartbeat
    from api.service import first_run
    from marketplace.rules import MarketRules
    from marketplace.services import host_clock, manual_clock, market
    from marketplace.services.runner import Runner
    from marketplace.store.engine import connect, prepared

    store = connect(at.address())
    try:
        new = not (prepared(store) and market.exists(store))
        stands = None if new else manual_clock.stand(store)
        now = max(at.now, stands) if stands else at.now
        runner = Runner.open_market(store, MarketRules(), by=at.actor(), at=now, secret=at.salt())
        if new and clock is ClockKind.REAL:
            host_clock.remember(store, now, heartbeat.beat())
        return first_run.sign_in_token(runner, at.actor(), now) if new else ""
    finally:
        store.close()
