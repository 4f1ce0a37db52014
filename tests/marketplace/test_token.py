"""Tokens: who may make which, what they are good for and until when, and that no secret is kept."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from marketplace.domain.actor import Actor, Role, Standing
from marketplace.domain.command import ExchangeToken, MakeToken, RemoveMember, RevokeToken
from marketplace.domain.team import Member, Removal
from marketplace.domain.team import Role as TeamRole
from marketplace.domain.token import (
    CALENDAR_LONGEST,
    LONGEST,
    Token,
    TokenKind,
    TokenRequest,
    read_role,
    sha256_of,
    told,
)
from marketplace.errors import BadField, Duplicate, Forbidden, NotFound, Unrecognised
from marketplace.services import team, token
from marketplace.services.runner import Runner
from marketplace.store.engine import Store
from tests.marketplace import hands
from tests.marketplace.bazaar import DAY, HOUR, NOW, a_market, assert_clean

pytestmark = pytest.mark.both

FINANCE = Standing(Role.FINANCE)
NLP, RL = Standing(Role.MEMBER, "nlp"), Standing(Role.MEMBER, "rl")
LEAD = Actor.person("lea", Standing(Role.LEAD, "nlp"))
ADMIN = Actor.person("adam", Standing(Role.ADMIN))
ADA = Actor.person("ada", NLP)


def asked(
    person: str = "ada",
    *standings: Standing,
    text: str = "gpm_secret",
    until: datetime = NOW + DAY,
    kind: TokenKind = TokenKind.BEARER,
) -> MakeToken:
    request = TokenRequest(
        person=person,
        standings=standings or (NLP,),
        secret_sha256=sha256_of(text),
        expires_at=until,
        kind=kind,
    )
    return MakeToken(request)


def made(store: Store, command: MakeToken, by: Actor = hands.ROOT) -> Token:
    return Runner(store).run(command, by=by, at=NOW)


def refused(store: Store, text: str, now: datetime = NOW, kind: str = "bearer") -> str:
    with pytest.raises(Unrecognised) as refusal:
        token.recognise(store, text, now, TokenKind(kind))
    return refusal.value.reason


def test_whoever_has_a_token_is_recognised_with_its_roles_until_it_ends() -> None:
    store = a_market()
    mine = made(store, asked("ada", NLP, FINANCE))
    actor = token.recognise(store, "gpm_secret", NOW + DAY - timedelta(seconds=1)).actor
    assert actor == Actor("person:ada", (NLP, FINANCE), token=mine.id)
    assert refused(store, "gpm_secret", NOW + DAY) == "token-expired"
    assert refused(store, "gpm_other") == "no-such-token"
    assert refused(store, "secret") == "no-such-token"
    assert refused(store, "") == "no-token"
    assert_clean(store)


def test_no_secret_is_anywhere_in_the_database() -> None:
    store = a_market()
    made(store, asked())
    with store.read() as tx:
        for table in SQLModel.metadata.sorted_tables:
            for row in tx.execute(sa.select(table)):
                assert "gpm_secret" not in str(row)


@pytest.mark.parametrize(
    ("by", "person", "role", "may"),
    [
        (ADMIN, "ada", "admin", True),
        (ADMIN, "ada", "lead:nlp", True),
        (LEAD, "ada", "member:nlp", True),
        (LEAD, "ada", "lead:nlp", True),
        (LEAD, "ada", "member:rl", False),
        (LEAD, "lea", "finance", False),
        (ADA, "ada", "member:nlp", True),
        (ADA, "ada", "lead:nlp", False),
        (ADA, "bob", "member:nlp", False),
        (Actor.person("fin", FINANCE), "fin", "finance", True),
        (Actor.person("fin", FINANCE), "ada", "finance", False),
        (Actor.person("pia", Standing(Role.PLATFORM)), "pia", "admin", False),
    ],
)
def test_nobody_gives_roles_beyond_the_own(by: Actor, person: str, role: str, *, may: bool) -> None:
    """§7.12"""
    store = a_market()
    command = asked(person, read_role(role))
    if may:
        assert made(store, command, by).actor.standings == (read_role(role),)
        return
    with pytest.raises(Forbidden):
        made(store, command, by)
    with pytest.raises(Forbidden):  # nor hidden between roles that may be given
        made(store, asked(person, *by.standings, read_role(role)), by)


def test_a_revoked_token_is_good_for_nothing_and_stays_revoked() -> None:
    store = a_market()
    mine = made(store, asked())
    gone = Runner(store).run(RevokeToken(mine.id), by=ADA, at=NOW + HOUR)
    assert (gone.ended_at, gone.reason) == (NOW + HOUR, "revoked")
    assert refused(store, "gpm_secret", NOW + HOUR) == "token-revoked"
    again = Runner(store).run(RevokeToken(mine.id), by=LEAD, at=NOW + 2 * HOUR)
    assert again == gone
    assert_clean(store)


def test_a_token_of_somebody_else_is_not_there() -> None:
    store = a_market()
    theirs = made(store, asked("rob", RL))
    for by in (ADA, LEAD):
        with pytest.raises(NotFound):
            Runner(store).run(RevokeToken(theirs.id), by=by, at=NOW)
        assert token.listed(store, by).items == ()
    [seen] = token.listed(store, ADMIN)
    assert (seen.token, seen.used_at) == (theirs, None)


def test_a_sign_in_link_is_good_once_and_gives_the_same_roles() -> None:
    store = a_market()
    link = made(store, asked("ada", Standing(Role.ADMIN), kind=TokenKind.SIGN_IN))
    assert refused(store, "gpm_secret") == "is-sign-in"
    exchange = ExchangeToken(link.request.secret_sha256, sha256_of("gpm_new"), NOW + 9 * DAY)
    by = token.recognise(store, "gpm_secret", NOW, TokenKind.SIGN_IN).actor
    new = Runner(store).run(exchange, by=by, at=NOW)
    assert token.recognise(store, "gpm_new", NOW).actor.standings == (Standing(Role.ADMIN),)
    assert (new.request.person, new.request.kind) == ("ada", TokenKind.BEARER)
    assert refused(store, "gpm_secret", kind="sign-in") == "token-used"
    with pytest.raises(Unrecognised, match="ask for another"):
        Runner(store).run(exchange, by=by, at=NOW)
    assert refused(store, "gpm_new", kind="sign-in") == "is-bearer"
    assert_clean(store)


def test_an_end_must_be_ahead_and_within_a_year() -> None:
    store = a_market()
    for until, why in ((NOW, "in-the-past"), (NOW + LONGEST + HOUR, "lives-too-long")):
        with pytest.raises(BadField) as refusal:
            made(store, asked(until=until))
        assert refusal.value.reason == why


def test_a_token_needs_a_person_a_role_and_a_hash() -> None:
    fine = asked().request
    for change in (
        {"person": " "},
        {"standings": ()},
        {"secret_sha256": "gpm_secret"},
        {"standings": (Standing(Role.CLOCK),)},
        {"note": "x" * 201},
    ):
        with pytest.raises(BadField):
            TokenRequest(
                **{
                    name: change.get(name, getattr(fine, name))
                    for name in ("person", "standings", "secret_sha256", "expires_at", "note")
                }
            )


def test_roles_read_as_they_are_written() -> None:
    for text in ("finance", "lead:nlp", "member:nlp", "admin", "platform"):
        assert told(read_role(text)) == text
    for text in ("clock", "operator", "boss", "lead", "finance:nlp"):
        with pytest.raises(BadField):
            read_role(text)


def test_a_team_that_is_not_there_has_no_tokens_and_a_secret_makes_one() -> None:
    store = a_market()
    with pytest.raises(NotFound, match="team"):
        made(store, asked("ada", Standing(Role.MEMBER, "nobody")))
    made(store, asked())
    with pytest.raises(Duplicate):
        made(store, asked())


def test_the_last_use_is_kept_and_no_fact_of_the_market() -> None:
    store = a_market()
    mine, other = made(store, asked()), made(store, asked("rob", RL, text="gpm_2"))
    token.note_used(store, {})
    token.note_used(store, {mine.id: NOW + HOUR})
    token.note_used(store, {mine.id: NOW + 2 * HOUR, other.id: NOW})
    found = {one.token.id: one.used_at for one in token.listed(store, ADMIN)}
    assert found == {mine.id: NOW + 2 * HOUR, other.id: NOW}
    [one] = token.listed(store, ADMIN, "ada")
    assert one.token == mine
    assert_clean(store)


def test_who_leaves_a_team_acts_for_it_no_more() -> None:
    """§7.12"""
    store = a_market()
    hands.put_member(store, Member(team="nlp", person="ada", role=TeamRole.MEMBER), NOW)
    one, both = (
        made(store, asked("ada", *standings, text=text))
        for text, standings in (("gpm_one", (NLP,)), ("gpm_both", (NLP, RL)))
    )
    other = made(store, asked("ada", FINANCE, text="gpm_other"))
    namesake = made(store, asked("eve", NLP, text="gpm_eve"))
    gone = Runner(store).run(RemoveMember("nlp", "ada"), by=LEAD, at=NOW, key="k")
    assert gone == Removal(team="nlp", person="ada", tokens=tuple(sorted((one.id, both.id))))
    assert refused(store, "gpm_one") == "token-revoked"
    assert token.recognise(store, "gpm_both", NOW).actor.standings == (RL,)
    assert token.recognise(store, "gpm_other", NOW).actor.standings == other.request.standings
    assert token.recognise(store, "gpm_eve", NOW).actor.standings == namesake.request.standings
    assert team.members(store, "nlp").items == ()
    assert Runner(store).run(RemoveMember("nlp", "ada"), by=LEAD, at=NOW, key="k") == gone
    with pytest.raises(NotFound, match="member 'ada'"):
        Runner(store).run(RemoveMember("nlp", "ada"), by=LEAD, at=NOW)
    assert_clean(store)


def test_who_is_to_lead_a_team_no_more_loses_a_leads_tokens() -> None:
    """§7.12"""
    store, lead = a_market(), Standing(Role.LEAD, "nlp")
    lee = {name: f"gpm_{name}" for name in ("only", "both", "link", "member", "elsewhere")}
    made(store, asked("lee", lead, text=lee["only"]))
    made(store, asked("lee", lead, NLP, FINANCE, text=lee["both"]))
    made(store, asked("lee", lead, text=lee["link"], kind=TokenKind.SIGN_IN))
    made(store, asked("lee", NLP, text=lee["member"]))
    made(store, asked("lee", Standing(Role.LEAD, "rl"), text=lee["elsewhere"]))
    made(store, asked("lea", lead, text="gpm_lea"))
    hands.put_member(store, Member(team="nlp", person="lee", role=TeamRole.LEAD), NOW)
    assert token.recognise(store, lee["only"], NOW).actor.standings == (lead,)
    hands.put_member(store, Member(team="nlp", person="lee", role=TeamRole.MEMBER), NOW)
    assert refused(store, lee["only"]) == "token-revoked"
    assert refused(store, lee["link"], kind="sign-in") == "token-revoked"
    assert token.recognise(store, lee["both"], NOW).actor.standings == (NLP, FINANCE)
    assert token.recognise(store, lee["member"], NOW).actor.standings == (NLP,)
    for name in (lee["elsewhere"], "gpm_lea"):
        assert Role.LEAD in token.recognise(store, name, NOW).actor.roles
    assert_clean(store)


def test_a_member_is_removed_by_the_teams_lead_or_an_admin() -> None:
    """§7.12"""
    store = a_market()
    hands.put_member(store, Member(team="rl", person="rob", role=TeamRole.MEMBER), NOW)
    for by in (LEAD, ADA, Actor.person("rob", RL), Actor.person("fin", FINANCE)):
        with pytest.raises(Forbidden):
            Runner(store).run(RemoveMember("rl", "rob"), by=by, at=NOW)
    with pytest.raises(NotFound, match="team"):
        Runner(store).run(RemoveMember("nowhere", "rob"), by=ADMIN, at=NOW)
    assert Runner(store).run(RemoveMember("rl", "rob"), by=ADMIN, at=NOW).tokens == ()
    assert_clean(store)


def test_a_calendars_token_is_of_one_team_or_of_a_pool_and_lives_long() -> None:
    store = a_market()
    for standings, kind, pool, reason in (
        ((NLP, RL), TokenKind.CALENDAR, "", "not-one-team"),
        ((FINANCE,), TokenKind.CALENDAR, "", "not-one-team"),
        ((NLP,), TokenKind.BEARER, "h100", "not-a-calendar"),
    ):
        with pytest.raises(BadField) as bad:
            calendar(*standings, kind=kind, pool=pool)
        assert bad.value.reason == reason
    one = made(store, MakeToken(calendar(NLP, until=NOW + CALENDAR_LONGEST)))
    other = made(store, MakeToken(calendar(FINANCE, pool="h100", text="gpm_pool")))
    assert (one.calendar, other.calendar) == (("nlp", ""), ("", "h100"))
    assert refused(store, "gpm_calendar") == "is-calendar"
    again = made(store, MakeToken(calendar(NLP, text="gpm_again")))
    assert refused(store, "gpm_calendar", kind="calendar") == "token-revoked"
    assert token.calendar(store, "ada", team="nlp") == again
    assert token.calendar(store, "ada", pool="h100") == other
    with pytest.raises(BadField, match="at most 3660 days"):
        made(store, MakeToken(calendar(NLP, until=NOW + CALENDAR_LONGEST + DAY, text="gpm_3")))
    with pytest.raises(NotFound, match="no pool 'zzz'"):
        made(store, MakeToken(calendar(NLP, pool="zzz", text="gpm_4")))
    assert_clean(store)


def calendar(
    *standings: Standing,
    kind: TokenKind = TokenKind.CALENDAR,
    pool: str = "",
    text: str = "gpm_calendar",
    until: datetime = NOW + DAY,
) -> TokenRequest:
    return TokenRequest(
        person="ada",
        standings=standings,
        secret_sha256=sha256_of(text),
        expires_at=until,
        kind=kind,
        pool=pool,
    )
