"""A grant: credits given to a team, valid from a start to an end."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marketplace.domain.team import checked_id
from marketplace.domain.transfer import MINT, Movement, Transfer, free_of, held_of
from marketplace.errors import BadField
from marketplace.rules import checked_instant
from marketplace.words import Credits
from pricing.units import MAX_UCR

NAMES_MAX: Final = 40
"""So many letters of a team's name begin the id that its grant is given: there is room for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Credits given to a team, to be spent in [start, end). ``received_ucr``: refunds of what
    grants had paid that could be spent no longer."""

    id: str
    team: str
    amount_ucr: int
    start: datetime
    end: datetime
    purpose: str = ""
    created_at: datetime
    received_ucr: int = 0

    def __post_init__(self) -> None:
        checked_id("grant", self.id)
        least = 0 if self.received_ucr else 1
        if not least <= self.amount_ucr <= MAX_UCR:
            amount, most = Credits(self.amount_ucr), Credits(MAX_UCR)
            limits = {"least": Credits(1), "most": most}
            raise BadField("credits", amount, "credits-out-of-range", limits)
        if checked_instant("end", self.end) <= checked_instant("start", self.start):
            facts = {"what": "a grant", "start": self.start}
            raise BadField("end", self.end, "not-after-start", facts)

    def same_gift(self, other: "Grant") -> bool:
        """Whether both give the same to the same team for the same, on one day."""

        def facts(grant: "Grant") -> tuple[object, ...]:
            end, given = grant.end.date(), grant.created_at.date()
            return grant.team, grant.amount_ucr, grant.purpose, end, given

        return facts(self) == facts(other)

    @property
    def whole_ucr(self) -> int:
        """All that was put into it."""
        return self.amount_ucr + self.received_ucr

    @property
    def free(self) -> str:
        """The account of its spendable credits."""
        return free_of(self.team, self.id)

    @property
    def held(self) -> str:
        """The account of its credits locked for orders."""
        return held_of(self.team, self.id)

    def state(self, at: datetime) -> str:
        """Where it stands at ``at``: not-started, valid or ended."""
        if self.valid_at(at):
            return "valid"
        return "not-started" if at < self.start else "ended"

    def spendable(self, now: datetime, settled_at: datetime) -> bool:
        """Whether an order that is placed ``now`` and settled then can be paid from it."""
        return self.start <= now and self.valid_at(max(settled_at, now))

    def valid_at(self, at: datetime) -> bool:
        """Whether it can be spent at ``at``."""
        return self.start <= at < self.end


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
        )


def made_id(stem: str, taken: Container[str]) -> str:
    """An id that is not taken: the stem, with a number where that is."""
    made, number = stem, 1
    while made in taken:
        number += 1
        made = f"{stem}-{number}"
    return made


def spending_order(grants: Iterable[Grant]) -> list[Grant]:
    """The earliest-ending grant is spent first; the id breaks ties."""
    return sorted(grants, key=lambda grant: (grant.end, grant.id))


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
