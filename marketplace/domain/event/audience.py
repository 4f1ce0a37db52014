"""Who may read an event, and who reads. No event is for nobody in particular, and a team reads no
other team's (§7.11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.team import checked_id
from marketplace.errors import BadField


class Circle(StrEnum):
    """Readers who are no team. Everybody is in the last one."""

    FINANCE = "finance"
    OPERATORS = "operators"  # platform leads, admins, whoever runs the market
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class OneTeam:
    """A team that reads, by its id."""

    team: str

    def __post_init__(self) -> None:
        checked_id("team", self.team)


Reader = Circle | OneTeam
"""Somebody who reads. Whoever it is reads what is for everybody, too."""


class Audience(StrEnum):
    """Who may read an event: all those named, joined by ``+``. ``team`` is the one it names."""

    EVERYBODY = "everybody"
    FINANCE = "finance"
    OPERATORS = "operators"
    TEAM = "team"
    TEAM_AND_FINANCE = "team+finance"
    TEAM_AND_OPERATORS = "team+operators"
    TEAM_FINANCE_AND_OPERATORS = "team+finance+operators"

    @property
    def has_team(self) -> bool:
        """Whether a team is among them."""
        return self.startswith("team")

    @property
    def circles(self) -> tuple[str, ...]:
        """The circles among them."""
        return tuple(one for one in self.value.split("+") if one != "team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. Each kind says what it is called, which version its shape has, and who may read it;
    one that a team may read has the team's id as ``team``."""

    kind: ClassVar[str]  # noun.verb
    version: ClassVar[int]  # raised when the fields change
    audience: ClassVar[Audience]

    at: datetime


ROLES: Final[dict[Role, Circle]] = {
    Role.FINANCE: Circle.FINANCE,
    Role.PLATFORM: Circle.OPERATORS,
    Role.ADMIN: Circle.OPERATORS,
    Role.CLOCK: Circle.OPERATORS,
}
"""What a role in the organisation reads."""


def team_of(event: Event) -> str | None:
    """The team that is among its readers."""
    return str(event.team) if event.audience.has_team else None  # type: ignore[attr-defined]


def audiences_of(readers: Iterable[Reader]) -> tuple[list[Audience], list[str]]:
    """What readers may read: all of some audiences, and what is for some teams."""
    asked = set(readers)
    circles = {Circle.EVERYBODY.value, *(one.value for one in asked if isinstance(one, Circle))}
    whole = [one for one in Audience if circles & set(one.circles)]
    return whole, sorted(one.team for one in asked if isinstance(one, OneTeam))


def may_read(event: Event, readers: Iterable[Reader]) -> bool:
    """Whether one of the readers may read an event."""
    whole, teams = audiences_of(readers)
    return event.audience in whole or team_of(event) in teams


def readers_of(actor: Actor) -> frozenset[Reader]:
    """As whom somebody reads: by their roles. An operator has every role of the organisation, and
    names the team to read as one of its members."""
    found: set[Reader] = {Circle.EVERYBODY}
    for one in actor.standings:
        if one.role in IN_TEAM:
            found.add(OneTeam(one.team))
        elif one.role is Role.OPERATOR:
            found.update(ROLES.values())
        else:
            found.add(ROLES[one.role])
    return frozenset(found)


def text_of(reader: Reader) -> str:
    """A reader as it is written: ``finance``, ``team/nlp``."""
    return f"team/{reader.team}" if isinstance(reader, OneTeam) else reader.value


def named_by(audience: Audience, team: str | None) -> list[str]:
    """Those whom an audience names, as they are written; ``team``: the one among them."""
    return [*([] if team is None else [text_of(OneTeam(team))]), *audience.circles]


def reader_of(text: str) -> Reader:
    """What ``text_of`` wrote. Raises ``BadField``."""
    word, _, team = text.partition("/")
    if word == "team":
        return OneTeam(team)
    if text not in list(Circle):
        choices = (*(one.value for one in Circle), "team/TEAM")
        raise BadField("reader", text, "not-one-of", {"choices": choices})
    return Circle(text)
