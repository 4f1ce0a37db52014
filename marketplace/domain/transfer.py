"""A transfer: credits from one account to another, and what they were for, as facts.

Accounts are addresses: ``mint``, ``treasury``, ``team/T/grant/G/free``, ``team/T/grant/G/held``,
``pool/P/till``, ``expired``, ``between-teams``. The mint alone goes below zero: minus its balance
is all the credit there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from marketplace.canonical import sha256_of
from marketplace.errors import BadField
from pricing.accrual import SECONDS_PER_HOUR, accrued_ucr
from pricing.units import MAX_UCR

MINT: Final = "mint"
TREASURY: Final = "treasury"
EXPIRED: Final = "expired"
BETWEEN: Final = "between-teams"
"""What one team gives another passes through it; it is empty before and after."""

GENESIS: Final = "0" * 64
"""What the first transfer's hash builds on."""

HASHES: Final = "t1"
"""How transfers are hashed now; a hash names its way, so that the next change can be told."""

ROLLED: Final = "hold-rolled"
"""Why a run was billed that goes on: each hour, and when its hold pays no longer."""

ADDRESSES_KNOWN: Final = 4_096
"""So many accounts are kept in mind with their parts: each transfer asks for the same few."""

TEXT_MAX: Final = 128
SECOND: Final = timedelta(seconds=1)


class Movement(StrEnum):
    """Why credits moved."""

    GRANT = "grant"
    HOLD = "hold"
    VOID = "void"  # a hold's credits go back unspent
    PAY = "pay"
    REFUND = "refund"
    BUY_OUT = "buy-out"  # what a buy-out brings beyond what was paid and goes back
    EXPIRE = "expire"
    ADJUSTMENT = "adjustment"  # a correction, from the mint or back to it
    CARRY = "carry"  # from an ended grant to the next: the team has what it had
    GIVE = "give"  # to another team, by way of the account between them
    RECEIVE = "receive"  # from there
    REVOKE = "revoke"  # a grant's credits go back to whence they came
    DRAW = "draw"  # of a credit line, for a hold: from the mint
    REPAY = "repay"  # what was drawn goes back to the mint


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What the work is for."""

    project: str = ""
    theme: str = ""
    cost_centre: str = ""

    def __post_init__(self) -> None:
        for name in ("project", "theme", "cost_centre"):
            if len(getattr(self, name)) > TEXT_MAX:
                raise BadField(name, getattr(self, name), "too-long", {"most": TEXT_MAX})


NO_TAGS: Final = Tags()


class Tag(StrEnum):
    """One of the things that work is tagged with."""

    PROJECT = "project"
    THEME = "theme"
    COST_CENTRE = "cost-centre"

    def of(self, tags: Tags) -> str:
        """What some tags say of it."""
        name: str = getattr(tags, self.value.replace("-", "_"))
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """What pays: an order or a spot request, and what its work is for."""

    order_id: str = ""
    spot_id: str = ""
    tags: Tags = NO_TAGS

    @property
    def id(self) -> str:
        """The id of the order or of the spot request."""
        return self.order_id or self.spot_id


NOBODY: Final = Payer()


@dataclass(frozen=True, slots=True)
class PricedUnits:
    """``units`` of a pool in [start, end), at ``price_ucr`` per unit-hour."""

    start: datetime
    end: datetime
    units: int
    price_ucr: int

    @property
    def unit_seconds(self) -> int:
        """Units × seconds."""
        return self.units * ((self.end - self.start) // SECOND)


@dataclass(frozen=True, slots=True)
class SoldTime:
    """Time of one pool that was sold, or paid back: how many units from when to when, each span at
    its price. ``paid_ahead``: what rounding had paid ahead of it (``pricing.accrual``)."""

    pool: str
    spans: tuple[PricedUnits, ...]
    paid_ahead: int = 0

    @classmethod
    def of(cls, pool: str, spans: Iterable[PricedUnits], paid_ahead: int = 0) -> "SoldTime":
        """Sold time; neighbours of the same units and price become one span."""
        merged: list[PricedUnits] = []
        for span in spans:
            last = merged[-1] if merged else None
            same = last and (last.end, last.units, last.price_ucr)
            if not span.units:
                continue
            if last and same == (span.start, span.units, span.price_ucr):
                merged[-1] = PricedUnits(last.start, span.end, span.units, span.price_ucr)
            else:
                merged.append(span)
        return cls(pool, tuple(merged), paid_ahead)

    @property
    def quantity(self) -> int:
        """The most units at a time."""
        return max(span.units for span in self.spans)

    @property
    def start(self) -> datetime:
        """When its first span begins."""
        return self.spans[0].start

    @property
    def end(self) -> datetime:
        """When its last span ends."""
        return self.spans[-1].end

    @property
    def unit_seconds(self) -> int:
        """Units × seconds of all spans."""
        return sum(span.unit_seconds for span in self.spans)

    def cost_ucr(self) -> tuple[int, int]:
        """What it costs at its prices, under the one rounding rule, and what that pays ahead."""
        total = sum(span.price_ucr * span.unit_seconds for span in self.spans)
        return accrued_ucr(total, self.paid_ahead)

    def between(self, start: datetime, end: datetime) -> "SoldTime":
        """What of it lies in [start, end)."""
        clipped = (
            PricedUnits(max(one.start, start), min(one.end, end), one.units, one.price_ucr)
            for one in self.spans
            if one.start < end and start < one.end
        )
        return SoldTime(self.pool, tuple(clipped))

    def within(self, most_ucr: int) -> "SoldTime":
        """Its first seconds, as many as cost no more than that."""
        spans, left = list[PricedUnits](), most_ucr * SECONDS_PER_HOUR + self.paid_ahead
        for span in self.spans:
            each = span.price_ucr * span.units
            seconds = (span.end - span.start) // SECOND
            paid = min(seconds, left // each) if each else seconds
            left -= each * paid
            if paid:
                end = span.start + paid * SECOND
                spans.append(PricedUnits(span.start, end, span.units, span.price_ucr))
            if paid < seconds:
                break
        return SoldTime(self.pool, tuple(spans), self.paid_ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """``amount_ucr`` moves from ``source`` to ``target``. A key posts once, for ever.

    What it was for stands beside it, as facts: nothing reads a key or a note again.
    ``whole_ucr``: the charge or refund that this is a part of, where a hold spent several grants;
    ``unit_seconds`` is the part of the sold time that this part stands for.
    """

    key: str
    movement: Movement
    source: str
    target: str
    amount_ucr: int
    payer: Payer = NOBODY
    hold_id: str = ""
    reservation_id: str = ""
    cycle_id: str = ""
    rule: str = ""
    reason: str = ""  # a code: why a hold was voided, a run ended, a time-box was paid back
    sold: SoldTime | None = None
    whole_ucr: int = 0
    unit_seconds: int = 0
    other_team: str = ""  # to which credits were passed on, or from which they came
    note: str = ""  # people's own words, such as a grant's purpose

    def __post_init__(self) -> None:
        if not 0 < self.amount_ucr <= MAX_UCR or self.source == self.target:
            raise ValueError(f"this moves no money: {self}")

    @property
    def team(self) -> str:
        """The team that it concerns: each movement concerns one team at most."""
        return team_of(self.source) or team_of(self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A transfer in the books: its place, its time, and the hash that chains it to the last."""

    seq: int
    at: datetime
    transfer: Transfer
    hash: str


