"""Refusals: data first, sentence second. Nothing here knows of HTTP or of the terminal.

Each has a stable ``code``, the field that fails and its value; where a code has many causes, a
``reason`` (``marketplace/reasons.py``) with the facts of its sentence.

MarketError
├── BadField            a value that cannot be: which field, which value, what would do
├── NoMarket            no market was started in this database
├── NotFound            a pool, team, order, cycle or grant that is not there
├── Duplicate           something with that name is there already, and differs
├── InsufficientCredits the free balance does not cover the hold
├── KeyReused           a key that stands for another request
├── KeyInFlight         a key whose first request is being worked on
├── Forbidden           the actor's roles do not allow it
├── Unrecognised        nobody is known by that token, or not any more
├── UnsoundOutcome      a clearing's outcome that breaks a rule of the market
├── NotAllowedNow       the thing is in a state that does not allow it
├── NotLeading          another process leads the clock by now
├── NotDue              no cycle closes yet
├── TooEarly            the books are ahead of the time that was given
├── ClockAhead          the clock is ahead of all that is known of the time
├── StorageFailed       the database cannot be read or written
├── WrongVersion        the database is newer or older than this program
└── LedgerBroken        the books contradict themselves: nothing more is posted
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.reasons import sentence
from marketplace.words import Credits, credits_text, few_of, plain, quoted, told
from marketplace.words import zulu as zulu


@dataclass(eq=False)
class MarketError(Exception):
    """A refusal that a caller can meet: fields, a stable code, one sentence."""

    code: ClassVar[str] = "refused"
    journaled: ClassVar[bool] = True
    """Whether the journal keeps that somebody was told so: not where nothing was decided."""

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "", None

    def fields(self) -> dict[str, object]:
        """What is wrong as JSON has it: ``field``, ``value``, then all that the refusal knows."""
        field, value = self.failing()
        found = {"field": field, "value": plain(value)}
        for one in dataclasses.fields(self):
            name, its = one.name, getattr(self, one.name)
            if name.endswith("_ucr"):
                name, its = f"{name.removesuffix('_ucr')}_credits", Credits(its)
            found[name] = plain(its)
        return found

    def __str__(self) -> str:
        return self.code


def _because(reason: str, facts: Mapping[str, object]) -> str:
    return sentence(reason, {name: told(fact) for name, fact in facts.items()})


@dataclass(eq=False)
class BadField(MarketError):
    """A value that the market cannot accept: why, as a slug, and the facts of its sentence."""

    code: ClassVar[str] = "bad-field"
    field: str
    value: object
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return self.field, self.value

    @property
    def because(self) -> str:
        """Its reason in words."""
        return _because(self.reason, self.facts)

    def __str__(self) -> str:
        return f"{self.field} is {quoted(self.value)}: {self.because}"


@dataclass(eq=False)
class NoMarket(MarketError):
    """No market was started in this database."""

    code: ClassVar[str] = "no-market"

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "database", None

    def __str__(self) -> str:
        return "there is no market in this database"


@dataclass(eq=False)
class NotFound(MarketError):
    """There is no such thing; ``known`` names a few that there are, of ``more`` besides."""

    code: ClassVar[str] = "not-found"
    noun: str
    id: str
    known: tuple[str, ...] = ()
    more: int = 0

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return self.noun, self.id

    def __str__(self) -> str:
        some = f"; there are: {few_of(self.known, self.more)}" if self.known else ""
        named = f" {self.id!r}" if self.id else ""
        return f"there is no {self.noun}{named}{some}"


@dataclass(eq=False)
class Duplicate(MarketError):
    """Something with that id exists already and is not the same."""

    code: ClassVar[str] = "duplicate"
    noun: str
    id: str

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return self.noun, self.id

    def __str__(self) -> str:
        return f"there is a {self.noun} {self.id!r} already; choose another id"


@dataclass(eq=False)
class InsufficientCredits(MarketError):
    """The team's free credits and credit line do not cover the most that the order can cost."""

    code: ClassVar[str] = "insufficient-credits"
    team: str
    needed_ucr: int
    free_ucr: int
    credit_line: str = ""
    line_ucr: int = 0

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "credits", Credits(self.needed_ucr)

    def __str__(self) -> str:
        needed, free, rest = map(credits_text, (self.needed_ucr, self.free_ucr, self.line_ucr))
        line = f", and {rest} left on credit line {self.credit_line}" if self.credit_line else ""
        has = f"{self.team} needs {needed} credits to be held and has {free} free now{line}"
        return f"{has}; bid less, cancel an open order, or ask finance for a grant"


@dataclass(eq=False)
class KeyReused(MarketError):
    """The same key came before with other contents."""

    code: ClassVar[str] = "key-reused"
    journaled: ClassVar[bool] = False
    key: str

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "key", self.key

    def __str__(self) -> str:
        return f"key {self.key!r} was used before for a different request; use a new key"


