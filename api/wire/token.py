"""Tokens, and who is recognised by them."""

from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field

from api.wire.shape import Instant, Shape
from marketplace.domain import token as domain
from marketplace.domain.actor import Actor
from marketplace.domain.token import TokenRequest, TokenSeen, read_role, told


class TokenBody(Shape):
    """A token to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "ada",
                    "roles": ["member:nlp"],
                    "expires_at": "2027-01-31T00:00:00Z",
                    "note": "laptop",
                }
            ]
        }
    )

    person: str = Field(description="Who is recognised by it.")
    roles: list[str] = Field(
        description="`member:TEAM`, `lead:TEAM`, `finance`, `platform`, `admin`."
    )
    expires_at: Instant = Field(description="Until when it is good: at most a year.")
    note: str = Field(default="", description="What it is for.")

    def to_request(self, secret_sha256: str) -> TokenRequest:
        """The token that is meant, with its secret's hash."""
        return TokenRequest(
            person=self.person,
            standings=tuple(read_role(one) for one in self.roles),
            secret_sha256=secret_sha256,
            expires_at=self.expires_at,
            note=self.note,
        )


class SignIn(Shape):
    """The token of a sign-in link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "gpm_…"}]})

    token: str


class Me(Shape):
    """Who a token stands for; ``now``: what time it is there."""

    person: str
    roles: list[str]
    token: str
    now: Instant

    @property
    def teams(self) -> list[str]:
        """The teams that it is in."""
        return sorted(
            {team for _, mark, team in (one.partition(":") for one in self.roles) if mark}
        )

    @classmethod
    def of(cls, actor: Actor, now: datetime) -> Self:
        """Somebody who was recognised."""
        return cls(
            person=actor.name.partition(":")[2],
            roles=[told(one) for one in actor.standings],
            token=actor.token,
            now=now,
        )


class Token(Shape):
    """A token, without anything that it could be used by."""

    id: str
    person: str
    roles: list[str]
    kind: str
    note: str
    created_at: Instant
    created_by: str
    expires_at: Instant
    ended_at: Instant | None
    reason: str
    used_at: Instant | None = None

    @classmethod
    def of(cls, token: domain.Token) -> Self:
        """A token as its readers see it."""
        return cls.seen(TokenSeen(token=token, used_at=None))

    @classmethod
    def seen(cls, seen: TokenSeen) -> Self:
        """A token, and when it was last used."""
        token, request = seen.token, seen.token.request
        return cls(
            id=token.id,
            person=request.person,
            roles=list(token.roles),
            kind=request.kind.value,
            note=request.note,
            created_at=token.created_at,
            created_by=token.created_by,
            expires_at=request.expires_at,
            ended_at=token.ended_at,
            reason=token.reason,
            used_at=seen.used_at,
        )


class NewToken(Token):
    """A token that was just made, with its text: shown this once."""

    token: str

    @classmethod
    def made(cls, token: domain.Token, text: str) -> Self:
        """A token that was just made, and its text."""
        return cls(token=text, **dict(Token.of(token)))


class NewCalendar(Token):
    """An address of a calendar that was just made: shown this once."""

    address: str

    @classmethod
    def made(cls, token: domain.Token, address: str) -> Self:
        """A calendar's token, and the address that its text is in."""
        return cls(address=address, **dict(Token.of(token)))
