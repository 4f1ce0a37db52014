"""Overrides: what a pool has for a time, whatever its windows say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from api.wire.reservation import TimeBox
from api.wire.shape import Instant, Shape
from marketplace.domain import override as domain
from marketplace.domain.capacity import UNITS_MAX, how_far
from marketplace.domain.reservation import Reservation as Box

UnitsOrNone = Annotated[int, Field(ge=0, le=UNITS_MAX, strict=True)]


class Override(Shape):
    """So many units that a pool has for a time, in place of its windows'. Where several overlap,
    the newest counts; maintenance takes from it. One that was called off ended at its `end`."""

    id: str
    pool: str
    start: Instant
    end: Instant
    quantity: int
    reason: str
    created_at: Instant
    cancelled_at: Instant | None

    @classmethod
    def of(cls, override: domain.Override) -> Self:
        """An override as data."""
        return cls(
            id=override.id,
            pool=override.pool,
            start=override.start,
            end=override.end,
            quantity=override.quantity,
            reason=override.reason,
            created_at=override.created_at,
            cancelled_at=override.cancelled_at,
        )

    def state(self, now: datetime) -> str:
        """How far it has come: ``cancelled``, or as a maintenance has it."""
        return "cancelled" if self.cancelled_at else how_far(self.start, self.end, now)


class ChangedOverride(Override):
    """An override that was made or called off, and the reservations that fail for it."""

    failed: list[TimeBox]

    @classmethod
    def changed(
        cls, override: domain.Override, failed: Sequence[Box], back_ucr: Mapping[str, int]
    ) -> Self:
        """What making and calling off answer; ``back_ucr``: what each failed reservation gave
        back."""
        gone = [TimeBox.of(one, back_ucr[one.id]) for one in failed]
        return cls(**dict(Override.of(override)), failed=gone)


class OverrideBody(Shape):
    """Units that a pool has for a time, whatever its windows say."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "start": "2026-12-24T00:00:00Z",
                    "end": "2026-12-27T00:00:00Z",
                    "quantity": 0,
                    "reason": "the building is closed",
                }
            ]
        }
    )

    start: Instant = Field(
        description="From then on: a slot's start. What has passed is from the slot that runs."
    )
    end: Instant = Field(description="Until then: a slot's start, within two years of the first.")
    quantity: UnitsOrNone = Field(description="So many units it has in all, or none.")
    reason: str = Field(description="Why, for those who lose time.")

    def to_request(self, pool: str) -> domain.OverrideRequest:
        """The override of that pool that is meant."""
        return domain.OverrideRequest(
            pool=pool,
            start=self.start,
            end=self.end,
            quantity=self.quantity,
            reason=self.reason,
        )
