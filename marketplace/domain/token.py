"""What somebody is recognised by: a token with roles and an end, kept as its secret's hash."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from marketplace.domain.actor import IN_TEAM, Actor, Role, Standing
from marketplace.errors import BadField, Unrecognised, zulu
from marketplace.rules import checked_instant

LONGEST: Final = timedelta(days=366)
"""How long a token may be good for that anything can be done with."""

CALENDAR_LONGEST: Final = timedelta(days=3_660)
"""How long a calendar's address may be: no calendar program tells that one has ended."""

SESSION_LONGEST: Final = timedelta(days=7)
"""How long somebody stays signed in with a browser, unless their token ends before."""

PREFIX: Final = "gpm_"
"""What every token's text begins with, so that a leaked one is found by a search."""

NOTE_MAX: Final = 200
PERSON_MAX: Final = 254
HELD_BY_NOBODY: Final = frozenset({Role.CLOCK, Role.OPERATOR})
LEADS: Final = frozenset({Role.LEAD})
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class TokenKind(StrEnum):
    """What a token is good for."""

    BEARER = "bearer"  # any request, until it ends
    SIGN_IN = "sign-in"  # one exchange for a bearer token
    CALENDAR = "calendar"  # reading one calendar, by an address that it is a part of
    SESSION = "session"  # pages in the browser that somebody signed in with


GONE: Final = {"revoked": "token-revoked", "used": "token-used"}
"""What is said of a token by the reason of its end."""

