"""What people type: times, durations, credits and whole numbers. Read strictly, never guessed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from api.cli.refusals import Document as Document
from api.cli.refusals import Unreadable
from api.periods import Edge, between, edge
from api.periods import Period as Period
from api.texts import duration, moment, shown, whole
from marketplace.errors import BadField
from marketplace.words import credits_text as credits_text
from marketplace.words import stamp as stamp
from marketplace.words import text_of_duration as text_of_duration
from marketplace.words import zulu as zulu
from pricing.units import credits_from_ucr, ucr_from_credits

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)
SECONDS: Final = re.compile(r"\d{1,6}(\.\d{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class When:
    """A time as it was typed: absolute, or so long after now. ``month``: by a month, whose start
    it is."""

    at: datetime | None
    after: timedelta = timedelta(0)
    month: bool = False

    def on(self, now: datetime) -> datetime:
        """The time that is meant."""
        return self.at if self.at is not None else now + self.after

    @property
    def text(self) -> str:
        """As it was typed, in one way for each meaning."""
        return stamp(self.at) if self.at is not None else f"+{text_of_duration(self.after)}"

    def on_slot(self, now: datetime, slot: timedelta) -> datetime:
        """The time that is meant; one relative to now is rounded up to a slot's start."""
        if self.at is not None:
            return self.at
        seconds, step_s = int(self.on(now).timestamp()), int(slot.total_seconds())
        return datetime.fromtimestamp(-(-seconds // step_s) * step_s, UTC)

    def by_slot(self, now: datetime, slot: timedelta) -> datetime:
        """The same for what may not be later: one relative to now is rounded down."""
        after = self.on_slot(now, slot)
        return after if after <= self.on(now) else after - slot


NOT_ASKED: Final = ("as_json", "dry_run", "key", "team")


def said(flags: Mapping[str, object]) -> str:
    """What was typed, as one text: by which a repeat is known, whenever it is typed again."""
    told = {
        name: one.text if isinstance(one, When) else str(one)
        for name, one in flags.items()
        if name not in NOT_ASKED
    }
    return json.dumps(told, sort_keys=True)


def some(text: str) -> str:
    """Any text that has letters. Raises ``ValueError``: a sentence for people."""
    if not text:
        raise ValueError("it is empty; leave it out where there is none")
    return text


def when(text: str) -> When:
    """A time, or ``now``, ``+3h``, ``+2d``. Raises ``ValueError``: a sentence for people."""
    if text == "now":
        return When(None)
    if text.startswith("+"):
        return When(None, duration(text[1:]))
    return When(moment(text))


def edge_of(text: str) -> When:
    """Where a period begins or ends: a month like 2026-11, or a time as ``when`` reads it. Raises
    ``ValueError``: a sentence for people."""
    if text == "now" or text.startswith("+"):
        return when(text)
    found = edge(text)
    return When(found.at, month=found.month)


def period(start: When | None, until: When | None, now: datetime) -> Period:
    """From when until when; all of a month that begins it alone."""
    first, last = (Edge(one.on(now), one.month) if one else None for one in (start, until))
    return between(first, last)


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


def money(amount_ucr: int) -> str:
    """Credits as exact decimal text: how JSON has them."""
    return str(credits_from_ucr(amount_ucr))


def amount_text(amount: Decimal) -> str:
    """Credits of the wire, for people."""
    return credits_text(ucr_from_credits(amount))


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
