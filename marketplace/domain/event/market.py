"""The market itself, its teams, and those who read its events."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOpened(Event):
    """There is a market, under rules of this version."""

    kind: ClassVar[str] = "market.opened"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    rules_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSet(Event):
    """An operator said what time it is, because a clock had been wrong; ``reason``: in their
    words."""

    kind: ClassVar[str] = "clock.set"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAdopted(Event):
    """The market runs by other rules from a cycle on; ``changed``: which differ from the version
    before."""

    kind: ClassVar[str] = "rules.adopted"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    rules_version: int
    from_cycle: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(Event):
    """Other rules are put forward, which would change those of this version, from that cycle on at
    the earliest; ``changed``: which would differ."""

    kind: ClassVar[str] = "proposal.made"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    proposal: str
    rules_version: int
    from_cycle: str
    changed: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalEnded(Event):
    """A proposal was adopted, as rules of this version, or withdrawn; it would have changed it."""

    kind: ClassVar[str] = "proposal.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    proposal: str
    state: str
    rules_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamEnrolled(Event):
    """A team may trade."""

    kind: ClassVar[str] = "team.enrolled"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.EVERYBODY

    team: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPut(Event):
    """A person is in a team, in this role from now on."""

    kind: ClassVar[str] = "member.put"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    team: str
    person: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    """A person is in a team no more."""

    kind: ClassVar[str] = "member.removed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.TEAM_AND_OPERATORS

    team: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerRegistered(Event):
    """Somebody reads events by a name, from the next one on."""

    kind: ClassVar[str] = "consumer.registered"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.OPERATORS

    consumer: str
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerRemoved(Event):
    """Nobody reads by that name any more."""

    kind: ClassVar[str] = "consumer.removed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.OPERATORS

    consumer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPruned(Event):
    """Old events are gone: those up to this one, which every consumer had read."""

    kind: ClassVar[str] = "outbox.pruned"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.OPERATORS

    through: int
    events: int
