"""One pool's prices as a page shows them: of hours ahead, and of spot until now and from now on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.charts.forward import PricesAhead, forward
from api.charts.spot_outlook import SpotSeries, spot_outlook
from api.charts.time_axis import Steps
from api.rest.caller import Caller
from api.web.drawing import Drawing, drawing
from marketplace.domain.capacity import Pool
from marketplace.domain.indicative import Indicative, IndicativePool
from marketplace.domain.page import LIMIT_MAX
from marketplace.domain.price import ForwardPrice
from marketplace.domain.spot_price import ExpectedPrice, TickPrice
from marketplace.rules import MarketRules
from marketplace.services import forward_price, spot

AHEAD_SPOT: Final = 24
BACK: Final = timedelta(days=3)
HOUR: Final = timedelta(hours=1)
TABLE_SLOTS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A pool's prices ahead, from the slot that runs on. ``by_day``: of each day, its cheapest and
    dearest slot where any is known."""

    slots: tuple[ForwardPrice, ...]
    drawn: Drawing
    by_day: tuple[tuple[ForwardPrice, ForwardPrice], ...]

    @property
    def now(self) -> ForwardPrice:
        """What the slot that runs costs."""
        return self.slots[0]

    @property
    def known(self) -> bool:
        """Whether anything is known of any slot."""
        return bool(self.by_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A pool's spot side: its newest tick, the ticks of the last hours, hour by hour, and what to
    expect; none of it before its first tick."""

    newest: TickPrice | None
    hourly: tuple[TickPrice, ...]
    expected: tuple[ExpectedPrice, ...]
    drawn: Drawing | None

    @property
    def use(self) -> float:
        """Which share of the units for spot runs."""
        one = self.newest
        return one.used / one.supply if one and one.supply else 0.0


def ahead(
    who: Caller, pool: Pool, hours: int, told: Indicative | None, published: str, slot: datetime
) -> Ahead:
    """What a pool's hours ahead cost; ``told``: what the open cycle would clear at, if anybody was
    told; ``published``: the cycle whose prices are the newest; ``slot``: the one that runs."""
    version = (published, slot, told.as_of if told else None)
    asked = ("ahead", pool.id, hours)
    return who.market.published.kept(asked, version, lambda: _ahead(who, pool, hours, told))


def _ahead(who: Caller, pool: Pool, hours: int, told: Indicative | None) -> Ahead:
    found = forward_price.forward(who.market.store, pool.id, who.now, hours)[pool.id]
    slot = found[1].at - found[0].at if len(found) > 1 else HOUR
    steps = Steps(found[0].at, slot, len(found))
    series = PricesAhead(
        reserve_ucr=pool.reserve_price_ucr,
        cleared_ucr=[one.cleared_ucr for one in found],
        low_ucr=[one.low_ucr for one in found],
        middle_ucr=[one.middle_ucr for one in found],
        high_ucr=[one.high_ucr for one in found],
        indicative_ucr=_indicative(found, pool.id, told),
    )
    figure = forward(steps, series)
    return Ahead(slots=tuple(found), drawn=drawing("forward", figure), by_day=_by_day(found))


def indicated(told: Indicative | None, pool: str) -> IndicativePool | None:
    """What was told of a pool."""
    return next((one for one in told.pools if one.pool == pool), None) if told else None


def _indicative(
    found: Sequence[ForwardPrice], pool: str, told: Indicative | None
) -> list[int | None]:
    mine = indicated(told, pool)
    if told is None or mine is None or not mine.prices_ucr:
        return [None] * len(found)
    slot = timedelta(minutes=told.slot_minutes)
    numbers = [(one.at - told.start) // slot for one in found]
    return [
        mine.prices_ucr[number] if 0 <= number < len(mine.prices_ucr) else None
        for number in numbers
    ]


def _by_day(found: Sequence[ForwardPrice]) -> tuple[tuple[ForwardPrice, ForwardPrice], ...]:
    days: dict[object, list[ForwardPrice]] = {}
    for one in found:
        if one.price_ucr is not None:
            days.setdefault(one.at.date(), []).append(one)
    return tuple(
        (min(day, key=lambda one: one.price_ucr or 0), max(day, key=lambda one: one.price_ucr or 0))
        for day in days.values()
    )


def spot_side(who: Caller, pool: Pool, rules: MarketRules) -> Spot:
    """A pool's ticks of the last three days, or as many as a page holds, and what to expect."""
    store, now = who.market.store, who.now
    back = min(BACK, (LIMIT_MAX - 1) * rules.tick)
    start = now - back
    ticks = spot.prices(store, pool.id, start, now + timedelta(seconds=1), limit=LIMIT_MAX).items
    if not ticks:
        return Spot(newest=None, hourly=(), expected=(), drawn=None)
    expected = spot.expected(store, pool.id, now, AHEAD_SPOT)

    def make() -> Drawing:
        return drawing("spot", spot_outlook(_series(pool, ticks, expected, start, now)))

    version = (ticks[-1].at, rules.slot_floor(now))
    return Spot(
        newest=ticks[-1],
        hourly=_hourly(ticks),
        expected=tuple(expected),
        drawn=who.market.published.kept(("spot chart", pool.id), version, make),
    )


def _hourly(ticks: Sequence[TickPrice]) -> tuple[TickPrice, ...]:
    """The first tick of each hour, the newest hour first."""
    first: dict[datetime, TickPrice] = {}
    for one in ticks:
        first.setdefault(one.at.replace(minute=0, second=0), one)
    return tuple(reversed(list(first.values())))[:TABLE_SLOTS]


def _series(
    pool: Pool,
    ticks: Sequence[TickPrice],
    expected: Sequence[ExpectedPrice],
    start: datetime,
    now: datetime,
) -> SpotSeries:
    last = expected[-1].at + HOUR if expected else now + HOUR
    return SpotSeries(
        reserve_ucr=pool.reserve_price_ucr,
        at=[text(one.at) for one in ticks],
        price_ucr=[one.price_ucr for one in ticks],
        supply=[one.supply for one in ticks],
        wanted=[one.wanted for one in ticks],
        used=[one.used for one in ticks],
        ahead=[text(one.at) for one in expected],
        low_ucr=[one.low_ucr for one in expected],
        middle_ucr=[one.middle_ucr for one in expected],
        high_ucr=[one.high_ucr for one in expected],
        now=text(now),
        ends=(text(max(start, ticks[0].at)), text(last)),
    )


def text(at: datetime) -> str:
    """A time as charts take it."""
    return f"{at:%Y-%m-%dT%H:%M}"
