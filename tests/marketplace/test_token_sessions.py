"""Sessions of browsers: whose they are, and what ends them."""

from datetime import timedelta

import pytest

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.command import MakeToken, RemoveMember, RevokeToken
from marketplace.domain.team import Member
from marketplace.domain.team import Role as TeamRole
from marketplace.domain.token import (
    SESSION_LONGEST,
    Token,
    TokenKind,
    session_request,
    sha256_of,
)
from marketplace.errors import Forbidden, Unrecognised
from marketplace.services import token
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import DAY, HOUR, NOW, a_market, assert_clean

ADA = Actor.person("ada", Standing(Role.MEMBER, "nlp"))


def signed_in(store: Store, days: int = 30) -> tuple[Actor, Token]:
    """Ada with a token, and a session that she opened with it."""
    hands.make_token(store, "ada", "gpm_ada", NOW, "member:nlp", days=days)
    actor = token.recognise(store, "gpm_ada", NOW).actor
    made = MakeToken(session_request(actor, sha256_of("gpm_session"), NOW))
    return actor, Runner(store).run(made, by=actor, at=NOW)


def ends(store: Store) -> str:
    with pytest.raises(Unrecognised) as refusal:
        token.recognise(store, "gpm_session", NOW + HOUR, TokenKind.SESSION)
    return refusal.value.reason


def test_a_session_is_good_for_a_week_or_until_its_token_ends() -> None:
    store = a_market()
    actor, mine = signed_in(store)
    assert (mine.made_with, mine.request.expires_at) == (actor.token, NOW + SESSION_LONGEST)
    found = token.recognise(store, "gpm_session", NOW + HOUR, TokenKind.SESSION)
    assert found.actor.standings == ADA.standings
    with pytest.raises(Unrecognised) as refusal:
        token.recognise(store, "gpm_session", NOW)
    assert refusal.value.reason == "is-session"
    _, short = signed_in(a_market(), days=1)
    assert short.request.expires_at == NOW + DAY
    assert_clean(store)


def test_a_session_ends_with_its_token_and_no_other_session_does() -> None:
    store = a_market()
    actor, _ = signed_in(store)
    hands.make_token(store, "ada", "gpm_two", NOW, "member:nlp")
    other = token.recognise(store, "gpm_two", NOW).actor
    opened = MakeToken(session_request(other, sha256_of("gpm_other"), NOW))
    Runner(store).run(opened, by=other, at=NOW)
    Runner(store).run(RevokeToken(actor.token), by=actor, at=NOW + timedelta(minutes=1))
    assert ends(store) == "token-revoked"
    assert token.recognise(store, "gpm_other", NOW + HOUR, TokenKind.SESSION)
    assert_clean(store)


def test_who_leaves_a_team_sees_its_pages_no_more() -> None:
    store = a_market()
    hands.put_member(store, Member(team="nlp", person="ada", role=TeamRole.MEMBER), NOW)
    signed_in(store)
    Runner(store).run(RemoveMember("nlp", "ada"), by=hands.ROOT, at=NOW)
    assert ends(store) == "token-revoked"


def test_nobody_opens_a_session_for_somebody_else_or_without_a_token() -> None:
    store = a_market()
    actor, _ = signed_in(store)
    bob = Actor.person("bob", Standing(Role.MEMBER, "nlp"))
    asked = MakeToken(session_request(actor, sha256_of("gpm_bob"), NOW))
    with pytest.raises(Forbidden):
        Runner(store).run(asked, by=bob, at=NOW)
    with pytest.raises(Unrecognised):
        Runner(store).run(asked, by=hands.ROOT, at=NOW)
