"""A grant: credits given to a team, valid from a start to an end."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from marketplace.domain.expiry import ALL, Expiry
from marketplace.domain.team import checked_id
from marketplace.domain.transfer import MINT, TEXT_MAX, Movement, Transfer, free_of, held_of
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import check_spell, checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR

NAMES_MAX: Final = 40
"""So many letters of a team's name begin the id that its grant is given: there is room for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits given to a team, to be spent in [start, end). ``received_ucr``: refunds of what
    grants had paid that could be spent no longer. ``passed_ucr``: what went to other teams.
    ``carried_ucr``: what went on in the grant ``carried_to``, once this one had ended.
    ``repaid_ucr``: what of it repaid a credit line. ``credit_line``: it is what the line of its id
    has drawn; then ``amount_ucr`` is what was drawn, less what came back unspent."""

    id: str
    team: str
    amount_ucr: int
    start: datetime
    end: datetime
    purpose: str = ""
    created_at: datetime
    received_ucr: int = 0
    passed_ucr: int = 0
    expiry: Expiry = ALL
    carried_ucr: int = 0
    carried_to: str = ""
    revoked_at: datetime | None = None
    version: int = 1  # grows with each correction; names its transfer
    repaid_ucr: int = 0
    credit_line: bool = False

    def __post_init__(self) -> None:
        checked_id("grant", self.id)
        empty = self.received_ucr or self.revoked_at or self.version > 1 or self.credit_line
        if self.amount_ucr or not empty:
            check_credits(self.amount_ucr)
        check_spell("a grant", self.start, self.end)

    @property
    def whole_ucr(self) -> int:
        """All that was put into it, less what its team passed on or carried over."""
        return self.amount_ucr + self.received_ucr - self.passed_ucr - self.carried_ucr

    @property
    def free(self) -> str:
        """The account of its spendable credits."""
        return free_of(self.team, self.id)

    @property
    def held(self) -> str:
        """The account of its credits locked for orders."""
        return held_of(self.team, self.id)

    def state(self, at: datetime) -> str:
        """Where it stands at ``at``: not-started, valid, ended or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.valid_at(at):
            return "valid"
        return "not-started" if at < self.start else "ended"

    def spendable(self, now: datetime, settled_at: datetime) -> bool:
        """Whether an order that is placed ``now`` and settled then can be paid from it."""
        return self.start <= now and self.valid_at(max(settled_at, now))

    def valid_at(self, at: datetime) -> bool:
        """Whether it can be spent at ``at``."""
        return self.start <= at < self.end and self.revoked_at is None

    def over(self, at: datetime) -> bool:
        """Whether it can be spent no more, from ``at`` on."""
        return self.end <= at or self.revoked_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """Credits to give to a team: without a start, to be spent from when they are given; without an
    id, under one that is made."""

    team: str
    amount_ucr: int
    end: datetime
    start: datetime | None = None
    purpose: str = ""
    id: str = ""
    expiry: Expiry = ALL

    def same_as(self, grant: Grant, at: datetime) -> bool:
        """Whether a grant is what this asked for, said before: the same credits for the same, to
        the same end; on one day, where what was said may be from then on, to the same day."""
        same = (self.team, self.amount_ucr, self.purpose, self.expiry) == (
            grant.team,
            grant.amount_ucr,
            grant.purpose,
            grant.expiry,
        )
        if not same or grant.revoked_at is not None:
            return False
        started = self.start in (None, grant.start)
        today = grant.created_at.date() == at.date()
        alike = self.start is None or self.start.date() == grant.start.date()
        return (started and self.end == grant.end) or (
            today and alike and self.end.date() == grant.end.date()
        )

    def given(self, at: datetime, taken: Container[str]) -> Grant:
        """The grant that it becomes at ``at``, under no id that is taken: ``TEAM-YEAR-MONTH``, with
        a number where that is."""
        start = self.start or at
        return Grant(
            id=self.id or made_id(f"{self.team[:NAMES_MAX]}-{start:%Y-%m}", taken),
            team=self.team,
            amount_ucr=self.amount_ucr,
            start=start,
            end=self.end,
            purpose=self.purpose,
            created_at=at,
            expiry=self.expiry,
        )


