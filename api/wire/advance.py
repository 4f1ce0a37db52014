"""Moving the manual clock."""

from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from api.wire.shape import Duration, Instant, Shape


class AdvanceBody(Shape):
    """By how long, or to which time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "1h"}]})

    by: Duration | None = Field(default=None, description="So long, or")
    to: Instant | None = Field(default=None, description="to this time.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.by is None) == (self.to is None):
            raise ValueError("give by or to")
        return self

    def target(self, now: datetime) -> datetime:
        """The time that is meant."""
        return self.to or now + (self.by or now - now)


class Advanced(Shape):
    """What time it is now, and what fell due on the way."""

    now: Instant
    ticks: int
    cycles: list[str] = Field(description="Those that were run, by id.")
