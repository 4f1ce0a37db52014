"""Refusals: data first, sentence second. Nothing here knows of HTTP or of the terminal.

MarketError
├── BadField            a value that cannot be: which field, which value, what would do
├── NotFound            a pool, team, order, cycle or grant that is not there
├── Duplicate           something with that name is there already, and differs
├── InsufficientCredits the free balance does not cover the hold
├── KeyReused           a key that stands for another request
├── KeyInFlight         a key whose first request is being worked on
├── Forbidden           the actor's roles do not allow it
├── UnsoundOutcome      a clearing's outcome that breaks a rule of the market
├── NotAllowedNow       the thing is in a state that does not allow it
├── NotDue              no cycle closes yet
├── TooEarly            the books are ahead of the time that was given
├── StorageFailed       the database cannot be read or written
├── WrongVersion        the database is newer or older than this program
└── LedgerBroken        the books contradict themselves: nothing more is posted
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pricing.units import credits_from_ucr


def zulu(at: datetime) -> str:
    """A time as people and programs read it: RFC 3339 in UTC, with its Z."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%MZ}" if at.second == 0 else f"{at:%Y-%m-%dT%H:%M:%SZ}"


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


def told(value: object) -> object:
    """A field's value as people type it."""
    if isinstance(value, timedelta):
        return text_of_duration(value)
    if isinstance(value, datetime):
        plain = value.tzinfo is None or value.microsecond or not 1 < value.year < 9999
        return value.isoformat() if plain else zulu(value)
    return value


@dataclass(eq=False)
class MarketError(Exception):
    """A refusal that a caller can meet: fields, a stable code, one sentence."""

    code: ClassVar[str] = "refused"
    journaled: ClassVar[bool] = True
    """Whether the journal keeps that somebody was told so: not where nothing was decided."""

    def __str__(self) -> str:
        return self.code


@dataclass(eq=False)
class BadField(MarketError):
    """A value that the market cannot accept."""

    code: ClassVar[str] = "bad-field"
    field: str
    value: object
    because: str

    def __str__(self) -> str:
        return f"{self.field} is {told(self.value)}: {self.because}"


@dataclass(eq=False)
class NotFound(MarketError):
    """There is no such thing; ``known`` names a few that there are."""

    code: ClassVar[str] = "not-found"
    noun: str
    id: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        some = f"; there are: {', '.join(self.known)}" if self.known else ""
        named = f" {self.id!r}" if self.id else ""
        return f"there is no {self.noun}{named}{some}"


@dataclass(eq=False)
class Duplicate(MarketError):
    """Something with that id exists already and is not the same."""

    code: ClassVar[str] = "duplicate"
    noun: str
    id: str

    def __str__(self) -> str:
        return f"there is a {self.noun} {self.id!r} already; choose another id"


@dataclass(eq=False)
class InsufficientCredits(MarketError):
    """The team's free credits do not cover the most that the order can cost."""

    code: ClassVar[str] = "insufficient-credits"
    team: str
    needed_ucr: int
    free_ucr: int

    def __str__(self) -> str:
        needed, free = credits_text(self.needed_ucr), credits_text(self.free_ucr)
        return (
            f"{self.team} needs {needed} credits to be held and has {free} free now; "
            f"bid less, cancel an open order, or ask finance for a grant"
        )


@dataclass(eq=False)
class KeyReused(MarketError):
    """The same key came before with other contents."""

    code: ClassVar[str] = "key-reused"
    journaled: ClassVar[bool] = False
    key: str

    def __str__(self) -> str:
        return f"key {self.key!r} was used before for a different request; use a new key"


@dataclass(eq=False)
class KeyInFlight(MarketError):
    """The first request under this key is still being worked on."""

    code: ClassVar[str] = "key-in-flight"
    journaled: ClassVar[bool] = False
    key: str

    def __str__(self) -> str:
        return f"the first request with key {self.key!r} is being worked on; ask again in a moment"


@dataclass(eq=False)
class Forbidden(MarketError):
    """None of the actor's roles allows this."""

    code: ClassVar[str] = "forbidden"
    actor: str
    command: str
    needed: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.actor} may not {self.command}: it takes the role {' or '.join(self.needed)}"


@dataclass(eq=False)
class UnsoundOutcome(MarketError):
    """An outcome breaks rules of the market: nothing of it is taken in."""

    code: ClassVar[str] = "unsound-outcome"
    cycle_id: str
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"the outcome of {self.cycle_id} is unsound: {'; '.join(self.faults[:3])}"


@dataclass(eq=False)
class NotAllowedNow(MarketError):
    """The order, cycle or reservation is in a state that does not allow this."""

    code: ClassVar[str] = "not-allowed-now"
    noun: str
    id: str
    state: str
    because: str

    def __str__(self) -> str:
        return f"{self.noun} {self.id} is {self.state}: {self.because}"


@dataclass(eq=False)
class NotDue(MarketError):
    """No cycle closes yet."""

    code: ClassVar[str] = "not-due"
    journaled: ClassVar[bool] = False
    cycle_id: str
    closes_at: datetime

    def __str__(self) -> str:
        return (
            f"cycle {self.cycle_id} closes at {zulu(self.closes_at)}; wait for it, or close it "
            f"early on purpose (--early)"
        )


@dataclass(eq=False)
class TooEarly(MarketError):
    """Something was written later than the time at which this was to happen."""

    code: ClassVar[str] = "too-early"
    journaled: ClassVar[bool] = False
    now: datetime
    newest: datetime

    def __str__(self) -> str:
        return (
            f"the books have entries of {zulu(self.newest)}, later than {zulu(self.now)}: time "
            f"does not go backwards; pass a later --at, or wait"
        )


@dataclass(eq=False)
class StorageFailed(MarketError):
    """The database cannot be read or written: nothing was changed."""

    code: ClassVar[str] = "storage-failed"
    journaled: ClassVar[bool] = False
    where: str
    because: str

    def __str__(self) -> str:
        return f"the database {self.where} cannot be used: {self.because}; nothing was changed"


@dataclass(eq=False)
class WrongVersion(MarketError):
    """The database's schema is not the one this program works with."""

    code: ClassVar[str] = "wrong-version"
    journaled: ClassVar[bool] = False
    where: str
    found: str
    because: str

    def __str__(self) -> str:
        if not self.found:
            return f"the database {self.where} cannot be used: {self.because}"
        return f"the database {self.where} has schema version {self.found!r}: {self.because}"


@dataclass(eq=False)
class LedgerBroken(MarketError):
    """Posting would take an account below zero, or the chain does not hold. A bug, or a hand in
    the database: nothing was posted."""

    code: ClassVar[str] = "ledger-broken"
    journaled: ClassVar[bool] = False
    because: str

    def __str__(self) -> str:
        return f"the ledger refuses this: {self.because}; nothing was posted"
