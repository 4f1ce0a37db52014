"""Windows that recur, by the clock of a time zone."""

from collections.abc import Sequence
from typing import Self

from pydantic import ConfigDict, Field

from api.wire.capacity import Units, Window
from api.wire.shape import Day, Shape, WallTime, Weekday
from marketplace.domain import capacity
from marketplace.domain import recurrence as domain


class RecurrenceBody(Shape):
    """Units that a pool has week by week, beside its other windows. Hours are those of a time zone,
    in summer and in winter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "days": ["mon", "tue", "wed", "thu", "fri"],
                    "start_time": "20:00",
                    "end_time": "06:00",
                    "time_zone": "Europe/Berlin",
                    "first_day": "2026-12-01",
                    "last_day": "2027-03-31",
                    "quantity": 16,
                }
            ]
        }
    )

    days: list[Weekday] = Field(min_length=1, max_length=7, description="On which it begins.")
    start_time: WallTime = Field(
        description="From then on. An hour that comes twice is meant the first time; one that the "
        "clock leaves out begins when it jumps."
    )
    end_time: WallTime = Field(
        description="Until then: on the next day, where it is no later than the start."
    )
    time_zone: str = Field(max_length=64, description="Whose clock, by its IANA name.")
    first_day: Day = Field(description="The first day that counts.")
    last_day: Day = Field(description="The last day on which it may begin: within two years.")
    quantity: Units = Field(description="So many units more.")

    def to_recurrence(self, pool: str) -> domain.Recurrence:
        """The recurrence for that pool that is meant."""
        return domain.Recurrence(
            pool=pool,
            quantity=self.quantity,
            days=tuple(self.days),
            start_time=self.start_time,
            end_time=self.end_time,
            time_zone=self.time_zone,
            first_day=self.first_day,
            last_day=self.last_day,
        )


class DatedWindows(Shape):
    """The windows that a recurrence came to, by their start: cut inward to whole slots; what
    follows without a break is one."""

    pool: str
    time_zone: str
    windows: list[Window]

    @classmethod
    def of(cls, meant: domain.Recurrence, windows: Sequence[capacity.Window]) -> Self:
        """What adding them answers."""
        found = [Window.of(one) for one in windows]
        return cls(pool=meant.pool, time_zone=meant.time_zone, windows=found)
