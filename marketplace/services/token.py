"""Tokens: make, exchange and revoke them, with what changes about a team's members; recognise
somebody by one."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from marketplace.domain.actor import IN_TEAM, Actor, Role
from marketplace.domain.command import (
    ExchangeToken,
    MakeToken,
    PutMember,
    RemoveMember,
    RevokeToken,
)
from marketplace.domain.event.market import MemberPut, MemberRemoved
from marketplace.domain.event.token import TokenEnded, TokenMade, TokenNarrowed
from marketplace.domain.journal import Call
from marketplace.domain.page import LIMIT, Cursor, Page
from marketplace.domain.team import Member, Removal
from marketplace.domain.team import Role as TeamRole
from marketplace.domain.token import (
    LEADS,
    PREFIX,
    Token,
    TokenKind,
    TokenRequest,
    TokenSeen,
    made,
    may_end,
    may_make,
    sha256_of,
    token_id,
    told,
)
from marketplace.errors import Duplicate, Forbidden, NotFound, Unrecognised
from marketplace.services.team import check_leads, check_team
from marketplace.store import capacity as capacity_store
from marketplace.store import event as event_store
from marketplace.store import journal as journal_store
from marketplace.store import team as team_store
from marketplace.store import token as token_store
from marketplace.store.engine import Store
from marketplace.store.transaction import Tx


def make(tx: Tx, command: MakeToken, call: Call) -> Token:
    """Make a token. Raises ``Forbidden`` for roles that the actor cannot give, ``NotFound`` for a
    team, ``BadField`` for an end that no token may have."""
    request = command.request
    if not may_make(call.actor, request.person, request.standings):
        roles = ", ".join(told(one) for one in request.standings)
        raise Forbidden(call.actor.name, f"make a token for {roles}", ("lead", "admin"))
    if request.kind is TokenKind.SESSION:
        by = _recognised(token_store.get(tx, call.actor.token))
        request = replace(request, expires_at=min(request.expires_at, by.request.expires_at))
    return _made(tx, request, call)


def _made(tx: Tx, request: TokenRequest, call: Call) -> Token:
    for one in request.standings:
        if one.team:
            check_team(tx, one.team)
    if request.pool and request.pool not in capacity_store.pools(tx):
        raise NotFound("pool", request.pool)
    token = made(request, call.at, call.actor)
    if token_store.get(tx, token.id) is not None:
        raise Duplicate("token", token.id)
    if any(token.calendar):
        for before in token_store.of_person(tx, request.person):
            if before.calendar == token.calendar:
                _end(tx, before, "revoked", call.at)
    token_store.add(tx, token)
    event = TokenMade(
        at=call.at,
        token=token.id,
        person=request.person,
        roles=token.roles,
        good_for=request.kind.value,
        expires_at=request.expires_at,
    )
    event_store.add(tx, [event])
    return token


def exchange(tx: Tx, command: ExchangeToken, call: Call) -> Token:
    """Give a bearer token for one that is good for signing in once, with the same roles. Raises
    ``Unrecognised`` where that is used up or over."""
    before = _recognised(token_store.get(tx, token_id(command.sign_in_sha256)))
    before.check(call.at, TokenKind.SIGN_IN)
    _end(tx, before, "used", call.at)
    request = replace(
        before.request,
        secret_sha256=command.secret_sha256,
        expires_at=command.expires_at,
        kind=TokenKind.BEARER,
        note="signed in",
    )
    return _made(tx, request, call)


def revoke(tx: Tx, command: RevokeToken, call: Call) -> Token:
    """End a token now, and the sessions that were opened with it. Raises ``NotFound``, also for one
    that the actor could not have made."""
    token = token_store.get(tx, command.token)
    if token is None or not may_end(call.actor, token):
        raise NotFound("token", command.token)
    return token if token.ended_at else _end(tx, token, "revoked", call.at)


def put_member(tx: Tx, command: PutMember, call: Call) -> Member:
    """Take a person into a team, or change their role. Who is to lead it no more loses a lead's
    tokens there at once. Raises ``NotFound`` for the team."""
    member, at = command.member, call.at
    check_leads(tx, member.team, call.actor)
    team_store.put_member(tx, member)
    role = member.role.value
    event_store.add(tx, [MemberPut(at=at, team=member.team, person=member.person, role=role)])
    if member.role is not TeamRole.LEAD:
        _take(tx, _of_team(tx, member.team, member.person, LEADS), member.team, LEADS, at)
    return member


def remove_member(tx: Tx, command: RemoveMember, call: Call) -> Removal:
    """Take a person out of a team, and its roles out of the person's tokens, all at once: whoever
    left acts for it no more. Raises ``NotFound`` where they are neither in the team nor have a
    token for it."""
    team, person, at = command.team, command.person, call.at
    check_leads(tx, team, call.actor)
    theirs = _of_team(tx, team, person, IN_TEAM)
    if not team_store.remove_member(tx, team, person) and not theirs:
        raise NotFound("member", person)
    event_store.add(tx, [MemberRemoved(at=at, team=team, person=person)])
    _take(tx, theirs, team, IN_TEAM, at)
    return Removal(team=team, person=person, tokens=tuple(one.id for one in theirs))


def _of_team(tx: Tx, team: str, person: str, roles: frozenset[Role]) -> list[Token]:
    """A person's good tokens with one of those roles in that team."""
    return [
        one
        for one in token_store.of_person(tx, person)
        if any(each.team == team and each.role in roles for each in one.request.standings)
    ]


