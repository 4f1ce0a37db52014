"""Prices: published ones of reserved time, those of spot tick by tick, and those to be expected."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from pydantic import Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import spot_price as domain
from marketplace.services.price import PricedSlots, PriceList


class PoolPrices(Shape):
    """A pool's prices an hour and what was on sale, slot by slot."""

    pool: str
    price_credits: list[Credits]
    on_sale: list[int]

    @classmethod
    def of(cls, one: PricedSlots) -> Self:
        """A pool's slots as data."""
        return cls(
            pool=one.pool,
            price_credits=[credits_of(price_ucr) for price_ucr in one.prices_ucr],
            on_sale=list(one.free),
        )


class Prices(Shape):
    """The published prices of one settled cycle, from a slot on."""

    cycle: str
    start: Instant
    slot_minutes: int
    pools: list[PoolPrices]

    @classmethod
    def of(cls, found: PriceList) -> Self:
        """A list of prices as data."""
        return cls(
            cycle=found.cycle.id,
            start=found.span.start,
            slot_minutes=found.span.slot // timedelta(minutes=1),
            pools=[PoolPrices.of(one) for one in found.pools],
        )


class TickPrice(Shape):
    """A pool's spot price from a tick on, with both of its parts."""

    pool: str
    at: Instant
    price_credits: Credits
    controller_credits: Credits
    controller_reason: str
    unserved_limit_credits: Credits | None = Field(
        description="The highest limit not served that is not above the lowest served."
    )
    decided_by: str
    wanted: int
    supply: int
    used: int
    ticks: int = Field(description="1, or how many ticks a mean of the older history stands for.")

    @classmethod
    def of(cls, price: domain.TickPrice) -> Self:
        """A spot price as data."""
        return cls(
            pool=price.pool,
            at=price.at,
            price_credits=credits_of(price.price_ucr),
            controller_credits=credits_of(price.controller_ucr),
            controller_reason=price.reason,
            unserved_limit_credits=credits_of(price.unserved_ucr) if price.unserved_ucr else None,
            decided_by=price.decided_by,
            wanted=price.wanted,
            supply=price.supply,
            used=price.used,
            ticks=price.ticks,
        )


class ExpectedPrice(Shape):
    """What a pool's spot price may be in an hour to come: nine times of ten between low and
    high."""

    pool: str
    at: Instant
    low_credits: Credits
    middle_credits: Credits
    high_credits: Credits

    @classmethod
    def of(cls, pool: str, price: domain.ExpectedPrice) -> Self:
        """An expected price of that pool as data."""
        return cls(
            pool=pool,
            at=price.at,
            low_credits=credits_of(price.low_ucr),
            middle_credits=credits_of(price.middle_ucr),
            high_credits=credits_of(price.high_ucr),
        )


class ExpectedPrices(Shape):
    """What a pool's spot price may be, hour by hour; empty where nothing is known to go by."""

    pool: str
    items: list[ExpectedPrice]

    @classmethod
    def of(cls, pool: str, prices: Iterable[domain.ExpectedPrice]) -> Self:
        """Expected prices of that pool as data."""
        return cls(pool=pool, items=[ExpectedPrice.of(pool, one) for one in prices])
