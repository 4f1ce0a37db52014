"""Prices: published ones of reserved time, those of spot tick by tick, and those to be expected."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Self

from pydantic import Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import indicative
from marketplace.domain import spot_price as domain
from marketplace.domain.cycle import id_of
from marketplace.domain.forward_floor import Fared, Floors
from marketplace.domain.price import ForwardPrice as Forward
from marketplace.rules import PPM
from marketplace.services.forward_floor import Showing as Floored
from marketplace.services.indicative import Showing
from marketplace.services.price import PricedSlots, PriceList
from pricing.units import ucr_from_credits


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


class IndicativePool(Shape):
    """A pool's indicative prices an hour, slot by slot."""

    pool: str
    price_credits: list[Credits | None] | None = Field(
        description="Rounded up to two digits; null in slots that fewer than three teams bid for, "
        "and in place of the list where that is every slot."
    )
    reason: str = Field(
        description="Why there are none: `too-few-bidders`, `not-cleared`; else empty."
    )

    @classmethod
    def of(cls, one: indicative.IndicativePool) -> Self:
        """A pool's slots as data."""
        prices = [_credits(price_ucr) for price_ucr in one.prices_ucr]
        return cls(pool=one.pool, price_credits=None if one.reason else prices, reason=one.reason)


class IndicativePrices(Shape):
    """What a cycle's book would have cleared at, as it stood while the cycle was open."""

    cycle: str
    due_at: Instant = Field(description="The fixed time, so long before the cycle closes.")
    as_of: Instant = Field(description="When the book was read: later where the clock was late.")
    start: Instant
    slot_minutes: int
    pools: list[IndicativePool]

    @classmethod
    def of(cls, told: indicative.Indicative) -> Self:
        """What was told, as data."""
        return cls(
            cycle=id_of(told.cycle),
            due_at=told.due_at,
            as_of=told.as_of,
            start=told.start,
            slot_minutes=told.slot_minutes,
            pools=[IndicativePool.of(one) for one in told.pools],
        )


class Indicative(Shape):
    """The newest indicative prices of a cycle, and when the next come."""

    cycle: str
    closes_at: Instant
    next_due_at: Instant | None = Field(description="Null where no other comes.")
    latest: IndicativePrices | None = Field(description="Null where none were told yet.")

    @classmethod
    def of(cls, found: Showing) -> Self:
        """What stands of a cycle as data."""
        return cls(
            cycle=found.cycle.id,
            closes_at=found.cycle.closes_at,
            next_due_at=found.next_due_at,
            latest=IndicativePrices.of(found.latest) if found.latest else None,
        )


class FloorsMade(Shape):
    """What a repeat of the last week would make the hours ahead cost."""

    as_of: Instant = Field(description="When the week ended that is repeated.")
    orders: int = Field(description="How many orders it had.")
    start: Instant
    slot_minutes: int
    pools: list[IndicativePool]

    @classmethod
    def of(cls, made: Floors) -> Self:
        """What was made, as data."""
        return cls(
            as_of=made.as_of,
            orders=made.orders,
            start=made.start,
            slot_minutes=made.slot_minutes,
            pools=[IndicativePool.of(one) for one in made.pools],
        )


class FloorsPast(Shape):
    """How a pool's floors of past cycles fared, of hours that they had held and that a later cycle
    sold last."""

    pool: str
    hours: int = Field(description="Slots, once for each cycle that had a floor for it.")
    floor_credits: Credits = Field(description="The mean floor, a unit-hour.")
    price_credits: Credits = Field(description="What such an hour cost in the end, in the mean.")
    reached_share: float = Field(description="The part of them that cost the floor or more.")
    empty_share: float = Field(
        description="The part that cost no more than the reserve price: held back for nothing."
    )

    @classmethod
    def of(cls, one: Fared) -> Self:
        """What came of floors, as data."""
        return cls(
            pool=one.pool,
            hours=one.slots,
            floor_credits=credits_of(one.floor_ucr),
            price_credits=credits_of(one.price_ucr),
            reached_share=one.reached / one.slots,
            empty_share=one.empty / one.slots,
        )


