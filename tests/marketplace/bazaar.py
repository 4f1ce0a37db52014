"""A small market to test on: three teams, two scarce pools, one day a cycle."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from marketplace.domain.capacity import Maintenance, Pool, Window
from marketplace.domain.cycle import CycleState
from marketplace.domain.failure import OnFailure
from marketplace.domain.grant import Grant
from marketplace.domain.order import Leg, Option, Order, OrderRequest
from marketplace.domain.page import every
from marketplace.domain.reservation import Reservation
from marketplace.domain.team import Team
from marketplace.errors import MarketError
from marketplace.rules import MarketRules
from marketplace.services import (
    check,
    clock,
    ledger,
    reservation,
)
from marketplace.store.engine import Store, connect
from tests.marketplace import grounds, hands

CREDIT = 1_000_000
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CLOSE = datetime(2026, 11, 24, tzinfo=UTC)
"""When the first cycle closes. It sells from an hour later."""

START = CLOSE + 8 * HOUR
"""When most time-boxes of the tests start."""

SALT = b"salt of the tests"
RULES = MarketRules(horizon_hours=72, longest_hours=24, work=2_000, buy_out_share_ppm=0)
"""Teams of these markets have a time-box or two: what they keep would let nothing be bought back.
"""
TEAMS = ("nlp", "rl", "vision")
POOLS = {"a100": (1, 4), "h100": (8, 16)}
"""Block size and units of each pool."""


def pool(id_: str, block_size: int = 1, reserve_ucr: int = CREDIT // 4) -> Pool:
    return Pool(
        id=id_,
        name=id_.upper(),
        unit="gpu",
        block_size=block_size,
        reserve_price_ucr=reserve_ucr,
        created_at=NOW,
    )


def window(pool_id: str, units: int, days: int = 60) -> Window:
    return Window(pool=pool_id, start=NOW, end=NOW + days * DAY, quantity=units)


def a_grant(id_: str, team_id: str, credit: int = 1_000, days: int = 60) -> Grant:
    return Grant(
        id=id_,
        team=team_id,
        amount_ucr=credit * CREDIT,
        start=NOW,
        end=NOW + days * DAY,
        created_at=NOW,
    )


def a_market(
    url: str = "", rules: MarketRules = RULES, credit: int = 1_000, days: int = 60
) -> Store:
    """A market at that place, or wherever the tests' markets stand, until the test ends."""
    if not url:
        made = partial(open_market, rules=rules, credit=credit, days=days)
        return grounds.like((rules, credit, days), made)
    store = connect(url)
    grounds.opened.append(store)
    return open_market(store, rules=rules, credit=credit, days=days)


def open_market(
    store: Store, *, rules: MarketRules = RULES, credit: int = 1_000, days: int = 60
) -> Store:
    """Open a market with teams, pools and a grant for each team, for so many days."""
    hands.initialise(store, rules, NOW)
    hands.enrol(store, [Team(id=one, name=one.upper(), created_at=NOW) for one in TEAMS])
    hands.open_pools(
        store,
        [pool(one, block) for one, (block, _) in POOLS.items()],
        [window(one, units, days) for one, (_, units) in POOLS.items()],
    )
    hands.grant(store, [a_grant(f"g-{one}", one, credit, days) for one in TEAMS], NOW)
    return store


def leg(pool_id: str = "h100", units: int = 8, hours: int = 2, after: int = 0) -> Leg:
    return Leg(pool=pool_id, quantity=units, duration=hours * HOUR, offset=after * HOUR)


def option(value: int, at: int = 8, until: int | None = None, *legs: Leg) -> Option:
    """``value`` in credits; starts between ``at`` and ``until`` hours after the first closing."""
    return Option(
        value_ucr=value * CREDIT,
        earliest_start=CLOSE + at * HOUR,
        latest_start=CLOSE + (at if until is None else until) * HOUR,
        legs=legs or (leg(),),
    )


def request(
    team_id: str,
    key: str,
    *options: Option,
    standing: bool = False,
    on_failure: OnFailure = OnFailure.SHRINK,
) -> OrderRequest:
    return OrderRequest(
        team=team_id, key=key, options=options, standing=standing, on_failure=on_failure
    )


def answers(
    store: Store, *requests: OrderRequest, now: datetime = NOW
) -> Sequence[Order | MarketError]:
    return hands.place(store, requests, now)


def placed(store: Store, *requests: OrderRequest, now: datetime = NOW) -> list[Order]:
    """Place orders that the market must take."""
    taken = []
    for answer in hands.place(store, requests, now):
        assert isinstance(answer, Order), str(answer)
        taken.append(answer)
    return taken


def run(store: Store, now: datetime = CLOSE, *, early: bool = False) -> clock.Run:
    done = hands.run(store, now, SALT, early=early)
    assert done.cycle.state is CycleState.SETTLED, done.cycle.reason
    return done


def won(store: Store, *requests: OrderRequest, now: datetime = CLOSE) -> list[Reservation]:
    """Place orders, run the cycle, and give the reservations they won, by start."""
    taken = {one.id for one in placed(store, *requests, now=now - HOUR)}
    run(store, now)
    return [one for one in every(reservation.listed, store) if one.order_id in taken]


def maintain(
    store: Store, id_: str, start: datetime, units: int, hours: float, now: datetime = CLOSE
) -> list[Reservation]:
    entry = Maintenance(
        id=id_,
        pool="h100",
        start=start,
        end=start + hours * HOUR,
        quantity=units,
        reason="firmware",
        created_at=now,
    )
    return hands.schedule_maintenance(store, entry, now)


def free_ucr(store: Store, team_id: str) -> int:
    return sum(one.free_ucr for one in every(ledger.balances, store, team_id))


def held_ucr(store: Store, team_id: str) -> int:
    return sum(one.held_ucr for one in every(ledger.balances, store, team_id))


def assert_clean(store: Store) -> check.CheckReport:
    report = check.check(store)
    assert report.faults == ()
    return report


def tamper(file: Path, *statements: str) -> None:
    """A hand in the database: what no service would ever do."""
    with sqlite3.connect(file) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
    connection.close()


def box(
    id_: str = "r",
    *,
    units: int = 4,
    prices: tuple[int, ...] = (1, 2, 3, 4),
    paid_ucr: int = 40,
    at: int = 0,
    award: str = "",
    awarded: int = 0,
) -> Reservation:
    """A reservation that is on no market, ``at`` hours after ``START``."""
    return Reservation(
        id=id_,
        award_id=award or f"awd-{id_}",
        order_id=f"ord-{id_}",
        cycle_id="cyc_000001",
        team="nlp",
        pool="h100",
        start=START + at * HOUR,
        slot=HOUR,
        quantity=units,
        units=(units,) * len(prices),
        lost=(0,) * len(prices),
        given_back=(0,) * len(prices),
        prices_ucr=prices,
        paid_ucr=paid_ucr,
        awarded_at=CLOSE + timedelta(seconds=awarded),
    )
