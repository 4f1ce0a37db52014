"""The service beside a bare route that writes one row with the same engine, in the same run."""

import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from api.rest.market import utc_now
from marketplace.domain.capacity import Pool, Window
from marketplace.domain.grant import Grant
from marketplace.domain.order import Leg, Option, OrderRequest
from marketplace.domain.team import Team
from marketplace.rules import MarketRules
from marketplace.services import cycle
from marketplace.store.engine import Store, connect
from tests.bench.cells import Bench
from tests.bench.load import Answered, Asked, load
from tests.bench.plan import Plan
from tests.bench.rows import Row
from tests.marketplace import hands
from tests.marketplace.bazaar import TEAMS
from tests.postgresql import a_server

EACH: Final = 100
BATCH: Final = 100
SERVE: Final = (sys.executable, "-c", "from api.cli import main; main()")
UNLIMITED: Final = ("--rate", "100000", "--burst", "100000")
"""So that no client is held to a rate."""

PATIENCE_S: Final = 60.0
P99_S: Final = 0.1
BIDS: Final = 20_000
CLEARING_S: Final = 300.0


def rows(_bench: Bench, _plan: Plan) -> Iterator[Row]:
    """Orders and reads a second of eight clients, beside the bare route's, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _on("service", f"{folder}/market.db", f"{folder}/bare.db")


def on_postgresql(_bench: Bench, _plan: Plan) -> Iterator[Row]:
    """The same on PostgreSQL."""
    with a_server(lasting=True) as server:
        yield from _on("service-postgresql", server.new_database(), server.new_database())


def _on(section: str, market: str, empty: str) -> Iterator[Row]:
    store = served_market(market, utc_now())
    give_tokens(store)
    store.close()
    row = partial(_row, section)
    bare = [sys.executable, "-m", "tests.bench.bare", empty]
    serve = [*SERVE, "--database", market, "serve", *UNLIMITED, "--port"]
    with running(bare) as beside, running(serve) as port:
        load(beside, _bare, 20)
        warm = load(port, _order("warm"), 20)
        base = load(beside, _bare, EACH)
        ours = load(port, _order("a"), EACH)
        check(warm, base, ours)
        yield row("orders, one a request", ours.per_s, base.per_s, 1.0)
        half = load(port, _order("b"), EACH, per_s=ours.per_s / 2)
        yield Row(
            section=section,
            problem="the same at half of that rate",
            figure=f"99 of 100 within {1000 * half.p99_s:.0f} ms",
            bar=f"≤ {1000 * P99_S:.0f} ms",
            reached=half.p99_s <= P99_S and not half.refused,
        )
        many = load(port, _batch, 4, clients=2)
        yield row("orders, a hundred a request", many.per_s * BATCH, ours.per_s, 5.0)
        reads, base = load(port, _calendar, EACH), load(beside, _read, EACH)
        check(many, reads, base)
        yield row("reads of the calendar", reads.per_s, base.per_s, 0.6)


def check(*runs: Answered) -> None:
    """No figure counts where requests were refused."""
    if any(one.refused for one in runs):
        raise RuntimeError("the server refused requests; look at its log")


def beside_clearing(_bench: Bench, _plan: Plan) -> Iterator[Row]:
    """Orders a second while 20,000 bids clear on the other core, and while none do."""
    with tempfile.TemporaryDirectory() as folder:
        path, before = f"{folder}/market.db", utc_now() - timedelta(days=1, hours=1)
        store = served_market(path, before)
        hands.place(store, [bid(k, utc_now()) for k in range(BIDS)], before)
        give_tokens(store)
        serve = [*SERVE, "--database", path, "serve", *UNLIMITED, "--port"]
        with running(serve) as port:
            _until(lambda: _state(store) == "closed")
            load(port, _order("warm"), 5)
            beside = load(port, _order("a"), 25)
            still = _state(store) == "closed"
            _until(lambda: _state(store) == "settled")
            alone = load(port, _order("b"), EACH)
            check(beside, alone)
        store.close()
        yield Row(
            section="service-clearing",
            problem=f"orders while {BIDS:,} bids clear",
            figure=f"{beside.per_s / alone.per_s:.2f} × as many a second: {beside.per_s:,.0f}",
            baseline=f"while none clears {alone.per_s:,.0f}",
            bar="≥ 0.5 ×",
            reached=beside.per_s >= alone.per_s / 2 if still else None,
            note="" if still else "the clearing ended before the load did: no verdict",
        )


def _state(store: Store) -> str:
    """The state of the first cycle."""
    return cycle.get(store, "cyc_000001").state.value


def _until(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + CLEARING_S
    while not reached():
        if time.monotonic() > until:
            raise RuntimeError("the server did not run its cycle")
        time.sleep(0.05)


def bid(k: int, at: datetime) -> OrderRequest:
    """One of many bids for the days after; the seed is its number."""
    chance = random.Random(k)
    first = at.replace(minute=0, second=0) + timedelta(hours=chance.randint(26, 200))
    hours, units = chance.randint(1, 24), chance.randint(1, 64)
    option = Option(
        value_ucr=int(hours * units * chance.uniform(0.5, 3.0) * 10**6),
        earliest_start=first,
        latest_start=first + timedelta(hours=chance.randint(0, 24)),
        legs=(Leg(pool="wide", quantity=units, duration=timedelta(hours=hours)),),
    )
    return OrderRequest(team=TEAMS[k % len(TEAMS)], key=f"bid-{k}", options=(option,))


def _row(section: str, problem: str, ours: float, base: float, bar: float) -> Row:
    return Row(
        section=section,
        problem=problem,
        figure=f"{ours / base:.2f} × as many a second: {ours:,.0f}",
        baseline=f"{base:,.0f}",
        bar=f"≥ {bar:.1f} ×",
        reached=ours >= bar * base,
    )


def served_market(address: str, at: datetime, days: int = 60) -> Store:
    """A market that was opened then, with a wide pool and rich teams for so many days."""
    store = connect(address)
    hour, end = at.replace(minute=0, second=0), timedelta(days=days)
    hands.initialise(store, MarketRules(), at)
    hands.enrol(store, [Team(id=team, name=team, created_at=at) for team in TEAMS])
    pool = Pool(
        id="wide", name="wide", unit="gpu", block_size=1, reserve_price_ucr=1, created_at=at
    )
    window = Window(pool="wide", start=hour, end=hour + end, quantity=512)
    hands.open_pools(store, [pool], [window])
    grants = [
        Grant(
            id=f"g-{team}",
            team=team,
            amount_ucr=10**15,
            start=at,
            end=at + end,
            created_at=at,
        )
        for team in TEAMS
    ]
    hands.grant(store, grants, at)
    return store


def give_tokens(store: Store) -> None:
    """A token for each team, good today."""
    for team in TEAMS:
        hands.make_token(store, team, f"gpm_{team}", utc_now(), f"member:{team}")


def _bare(client: int, k: int) -> Asked:
    return "POST", "/bare", {}, _body(client, k)


def _read(_client: int, _k: int) -> Asked:
    return "GET", "/bare", {}, None


def _order(run: str) -> Any:
    def ask(client: int, k: int) -> Asked:
        headers = who(client) | {"Idempotency-Key": f"{run}-{client}-{k}"}
        return "POST", "/v1/orders", headers, _body(client, k)

    return ask


def _batch(client: int, k: int) -> Asked:
    headers = who(client) | {"Idempotency-Key": f"batch-{client}-{k}"}
    return "POST", "/v1/orders:batch", headers, {"orders": [_body(client, j) for j in range(BATCH)]}


def _calendar(client: int, _k: int) -> Asked:
    return "GET", "/v1/calendar", who(client), None


def who(client: int) -> dict[str, str]:
    """The headers by which a client is one of a team."""
    return {"Authorization": f"Bearer gpm_{TEAMS[client % len(TEAMS)]}"}


def _body(client: int, k: int) -> dict[str, Any]:
    start = f"{utc_now() + timedelta(days=3):%Y-%m-%dT%H:00:00Z}"
    leg = {"pool": "wide", "quantity": 1 + k % 8, "duration": "4h"}
    option = {
        "value": str(1 + k % 50),
        "earliest_start": start,
        "latest_start": start,
        "legs": [leg],
    }
    return {"team": TEAMS[client % len(TEAMS)], "options": [option]}


@contextmanager
def running(line: list[str], patience_s: float = PATIENCE_S) -> Iterator[int]:
    """A server that is started with its port as the last word; gives the port once it listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    with subprocess.Popen(
        [*line, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            _wait(child, port, patience_s)
            yield port
        finally:
            child.terminate()
            child.wait(PATIENCE_S)


def _wait(child: subprocess.Popen[bytes], port: int, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until and child.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
