"""Times, durations, credits and other values: as people read them, and as JSON has them."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final

from pricing.units import credits_from_ucr

TOLD_MAX: Final = 50
"""Letters of a value that a sentence repeats."""

MOMENTS: Final = 4_096
"""Of which the text is kept: time is sold in slots, so that long lists tell the same ones."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=MOMENTS)
def zulu(at: datetime) -> str:
    """A time as people and programs read it: RFC 3339 in UTC, with its Z."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%MZ}" if at.second == 0 else f"{at:%Y-%m-%dT%H:%M:%SZ}"


@lru_cache(maxsize=MOMENTS)
def stamp(at: datetime) -> str:
    """A time in JSON: as ``zulu``, but always with its seconds."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def text_of_duration(length: timedelta) -> str:
    """A duration as it is typed: ``3d``, ``1h30m``."""
    minutes = abs(length) // timedelta(minutes=1)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m"))
    text = "".join(f"{number}{unit}" for number, unit in parts if number) or "0h"
    return f"-{text}" if length < timedelta(0) else text


def credits_text(amount_ucr: int) -> str:
    """Credits for people: two digits after the point, or as many as there are."""
    number = credits_from_ucr(amount_ucr)
    digits = max(2, -int(number.as_tuple().exponent))
    return f"{number:,.{digits}f}"


@dataclass(frozen=True, slots=True)
class Credits:
    """An amount in a refusal: read as credits, wherever it is told."""

    ucr: int

    def __str__(self) -> str:
        return credits_text(self.ucr)


def told(value: object) -> str:
    """A value as people type it; texts as they are."""
    if isinstance(value, timedelta):
        return text_of_duration(value)
    if isinstance(value, datetime):
        odd = value.tzinfo is None or value.microsecond or not 1 < value.year < 9999
        return value.isoformat() if odd else zulu(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(told, value))
    return str(value)


def few_of(names: Sequence[str], more: int) -> str:
    """A few names, and how many more there are: ``a, b and 2 more``."""
    return ", ".join(names) + (f" and {more} more" if more else "")


def quoted(value: object) -> str:
    """The value that fails, as a sentence repeats it: texts in quotes, and never too long."""
    if not isinstance(value, str):
        return told(value)
    return repr(value if len(value) <= TOLD_MAX else f"{value[: TOLD_MAX - 10]}…")


def plain(value: object) -> object:
    """A value as JSON has it: credits as decimal text, times in UTC."""
    if isinstance(value, Credits):
        return str(credits_from_ucr(value.ucr))
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return told(value)