@dataclass(eq=False)
class KeyInFlight(MarketError):
    """The first request under this key is still being worked on."""

    code: ClassVar[str] = "key-in-flight"
    journaled: ClassVar[bool] = False
    key: str

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "key", self.key

    def __str__(self) -> str:
        return f"the first request with key {self.key!r} is being worked on; ask again in a moment"


@dataclass(eq=False)
class Forbidden(MarketError):
    """None of the actor's roles allows this."""

    code: ClassVar[str] = "forbidden"
    actor: str
    command: str
    needed: tuple[str, ...]

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "command", self.command

    def __str__(self) -> str:
        return f"{self.actor} may not {self.command}: it takes the role {' or '.join(self.needed)}"


@dataclass(eq=False)
class Unrecognised(MarketError):
    """Nobody is known by the token that was sent, which is in no refusal itself: why, as a slug."""

    code: ClassVar[str] = "unrecognised"
    journaled: ClassVar[bool] = False
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def failing(self) -> tuple[str, object]:
        """The field that fails; its value is a secret."""
        return "token", None

    def __str__(self) -> str:
        return _because(self.reason, self.facts)


@dataclass(eq=False)
class UnsoundOutcome(MarketError):
    """An outcome breaks rules of the market: nothing of it is taken in."""

    code: ClassVar[str] = "unsound-outcome"
    cycle_id: str
    faults: tuple[str, ...]

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "cycle", self.cycle_id

    def __str__(self) -> str:
        return f"the outcome of {self.cycle_id} is unsound: {'; '.join(self.faults[:3])}"


@dataclass(eq=False)
class NotAllowedNow(MarketError):
    """The order, cycle or reservation is in a state that does not allow this."""

    code: ClassVar[str] = "not-allowed-now"
    noun: str
    id: str
    state: str
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return self.noun, self.id

    def __str__(self) -> str:
        return f"{self.noun} {self.id} is {self.state}: {_because(self.reason, self.facts)}"


@dataclass(eq=False)
class NotLeading(MarketError):
    """Another process leads by now: what this one wanted to do is that one's to do."""

    code: ClassVar[str] = "not-leading"
    journaled: ClassVar[bool] = False
    lease: str
    fence: int
    leads: int

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "fence", self.fence

    def __str__(self) -> str:
        return (
            f"another process leads the {self.lease} by now (its number is {self.leads}, this "
            f"one's {self.fence}); it does what is due"
        )


@dataclass(eq=False)
class NotDue(MarketError):
    """No cycle closes yet."""

    code: ClassVar[str] = "not-due"
    journaled: ClassVar[bool] = False
    cycle_id: str
    closes_at: datetime

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "cycle", self.cycle_id

    def __str__(self) -> str:
        return f"cycle {self.cycle_id} closes at {zulu(self.closes_at)}"


@dataclass(eq=False)
class TooEarly(MarketError):
    """Something was written later than the time at which this was to happen."""

    code: ClassVar[str] = "too-early"
    journaled: ClassVar[bool] = False
    now: datetime
    newest: datetime

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "now", self.now

    def __str__(self) -> str:
        return (
            f"the books have entries of {zulu(self.newest)}, later than {zulu(self.now)}: time "
            f"does not go backwards"
        )


@dataclass(eq=False)
class ClockAhead(TooEarly):
    """The books are far behind the clock, and nothing shows that so much time has passed."""

    code: ClassVar[str] = "clock-ahead"

    def __str__(self) -> str:
        said = f"the clock of this machine says {zulu(self.now)}, the newest entry is of"
        return f"{said} {zulu(self.newest)}, and nothing shows that so much time has passed"


@dataclass(eq=False)
class StorageFailed(MarketError):
    """The database cannot be read or written: nothing was changed."""

    code: ClassVar[str] = "storage-failed"
    journaled: ClassVar[bool] = False
    where: str
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "database", self.where

    @property
    def because(self) -> str:
        """Its reason in words."""
        return _because(self.reason, self.facts)

    def __str__(self) -> str:
        return f"the database {self.where} cannot be used: {self.because}; nothing was changed"


@dataclass(eq=False)
class WrongVersion(MarketError):
    """The database's schema is not the one this program works with."""

    code: ClassVar[str] = "wrong-version"
    journaled: ClassVar[bool] = False
    where: str
    found: str
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return "database", self.where

    def __str__(self) -> str:
        because = _because(self.reason, self.facts)
        if not self.found:
            return f"the database {self.where} cannot be used: {because}"
        return f"the database {self.where} has schema version {self.found!r}: {because}"


@dataclass(eq=False)
class LedgerBroken(MarketError):
    """The books would contradict themselves: a bug, or a hand in the database."""

    code: ClassVar[str] = "ledger-broken"
    journaled: ClassVar[bool] = False
    noun: str
    id: str
    reason: str
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def failing(self) -> tuple[str, object]:
        """The field that fails, and its value."""
        return self.noun, self.id

    @property
    def because(self) -> str:
        """What contradicts the books, and how."""
        return f"{self.noun} {self.id} {_because(self.reason, self.facts)}"

    def __str__(self) -> str:
        return f"the ledger refuses this: {self.because}; nothing was posted"
