"""Teams and members over HTTP: who sees credits and members, who changes them."""

from typing import Any

from tests.api.rest.desk import Desk
from tests.marketplace import hands
from tests.marketplace.bazaar import NOW, TEAMS, assert_clean

MEMBERS = "/v1/teams/nlp/members"


def put(desk: Desk, person: str, role: str = "member", who: str = "lea", **more: Any) -> Any:
    answer = desk.asks(who, "PUT", f"{MEMBERS}/{person}", json={"role": role}, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_everybody_sees_the_teams_and_the_credits_that_concern_them(desk: Desk) -> None:
    seen = {who: desk.gets(who, "/v1/teams")["items"] for who in ("mia", "fin", "pia", "adam")}
    for teams in seen.values():
        assert [one["id"] for one in teams] == sorted(TEAMS)
    purse = {"free_credits": "1000", "held_credits": "0"}
    purse |= {"later_credits": "0", "ending_credits": "0"}
    purse |= {"drawn_credits": "0", "line_credits": "0"}
    nlp = {"id": "nlp", "name": "NLP"}
    assert seen["mia"][0] == desk.gets("mia", "/v1/teams/nlp") == nlp | purse
    assert seen["mia"][1] == desk.gets("mia", "/v1/teams/rl") == {"id": "rl", "name": "RL"}
    assert all("free_credits" in one for one in seen["fin"])
    assert not any("free_credits" in one for one in seen["pia"] + seen["adam"])
    assert desk.refused(404, "mia", "GET", "/v1/teams/zzz")["field"] == "team"
    page = desk.gets("mia", "/v1/teams", limit=2)
    rest = desk.gets("mia", "/v1/teams", after=page["next"])
    assert page["items"] + rest["items"] == seen["mia"]


def test_an_admin_takes_in_a_team(desk: Desk) -> None:
    body = {"id": "speech", "name": "Speech"}
    for who in ("mia", "lea", "fin", "pia"):
        desk.refused(403, who, "POST", "/v1/teams", json=body)
    tried = desk.asks("adam", "POST", "/v1/teams", json=body, params={"dry_run": True})
    assert desk.refused(404, "adam", "GET", "/v1/teams/speech")
    made = desk.asks("adam", "POST", "/v1/teams", json=body, headers={"Idempotency-Key": ""})
    assert (made.status_code, made.json()) == (201, tried.json())
    again = desk.refused(409, "adam", "POST", "/v1/teams", json=body | {"name": "Other"})
    assert again["code"] in ("duplicate", "key-reused")
    bad = desk.refused(422, "adam", "POST", "/v1/teams", json={"id": "No Name"})
    assert bad["field"] == "id"
    assert_clean(desk.store)


def test_a_lead_changes_the_own_teams_members_and_an_admin_any(desk: Desk) -> None:
    ada = {"team": "nlp", "person": "ada@example.org", "role": "member"}
    assert put(desk, "ada@example.org", params={"dry_run": True}) == ada
    assert desk.gets("mia", MEMBERS)["items"] == []
    assert put(desk, "ada@example.org") == ada
    assert put(desk, "ada@example.org", "lead", "adam") == ada | {"role": "lead"}
    assert desk.gets("mia", MEMBERS)["items"] == [ada | {"role": "lead"}]
    for who in ("mia", "rob", "fin", "pia"):
        desk.refused(403, who, "PUT", f"{MEMBERS}/eve", json={"role": "lead"})
    desk.refused(403, "lea", "PUT", "/v1/teams/rl/members/eve", json={})
    bad = desk.refused(422, "lea", "PUT", f"{MEMBERS}/eve", json={"role": "boss"})
    assert bad["field"] == "role"
    assert_clean(desk.store)


def test_members_are_seen_by_themselves_platform_and_admins(desk: Desk) -> None:
    put(desk, "ada")
    put(desk, "eve")
    for who in ("mia", "lea", "two", "pia", "adam"):
        first = desk.gets(who, MEMBERS, limit=1)
        rest = desk.gets(who, MEMBERS, after=first["next"])
        assert [one["person"] for one in first["items"] + rest["items"]] == ["ada", "eve"]
    for who in ("rob", "fin"):
        assert desk.refused(403, who, "GET", MEMBERS)["code"] == "forbidden"


def test_who_is_removed_acts_for_the_team_no_more(desk: Desk) -> None:
    """§7.12"""
    put(desk, "two")
    path = f"{MEMBERS}/two"
    for who in ("mia", "rob", "fin", "pia"):
        desk.refused(403, who, "DELETE", path)
    tried = desk.asks("lea", "DELETE", path, params={"dry_run": True}).json()
    assert desk.gets("two", "/v1/orders", team="nlp")["items"] == []
    gone = desk.asks("lea", "DELETE", path).json()
    assert gone == tried == {"team": "nlp", "person": "two", "tokens": tried["tokens"]}
    assert len(gone["tokens"]) == 1
    desk.refused(403, "two", "GET", "/v1/orders", params={"team": "nlp"})
    assert desk.gets("two", "/v1/me")["roles"] == ["member:rl"]
    desk.asks("adam", "DELETE", f"{MEMBERS}/mia")
    assert desk.refused(401, "mia", "GET", "/v1/me")["reason"] == "token-revoked"
    assert desk.refused(404, "lea", "DELETE", path)["field"] == "person"
    assert_clean(desk.store)


def test_who_leads_a_team_no_more_acts_as_its_lead_no_more(desk: Desk) -> None:
    """§7.12"""
    body = {"person": "lea", "roles": ["lead:nlp"], "expires_at": "2026-12-01T00:00:00Z"}
    other = desk.asks("lea", "POST", "/v1/tokens", json=body).json()["token"]
    put(desk, "lea", "lead", "adam")
    put(desk, "eve", who="lea")
    put(desk, "lea", "member", "adam", params={"dry_run": True})
    put(desk, "eve", who="lea")
    assert put(desk, "lea", "member", who="lea")["role"] == "member"
    for token in ("gpm_lea", other):
        headers = {"Authorization": f"Bearer {token}"}
        for method, path in (("PUT", f"{MEMBERS}/eve"), ("GET", "/v1/me"), ("GET", "/v1/orders")):
            gone = desk.refused(401, "", method, path, json={"role": "lead"}, headers=headers)
            assert gone["reason"] == "token-revoked"
    ended = desk.gets("adam", "/v1/events", kind="token.ended")["items"]
    assert [one["data"]["person"] for one in ended] == ["lea", "lea"]
    assert_clean(desk.store)


def made_by_lea(desk: Desk, person: str, *roles: str) -> tuple[str, dict[str, str]]:
    """A token that lea makes for somebody: its id, and the header that it is sent in."""
    body = {"person": person, "roles": roles, "expires_at": "2026-12-01T00:00:00Z"}
    made = desk.asks("lea", "POST", "/v1/tokens", json=body)
    assert made.status_code == 201, made.text
    return made.json()["id"], {"Authorization": f"Bearer {made.json()['token']}"}


def test_what_a_lead_made_for_others_stays_good_as_long_as_they_keep_their_role(
    desk: Desk,
) -> None:
    """§7.12: whoever made it may lead no more; it stands on the person whom it is for."""
    put(desk, "bob", "lead", "adam")
    _, bot = made_by_lea(desk, "bot", "member:nlp")
    bobs_id, bob = made_by_lea(desk, "bob", "lead:nlp", "member:nlp")
    _, eve = made_by_lea(desk, "eve", "lead:nlp")
    put(desk, "lea", "member", "adam")
    assert desk.refused(401, "lea", "GET", "/v1/me")["reason"] == "token-revoked"
    for headers in (bot, bob, eve):
        assert desk.asks("", "GET", "/v1/orders", headers=headers).is_success
    assert desk.asks("", "PUT", f"{MEMBERS}/zoe", json={}, headers=bob).is_success
    put(desk, "bob", "member", "adam")
    desk.refused(403, "", "PUT", f"{MEMBERS}/zoe", json={}, headers=bob)
    me = desk.asks("", "GET", "/v1/me", headers=bob).json()
    assert (me["roles"], me["token"]) == (["member:nlp"], bobs_id)
    for person, headers in (("bob", bob), ("bot", bot), ("eve", eve)):
        assert desk.asks("adam", "DELETE", f"{MEMBERS}/{person}").is_success
        gone = desk.refused(401, "", "GET", "/v1/orders", headers=headers)
        assert gone["reason"] == "token-revoked"
    assert_clean(desk.store)


def test_the_leads_that_follow_and_admins_list_and_revoke_what_one_before_made(
    desk: Desk,
) -> None:
    """§7.12: and whoever leads no more neither sees nor ends it."""
    ids = {person: made_by_lea(desk, person, "member:nlp")[0] for person in ("ada", "bot")}
    hands.make_token(desk.store, "lou", "gpm_lou", NOW, "lead:nlp")
    put(desk, "lea", "member", "adam")
    hands.make_token(desk.store, "lea", "gpm_lea-again", NOW, "member:nlp")
    for who, person in (("lou", "ada"), ("adam", "bot")):
        theirs = desk.gets(who, "/v1/tokens")["items"]
        assert {one["id"] for one in theirs if one["created_by"] == "person:lea"} >= {ids[person]}
        desk.refused(404, "lea-again", "DELETE", f"/v1/tokens/{ids[person]}")
        assert desk.asks(who, "DELETE", f"/v1/tokens/{ids[person]}").json()["reason"] == "revoked"
    mine = desk.gets("lea-again", "/v1/tokens")["items"]
    assert {one["person"] for one in mine} == {"lea"}
    desk.refused(404, "rob", "DELETE", f"/v1/tokens/{ids['ada']}")
    assert_clean(desk.store)
