"""Tokens."""

from typing import Self

from api.wire.shape import Instant, Shape
from marketplace.domain import token as domain
from marketplace.domain.token import TokenSeen


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
