"""A team's own reads over HTTP in a market of a million orders, and in one of ten thousand."""

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from api.rest.market import utc_now
from marketplace.domain.ledger import Hold, HoldState, hold_transfers, void_transfers
from marketplace.domain.order import Order, OrderRequest, OrderState, ended, opened
from marketplace.store import ledger as ledger_store
from marketplace.store import order as order_store
from marketplace.store.engine import Store
from tests.bench.cells import Bench
from tests.bench.load import Asked, load
from tests.bench.plan import Plan
from tests.bench.rows import Row
from tests.bench.service import (
    SERVE,
    UNLIMITED,
    bid,
    check,
    give_tokens,
    running,
    served_market,
    who,
)
from tests.marketplace.bazaar import TEAMS

FEW: Final = 10_000
MANY: Final = {True: 1_000_000, False: 100_000}
"""Orders in the large market: in full, or quickly."""

NEWEST: Final = 3_000
"""Orders of the last month, in the large market as in the small one."""

MONTH: Final = timedelta(days=30)
AT_ONCE: Final = 5_000
ROUNDS: Final = 5
EACH: Final = 40
TIMES: Final = 2.0


@dataclass(frozen=True, slots=True)
class Read:
    """Something that a team reads of its own."""

    name: str
    path: str

    def ask(self, client: int, _k: int) -> Asked:
        """Its request."""
        return "GET", self.path.format(team=TEAMS[client % len(TEAMS)]), who(client), None


READS: Final = (
    Read("orders", "/v1/orders?limit=100"),
    Read("balance", "/v1/balances"),
    Read("statement", "/v1/teams/{team}/statement?limit=100"),
)


def rows(_bench: Bench, plan: Plan) -> Iterator[Row]:
    """How long each read takes in the large market, beside the small one."""
    many = MANY[plan.every_file]
    with tempfile.TemporaryDirectory() as folder:
        small, large = f"{folder}/small.db", f"{folder}/large.db"
        fill(small, FEW)
        fill(large, many)
        size_mb = Path(large).stat().st_size / 1e6
        took: dict[tuple[str, str], float] = {}
        for path in (small, large):
            with running([*SERVE, "--database", path, "serve", *UNLIMITED, "--port"]) as port:
                for read in READS:
                    took[path, read.name] = _median_s(port, read)
    for read in READS:
        few_s, many_s = took[small, read.name], took[large, read.name]
        yield Row(
            section="service-large",
            problem=f"{read.name} of a team, {many:,} orders",
            figure=f"{many_s / few_s:.2f} × the time: {1000 * many_s:.1f} ms",
            baseline=f"of {FEW:,} orders {1000 * few_s:.1f} ms",
            bar=f"≤ {TIMES:.0f} ×",
            reached=many_s <= TIMES * few_s,
            note=f"one client, median of {ROUNDS * EACH}; {size_mb:,.0f} MB",
        )


def _median_s(port: int, read: Read) -> float:
    """How long one request takes when nobody else asks."""
    check(load(port, read.ask, EACH, clients=1))
    runs = [load(port, read.ask, EACH, clients=1) for _ in range(ROUNDS)]
    check(*runs)
    return statistics.median(took for one in runs for took in one.took_s)


def fill(path: str, orders: int) -> None:
    """A market with so many orders that were placed and cancelled: most of them in the two years
    before, the newest this month. They are written as their commands would write them."""
    now = utc_now()
    opening = now - 25 * MONTH
    store = served_market(path, opening, days=30 * 30)
    old = orders - NEWEST
    for first in range(0, old, AT_ONCE):
        at = opening + (24 * MONTH) * (first / max(1, old))
        _write(store, range(first, min(first + AT_ONCE, old)), at.replace(microsecond=0))
    start = now.replace(day=1, hour=0, minute=0, second=0)
    _write(store, range(old, orders), max(start, opening))
    give_tokens(store)
    store.close()


def _write(store: Store, numbers: Sequence[int], at: datetime) -> None:
    made = [_cancelled(bid(number, at), at) for number in numbers]
    with store.begin() as tx, tx.noting():
        order_store.add(tx, [order for order, _ in made])
        ledger_store.add_holds(tx, [hold for _, hold in made])
        for _, hold in made:
            moves = [*hold_transfers(hold), *void_transfers(hold, "cancelled")]
            ledger_store.post(tx, moves, at)


def _cancelled(request: OrderRequest, at: datetime) -> tuple[Order, Hold]:
    order = ended(opened(request, at), OrderState.CANCELLED, "cancelled", at)
    hold = Hold(
        id=order.hold_id,
        payer=order.payer,
        team=order.team,
        parts=((f"g-{order.team}", order.held_ucr),),
        state=HoldState.VOIDED,
    )
    return order, hold
