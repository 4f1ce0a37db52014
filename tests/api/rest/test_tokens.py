"""Who is recognised, and what tokens people make for themselves and others."""

from typing import Any

import pytest

from marketplace.domain.command import RemoveMember, RevokeToken
from marketplace.domain.token import sha256_of, token_id
from marketplace.services.runner import Runner
from tests.api.rest.desk import Desk, served
from tests.marketplace import hands
from tests.marketplace.bazaar import DAY, NOW

BODY = {"person": "mia", "roles": ["member:nlp"], "expires_at": "2026-12-01T00:00:00Z"}


def test_a_token_says_who_one_is(desk: Desk) -> None:
    assert desk.gets("two", "/v1/me") == {
        "person": "two",
        "roles": ["member:nlp", "member:rl"],
        "token": token_id(sha256_of("gpm_two")),
        "now": "2026-11-23T09:00:00Z",
    }


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "no-token"),
        ("Bearer gpm_nobody", "no-such-token"),
        ("Basic bWlhOm1pYQ==", "no-token"),
        ("Bearer gpm_mia gpm_lea", "no-such-token"),
    ],
)
def test_without_a_good_token_nobody_is_recognised(desk: Desk, header: str, reason: str) -> None:
    headers = {"Authorization": header} if header else {}
    problem = desk.refused(401, "", "GET", "/v1/orders", headers=headers)
    assert (problem["code"], problem["reason"], problem["value"]) == ("unrecognised", reason, None)
    answer = desk.asks("", "GET", "/v1/orders", headers=headers)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_good_for_nothing(desk: Desk) -> None:
    with served(desk.store, lambda: NOW + DAY) as later:
        answer = Desk(desk.store, later).refused(401, "mia", "GET", "/v1/me")
    assert answer["reason"] == "token-expired"


def test_a_token_that_is_only_tried_is_not_made(desk: Desk) -> None:
    before = desk.gets("mia", "/v1/tokens")
    tried = desk.asks("mia", "POST", "/v1/tokens?dry_run=true", json=BODY).json()
    assert (tried["token"], tried["person"]) == ("", "mia")
    assert desk.gets("mia", "/v1/tokens") == before
    made = desk.asks("mia", "POST", "/v1/tokens", json=BODY).json()
    path = f"/v1/tokens/{made['id']}?dry_run=true"
    assert desk.asks("mia", "DELETE", path).json()["ended_at"] is not None
    assert desk.asks("", "GET", "/v1/me", headers=bearer(made)).status_code == 200


def bearer(made: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['token']}"}


def test_a_token_that_was_made_works_until_it_is_revoked(desk: Desk) -> None:
    made = desk.asks("mia", "POST", "/v1/tokens", json=BODY).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert desk.asks("", "GET", "/v1/me", headers=headers).json()["token"] == made["id"]
    listed = {one["id"]: one for one in desk.gets("mia", "/v1/tokens")["items"]}
    assert listed[made["id"]]["used_at"] == "2026-11-23T09:00:00Z"
    assert "token" not in listed[made["id"]]
    gone = desk.asks("lea", "DELETE", f"/v1/tokens/{made['id']}").json()
    assert gone["reason"] == "revoked"
    assert desk.refused(401, "", "GET", "/v1/me", headers=headers)["reason"] == "token-revoked"


def test_nobody_makes_a_token_beyond_the_own_roles(desk: Desk) -> None:
    """§7.12"""
    for who, roles in (("mia", ["lead:nlp"]), ("lea", ["finance"]), ("pia", ["admin"])):
        sent = BODY | {"person": who, "roles": roles}
        assert desk.refused(403, who, "POST", "/v1/tokens", json=sent)["code"] == "forbidden"
    boss = BODY | {"roles": ["boss"]}
    assert desk.refused(422, "adam", "POST", "/v1/tokens", json=boss)["field"] == "roles[0]"
    assert desk.asks("adam", "POST", "/v1/tokens", json=BODY | {"roles": ["admin"]}).is_success


def test_a_sign_in_link_is_exchanged_once(desk: Desk) -> None:
    hands.make_token(desk.store, "adam", "gpm_link", NOW, "admin", kind="sign-in")
    headers = {"Authorization": "Bearer gpm_link"}
    assert desk.refused(401, "", "GET", "/v1/me", headers=headers)["reason"] == "is-sign-in"
    made = desk.asks("", "POST", "/v1/sign-in", json={"token": "gpm_link"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert desk.asks("", "GET", "/v1/me", headers=headers).json()["roles"] == ["admin"]
    again = desk.refused(401, "", "POST", "/v1/sign-in", json={"token": "gpm_link"})
    assert again["reason"] == "token-used"
    assert "gpm_link" not in str(again)


def test_a_token_that_another_process_revokes_is_refused_at_once(desk: Desk) -> None:
    """It was looked up a moment ago, and is kept in mind as long as nothing is written."""
    for _ in range(2):
        assert desk.gets("mia", "/v1/me")["person"] == "mia"
    token = RevokeToken(token_id(sha256_of("gpm_mia")))
    Runner(desk.store).run(token, by=hands.ROOT, at=NOW)
    assert desk.refused(401, "mia", "GET", "/v1/me")["reason"] == "token-revoked"


START = "2026-11-25T00:00:00Z"
ASK = {"value": "5", "earliest_start": START, "latest_start": START}


def order(team: str) -> dict[str, Any]:
    legs = [{"pool": "h100", "quantity": 8, "duration": "4h"}]
    return {"team": team, "options": [ASK | {"legs": legs}]}


def test_a_command_looks_at_its_token_in_its_own_transaction(desk: Desk) -> None:
    """Who is kept in mind is tried by what stands there when the command is done."""
    assert desk.gets("mia", "/v1/me")["person"] == "mia"
    token = RevokeToken(token_id(sha256_of("gpm_mia")))
    Runner(desk.store).run(token, by=hands.ROOT, at=NOW)
    problem = desk.refused(401, "mia", "POST", "/v1/orders", json=order("nlp"))
    assert problem["reason"] == "token-revoked"
    assert desk.gets("lea", "/v1/orders")["items"] == []


def test_roles_that_were_taken_since_are_gone_and_the_others_work(desk: Desk) -> None:
    assert len(desk.gets("two", "/v1/me")["roles"]) == 2
    Runner(desk.store).run(RemoveMember("rl", "two"), by=hands.ROOT, at=NOW)
    sent = desk.asks("two", "POST", "/v1/orders", json=order("nlp"))
    assert sent.status_code == 201, sent.text
    again = {"Idempotency-Key": "another"}
    refused = desk.refused(403, "two", "POST", "/v1/orders", json=order("rl"), headers=again)
    assert refused["code"] == "forbidden"
