"""A pool's spot price: the controller that the rules name, what it remembers, what it publishes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from marketplace.domain.capacity import PRICE_MAX_UCR, Pool
from marketplace.domain.spot import floor_ucr
from marketplace.errors import BadField
from marketplace.rules import PPM, MarketRules, SpotController, floor_to
from pricing.aimd import Aimd, AimdState
from pricing.controller import Controller, Limits
from pricing.eip1559 import Eip1559, FeeState
from pricing.elasticity import Elasticity
from pricing.fixed import Fixed, FixedState
from pricing.forecast import Forecast, hour_of_week
from pricing.log_price import LogPrice, LogPriceState

UNSERVED: Final = "highest-limit-not-served"
HOUR: Final = timedelta(hours=1)
UNKNOWN: Final = Forecast()
USED_PPM: Final = 950_000
"""The most that a controller aims at that hears units in use: they end at what there is."""

EXPECTED: Final = (0.05, 0.5, 0.95)
LIKELY: Final = 0.75  # the share of hours whose price a run is not warned of


@dataclass(frozen=True, slots=True, kw_only=True)
class TickPrice:
    """The price of one pool from ``at`` on, in ucr per unit-hour, and its parts.

    ``controller_ucr``, why it is that (``reason``), and ``unserved_ucr``: the highest limit not
    served that is not above the lowest served, or 0. ``wanted``: units wanted at the controller's
    price before; ``used``: units running after the tick. ``ticks``: 1, or how many one row of the
    older history stands for, by their means.
    """

    pool: str
    at: datetime
    price_ucr: int
    controller_ucr: int
    reason: str
    unserved_ucr: int
    supply: int
    wanted: int
    used: int
    ticks: int = 1

    @property
    def decided_by(self) -> str:
        """Which part is the price, and why it is so."""
        return UNSERVED if self.unserved_ucr > self.controller_ucr else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotPool:
    """What the market remembers of a pool's spot side: the controller's state, and what the
    forecast says the price may well rise to in the next hour (0 where nothing is known)."""

    pool: str
    kind: SpotController
    state: Any
    ticked_at: datetime
    likely_ucr: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotForecast:
    """What to expect of a pool by hour of the week: mean price (ucr) and mean use (units)."""

    pool: str
    price: Forecast = UNKNOWN
    use: Forecast = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPrice:
    """What a pool's mean price may be in the hour from ``at`` on, ucr per unit-hour: in nine cases
    of ten between ``low_ucr`` and ``high_ucr``, as often below ``middle_ucr`` as above."""

    at: datetime
    low_ucr: int
    middle_ucr: int
    high_ucr: int


def controller_of(pool: Pool, rules: MarketRules) -> Controller[Any]:
    """The controller of a pool, as the rules name it. Raises ``BadField`` for a pair of numbers
    that is not stable."""
    floor = floor_ucr(pool)
    limits = Limits(
        floor_ucr=floor,
        cap_ucr=min(floor * rules.spot_cap_multiple, PRICE_MAX_UCR),
        step_ppm=rules.spot_step_ppm,
    )
    try:
        return _controller(rules.spot_controller, limits, rules.spot_target_ppm)
    except ValueError as bad:
        reason, facts = "no-such-controller", {"because": str(bad)}
        raise BadField("spot_controller", rules.spot_controller.value, reason, facts) from bad


@lru_cache(maxsize=1_000)
def _controller(kind: SpotController, limits: Limits, target_ppm: int) -> Controller[Any]:
    """Remembered, since whether it is stable takes as long to find out as half a pool's tick."""
    if kind is SpotController.LOG_PRICE:
        return LogPrice(limits=limits, target=target_ppm / PPM)
    if kind is SpotController.EIP1559:
        return Eip1559(limits=limits, target_ppm=min(target_ppm, USED_PPM))
    if kind is SpotController.AIMD:
        return Aimd(limits=limits)
    return Fixed(limits=limits)


def begun(pool: Pool, rules: MarketRules, now: datetime) -> SpotPool:
    """A pool's spot side before its first tick: at its floor."""
    state = controller_of(pool, rules).begin(floor_ucr(pool))
    return SpotPool(pool=pool.id, kind=rules.spot_controller, state=state, ticked_at=now)


