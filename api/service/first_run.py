"""A new market's rules, and the link by which its first administrator signs in."""

from datetime import datetime, timedelta
from typing import Final

from api import secret
from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.command import MakeToken
from marketplace.domain.token import TokenKind, TokenRequest, sha256_of
from marketplace.services.runner import Runner

GOOD_FOR: Final = timedelta(days=1)
FIRST: Final = "admin"
ROLES: Final = (Role.ADMIN, Role.PLATFORM, Role.FINANCE)
"""Whoever starts a market sets it up: pools, credits and people."""


def sign_in_token(runner: Runner, by: Actor, now: datetime) -> str:
    """A token that is good for signing in once, as the market's first administrator."""
    text = secret.drawn()
    request = TokenRequest(
        person=FIRST,
        standings=tuple(Standing(role) for role in ROLES),
        secret_sha256=sha256_of(text),
        expires_at=now + GOOD_FOR,
        kind=TokenKind.SIGN_IN,
        note="first start",
    )
    runner.run(MakeToken(request), by=by, at=now)
    return text