MISUSED: Final = {
    TokenKind.BEARER: "is-bearer",
    TokenKind.SIGN_IN: "is-sign-in",
    TokenKind.CALENDAR: "is-calendar",
    TokenKind.SESSION: "is-session",
}
"""What is said of a token that was sent for what it is not good for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A token that somebody wants made. ``secret_sha256``: whoever asks drew the secret, and the
    market never sees it. ``pool``: whose calendar it is for; the calendar of its role's team where
    none is named."""

    person: str
    standings: tuple[Standing, ...]
    secret_sha256: str
    expires_at: datetime
    kind: TokenKind = TokenKind.BEARER
    note: str = ""
    pool: str = ""

    def __post_init__(self) -> None:
        if not self.person.strip() or len(self.person) > PERSON_MAX:
            raise BadField("person", self.person, "no-name", {"most": PERSON_MAX})
        if len(self.note) > NOTE_MAX:
            raise BadField("note", self.note, "too-long", {"most": NOTE_MAX})
        if not _SHA256.fullmatch(self.secret_sha256):
            raise BadField("secret_sha256", self.secret_sha256, "not-a-hash")
        if not self.standings:
            raise BadField("roles", (), "no-role")
        for one in self.standings:
            if one.role in HELD_BY_NOBODY:
                raise BadField("roles", one.role.value, "not-a-persons-role")
        self._check_calendar()

    def _check_calendar(self) -> None:
        if self.pool and self.kind is not TokenKind.CALENDAR:
            raise BadField("pool", self.pool, "not-a-calendar")
        if self.kind is TokenKind.CALENDAR and not self.pool:
            one, *others = self.standings
            if others or not one.team:
                raise BadField("roles", told(one), "not-one-team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as the market keeps it. ``ended_at``: when it was revoked or used up, before its time
    was over; ``made_with``: the token by which it was asked for, where one was."""

    request: TokenRequest
    created_at: datetime
    created_by: str
    made_with: str = ""
    ended_at: datetime | None = None
    reason: str = ""  # revoked, used

    @property
    def id(self) -> str:
        """Its name for people: of its hash, which says nothing of the secret."""
        return token_id(self.request.secret_sha256)

    @property
    def actor(self) -> Actor:
        """Who acts with it."""
        return Actor(f"person:{self.request.person}", self.request.standings, token=self.id)

    @property
    def roles(self) -> tuple[str, ...]:
        """Its roles as text: ``finance``, ``lead:nlp``."""
        return tuple(told(one) for one in self.request.standings)

    @property
    def calendar(self) -> tuple[str, str]:
        """The team or the pool whose calendar it is an address of; none of both for no calendar."""
        request = self.request
        if request.kind is not TokenKind.CALENDAR:
            return "", ""
        return "" if request.pool else request.standings[0].team, request.pool

    def opened_by(self, token: str) -> bool:
        """Whether it is a session that was opened with that token, and ends with it."""
        return self.request.kind is TokenKind.SESSION and self.made_with == token

    def ended(self, at: datetime, reason: str) -> Self:
        """It, good for nothing from now on; one that has ended already stays as it is."""
        return self if self.ended_at else replace(self, ended_at=at, reason=reason)

    def without(self, team: str, at: datetime, roles: frozenset[Role] = IN_TEAM) -> Self:
        """It without those roles in that team; revoked where it has no other."""
        left = tuple(
            one for one in self.request.standings if one.team != team or one.role not in roles
        )
        if not left:
            return self.ended(at, "revoked")
        return replace(self, request=replace(self.request, standings=left))

    def check(self, now: datetime, kind: TokenKind) -> None:
        """Raises ``Unrecognised`` where it is good for nothing of that kind now."""
        if self.ended_at is not None:
            raise Unrecognised(GONE[self.reason], {"at": zulu(self.ended_at)})
        if now >= self.request.expires_at:
            raise Unrecognised("token-expired", {"at": zulu(self.request.expires_at)})
        if self.request.kind is not kind:
            raise Unrecognised(MISUSED[self.request.kind])


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSeen:
    """A token, and when it was last used, as far as that is known."""

    token: Token
    used_at: datetime | None


def sha256_of(text: str) -> str:
    """What is kept of a token's text. It holds 256 bits of chance, so that a plain hash does."""
    return hashlib.sha256(text.encode()).hexdigest()


def token_id(secret_sha256: str) -> str:
    """The name of the token with that hash."""
    return f"tok_{secret_sha256[:16]}"


def made(request: TokenRequest, at: datetime, by: Actor) -> Token:
    """A new token. Raises ``BadField`` for an end that is past or too far off."""
    end = checked_instant("expires_at", request.expires_at)
    if end <= at:
        raise BadField("expires_at", end, "in-the-past")
    longest = CALENDAR_LONGEST if request.kind is TokenKind.CALENDAR else LONGEST
    if end > at + longest:
        raise BadField("expires_at", end, "lives-too-long", {"days": longest.days})
    return Token(request=request, created_at=at, created_by=by.name, made_with=by.token)


def calendar_request(
    actor: Actor, secret_sha256: str, at: datetime, *, team: str = "", pool: str = ""
) -> TokenRequest:
    """A calendar for whoever acts: of a team that they are in, or of a pool. It stands on their
    roles and ends with them; as a reader's, so that it outlives a lead's."""
    readers = (Standing(Role.MEMBER, one.team) if one.team else one for one in actor.standings)
    return TokenRequest(
        person=actor.name.partition(":")[2],
        standings=(Standing(Role.MEMBER, team),) if team else tuple(dict.fromkeys(readers)),
        secret_sha256=secret_sha256,
        expires_at=at + CALENDAR_LONGEST,
        kind=TokenKind.CALENDAR,
        note=f"calendar of {team or f'pool {pool}'}",
        pool=pool,
    )


def session_request(actor: Actor, secret_sha256: str, at: datetime) -> TokenRequest:
    """A session for whoever acts, with all their roles."""
    return TokenRequest(
        person=actor.name.partition(":")[2],
        standings=actor.standings,
        secret_sha256=secret_sha256,
        expires_at=at + SESSION_LONGEST,
        kind=TokenKind.SESSION,
        note="signed in with a browser",
    )


def told(one: Standing) -> str:
    """A role and its team as text: ``finance``, ``lead:nlp``."""
    return f"{one.role.value}:{one.team}" if one.team else one.role.value


def read_role(text: str) -> Standing:
    """What ``told`` wrote. Raises ``BadField``."""
    word, _, team = text.partition(":")
    roles = [one.value for one in Role if one not in HELD_BY_NOBODY]
    if word not in roles:
        raise BadField("roles", text, "not-one-of", {"choices": tuple(roles)})
    return Standing(Role(word), team)


def may_make(actor: Actor, person: str, standings: Sequence[Standing]) -> bool:
    """Whether somebody may give a person those roles: an admin any, a lead those in the own team,
    everybody the own ones to oneself (§7.12)."""
    if actor.roles & {Role.ADMIN, Role.OPERATOR}:
        return True
    own = set(actor.standings) if actor.name == f"person:{person}" else set()
    return all(
        one in own or (one.team != "" and actor.in_team(one.team, LEADS)) for one in standings
    )


def may_end(actor: Actor, token: Token) -> bool:
    """Whether somebody may see a token and revoke it: their own, or one that they could give."""
    request = token.request
    return actor.name == token.actor.name or may_make(actor, request.person, request.standings)