def _take(tx: Tx, tokens: Iterable[Token], team: str, roles: frozenset[Role], at: datetime) -> None:
    """Take those roles in that team out of tokens; who has no other is revoked."""
    for one in tokens:
        left, person = one.without(team, at, roles), one.request.person
        if left.ended_at is not None:
            _end(tx, one, left.reason, at)
            continue
        token_store.change(tx, left)
        event_store.add(tx, [TokenNarrowed(at=at, token=one.id, person=person, roles=left.roles)])


def _end(tx: Tx, token: Token, reason: str, at: datetime) -> Token:
    ended = token.ended(at, reason)
    token_store.change(tx, ended)
    person = token.request.person
    event_store.add(tx, [TokenEnded(at=at, token=token.id, person=person, reason=reason)])
    for one in token_store.of_person(tx, person):
        if one.opened_by(token.id):
            _end(tx, one, reason, at)
    return ended


def recall(tx: Tx, ids: tuple[str, ...]) -> tuple[Token, ...]:
    """Those tokens as they are."""
    return tuple(_recognised(token_store.get(tx, id_)) for id_ in ids)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who sent a token, and the hash of the journal's newest line then; ``calendar``: see
    ``Token``."""

    actor: Actor
    head: str
    calendar: tuple[str, str] = ("", "")


@dataclass(slots=True)
class Known:
    """Tokens that were looked up while the journal stood at a head: nothing about them changes but
    by a command, so that they are as they were while it stands there."""

    pair: tuple[str, Mapping[str, Token]] = ("", {})
    """The head and its tokens: one value, so that threads never see the one without the other."""

    def at(self, head: str) -> Mapping[str, Token]:
        """Those that are still as they were."""
        known_head, tokens = self.pair
        return tokens if known_head == head else {}

    def any(self, id_: str) -> Token | None:
        """A token as it was once: whoever acts by it must be checked in the transaction."""
        return self.pair[1].get(id_)

    def learn(self, head: str, token: Token) -> None:
        """One more. A thread that comes in between loses its own, and looks again."""
        self.pair = (head, {**self.at(head), token.id: token})


def recognise(
    store: Store,
    text: str,
    now: datetime,
    kind: TokenKind = TokenKind.BEARER,
    known: Known | None = None,
) -> Recognised:
    """Who sent a token, and where the journal stood. Raises ``Unrecognised`` where there is no such
    token, or it is good for nothing of that kind now."""
    if not text.startswith(PREFIX):
        raise Unrecognised("no-token" if not text else "no-such-token")
    sha256 = sha256_of(text)
    id_ = token_id(sha256)
    with store.look() as there:
        head = journal_store.newest_hash(there)
        token = known.at(head).get(id_) if known else None
        if token is None:
            token = _recognised(token_store.look_up(there, id_))
            if known:
                known.learn(head, token)
    if not hmac.compare_digest(token.request.secret_sha256, sha256):
        raise Unrecognised("no-such-token")
    token.check(now, kind)
    return Recognised(token.actor, head, token.calendar)


def remembered(text: str, now: datetime, known: Known) -> Actor | None:
    """Who sent a token that was good a while ago, without a look at the database: good enough to
    run a command by, for ``check_acting`` looks again before it is done."""
    sha256 = sha256_of(text)
    token = known.any(token_id(sha256))
    if token is None or not hmac.compare_digest(token.request.secret_sha256, sha256):
        return None
    try:
        token.check(now, TokenKind.BEARER)
    except Unrecognised:
        return None
    return token.actor


def check_acting(tx: Tx, actor: Actor, at: datetime) -> None:
    """Whoever acts by a token has it still, with the roles that they act by.

    Raises ``Unrecognised``.
    """
    token = _recognised(token_store.get(tx, actor.token))
    token.check(at, token.request.kind)
    if token.actor.standings != actor.standings:
        raise Unrecognised("roles-changed")


def _recognised(token: Token | None) -> Token:
    if token is None:
        raise Unrecognised("no-such-token")
    return token


def listed(
    store: Store, by: Actor, person: str = "", *, after: Cursor | None = None, limit: int = LIMIT
) -> Page[TokenSeen]:
    """The tokens that somebody may see, by person: a page may have fewer of them than it could, and
    others behind it."""
    with store.read() as tx:
        page = token_store.listed(tx, person, after=after, limit=limit)
    return Page(tuple(one for one in page if may_end(by, one.token)), page.next)


def calendar(store: Store, person: str, *, team: str = "", pool: str = "") -> Token:
    """The token of a person's address for that calendar. Raises ``NotFound``."""
    with store.read() as tx:
        found = [one for one in token_store.of_person(tx, person) if one.calendar == (team, pool)]
    if not found:
        raise NotFound("calendar", "")
    return found[0]


def note_used(store: Store, uses: Mapping[str, datetime]) -> None:
    """Keep when tokens were last used, by their ids: now and then, for many at once."""
    if uses:
        with store.begin() as tx:
            token_store.note_used(tx, uses)
