"""Grants that are given again and again: each week, month or quarter, on its first day."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from marketplace.domain.expiry import ALL, Expiry
from marketplace.domain.grant import Grant, check_credits, check_reason, made_id
from marketplace.domain.period import Period
from marketplace.domain.team import checked_id
from marketplace.errors import BadField, NotAllowedNow
from marketplace.rules import checked_instant

LASTS_MAX: Final = 731
ID_MAX: Final = 48
"""So many letters at most: a grant's id adds its period's."""

OVER: Final = "until"
"""Why a schedule ended: its last period has begun."""

TOO_MUCH: Final = "too-much-in-all"
"""Why a schedule ended: there are as many credits as the market can count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTerms:
    """What is given each time. ``lasts_days``: 0 for to the period's end. ``until``: no period that
    begins then or later is given any more."""

    amount_ucr: int
    lasts_days: int = 0
    purpose: str = ""
    expiry: Expiry = ALL
    until: datetime | None = None

    def __post_init__(self) -> None:
        check_credits(self.amount_ucr)
        if not 0 <= self.lasts_days <= LASTS_MAX:
            facts = {"least": 0, "most": LASTS_MAX}
            raise BadField("lasts_days", self.lasts_days, "out-of-range", facts)
        if self.until is not None:
            checked_instant("until", self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """Grants to give to a team, in each period that begins from ``start`` on, or from now; without
    an id, under one that is made."""

    team: str
    every: Period
    terms: ScheduleTerms
    start: datetime | None = None
    id: str = ""

    def __post_init__(self) -> None:
        if self.start is not None:
            checked_instant("start", self.start)
        if self.id:
            checked_id("schedule", self.id)
        if len(self.id) > ID_MAX:
            raise BadField("id", self.id, "too-long", {"most": ID_MAX})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChange:
    """What of a schedule is to be other from its next period on, and why; what is not named is
    not."""

    reason: str
    amount_ucr: int | None = None
    lasts_days: int | None = None
    purpose: str | None = None
    expiry: Expiry | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        check_reason(self.reason)

    def of(self, terms: ScheduleTerms) -> ScheduleTerms:
        """The terms as they are then."""
        said = {
            name: value
            for name in ("amount_ucr", "lasts_days", "purpose", "expiry", "until")
            if (value := getattr(self, name)) is not None
        }
        return replace(terms, **said)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSchedule:
    """A schedule as the market keeps it. ``next_at``: when the next grant falls due; None once it
    has ended, by ``code``, and in people's words ``reason``."""

    id: str
    team: str
    every: Period
    terms: ScheduleTerms
    start: datetime
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None = None
    code: str = ""
    reason: str = ""
    version: int = 1

    @classmethod
    def of(cls, request: ScheduleRequest, id_: str, now: datetime) -> Self:
        """What is asked for, from ``now`` on at the earliest. Raises ``BadField`` where no period
        begins before its end."""
        start = max(request.start or now, now)
        first = request.every.first_from(start)
        _check_until(request.terms, first)
        return cls(
            id=id_,
            team=request.team,
            every=request.every,
            terms=request.terms,
            start=start,
            created_at=now,
            next_at=first,
        )

    def says(self, request: ScheduleRequest) -> bool:
        """Whether it is what a request asks for, and goes on."""
        mine = (self.team, self.every, self.terms)
        same = mine == (request.team, request.every, request.terms)
        return same and self.ended_at is None and request.start in (None, self.start)

    def changed(self, change: ScheduleChange) -> Self:
        """It, other from the next period on; itself where nothing is. Raises ``NotAllowedNow``
        where it has ended, ``BadField`` where no period is left."""
        next_at = self._goes_on()
        terms = change.of(self.terms)
        if terms == self.terms:
            return self
        _check_until(terms, next_at)
        return replace(self, terms=terms, version=self.version + 1)

    def ended(self, at: datetime, code: str, reason: str = "") -> Self:
        """It, ended. Raises ``NotAllowedNow`` where it has been before."""
        self._goes_on()
        return replace(self, next_at=None, ended_at=at, code=code, reason=reason)

    def _goes_on(self) -> datetime:
        if self.next_at is None:
            raise NotAllowedNow("schedule", self.id, "ended", "ended")
        return self.next_at

    def given(self, at: datetime, taken: set[str]) -> Grant:
        """The grant of the period that begins at ``at``, under an id that names both."""
        days, end = self.terms.lasts_days, self.every.after(at)
        return Grant(
            id=made_id(f"{self.id}-{self.every.label(at)}", taken),
            team=self.team,
            amount_ucr=self.terms.amount_ucr,
            start=at,
            end=at + timedelta(days=days) if days else end,
            purpose=self.terms.purpose,
            created_at=at,
            expiry=self.terms.expiry,
        )

    def after(self, at: datetime) -> Self:
        """It, once the period that begins at ``at`` was given."""
        next_at, until = self.every.after(at), self.terms.until
        if until is not None and next_at >= until:
            return self.ended(at, OVER)
        return replace(self, next_at=next_at)


def _check_until(terms: ScheduleTerms, first: datetime) -> None:
    if terms.until is not None and terms.until <= first:
        raise BadField("until", terms.until, "no-period-left", {"first": first})
