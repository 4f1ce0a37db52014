"""What all shapes have in common; money, times, dates and durations on the wire.

A shape is frozen, and refuses a name that it does not know: a misspelt field is never ignored.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from api.texts import credits_ucr, day, duration, moment, wall_time
from marketplace.words import stamp, text_of_duration
from pricing.units import credits_from_ucr


def stays_in_a_header(text: str) -> bool:
    """Whether a header carries a text as it is: letters of ASCII that can be printed."""
    return text.isascii() and text.isprintable()


class Shape(BaseModel):
    """Data as it stands on the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return self.model_dump(mode="json")

    @classmethod
    def read(cls, document: Any) -> Self:
        """The shape that ``document`` wrote. Raises pydantic's ``ValidationError``."""
        return cls.model_validate(document)


SAID_MOST = 2_000
Said = Annotated[
    str,
    Field(
        max_length=SAID_MOST,
        description="What its times were worked out from, such as `+3h`: a repeat under the same "
        "key is known by that, where it is given both times, and else by all other fields.",
    ),
]


def field_of(place: Iterable[str | int]) -> str:
    """The name of a place in a body, as refusals tell it: ``options[0].legs[1].quantity``."""
    name = ""
    for part in place:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


def _credits(value: object) -> Decimal:
    """Decimal text to credits; a JSON number is refused: it may have been rounded on its way."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise ValueError('give credits as decimal text, like "17.60"')
    return credits_from_ucr(credits_ucr(value))


def _signed(value: object) -> Decimal:
    if isinstance(value, str) and value.startswith("-"):
        return -_credits(value[1:])
    return _credits(value)


def _instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else moment(_text(value))


def _duration(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else duration(_text(value))


def _day(value: object) -> date:
    return value if isinstance(value, date) else day(_text(value))


def _wall_time(value: object) -> time:
    return value if isinstance(value, time) else wall_time(_text(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("give it as text")
    return value


Credits = Annotated[
    Decimal,
    BeforeValidator(_credits),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d{1,6})?$", "examples": ["12.5"]}),
]
"""Credits: exact decimal text with up to six digits after the point."""

SignedCredits = Annotated[
    Decimal,
    BeforeValidator(_signed),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d{1,6})?$", "examples": ["-12.5"]}),
]
"""Credits that may lie below zero: what a line of a statement changes."""

Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(stamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-24T08:00:00Z"]}),
]
"""A moment: RFC 3339 with any offset in, UTC out."""

Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(text_of_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["4h", "30m", "1d"]}),
]
"""A time's length: ``30m``, ``4h``, ``1d``."""

Day = Annotated[date, BeforeValidator(_day)]
"""A date: ``2026-11-24``."""

WallTime = Annotated[
    time,
    BeforeValidator(_wall_time),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d$", "examples": ["09:00"]}),
]
"""Hours and minutes, as a clock on a wall shows them."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def credits_of(amount_ucr: int) -> Decimal:
    """Micro-credits as credits, exact."""
    return credits_from_ucr(amount_ucr)
