"""Pools, their windows, maintenance, and the calendar of what is free."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from api.wire.reservation import TimeBox
from api.wire.shape import Credits, Instant, Shape, credits_of
from marketplace.domain import capacity as domain
from marketplace.domain.command import ChangePool, EndWindow, OpenPools
from marketplace.domain.cycle import id_of, number_of
from marketplace.domain.reservation import Reservation as Box
from marketplace.errors import BadField
from marketplace.rules import MarketRules
from pricing.units import ucr_from_credits

Units = Annotated[int, Field(ge=1, le=domain.UNITS_MAX, strict=True)]


class PoolChange(Shape):
    """What of a pool is other from a cycle on; null for what stays."""

    from_cycle: str
    reserve_price_credits: Credits | None
    retired: bool | None

    @classmethod
    def of(cls, change: domain.PoolChange) -> Self:
        """A change as data."""
        price = change.reserve_price_ucr
        return cls(
            from_cycle=id_of(change.from_cycle),
            reserve_price_credits=None if price is None else credits_of(price),
            retired=change.retired,
        )

    def to_change(self) -> domain.PoolChange:
        """The change that was told."""
        price = self.reserve_price_credits
        return domain.PoolChange(
            from_cycle=number_of(self.from_cycle),
            reserve_price_ucr=None if price is None else ucr_from_credits(price),
            retired=self.retired,
        )


class Pool(Shape):
    """Interchangeable units."""

    id: str
    name: str
    unit: str
    block_size: int
    reserve_price_credits: Credits
    created_at: Instant
    retired: bool = Field(description="Whether nothing of it is sold any more.")
    coming: list[PoolChange] = Field(description="What later cycles change, in their order.")

    @classmethod
    def of(cls, pool: domain.Pool) -> Self:
        """A pool as data."""
        return cls(
            id=pool.id,
            name=pool.name,
            unit=pool.unit,
            block_size=pool.block_size,
            reserve_price_credits=credits_of(pool.reserve_price_ucr),
            created_at=pool.created_at,
            retired=pool.retired,
            coming=[PoolChange.of(one) for one in pool.coming],
        )

    def to_pool(self) -> domain.Pool:
        """The pool that was told."""
        return domain.Pool(
            id=self.id,
            name=self.name,
            unit=self.unit,
            block_size=self.block_size,
            reserve_price_ucr=ucr_from_credits(self.reserve_price_credits),
            created_at=self.created_at,
            retired=self.retired,
            coming=tuple(one.to_change() for one in self.coming),
        )


class Window(Shape):
    """A pool's units for a time."""

    id: str = Field(description="Its id; nothing in a rehearsal.")
    pool: str
    start: Instant
    end: Instant
    quantity: int
    ended_at: Instant | None = Field(description="When it was said that it ends so, if it was.")

    @classmethod
    def of(cls, window: domain.Window) -> Self:
        """A window as data."""
        return cls(
            id=window.id,
            pool=window.pool,
            start=window.start,
            end=window.end,
            quantity=window.quantity,
            ended_at=window.ended_at,
        )


class EndedWindow(Window):
    """A window that was ended, and the reservations that fail for it."""

    failed: list[TimeBox]

    @classmethod
    def ended(
        cls, window: domain.Window, failed: Sequence[Box], back_ucr: Mapping[str, int]
    ) -> Self:
        """What ending answers; ``back_ucr``: what each failed reservation gave back."""
        gone = [TimeBox.of(one, back_ucr[one.id]) for one in failed]
        return cls(**dict(Window.of(window)), failed=gone)


class OpenedPool(Pool):
    """A new pool, and its first windows."""

    windows: list[Window]

    @classmethod
    def opened(cls, pool: domain.Pool, windows: Sequence[domain.Window]) -> Self:
        """What opening a pool answers."""
        return cls(**dict(Pool.of(pool)), windows=[Window.of(one) for one in windows])


class Maintenance(Shape):
    """Units that are away for a time."""

    id: str
    pool: str
    start: Instant
    end: Instant
    quantity: int
    reason: str

    @classmethod
    def of(cls, maintenance: domain.Maintenance) -> Self:
        """A maintenance as data."""
        return cls(
            id=maintenance.id,
            pool=maintenance.pool,
            start=maintenance.start,
            end=maintenance.end,
            quantity=maintenance.quantity,
            reason=maintenance.reason,
        )

    def state(self, now: datetime) -> str:
        """How far it has come: ``announced``, ``under way`` or ``over``."""
        return domain.how_far(self.start, self.end, now)


class ScheduledMaintenance(Maintenance):
    """A new maintenance: the whole slots that it takes, and the reservations that fail for it."""

    slots_start: Instant
    slots_end: Instant
    failed: list[TimeBox]

    @classmethod
    def scheduled(
        cls,
        maintenance: domain.Maintenance,
        slots: tuple[datetime, datetime],
        failed: Sequence[Box],
        back_ucr: Mapping[str, int],
    ) -> Self:
        """What scheduling answers; ``back_ucr``: what each failed reservation gave back."""
        return cls(
            **dict(Maintenance.of(maintenance)),
            slots_start=slots[0],
            slots_end=slots[1],
            failed=[TimeBox.of(one, back_ucr[one.id]) for one in failed],
        )


