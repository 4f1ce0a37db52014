"""Times, dates, durations, credits and whole numbers as text. Read strictly, never guessed."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from allocator.files import times
from marketplace.words import WEEKDAYS
from pricing.units import ucr_from_credits

WHOLE: Final = re.compile(r"-?\d{1,18}", re.ASCII)
CREDITS: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
DURATION: Final = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?", re.ASCII)
WITHOUT_OFFSET: Final = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?)?", re.ASCII)
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
WALL_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
YEARS: Final = range(2000, 3000)
EXAMPLE: Final = "2026-11-24T08:00Z or 2026-11-24T09:00+01:00"
LONGEST: Final = timedelta(days=36_525)


def shown(text: str) -> str:
    """What was typed, quoted, short enough for a sentence."""
    return repr(text if len(text) <= 50 else f"{text[:40]}…")


def moment(text: str) -> datetime:
    """A time with its offset to UTC, as UTC, in whole seconds: a fraction, which no market counts
    in, falls off. Raises ``ValueError``: a sentence for people."""
    if WITHOUT_OFFSET.fullmatch(text):
        raise ValueError(f"{shown(text)} has no offset to UTC; write it like {EXAMPLE}")
    found = times.moment(text)
    if found is None:
        raise ValueError(f"{shown(text)} is not a time; write it like {EXAMPLE}")
    at = found.replace(microsecond=0)
    if at.year not in YEARS:
        raise ValueError(f"{shown(text)} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return at


def day(text: str) -> date:
    """A date. Raises ``ValueError``: a sentence for people."""
    if not DATE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a date; write it like 2026-11-24")
    try:
        found = date.fromisoformat(text)
    except ValueError as bad:
        raise ValueError(f"{shown(text)} is not a date: {bad}") from bad
    if found.year not in YEARS:
        raise ValueError(f"{shown(text)} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return found


def month(text: str) -> datetime:
    """The start of a month, UTC. Raises ``ValueError``: a sentence for people."""
    if not MONTH.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a month; write it like 2026-11")
    return datetime.combine(day(f"{text}-01"), time(), UTC)


def wall_time(text: str) -> time:
    """Hours and minutes of some time zone's clock. Raises ``ValueError``: a sentence for people."""
    if not WALL_TIME.fullmatch(text):
        raise ValueError(f"{shown(text)} is no time of day from 00:00 to 23:59")
    return time.fromisoformat(text)


def weekdays(text: str) -> tuple[str, ...]:
    """``mon-fri``, ``sat,sun``, ``fri-mon``. Raises ``ValueError``: a sentence for people."""
    found: set[str] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not {first, last if dash else first} <= set(WEEKDAYS):
            raise ValueError(f"{shown(text)} are no days; write them like mon-fri or mon,wed")
        at, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        found |= {WEEKDAYS[(at + k) % 7] for k in range((end - at) % 7 + 1)}
    return tuple(each for each in WEEKDAYS if each in found)


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


def signed_ucr(text: str) -> int:
    """Credits above or below zero, as micro-credits, exactly. Raises ``ValueError``."""
    if not CREDITS.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a number of credits, like 17.60 or -17.60")
    amount_ucr = ucr_from_credits(text)
    if amount_ucr == 0:
        raise ValueError("credits must be above or below zero")
    return amount_ucr