def adopted(known: SpotPool, pool: Pool, rules: MarketRules) -> SpotPool:
    """The same under the rules of now: another controller goes on from the old one's price."""
    if known.kind is rules.spot_controller:
        return known
    state = controller_of(pool, rules).begin(known.state.price_ucr)
    return replace(known, kind=rules.spot_controller, state=state)


def remembered(known: SpotPool) -> dict[str, Any]:
    """The controller's state as plain data; ``recalled`` reads it back."""
    return asdict(known.state)


def recalled(kind: SpotController, document: Mapping[str, Any]) -> Any:
    """The state that ``remembered`` wrote."""
    given = dict(document)
    if "recent" in given:
        given["recent"] = tuple(given["recent"])
    if kind is SpotController.LOG_PRICE:
        return LogPriceState(**given | {"elasticity": Elasticity(**given["elasticity"])})
    states = {
        SpotController.EIP1559: FeeState,
        SpotController.AIMD: AimdState,
        SpotController.FIXED: FixedState,
    }
    return states[kind](**given)


def learnt(known: SpotForecast, hour: datetime, ticks: Iterable[TickPrice]) -> SpotForecast:
    """With the hour that began at ``hour`` taken into its forecasts; as it was without ticks."""
    seen = list(ticks)
    if not seen:
        return known
    at = hour_of_week(hour)
    price = sum(each.price_ucr for each in seen) / len(seen)
    used = sum(each.used for each in seen) / len(seen)
    return replace(known, price=known.price.updated(at, price), use=known.use.updated(at, used))


def likely_ucr(known: SpotForecast, now: datetime) -> int:
    """What the price may well rise to in the hour after this one; 0 where nothing is known."""
    found = known.price.quantiles(hour_of_week(now + HOUR), (LIKELY,))
    return round(found[0]) if found else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """What a limit may meet in some hours to come, nine times of ten."""

    hours: int
    low_ucr: int
    high_ucr: int
    enough: int  # hours in which the limit is likely enough
    too_low: int  # hours in which it is likely too low


def chance_of(limit_ucr: int, ahead: Sequence[ExpectedPrice]) -> Chance:
    """A limit's chance in hours of which something is to be expected; there is one at least."""
    return Chance(
        hours=len(ahead),
        low_ucr=min(one.low_ucr for one in ahead),
        high_ucr=max(one.high_ucr for one in ahead),
        enough=sum(one.high_ucr <= limit_ucr for one in ahead),
        too_low=sum(one.low_ucr > limit_ucr for one in ahead),
    )


def expected(known: SpotForecast, now: datetime, hours: int, least_ucr: int) -> list[ExpectedPrice]:
    """The coming hours' prices, from the hour after ``now``'s on; nothing where nothing is known.

    ``least_ucr``: the pool's floor, below which no price is."""
    found = []
    for number in range(1, hours + 1):
        at = floor_to(now, HOUR) + number * HOUR
        quantiles = known.price.quantiles(hour_of_week(at), EXPECTED)
        if quantiles is None:
            return []
        low, middle, high = (max(round(each), least_ucr) for each in quantiles)
        found.append(ExpectedPrice(at=at, low_ucr=low, middle_ucr=middle, high_ucr=high))
    return found


def by_hour(ticks: Iterable[TickPrice]) -> list[TickPrice]:
    """A history hour by hour: means of price, supply, demand and use over each hour's ticks."""
    hours: dict[tuple[str, datetime], list[TickPrice]] = {}
    for each in ticks:
        hours.setdefault((each.pool, floor_to(each.at, HOUR)), []).append(each)
    return [_mean(pool, hour, own) for (pool, hour), own in sorted(hours.items())]


def _mean(pool: str, hour: datetime, ticks: list[TickPrice]) -> TickPrice:
    total = sum(each.ticks for each in ticks)

    def mean(name: str) -> int:
        return round(sum(int(getattr(each, name)) * each.ticks for each in ticks) / total)

    names = ("price_ucr", "controller_ucr", "unserved_ucr", "supply", "wanted", "used")
    return TickPrice(
        pool=pool,
        at=hour,
        reason="hourly-mean",
        ticks=total,
        **{name: mean(name) for name in names},
    )
