"""Tokens."""

from typing import Self

from pydantic import ConfigDict, Field

from api.wire.shape import Instant, Shape
from marketplace.domain import token as domain
from marketplace.domain.token import TokenRequest, TokenSeen, read_role


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


class TokenBody(Shape):
    """A token to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "ada@example.org",
                    "roles": ["lead:nlp", "finance"],
                    "expires_at": "2027-02-21T12:00:00Z",
                    "note": "laptop",
                }
            ]
        }
    )

    person: str = Field(description="Whom it stands for: a name or an address.")
    roles: list[str] = Field(
        min_length=1,
        max_length=100,
        description="finance, platform, admin, member:TEAM or lead:TEAM.",
    )
    expires_at: Instant = Field(description="It is good until then, for 366 days at most.")
    note: str = Field(default="", description="What it is for.")

    def to_request(self, secret_sha256: str) -> TokenRequest:
        """The token that is meant, under the hash of its text. Raises ``BadField`` for a role that
        there is not."""
        return TokenRequest(
            person=self.person,
            standings=tuple(read_role(one) for one in self.roles),
            secret_sha256=secret_sha256,
            expires_at=self.expires_at,
            note=self.note,
        )
