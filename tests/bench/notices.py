"""Interruptions by price on a pool of blocks, week by week, and those that brought nobody in."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from marketplace.domain.board import Board
from marketplace.domain.capacity import Pool, Span
from marketplace.domain.spot import Code, SpotRequest, SpotTerms, opened, reopened
from marketplace.domain.spot_price import controller_of
from marketplace.domain.tick import decide
from marketplace.rules import MarketRules
from tests.bench.cells import Bench
from tests.bench.plan import Plan
from tests.bench.rows import Row

RULES: Final = MarketRules()
START: Final = datetime(2026, 11, 23, tzinfo=UTC)
CREDIT: Final = 1_000_000
UNITS: Final = 64
BLOCK: Final = 8
WEEK: Final = 7 * 24 * 12  # ticks
HOURS: Final = 3.0
BY_PRICE: Final = (Code.PRICE_TOO_LOW.value, Code.OUTBID.value)
POOL: Final = Pool(
    id="p",
    name="P",
    unit="gpu",
    block_size=BLOCK,
    reserve_price_ucr=CREDIT // 4,
    created_at=START,
)


def lived(load: float, seed: int, ticks: int = WEEK) -> Counter[str]:
    """So many ticks of a pool that is asked for ``load`` times its units at the floor: how many
    were ``told`` to leave by price, and how many ``for nothing``: nobody came next, or whoever did
    would have found room beside them."""
    rng = np.random.default_rng(seed)
    controller = controller_of(POOL, RULES)
    state, live, done = controller.begin(POOL.reserve_price_ucr), dict[str, SpotRequest](), {}
    found, told, came, free = Counter[str](), 0, 0, 0
    for number in range(ticks):
        now = START + number * RULES.tick
        span = _span(now)
        for one in _asked(rng, load, now, number):
            live[one.id], done[one.id] = one, now + timedelta(hours=HOURS * rng.exponential())
        live = _passed(live, done, now)
        on = _board(live, now, span)
        decision = decide(on, controller, state, RULES)
        before, state = dict(live), decision.state
        live |= {one.id: one for one in decision.changed}
        came += sum(one.terms.quantity for one in decision.changed if _started(one, before))
        waits = any(one.code == Code.AWAITING for one in live.values())
        if came > free or not waits:
            found["for nothing"] += told if came <= free else 0
            told, came = 0, 0
            free = UNITS - sum(one.terms.quantity for one in live.values() if one.run)
        leaving = [one for one in live.values() if one.on_notice and not before[one.id].on_notice]
        newly = sum(one.code in BY_PRICE for one in leaving)
        told, found["told"] = told + newly, found["told"] + newly
    return found


def _started(one: SpotRequest, before: dict[str, SpotRequest]) -> bool:
    return one.run is not None and before[one.id].run is None


def _span(now: datetime) -> Span:
    return Span(start=RULES.slot_floor(now), slot=RULES.slot, slots=30)


def _asked(rng: Any, load: float, now: datetime, number: int) -> Iterator[SpotRequest]:
    blocks = load * UNITS / BLOCK / HOURS / 12 / 1.5
    for k in range(rng.poisson(blocks)):
        terms = SpotTerms(
            team="t",
            key=f"{number}/{k}",
            pool=POOL.id,
            quantity=BLOCK * int(rng.integers(1, 3)),
            limit_ucr=int(CREDIT * (0.25 + 0.5 * rng.lognormal(0, 0.8))),
            minimum=timedelta(hours=int(rng.random() < 0.3)),
            persistent=True,
        )
        yield opened(terms, now)


def _passed(
    live: dict[str, SpotRequest], done: dict[str, datetime], now: datetime
) -> dict[str, SpotRequest]:
    """Who is still there: work that has waited or run for its time is done; leavers wait again."""
    after = {}
    for id_, one in live.items():
        if done[id_] <= now and one.code != Code.AWAITING:  # nobody withdraws in those minutes
            continue
        gone = one.run is not None and one.run.deadline is not None and one.run.deadline <= now
        after[id_] = reopened(one, one.code, now) if gone else one
    return after


def _board(live: dict[str, SpotRequest], now: datetime, span: Span) -> Board:
    return Board(
        pool=POOL.id,
        now=now,
        span=span,
        capacity=np.full(span.slots, UNITS),
        sold=np.zeros(span.slots, dtype=np.int64),
        requests=list(live.values()),
    )


def rows(_bench: Bench, plan: Plan) -> Iterator[Row]:
    """Interruptions by price that brought nobody in: there is to be none."""
    seeds = range(10 if plan.every_file else 3)
    for load in (0.5, 1.0, 2.0):
        weeks = [lived(load, seed) for seed in seeds]
        told, idle = (sum(week[name] for week in weeks) for name in ("told", "for nothing"))
        yield Row(
            section="spot-notices",
            problem=f"blocks of 8 on 64 units, asked for {load:g} times, {len(seeds)} weeks",
            figure=f"{idle:,} interruptions by price brought nobody in",
            baseline=f"of {told:,}",
            bar="0",
            reached=not idle,
        )