class ForwardFloors(Shape):
    """The least that a cycle sells hours ahead for, where that is more than a pool's reserve."""

    cycle: str
    closes_at: Instant
    share: float = Field(description="The part of the prices that is the least; 0: there is none.")
    made: FloorsMade | None = Field(description="Null where none were made.")
    past: list[FloorsPast] = Field(description="What came of those of past cycles.")

    @classmethod
    def of(cls, found: Floored) -> Self:
        """A cycle's floors as data."""
        made = found.floors
        return cls(
            cycle=found.cycle.id,
            closes_at=found.cycle.closes_at,
            share=found.share_ppm / PPM,
            made=FloorsMade.of(made) if made else None,
            past=[FloorsPast.of(one) for one in found.past],
        )


class TickPrice(Shape):
    """A pool's spot price from a tick on, with both of its parts."""

    pool: str
    at: Instant
    price_credits: Credits
    controller_credits: Credits
    controller_reason: str
    unserved_limit_credits: Credits | None = Field(
        description="The highest limit not served that is not above the lowest served, where that "
        "is the price; below the price it is one team's own affair."
    )
    decided_by: str
    wanted: int
    supply: int
    used: int
    ticks: int = Field(description="1, or how many ticks a mean of the older history stands for.")

    @classmethod
    def of(cls, price: domain.TickPrice) -> Self:
        """A spot price as data."""
        unserved = price.unserved_ucr > price.controller_ucr
        return cls(
            pool=price.pool,
            at=price.at,
            price_credits=credits_of(price.price_ucr),
            controller_credits=credits_of(price.controller_ucr),
            controller_reason=price.reason,
            unserved_limit_credits=credits_of(price.unserved_ucr) if unserved else None,
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

    def to_price(self) -> domain.ExpectedPrice:
        """The price that was told."""
        return domain.ExpectedPrice(
            at=self.at,
            low_ucr=ucr_from_credits(self.low_credits),
            middle_ucr=ucr_from_credits(self.middle_credits),
            high_ucr=ucr_from_credits(self.high_credits),
        )


class ExpectedPrices(Shape):
    """What a pool's spot price may be, hour by hour; empty where nothing is known to go by."""

    pool: str
    items: list[ExpectedPrice]

    @classmethod
    def of(cls, pool: str, prices: Iterable[domain.ExpectedPrice]) -> Self:
        """Expected prices of that pool as data."""
        return cls(pool=pool, items=[ExpectedPrice.of(pool, one) for one in prices])


class ForwardPrice(Shape):
    """What a unit-hour costs in a slot ahead."""

    at: Instant
    price_credits: Credits | None = Field(
        description="The best that is known: the cleared price, or else the median; null where "
        "nothing is known."
    )
    cleared_credits: Credits | None = Field(
        description="The last published price of that very slot; null where none has sold it yet."
    )
    low_credits: Credits | None = Field(description="The lower quartile of slots alike.")
    middle_credits: Credits | None = Field(description="Their median.")
    high_credits: Credits | None = Field(description="Their upper quartile.")
    hours: int = Field(description="How many slots alike there have been.")

    @classmethod
    def of(cls, one: Forward) -> Self:
        """A forward price as data."""
        return cls(
            at=one.at,
            price_credits=_credits(one.price_ucr),
            cleared_credits=_credits(one.cleared_ucr),
            low_credits=_credits(one.low_ucr),
            middle_credits=_credits(one.middle_ucr),
            high_credits=_credits(one.high_ucr),
            hours=one.hours,
        )


class PoolForward(Shape):
    """What a pool costs ahead, slot by slot."""

    pool: str
    slots: list[ForwardPrice]


class ForwardPrices(Shape):
    """What pools cost ahead."""

    pools: list[PoolForward]

    @classmethod
    def of(cls, found: Mapping[str, Sequence[Forward]]) -> Self:
        """Forward prices by pool as data."""
        return cls(
            pools=[
                PoolForward(pool=pool, slots=[ForwardPrice.of(one) for one in slots])
                for pool, slots in found.items()
            ]
        )


def _credits(amount_ucr: int | None) -> Decimal | None:
    return None if amount_ucr is None else credits_of(amount_ucr)