class CalendarPool(Shape):
    """A pool's units, slot by slot."""

    pool: str
    unit: str
    capacity: list[int] = Field(description="What there is, without what is under maintenance.")
    sold: list[int] = Field(description="Sold ahead, as reserved time.")
    spot: list[int] = Field(description="What spot runs keep whatever comes, from now on.")
    maintenance: list[int]
    free: list[int] = Field(description="Neither sold nor kept by spot.")

    @classmethod
    def of(cls, there: domain.PoolCapacity) -> Self:
        """A pool's slots as data."""
        return cls(
            pool=there.pool.id,
            unit=there.pool.unit,
            capacity=there.capacity.tolist(),
            sold=there.sold.tolist(),
            spot=there.spot.tolist(),
            maintenance=there.maintenance.tolist(),
            free=there.free(secured=there.spot).tolist(),
        )


class Calendar(Shape):
    """What there is, what is sold and what is free, from a slot on."""

    start: Instant
    slot_minutes: int
    slots: int
    pools: list[CalendarPool]

    @classmethod
    def of(cls, span: domain.Span, pools: Sequence[domain.PoolCapacity]) -> Self:
        """A calendar as data."""
        return cls(
            start=span.start,
            slot_minutes=span.slot // timedelta(minutes=1),
            slots=span.slots,
            pools=[CalendarPool.of(one) for one in pools],
        )


class PoolBody(Shape):
    """A pool to open, with its first window."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "b200", "capacity": 64, "reserve_price_credits": "0.25", "block_size": 8}
            ]
        }
    )

    id: str = Field(description="Its name in orders and accounts: a-z, 0-9, -, _, .")
    capacity: Units = Field(description="So many units it has in its first window.")
    reserve_price_credits: Credits = Field(description="For a unit-hour: nothing is sold for less.")
    unit: str = Field(default="gpu", description="What is sold: gpu, expert.")
    block_size: Units = Field(default=1, description="Quantities are multiples of it.")
    name: str = Field(default="", description="A name for people; without it the id.")
    start: Instant | None = Field(
        default=None, description="When the window starts; without it the slot that runs."
    )
    end: Instant | None = Field(
        default=None, description="When the window ends; without it after 365 days."
    )

    def to_command(self, rules: MarketRules, now: datetime) -> OpenPools:
        """The opening that is meant, at ``now``."""
        start, end = domain.pool_window(self.start, self.end, rules, now)
        pool = domain.Pool(
            id=self.id,
            name=self.name or self.id,
            unit=self.unit,
            block_size=self.block_size,
            reserve_price_ucr=ucr_from_credits(self.reserve_price_credits),
            created_at=now,
        )
        window = domain.Window(pool=self.id, start=start, end=end, quantity=self.capacity)
        return OpenPools((pool,), (window,))


class PoolChangeBody(Shape):
    """What of a pool is to be other, from a later cycle on, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reserve_price_credits": "0.35",
                    "from_cycle": "cyc_000009",
                    "reason": "power costs more",
                }
            ]
        }
    )

    reserve_price_credits: Credits | None = Field(
        default=None, description="For a unit-hour: nothing is sold for less."
    )
    retired: bool | None = Field(
        default=None,
        strict=True,
        description="true: nothing of it is sold any more, and what is sold stays; false: it is.",
    )
    from_cycle: str = Field(default="", description="From it on; without it from the next on.")
    reason: str = Field(description="Why, for everybody.")

    def to_command(self, pool: str) -> ChangePool:
        """The change of that pool that is meant. Raises ``BadField`` where nothing is other."""
        price = self.reserve_price_credits
        if price is None and self.retired is None:
            choices = ("reserve_price_credits", "retired")
            raise BadField("reserve_price_credits", None, "nothing-other", {"choices": choices})
        change = domain.PoolChange(
            from_cycle=number_of(self.from_cycle, "from_cycle") if self.from_cycle else 0,
            reserve_price_ucr=None if price is None else ucr_from_credits(price),
            retired=self.retired,
        )
        return ChangePool(pool, change, self.reason)


class WindowBody(Shape):
    """Units that a pool has for a time, beside its other windows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"start": "2026-12-01T00:00:00Z", "end": "2027-03-01T00:00:00Z", "quantity": 16}
            ]
        }
    )

    start: Instant = Field(description="From then on.")
    end: Instant = Field(description="Until then.")
    quantity: Units = Field(description="So many units more.")

    def to_window(self, pool: str) -> domain.Window:
        """The window of that pool that is meant."""
        return domain.Window(pool=pool, start=self.start, end=self.end, quantity=self.quantity)


class WindowEndBody(Shape):
    """From when on a window is no more, and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "added twice"}]})

    reason: str = Field(description="Why, for those who lose time.")
    start: Instant | None = Field(
        default=None,
        description="From then on: a slot's start. Without it once none of its units is sold.",
    )

    def to_command(self, window: str) -> EndWindow:
        """The end of that window that is meant."""
        return EndWindow(window, self.reason, self.start)


class MaintenanceBody(Shape):
    """Units to take away for a time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "start": "2026-11-28T06:00:00Z",
                    "end": "2026-11-28T18:00:00Z",
                    "quantity": 8,
                    "reason": "new power supplies",
                }
            ]
        }
    )

    start: Instant = Field(description="From then on; slots that it touches are taken whole.")
    end: Instant = Field(description="Until then.")
    quantity: Units = Field(description="So many units are away.")
    reason: str = Field(description="Why, for those who lose time.")
    id: str = Field(default="", description="A name for it; without it one is made.")

    def to_maintenance(self, pool: str) -> domain.Maintenance:
        """The maintenance of that pool that is meant; the use case dates it, so that the same
        body is the same command whenever it comes."""
        made = domain.maintenance_id(pool, self.start, self.end, self.quantity)
        return domain.Maintenance(
            id=self.id or made,
            pool=pool,
            start=self.start,
            end=self.end,
            quantity=self.quantity,
            reason=self.reason,
            created_at=self.start,
        )
