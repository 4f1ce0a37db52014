"""The journal: groups of commands, what grows with the market, how long a proof takes."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from marketplace.domain.command import PlaceOrder
from marketplace.domain.order import order_id
from marketplace.domain.reservation import Reservation
from marketplace.domain.transfer import Movement, Transfer
from marketplace.services import check, statement
from marketplace.services.books import Progress
from marketplace.services.runner import Runner
from marketplace.store import ledger as ledger_store
from marketplace.store import reservation as reservation_store
from marketplace.store.engine import Store, connect
from tests.bench import machine
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row, seconds
from tests.marketplace import hands
from tests.marketplace.bazaar import (
    CREDIT,
    HOUR,
    NOW,
    START,
    TEAMS,
    a_market,
    option,
    pool,
    request,
    window,
)

THREADS: Final = 8
ORDERS: Final = 400
TURNS: Final = 5
GROUPED: Final = 3.0
WIDE: Final = 2.0
STATEMENT: Final = 1.5
LINES: Final = 10_000
MONTHS: Final = 36
CHECKED: Final = {True: 100_000, False: 10_000}
"""Commands in the journal that is checked: in full, or quickly."""

PROOF_S: Final = 600.0
"""The bar of a journal of a million commands."""

PROOF_MB: Final = 1_024
DAY: Final = 5_000
DAY_S: Final = 5.0
"""The bar of a check after a day of so many commands."""


def rows(_bench: Bench, plan: Plan) -> Iterator[Row]:
    """Each figure beside its baseline in the same run."""
    yield grouped()
    yield wide()
    yield month()
    yield from proofs(CHECKED[plan.every_file])


def grouped() -> Row:
    """Single orders of eight threads through one runner, and one transaction an order: in turns,
    for what a commit costs wanders from second to second; the pair whose ratio is the median."""
    pairs = [tuple(_orders_per_s(shared=shared) for shared in (False, True)) for _ in range(TURNS)]
    alone, together = sorted(pairs, key=lambda pair: pair[1] / pair[0])[TURNS // 2]
    return Row(
        section="journal",
        problem=f"orders of {THREADS} threads",
        figure=f"{together / alone:.1f} × the orders a second: {together:,.0f}",
        baseline=f"one transaction an order {alone:,.0f}",
        bar=f"≥ {GROUPED:.0f} ×",
        reached=together >= GROUPED * alone,
        note=f"SQLite, synchronous=FULL, median of {TURNS}",
    )


def _orders_per_s(*, shared: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = a_market(f"{folder}/market.db", credit=10**9)
        runner, turns = Runner(store), threading.Lock()

        def bids(thread: int) -> None:
            team = TEAMS[thread % len(TEAMS)]
            by = hands.member(team)
            for k in range(ORDERS // THREADS):
                bid = PlaceOrder(request(team, f"{thread}-{k}", option(1 + k % 50, 8 + k % 30)))
                if shared:
                    runner.run(bid, by=by, at=NOW)
                else:
                    with turns:
                        runner.run(bid, by=by, at=NOW)

        bids(THREADS)  # warm
        threads = [threading.Thread(target=bids, args=(k,)) for k in range(THREADS)]
        began_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - began_s
        store.close()
        return ORDERS / took_s


def wide() -> Row:
    """One order in a large market, and in a small one."""
    small_s, large_s = _one_order_s(5, 100), _one_order_s(200, 100_000)
    return Row(
        section="journal",
        problem="one order, 200 pools, 100,000 reservations",
        figure=f"{large_s / small_s:.2f} × the time: {1000 * large_s:.1f} ms",
        baseline=f"5 pools, 100 reservations {1000 * small_s:.1f} ms",
        bar=f"≤ {WIDE:.0f} ×",
        reached=large_s <= WIDE * small_s,
        note="median of 50",
    )


def _one_order_s(pools: int, reservations: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = a_market(f"{folder}/market.db", credit=10**9)
        names = [f"p{k:03}" for k in range(pools - 2)]
        for first in range(0, len(names), 50):
            some = names[first : first + 50]
            hands.open_pools(
                store, [pool(one) for one in some], [window(one, 1_000) for one in some]
            )
        hands.place(store, [request("nlp", "owner", option(5))], NOW)
        with store.begin() as tx, tx.noting():
            places = [*names, "h100"]
            boxes = [
                _box(k, order_id("nlp", "owner"), places[k % len(places)])
                for k in range(reservations)
            ]
            reservation_store.add(tx, boxes)
        took = [_timed(partial(_place, store, f"k{k}")) for k in range(55)]
        store.close()
        return statistics.median(took[5:])


def _place(store: Store, key: str) -> None:
    hands.place(store, [request("nlp", key, option(5))], NOW)


def _box(number: int, order: str, pool_id: str) -> Reservation:
    return Reservation(
        id=f"rsv_{number}",
        award_id=f"awd_{number}",
        order_id=order,
        cycle_id="cyc_000001",
        team="nlp",
        pool=pool_id,
        start=START + (number % 300) * HOUR,
        slot=HOUR,
        quantity=1,
        units=(1,) * 4,
        lost=(0,) * 4,
        given_back=(0,) * 4,
        prices_ucr=(CREDIT,) * 4,
        paid_ucr=4 * CREDIT,
        awarded_at=NOW,
    )


def month() -> Row:
    """The statement of one month, after one month and after 36."""
    store = a_market("sqlite://", credit=10**6)
    first_s, last_s = 0.0, 0.0
    for k in range(MONTHS):
        start = NOW + timedelta(days=30 * k)
        with store.begin() as tx, tx.noting():
            ledger_store.post(tx, [_move(k, line) for line in range(LINES)], start)
        if k in (0, MONTHS - 1):
            read = partial(statement.of_team, store, "nlp", start, start + timedelta(days=30))
            took_s = statistics.median(_timed(read) for _ in range(5))
            first_s, last_s = first_s or took_s, took_s
    store.close()
    return Row(
        section="journal",
        problem=f"a month's statement of {LINES:,} lines",
        figure=f"{last_s / first_s:.2f} × the time after {MONTHS} months: {seconds(last_s)}",
        baseline=f"after one month {seconds(first_s)}",
        bar=f"≤ {STATEMENT} ×",
        reached=last_s <= STATEMENT * first_s,
        note="median of five",
    )


def _move(number: int, line: int) -> Transfer:
    return Transfer(
        key=f"refund:{number}:{line}",
        movement=Movement.GRANT,
        source="mint",
        target="team/nlp/grant/g-nlp/free",
        amount_ucr=1,
    )


def proofs(commands: int) -> Iterator[Row]:
    """A check of all, and the next one after a day of 5,000 commands."""
    sizes_mb = [machine.family_mb()]
    with tempfile.TemporaryDirectory() as folder:
        store = a_market(f"{folder}/market.db", credit=10**10)
        _bid(store, 0, commands)
        replica = connect(f"{folder}/replica.db", throwaway=True)
        all_s = _timed(lambda: _clean(store, replica, sizes_mb))
        _bid(store, commands, DAY)
        day_s = _timed(lambda: _clean(store, replica, sizes_mb))
        for one in (store, replica):
            one.close()
    million_s, most_mb = all_s / commands * 1_000_000, max(sizes_mb)
    yield Row(
        section="journal",
        problem=f"ledger check --all, {commands:,} commands",
        figure=f"{seconds(all_s)}, {most_mb:.0f} MB: {million_s / 60:.1f} min for a million",
        bar=f"≤ {PROOF_S / 60:.0f} min, ≤ {PROOF_MB:,} MB",
        reached=million_s <= PROOF_S and most_mb <= PROOF_MB,
        note=f"calibration loop {machine.calibration_s():.2f} s",
    )
    yield Row(
        section="journal",
        problem=f"ledger check after {DAY:,} more",
        figure=seconds(day_s),
        bar=f"≤ {DAY_S:.0f} s",
        reached=day_s <= DAY_S,
    )


def _bid(store: Store, first: int, commands: int) -> None:
    for begin in range(first, first + commands, 1_000):
        asks = [
            request(TEAMS[k % 3], f"k{k}", option(1 + k % 50, 8 + k % 30))
            for k in range(begin, min(begin + 1_000, first + commands))
        ]
        hands.place(store, asks, NOW)


def _clean(store: Store, replica: Store, sizes_mb: list[float]) -> None:
    """A check that finds nothing; how large the process was as it went on."""
    watch: Progress = lambda *_: sizes_mb.append(machine.family_mb())  # noqa: E731
    faults = check.check(store, watch, replica=replica).faults
    if faults:
        raise RuntimeError(f"the books are broken: {faults[0]}")


def _timed(what: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    what()
    return time.perf_counter() - began_s
