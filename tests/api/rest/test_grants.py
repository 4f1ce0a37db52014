"""Grants over HTTP: given once by their key, by finance alone; seen by their team."""

from typing import Any

import pytest

from tests.api.rest.desk import Desk, served
from tests.marketplace.bazaar import HOUR, NOW, TEAMS, assert_clean

BODY = {"team": "nlp", "credits": "250.5", "end": "2027-01-01T00:00:00Z", "purpose": "more"}


def test_finance_gives_credits_from_now_on(desk: Desk) -> None:
    made = desk.asks("fin", "POST", "/v1/grants", json=BODY)
    assert made.status_code == 201, made.text
    grant = made.json()
    assert (grant["id"], grant["credits"], grant["state"]) == ("nlp-2026-11", "250.5", "valid")
    assert (grant["start"], grant["free_credits"]) == ("2026-11-23T09:00:00Z", "250.5")
    assert desk.gets("mia", "/v1/grants/nlp-2026-11") == grant
    assert desk.gets("mia", "/v1/teams/nlp")["free_credits"] == "1250.5"
    assert_clean(desk.store)


def test_a_grant_sent_again_later_is_given_once(desk: Desk) -> None:
    """§7.14: also where its start is the moment at which it was given."""
    first = desk.asks("fin", "POST", "/v1/grants", json=BODY)
    with served(desk.store, lambda: NOW + HOUR) as http:
        later = Desk(desk.store, http)
        again = later.asks("fin", "POST", "/v1/grants", json=BODY)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()
        other = BODY | {"credits": "1"}
        assert later.refused(422, "fin", "POST", "/v1/grants", json=other)["code"] == "key-reused"
        nameless = {"Idempotency-Key": ""}
        assert later.refused(400, "fin", "POST", "/v1/grants", json=BODY, headers=nameless)
        assert len(later.gets("mia", "/v1/grants")["items"]) == 2
    assert_clean(desk.store)


def test_a_dry_run_answers_the_same_and_gives_nothing(desk: Desk) -> None:
    tried = desk.asks("fin", "POST", "/v1/grants?dry_run=true", json=BODY).json()
    assert len(desk.gets("fin", "/v1/grants", team="nlp")["items"]) == 1
    assert desk.asks("fin", "POST", "/v1/grants", json=BODY).json() == tried


def test_nobody_else_gives_credits_or_sees_another_teams(desk: Desk) -> None:
    """§7.11, §7.12"""
    for who in ("mia", "lea", "pia", "adam"):
        desk.refused(403, who, "POST", "/v1/grants", json=BODY)
    desk.refused(404, "rob", "GET", "/v1/grants/g-nlp")
    desk.refused(403, "rob", "GET", "/v1/grants", params={"team": "nlp"})
    for who in ("pia", "adam"):
        desk.refused(404, who, "GET", "/v1/grants/g-nlp")
        desk.refused(403, who, "GET", "/v1/grants", params={"team": "nlp"})
        desk.refused(422, who, "GET", "/v1/grants")


def test_finance_sees_all_page_by_page_and_a_team_its_own(desk: Desk) -> None:
    first = desk.gets("fin", "/v1/grants", limit=2)
    rest = desk.gets("fin", "/v1/grants", after=first["next"])
    found = first["items"] + rest["items"]
    assert [one["team"] for one in found] == sorted(TEAMS)
    assert desk.gets("mia", "/v1/grants")["items"] == found[:1]
    assert desk.gets("two", "/v1/grants", team="rl")["items"] == found[1:2]
    assert desk.refused(422, "two", "GET", "/v1/grants")["field"] == "team"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"team": "zzz"}, 404, "team"),
        ({"credits": "0"}, 422, "credits"),
        ({"credits": 5}, 422, "credits"),
        ({"end": "2026-11-01T00:00:00Z", "start": "2026-10-01T00:00:00Z"}, 422, "end"),
        ({"end": "2026-12-01"}, 422, "end"),
        ({"id": "No Name"}, 422, "id"),
        ({"id": "g-nlp"}, 409, "id"),
        ({"amount": "5"}, 422, "amount"),
    ],
)
def test_what_is_refused_names_its_field(
    desk: Desk, change: dict[str, Any], status: int, field: str
) -> None:
    problem = desk.refused(status, "fin", "POST", "/v1/grants", json=BODY | change)
    assert problem["field"] == field


def test_finance_corrects_and_revokes_what_is_unspent(desk: Desk) -> None:
    made = desk.asks("fin", "POST", "/v1/grants", json=BODY).json()["id"]
    place, other = f"/v1/grants/{made}", {"credits": "200", "reason": "a slip"}
    tried = desk.asks("fin", "POST", f"{place}:correct?dry_run=true", json=other)
    assert (tried.status_code, desk.gets("fin", place)["credits"]) == (200, "250.5")
    fixed = desk.asks("fin", "POST", f"{place}:correct", json=other).json()
    assert (fixed["credits"], fixed["free_credits"]) == ("200", "200")
    why, anew = {"reason": "given twice"}, {"Idempotency-Key": "anew"}
    desk.refused(403, "lea", "POST", f"{place}:revoke", json=why)
    gone = desk.asks("fin", "POST", f"{place}:revoke", json=why).json()
    assert (gone["state"], gone["free_credits"]) == ("revoked", "0")
    assert desk.gets("mia", "/v1/teams/nlp")["free_credits"] == "1000"
    assert desk.refused(409, "fin", "POST", f"{place}:correct", json=why, headers=anew)
    assert_clean(desk.store)


def test_a_grant_says_by_which_rule_it_ends(desk: Desk) -> None:
    over = {"expiry": "carry-over", "carry_credits": "12.5", "carry_days": 30}
    made = desk.asks("fin", "POST", "/v1/grants", json=BODY | over).json()
    assert over.items() <= made.items()
    assert (made["carried_credits"], made["carried_to"]) == ("0", "")
    assert desk.gets("mia", "/v1/grants/g-nlp")["expiry"] == "all"
    for wrong, field in (
        ({"expiry": "weekly"}, "expiry"),
        ({"carry_credits": "5"}, "carry_credits"),
        ({"expiry": "linear", "carry_days": 5}, "carry_days"),
        ({"expiry": "carry-over", "carry_days": 5}, "carry_credits"),
    ):
        refused = desk.refused(422, "fin", "POST", "/v1/grants", json=BODY | wrong)
        assert refused["field"] == field
