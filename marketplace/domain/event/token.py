"""Tokens that come, and go."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from marketplace.domain.event.audience import Audience, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMade(Event):
    """A person can be recognised by a new token, with these roles."""

    kind: ClassVar[str] = "token.made"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.OPERATORS

    token: str
    person: str
    roles: tuple[str, ...]
    good_for: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenNarrowed(Event):
    """A token is good for these roles alone from now on."""

    kind: ClassVar[str] = "token.narrowed"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.OPERATORS

    token: str
    person: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEnded(Event):
    """A token is good for nothing any more, before its time was over."""

    kind: ClassVar[str] = "token.ended"
    version: ClassVar[int] = 1
    audience: ClassVar[Audience] = Audience.OPERATORS

    token: str
    person: str
    reason: str
