"""The service beside a bare route that writes one row with the same engine, in the same run."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from api.rest.market import utc_now
from marketplace.domain.capacity import Pool, Window
from marketplace.store.engine import Store
from tests.bench.cells import Bench
from tests.bench.load import Answered, Asked, load
from tests.bench.plan import Plan
from tests.bench.rows import Row
from tests.marketplace import hands
from tests.marketplace.bazaar import TEAMS, a_market

EACH: Final = 100
BATCH: Final = 100
SERVE: Final = (sys.executable, "-c", "from api.cli import main; main()")
PATIENCE_S: Final = 60.0
P99_S: Final = 0.1


def rows(_bench: Bench, _plan: Plan) -> Iterator[Row]:
    """Orders and reads a second of eight clients, beside the bare route's."""
    with tempfile.TemporaryDirectory() as folder:
        market = Path(folder) / "market.db"
        _fill(a_market(str(market), credit=10**9))
        bare = [sys.executable, "-m", "tests.bench.bare", f"{folder}/bare.db"]
        serve = [*SERVE, "--database", str(market), "serve", "--port"]
        with _running(bare) as beside, _running(serve) as port:
            load(beside, _bare, 20)
            warm = load(port, _order("warm"), 20)
            base = load(beside, _bare, EACH)
            ours = load(port, _order("a"), EACH)
            _check(warm, base, ours)
            yield _row("orders, one a request", ours.per_s, base.per_s, 1.0)
            half = load(port, _order("b"), EACH, per_s=ours.per_s / 2)
            yield Row(
                section="service",
                problem="the same at half of that rate",
                figure=f"99 of 100 within {1000 * half.p99_s:.0f} ms",
                bar=f"≤ {1000 * P99_S:.0f} ms",
                reached=half.p99_s <= P99_S and not half.refused,
            )
            many = load(port, _batch, 4, clients=2)
            yield _row("orders, a hundred a request", many.per_s * BATCH, ours.per_s, 5.0)
            reads, base = load(port, _me, EACH), load(beside, _read, EACH)
            _check(many, reads, base)
            yield _row("reads of orders", reads.per_s, base.per_s, 0.6)


def _check(*runs: Answered) -> None:
    """No figure counts where requests were refused."""
    if any(one.refused for one in runs):
        raise RuntimeError("the server refused requests; look at its log")


def _row(problem: str, ours: float, base: float, bar: float) -> Row:
    return Row(
        section="service",
        problem=problem,
        figure=f"{ours / base:.2f} × as many a second: {ours:,.0f}",
        baseline=f"{base:,.0f}",
        bar=f"≥ {bar:.1f} ×",
        reached=ours >= bar * base,
    )


def _fill(store: Store) -> None:
    """Tokens that are good today, and a pool with room."""
    now = utc_now()
    hour = now.replace(minute=0, second=0)
    hands.advance(store, now)
    pool = Pool(
        id="wide", name="wide", unit="gpu", block_size=1, reserve_price_ucr=1, created_at=now
    )
    window = Window(pool="wide", start=hour, end=hour + timedelta(days=60), quantity=512)
    hands.open_pools(store, [pool], [window])
    for team in TEAMS:
        hands.make_token(store, team, f"gpm_{team}", now, f"member:{team}")
    store.close()


def _bare(client: int, k: int) -> Asked:
    return "POST", "/bare", {}, _body(client, k)


def _read(_client: int, _k: int) -> Asked:
    return "GET", "/bare", {}, None


def _order(run: str) -> Any:
    def ask(client: int, k: int) -> Asked:
        headers = _who(client) | {"Idempotency-Key": f"{run}-{client}-{k}"}
        return "POST", "/v1/orders", headers, _body(client, k)

    return ask


def _batch(client: int, k: int) -> Asked:
    headers = _who(client) | {"Idempotency-Key": f"batch-{client}-{k}"}
    return "POST", "/v1/orders:batch", headers, {"orders": [_body(client, j) for j in range(BATCH)]}


def _me(client: int, _k: int) -> Asked:
    return "GET", "/v1/orders?limit=1", _who(client), None


def _who(client: int) -> dict[str, str]:
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
def _running(line: list[str]) -> Iterator[int]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    with subprocess.Popen(
        [*line, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            _wait(child, port)
            yield port
        finally:
            child.terminate()
            child.wait(PATIENCE_S)


def _wait(child: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and child.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")
