"""What people type: times, durations, credits and whole numbers. Read strictly, never guessed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from api.cli.refusals import Unreadable
from marketplace.errors import BadField
from marketplace.words import credits_text as credits_text
from marketplace.words import stamp as stamp
from marketplace.words import text_of_duration as text_of_duration
from marketplace.words import zulu as zulu
from pricing.units import ucr_from_credits

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)
WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)
CREDITS: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
SECONDS: Final = re.compile(r"\d{1,6}(\.\d{1,3})?", re.ASCII)
DURATION: Final = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?", re.ASCII)
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
WITHOUT_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d)?)?", re.ASCII)
YEARS: Final = range(2000, 3000)
EXAMPLE: Final = "2026-11-24T08:00Z or 2026-11-24T09:00+01:00"
LONGEST: Final = timedelta(days=36_525)


def shown(text: str) -> str:
    """What was typed, quoted, short enough for a sentence."""
    return repr(text if len(text) <= 50 else f"{text[:40]}…")


@dataclass(frozen=True, slots=True)
class When:
    """A time as it was typed: absolute, or so long after now."""

    at: datetime | None
    after: timedelta = timedelta(0)

    def on(self, now: datetime) -> datetime:
        """The time that is meant."""
        return self.at if self.at is not None else now + self.after

    def on_slot(self, now: datetime, slot: timedelta) -> datetime:
        """The time that is meant; one relative to now is rounded up to a slot's start."""
        if self.at is not None:
            return self.at
        seconds, step_s = int(self.on(now).timestamp()), int(slot.total_seconds())
        return datetime.fromtimestamp(-(-seconds // step_s) * step_s, UTC)


def moment(text: str) -> datetime:
    """A time with its offset to UTC, as UTC. Raises ``ValueError``: a sentence for people."""
    if WITHOUT_OFFSET.fullmatch(text):
        raise ValueError(f"{shown(text)} has no offset to UTC; write it like {EXAMPLE}")
    if not MOMENT.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a time; write it like {EXAMPLE}")
    try:
        at = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as bad:
        raise ValueError(f"{shown(text)} is not a time: {bad}") from bad
    if at.year not in YEARS:
        raise ValueError(f"{shown(text)} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return at


def when(text: str) -> When:
    """A time, or ``now``, ``+3h``, ``+2d``. Raises ``ValueError``: a sentence for people."""
    if text == "now":
        return When(None)
    if text.startswith("+"):
        return When(None, duration(text[1:]))
    return When(moment(text))


def duration(text: str) -> timedelta:
    """``90m``, ``8h``, ``3d`` or ``1h30m``. Raises ``ValueError``: a sentence for people."""
    found = DURATION.fullmatch(text)
    if not found or not text:
        raise ValueError(f"{shown(text)} is not a duration; write it like 90m, 8h, 3d or 1h30m")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes)
    if length > LONGEST:
        raise ValueError(f"{shown(text)} is longer than a hundred years")
    return length


def whole(text: str) -> int:
    """A whole number. Raises ``ValueError``: a sentence for people."""
    if not WHOLE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a whole number of at most 18 digits, like 8")
    return int(text)


def credits_ucr(text: str) -> int:
    """Credits, zero or more, as micro-credits, exactly. Raises ``ValueError``."""
    if not CREDITS.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a number of credits, like 17.60")
    amount_ucr = ucr_from_credits(text)
    if amount_ucr < 0:
        raise ValueError(f"{shown(text)} is negative; credits are zero or more")
    return amount_ucr


def above_zero_ucr(text: str) -> int:
    """Credits above zero, as micro-credits, exactly. Raises ``ValueError``."""
    if CREDITS.fullmatch(text) and ucr_from_credits(text) <= 0:
        raise ValueError(f"credits must be above zero, not {shown(text)}")
    return credits_ucr(text)


def seconds(text: str) -> float:
    """Seconds above zero, up to six digits. Raises ``ValueError``."""
    if not SECONDS.fullmatch(text) or float(text) == 0:
        raise ValueError(f"{shown(text)} is not a number of seconds above zero, like 20 or 1.5")
    return float(text)


def from_zero(text: str) -> int:
    """A whole number, zero or more. Raises ``ValueError``: a sentence for people."""
    number = whole(text)
    if number < 0:
        raise ValueError(f"{shown(text)} is below zero")
    return number


def positive(text: str) -> int:
    """A whole number above zero. Raises ``ValueError``: a sentence for people."""
    number = whole(text)
    if number < 1:
        raise ValueError(f"{shown(text)} is not above zero")
    return number


def one_of(field: str, text: str, kind: type[Word]) -> Word:
    """The one of ``kind`` that was typed. Raises ``BadField``, naming all that there are."""
    if text not in list(kind):
        raise BadField(field, text, "not-one-of", {"choices": list(kind)})
    return kind(text)


def counted(number: int, noun: str) -> str:
    """A number of things in words: ``1 award``, ``2 awards``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def typed(read: Callable[[str], T]) -> Callable[[str], T]:
    """``read`` for a command's option: what it objects to is a usage error that names the flag."""

    def parser(text: str) -> T:
        if not isinstance(text, str):
            return text  # a default comes here too, as it is
        try:
            return read(text)
        except ValueError as bad:
            raise Unreadable(text, str(bad)) from bad

    return parser