def made_id(stem: str, taken: Container[str]) -> str:
    """An id that is not taken: the stem, with a number where that is."""
    made, number = stem, 1
    while made in taken:
        number += 1
        made = f"{stem}-{number}"
    return made


def spending_order(grants: Iterable[Grant]) -> list[Grant]:
    """The earliest-ending grant is spent first; the id breaks ties. A credit line comes last."""
    return sorted(grants, key=lambda grant: (grant.credit_line, grant.end, grant.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantCorrection:
    """What of a grant is to be other, and why; what is not named stays."""

    reason: str
    amount_ucr: int | None = None
    end: datetime | None = None
    purpose: str | None = None

    def __post_init__(self) -> None:
        check_reason(self.reason)
        if self.end is not None:
            checked_instant("end", self.end)


def check_reason(reason: str) -> None:
    """Raises ``BadField`` where nobody could read why."""
    if not reason.strip() or len(reason) > TEXT_MAX:
        raise BadField("reason", reason, "letters-out-of-range", {"least": 1, "most": TEXT_MAX})


def check_credits(amount_ucr: int) -> None:
    """Raises ``BadField`` for what is no amount of credits."""
    if not 1 <= amount_ucr <= MAX_UCR:
        limits = {"least": Credits(1), "most": Credits(MAX_UCR)}
        raise BadField("credits", Credits(amount_ucr), "credits-out-of-range", limits)


def corrected(grant: Grant, correction: GrantCorrection, free_ucr: int, now: datetime) -> Grant:
    """The grant as it is then: itself where nothing is other.

    Raises ``NotAllowedNow`` for one that is over, ``BadField`` for an end that has come, or for
    fewer credits than are held or spent of it.
    """
    if grant.over(now):
        raise NotAllowedNow("grant", grant.id, grant.state(now), "ended")
    amount_ucr = grant.amount_ucr if correction.amount_ucr is None else correction.amount_ucr
    if amount_ucr < 1 and correction.amount_ucr is not None:
        limits = {"least": Credits(1), "most": Credits(MAX_UCR)}
        raise BadField("credits", Credits(amount_ucr), "credits-out-of-range", limits)
    end = grant.end if correction.end is None else correction.end
    if end <= now:
        raise BadField("end", end, "in-the-past")
    least_ucr = grant.amount_ucr - free_ucr
    if amount_ucr < min(least_ucr, grant.amount_ucr):
        facts = {"least": Credits(least_ucr)}
        raise BadField("credits", Credits(amount_ucr), "used-already", facts)
    purpose = grant.purpose if correction.purpose is None else correction.purpose
    after = replace(grant, amount_ucr=amount_ucr, end=end, purpose=purpose)
    return grant if after == grant else replace(after, version=grant.version + 1)


def revoked(grant: Grant, free_ucr: int, now: datetime) -> Grant:
    """The grant once what is free of it was taken back: it can be spent no more."""
    given = min(grant.amount_ucr, free_ucr)
    return replace(
        grant,
        amount_ucr=grant.amount_ucr - given,
        received_ucr=grant.received_ucr - (free_ucr - given),
        revoked_at=now,
        version=grant.version + 1,
    )


def change_transfers(before: Grant, after: Grant, reason: str) -> list[Transfer]:
    """What moves where a grant has other credits than before: from the mint, or back to it."""
    more_ucr = after.whole_ucr - before.whole_ucr
    if not more_ucr:
        return []
    kind = Movement.GRANT if more_ucr > 0 else Movement.REVOKE
    places = (MINT, after.free) if more_ucr > 0 else (after.free, MINT)
    return [
        Transfer(
            key=f"{kind.value}:{after.id}:{after.version}",
            movement=kind,
            source=places[0],
            target=places[1],
            amount_ucr=abs(more_ucr),
            note=reason,
        )
    ]


def grant_transfer(grant: Grant) -> Transfer:
    """Give a team its credits."""
    return Transfer(
        key=f"grant:{grant.id}",
        movement=Movement.GRANT,
        source=MINT,
        target=grant.free,
        amount_ucr=grant.amount_ucr,
        note=grant.purpose,
    )
