"""Demand that no capacity was there for."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import unserved as domain


class UnservedSlot(Shape):
    """Units that were asked for in a slot and not got."""

    at: Instant
    units: int
    orders: int = Field(description="Of so many orders.")
    worth_credits: Credits = Field(description="What these units were worth to them there.")


class UnservedPool(Shape):
    """A pool's unserved demand; slots without any are left out."""

    pool: str
    orders: int
    worth_credits: Credits
    slots: list[UnservedSlot]

    @classmethod
    def of(cls, found: domain.UnservedPool) -> Self:
        """A pool's demand as data."""
        return cls(
            pool=found.pool,
            orders=found.orders,
            worth_credits=credits_of(found.worth_ucr),
            slots=[
                UnservedSlot(
                    at=one.at,
                    units=one.units,
                    orders=one.orders,
                    worth_credits=credits_of(one.worth_ucr),
                )
                for one in found.slots
            ],
        )


class Unserved(Shape):
    """Unserved demand by pool; pools without any are left out."""

    pools: list[UnservedPool]

    @classmethod
    def of(cls, found: Sequence[domain.UnservedPool]) -> Self:
        """The demand as data."""
        return cls(pools=[UnservedPool.of(one) for one in found])