def chain_hash(previous: str, seq: int, at: datetime, transfer: Transfer) -> str:
    """The hash of a posted transfer: of its every field and of the one before it (SHA-256)."""
    payer, sold = transfer.payer, transfer.sold
    body = [
        previous,
        seq,
        int(at.timestamp()),
        transfer.key,
        transfer.movement.value,
        transfer.source,
        transfer.target,
        transfer.amount_ucr,
        payer.order_id,
        payer.spot_id,
        payer.tags.project,
        payer.tags.theme,
        payer.tags.cost_centre,
        transfer.hold_id,
        transfer.reservation_id,
        transfer.cycle_id,
        transfer.rule,
        transfer.reason,
        transfer.whole_ucr,
        transfer.unit_seconds,
        transfer.other_team,
        transfer.note,
        [sold.pool, sold.paid_ahead, numbers_of(sold)] if sold else None,
    ]
    return f"{HASHES}:{sha256_of(body)}"


def numbers_of(sold: SoldTime) -> list[list[int]]:
    """Sold time's spans as numbers: start and end in seconds since 1970, units, ucr an hour."""
    return [
        [int(span.start.timestamp()), int(span.end.timestamp()), span.units, span.price_ucr]
        for span in sold.spans
    ]


def till(pool: str) -> str:
    """The account that a pool's sales go to."""
    return f"pool/{pool}/till"


def free_of(team: str, grant: str) -> str:
    """The account of a grant's spendable credits."""
    return f"team/{team}/grant/{grant}/free"


def held_of(team: str, grant: str) -> str:
    """The account of a grant's credits locked for orders."""
    return f"team/{team}/grant/{grant}/held"


@lru_cache(maxsize=ADDRESSES_KNOWN)
def team_of(account: str) -> str:
    """The team that an account belongs to, or an empty string."""
    parts = account.split("/")
    return parts[1] if parts[0] == "team" else ""


@lru_cache(maxsize=ADDRESSES_KNOWN)
def grant_of(account: str) -> str:
    """The grant that a team's account is of, or an empty string."""
    parts = account.split("/")
    return parts[3] if parts[0] == "team" else ""
