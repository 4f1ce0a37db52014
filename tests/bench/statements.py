"""A team's statement of a hundred thousand lines: its first page, and the whole of it as CSV."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import httpx2

from marketplace.domain.order import order_id
from marketplace.domain.reservation import Reservation
from marketplace.domain.transfer import (
    Movement,
    Payer,
    PricedUnits,
    SoldTime,
    Tags,
    Transfer,
    free_of,
    held_of,
    till,
)
from marketplace.services import manual_clock
from marketplace.store import ledger as ledger_store
from marketplace.store import reservation as reservation_store
from marketplace.store.engine import Store
from tests.bench import machine
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row, seconds
from tests.bench.service import SERVE, UNLIMITED, running
from tests.marketplace import hands
from tests.marketplace.bazaar import CREDIT, HOUR, NOW, START, a_market, option, placed, request

LINES: Final = 100_000
AT_ONCE: Final = 5_000
PAGE_S: Final = 0.3
SHEET_S: Final = 10.0
FIRSTS: Final = 5
PATIENCE_S: Final = 60.0
READ_AT: Final = NOW + timedelta(hours=2)
"""Before anything falls due, so that reading lets no time pass."""
PERIOD: Final = {"start": "2026-11-02T10:00:00Z", "end": "2026-12-13T00:00:00Z"}
"""Neither end is a month's, so that no sum of a month helps."""

OF_TEAM: Final = "/v1/teams/nlp/statement"
OF_TAG: Final = "/v1/statement"
ASKED: Final = {OF_TEAM: PERIOD, OF_TAG: PERIOD | {"by": "theme", "name": "quality"}}


def rows(_bench: Bench, _plan: Plan) -> Iterator[Row]:
    """Of the service, over HTTP: what a team waits for."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/market.db"
        store = a_market(path, credit=10**6)
        fill(store, LINES)
        hands.make_token(store, "of-fin", "gpm_fin", NOW, "finance", days=90)
        manual_clock.begin(store, READ_AT)
        store.close()
        serve = [*SERVE, "--database", path, "serve", "--clock", "manual", *UNLIMITED, "--port"]
        with (
            running(serve) as port,
            httpx2.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": "Bearer gpm_fin"},
                timeout=PATIENCE_S,
            ) as http,
        ):
            for name, asked in (("team", OF_TEAM), ("theme", OF_TAG)):
                yield _page(http, name, asked, held=asked == OF_TEAM)
                yield _sheet(http, name, asked)


def _page(http: httpx2.Client, name: str, path: str, *, held: bool) -> Row:
    took = [_asked_s(http, path, {"limit": "100"})[0] for _ in range(FIRSTS + 1)][1:]
    middle = statistics.median(took)
    return Row(
        section="statements",
        problem=f"first page of a {name}, {LINES:,} lines",
        figure=seconds(middle),
        bar=f"≤ {PAGE_S} s" if held else "",
        reached=middle <= PAGE_S if held else None,
        note=f"median of {FIRSTS}; calibration loop {machine.calibration_s():.2f} s",
    )


def _sheet(http: httpx2.Client, name: str, path: str) -> Row:
    took, lines = _asked_s(http, path, {"format": "csv"})
    if lines < LINES:
        raise ValueError(f"{path} has {lines} lines")
    return Row(
        section="statements",
        problem=f"whole CSV of a {name}, {LINES:,} lines",
        figure=seconds(took),
        bar=f"≤ {SHEET_S:.0f} s",
        reached=took <= SHEET_S,
    )


def _asked_s(http: httpx2.Client, path: str, query: dict[str, str]) -> tuple[float, int]:
    began = time.perf_counter()
    answer = http.get(path, params=ASKED[path] | query)
    took = time.perf_counter() - began
    answer.raise_for_status()
    return took, answer.text.count("\n")


def fill(store: Store, lines: int) -> None:
    """A month in which a team bought so many time-boxes, one by one: the transfers and reservations
    as settlement would write them."""
    placed(store, request("nlp", "owner", option(5)))
    held = held_of("nlp", "g-nlp")
    hold = Transfer(
        key="bench:hold",
        movement=Movement.HOLD,
        source=free_of("nlp", "g-nlp"),
        target=held,
        amount_ucr=lines * CREDIT,
    )
    with store.begin() as tx, tx.noting():
        ledger_store.post(tx, [hold], NOW)
    for first in range(0, lines, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, lines))
        with store.begin() as tx, tx.noting():
            at = NOW + timedelta(minutes=1 + first // AT_ONCE)
            ledger_store.post(tx, [_charge(k, held) for k in numbers], at)
            reservation_store.add(tx, [_box(k, at) for k in numbers])


def _start(number: int) -> datetime:
    return START + (number % 300) * HOUR


def _charge(number: int, held: str) -> Transfer:
    start = _start(number)
    spans = tuple(
        PricedUnits(start + k * HOUR, start + (k + 1) * HOUR, 1, CREDIT // 4 + k) for k in range(4)
    )
    return Transfer(
        key=f"bench:{number}",
        movement=Movement.PAY,
        source=held,
        target=till("h100"),
        amount_ucr=CREDIT,
        payer=Payer(
            order_id=order_id("nlp", f"k{number}"),
            tags=Tags(project=f"project {number % 40}", theme="quality", cost_centre="cc-7"),
        ),
        reservation_id=f"rsv_{number}",
        cycle_id="cyc_000001",
        rule="uniform",
        reason="filled",
        sold=SoldTime("h100", spans),
        whole_ucr=CREDIT,
        unit_seconds=4 * 3600,
    )


def _box(number: int, at: datetime) -> Reservation:
    return Reservation(
        id=f"rsv_{number}",
        award_id=f"awd_{number}",
        order_id=order_id("nlp", "owner"),
        cycle_id="cyc_000001",
        team="nlp",
        pool="h100",
        start=_start(number),
        slot=HOUR,
        quantity=1,
        units=(1,) * 4,
        lost=(0,) * 4,
        given_back=(0,) * 4,
        prices_ucr=(CREDIT,) * 4,
        paid_ucr=CREDIT,
        awarded_at=at,
    )
